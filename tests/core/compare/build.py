"""Features by hand: each builder states only what its test is about."""

from __future__ import annotations

from dedupsvc.core.fields import (
    AddressValue,
    BirthDate,
    CompanyName,
    EmailValue,
    Features,
    IdentifierValue,
    PersonName,
    PhoneValue,
)


def a_name(
    family: str, given: str, family_key: str = "", given_key: str = "", *, middle: str = "", ordered: bool = True
) -> PersonName:
    """Latin unless keys are given: then the name as written is Chinese."""
    if family_key or given_key:
        return PersonName(family, given, middle, family_key, given_key, "han", ordered)
    return PersonName(family, given, middle, family, given, "latin", ordered)


def a_company_name(
    brand: str,
    industry: str = "",
    *,
    region: str = "",
    form: str = "",
    branch: str = "",
    key: str = "",
    script: str = "han",
) -> CompanyName:
    full = region + brand + industry + branch if script == "han" else " ".join(filter(None, (brand, industry, branch)))
    return CompanyName(full, brand, region, industry, form, branch, key or (brand + industry).replace(" ", ""), script)


def a_phone(number: str, kind: str = "mobile", extension: str = "") -> PhoneValue:
    return PhoneValue(number, kind, extension, "", number[-8:])


def a_masked_phone(pattern: str) -> PhoneValue:
    return PhoneValue("", "mobile", "", pattern, "")


def an_email(address: str, kind: str = "personal") -> EmailValue:
    local, _, domain = address.partition("@")
    return EmailValue(address, local, domain, kind)


def an_address(
    street: str = "",
    number: str = "",
    unit: str = "",
    *,
    city: str = "",
    district: str = "",
    region: str = "",
    postcode: str = "",
    country: str = "",
    text: str = "",
) -> AddressValue:
    whole = text or " ".join(filter(None, (region, city, district, street, number, unit)))
    return AddressValue(country, region, city, district, street, number, unit, postcode, whole)


def an_identifier(value: str, scheme: str = "uscc", *, strong: bool = True) -> IdentifierValue:
    return IdentifierValue(scheme, value, strong, strong)


def a_date(year: int, month: int = 0, day: int = 0) -> BirthDate:
    return BirthDate(year, month, day, False)


NOBODY = Features("person", (), (), (), (), (), (), (), (), "", ())


def a_person(*names: PersonName, **fields: object) -> Features:
    return NOBODY._replace(names=names, **fields)  # type: ignore[arg-type]


def a_company(*companies: CompanyName, **fields: object) -> Features:
    return NOBODY._replace(party_type="company", companies=companies, **fields)  # type: ignore[arg-type]


WANG_JIANGUO = a_name("王", "建国", "wang", "jian guo")
WANG_HAO = a_name("王", "浩", "wang", "hao")
ZHANG_WEI = a_name("张", "伟", "zhang", "wei")
HUAXIN = a_company_name("华信", "科技", region="上海", key="huaxinkeji")
MOBILE = a_phone("8613500009999")
SWITCHBOARD = a_phone("861088886666", "landline")
HOME = an_address("张江路", "123l4", "501", city="上海")
