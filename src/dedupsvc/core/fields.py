"""What scoring and blocking read of a record: its values in canonical form (`Features`).

Tuples all the way down, so that one codec can store a whole `Features` compactly and read it back fast. Every text here is
NFKC, casefolded, simplified Chinese, free of invisible characters; "" means missing. Nothing here is ever shown to a caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar


class PersonName(NamedTuple):
    """One way a person is called. 欧阳晓明, Ouyang Xiaoming and `given_name=晓明` give equal keys."""

    family: str
    """As written: 欧阳, smith, "" if unknown."""
    given: str
    """As written, without spaces for Chinese: 晓明, mary ann."""
    middle: str
    family_key: str
    """ASCII: toneless pinyin of the surname's own reading, or folded latin letters: ouyang, smith, muller.

    Umlauts and their spelt-out forms share a key: Müller, Mueller and Muller."""
    given_key: str
    """ASCII, syllables or words joined by one space: "xiao ming", "mary ann"; "x m" for initials."""
    script: str
    """han | latin | other"""
    ordered: bool
    """False if given and family might be the other way round (one field, both orders plausible)."""


class CompanyName(NamedTuple):
    """One way a company is called, in its parts. 上海华信科技有限公司 = 华信科技（上海）有限责任公司."""

    full: str
    """The whole name, brackets and punctuation removed, words joined by one space."""
    brand: str
    """What distinguishes it: 华信, acme summit."""
    region: str
    """上海, "" if the name has none."""
    industry: str
    """科技, technologies."""
    form: str
    """Canonical legal form: ltd, jsc, llp, gmbh …; 有限公司 and 有限责任公司 are both ltd."""
    branch: str
    """北京分公司; a branch is not its company."""
    key: str
    """ASCII form of brand + industry without spaces, for comparing across scripts: huaxinkeji.

    Trade words have one spelling across languages: 科技, 技术 and technology are keji."""
    script: str
    """han | latin | other"""


class EmailValue(NamedTuple):
    address: str
    """Canonical: provider rules applied (gmail's dots, plus-tags)."""
    local: str
    domain: str
    """Canonical domain; for free mail the provider's main one."""
    kind: str
    """personal (free mail) | corporate (person at an own domain) | role (info@, sales@ …)"""


class PhoneValue(NamedTuple):
    number: str
    """E.164 digits without "+" when the country is certain (8613812345678), else the national digits."""
    kind: str
    """mobile | landline | tollfree | unknown; mailbox: the mobile that a mailbox is named by"""
    extension: str
    masked: str
    """"" or the digits with ? for each hidden one: 138????5678; then number is "" ."""
    tail: str
    """Last 8 digits (fewer if the number has fewer): equal whether or not an area code was written."""


class AddressValue(NamedTuple):
    country: str
    """ISO 3166 alpha-2, upper case, or ""."""
    region: str
    city: str
    district: str
    street: str
    """Road or street name without its number, generic words canonical (street → st)."""
    number: str
    """House number, lane included: 123l4 for 123弄4号."""
    unit: str
    """Building, unit, floor and room, joined by "-": 3-2-502. Different units are different places."""
    postcode: str
    text: str
    """The whole address, canonical; for comparison when it cannot be taken apart."""


class IdentifierValue(NamedTuple):
    scheme: str
    value: str
    strong: bool
    """Its scheme identifies one customer and its check digits are right. Only strong ones can veto or decide."""
    valid: bool


class BirthDate(NamedTuple):
    year: int
    month: int
    day: int
    """0 stands for unknown; 1900-01-01 and its kind are no dates at all."""
    ambiguous: bool
    """Day and month may be swapped."""


class Features(NamedTuple):
    """Everything scoring needs of one record."""

    party_type: str
    """person | company: unknown is resolved from the other fields."""
    names: tuple[PersonName, ...]
    """The person's names, aliases included; empty for a company."""
    companies: tuple[CompanyName, ...]
    """The company's own names (aliases included), or the employer of a person."""
    contacts: tuple[PersonName, ...]
    """A company's contact person."""
    emails: tuple[EmailValue, ...]
    phones: tuple[PhoneValue, ...]
    addresses: tuple[AddressValue, ...]
    identifiers: tuple[IdentifierValue, ...]
    birth_dates: tuple[BirthDate, ...]
    website: str
    """Registrable domain: example.com.cn"""
    interactions: tuple[str, ...]
    """kind:id, canonical"""


_Value = TypeVar("_Value")


def _every(values: Iterable[tuple[_Value, ...]]) -> tuple[_Value, ...]:
    return tuple(dict.fromkeys(value for several in values for value in several))


def pooled(records: Sequence[Features]) -> Features:
    """What several records of one customer say together, each value once, the first record's first."""
    first = records[0]

    return Features(
        first.party_type,
        _every(one.names for one in records),
        _every(one.companies for one in records),
        _every(one.contacts for one in records),
        _every(one.emails for one in records),
        _every(one.phones for one in records),
        _every(one.addresses for one in records),
        _every(one.identifiers for one in records),
        _every(one.birth_dates for one in records),
        next((one.website for one in records if one.website), ""),
        _every(one.interactions for one in records),
    )


LABELS: dict[str, tuple[str, str]] = {
    "name": ("姓名", "name"),
    "company": ("公司名称", "company name"),
    "contact": ("联系人", "contact name"),
    "email": ("邮箱", "e-mail"),
    "phone": ("手机号", "phone"),
    "landline": ("电话", "landline"),
    "address": ("地址", "address"),
    "identifier": ("证件号", "identifier"),
    "birth_date": ("出生日期", "date of birth"),
    "website": ("网站", "website"),
    "interaction": ("订单或工单号", "order or ticket number"),
}
"""What a comparison's field is called in a message: zh, en."""
