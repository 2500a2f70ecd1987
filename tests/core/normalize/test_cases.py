"""Written cases of every kind, input and canonical form side by side: cases/*.tsv."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.normalize.contact import registrable_domain
from dedupsvc.core.normalize.text import clean
from dedupsvc.core.record import Address, Email, Identifier, PartyType, Phone, Values

CASES = Path(__file__).parent / "cases"


def cases(kind: str) -> list[list[str]]:
    lines = (CASES / f"{kind}.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].count("\t") + 1
    rows = [line.split("\t") for line in lines[1:] if line]
    return [row + [""] * (columns - len(row)) for row in rows]


def features(values: Values, country: str = "CN") -> Features:
    return normalize(values, Defaults(phone_country=country))


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


@pytest.mark.parametrize(("text", "canonical"), cases("text"))
def test_text_has_one_spelling(text: str, canonical: str) -> None:
    assert clean(text) == canonical


@pytest.mark.parametrize("case", cases("person"), ids=lambda case: case[0])
def test_a_persons_name_is_taken_apart(case: list[str]) -> None:
    name, *others = features(Values(party_type=PartyType.PERSON, name=case[0])).names
    assert [name.family, name.given, name.middle, name.family_key, name.given_key] == case[1:6]
    assert ", ".join(f"{other.family_key} {other.given_key}" for other in others) == case[6]


@pytest.mark.parametrize("case", cases("company"), ids=lambda case: case[0])
def test_a_companys_name_is_taken_apart(case: list[str]) -> None:
    name, *others = features(Values(party_type=PartyType.COMPANY, company_name=case[0])).companies
    assert [name.region, name.brand, name.industry, name.form, name.branch, name.key] == case[1:7]
    assert ", ".join(other.full for other in others) == case[7]


@pytest.mark.parametrize("case", cases("address"), ids=lambda case: case[0] or case[1])
def test_an_address_is_taken_apart(case: list[str]) -> None:
    fields = dict(field.split("=") for field in case[1].split(";") if field)
    (found,) = features(Values(name="x", addresses=(Address(full=case[0], **fields),))).addresses
    expected = [case[2].strip(), *case[3:]]
    assert list(found[:8]) == expected


@pytest.mark.parametrize("case", cases("phone"), ids=lambda case: f"{case[0]} {case[1]}")
def test_a_phone_has_one_spelling(case: list[str]) -> None:
    (phone,) = features(Values(name="x", phones=(Phone(case[0]),)), case[1]).phones
    assert [phone.number, phone.kind, phone.extension, phone.masked] == case[2:]


@pytest.mark.parametrize("case", cases("email"), ids=lambda case: case[0])
def test_an_email_has_one_spelling(case: list[str]) -> None:
    (email,) = features(Values(name="x", emails=(Email(case[0]),))).emails
    assert [email.address, email.kind] == case[1:]
    assert email.address == f"{email.local}@{email.domain}"


@pytest.mark.parametrize("case", cases("date"), ids=lambda case: case[0])
def test_a_date_of_birth_is_read(case: list[str]) -> None:
    (date,) = features(Values(name="x", birth_date=case[0])).birth_dates
    assert [str(date.year), str(date.month), str(date.day), yes_no(date.ambiguous)] == case[1:]


@pytest.mark.parametrize("case", cases("identifier"), ids=lambda case: f"{case[0]} {case[1]}")
def test_an_identifier_is_recognized_and_verified(case: list[str]) -> None:
    found = features(Values(name="x", identifiers=(Identifier(case[0], case[1], case[2]),))).identifiers[0]
    assert [found.scheme, found.value, yes_no(found.strong), yes_no(found.valid)] == case[3:]


@pytest.mark.parametrize(("text", "domain"), cases("website"))
def test_a_website_is_its_registrable_domain(text: str, domain: str) -> None:
    assert registrable_domain(text) == domain
