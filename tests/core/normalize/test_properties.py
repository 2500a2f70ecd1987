"""What holds for every text, hostile ones included."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import NORMALIZERS, Defaults, normalize, normalize_scenario
from dedupsvc.core.normalize.contact import emails
from dedupsvc.core.normalize.dates import birth_date
from dedupsvc.core.normalize.identifier import identifier
from dedupsvc.core.normalize.phone import phones
from dedupsvc.core.normalize.text import MAX_LENGTH, MAX_MARKS, clean, latin_key
from dedupsvc.core.record import Address, Email, Identifier, Interaction, PartyType, Phone, Values

ANY = st.text(st.characters(exclude_categories=()), max_size=300)
"""Every code point: NUL, lone surrogates, private use, unassigned."""
LIKELY = st.text(
    st.sampled_from(
        "0123456789+-()#/.@,;:*xXａ１＠（）　\u200b\u202e\x00\ud800张伟欧阳省市区县路街号弄室座栋单元公司有限北京上海abcÄöß' "
    ),
    max_size=60,
)
TEXT = st.one_of(ANY, LIKELY)


@st.composite
def a_record(draw: st.DrawFn) -> Values:
    several = st.lists(TEXT, max_size=2)
    return Values(
        party_type=draw(st.sampled_from(PartyType)),
        name=draw(TEXT),
        given_name=draw(TEXT),
        middle_name=draw(TEXT),
        family_name=draw(TEXT),
        name_order=draw(TEXT),
        aliases=tuple(draw(several)),
        company_name=draw(TEXT),
        contact_name=draw(TEXT),
        birth_date=draw(TEXT),
        website=draw(TEXT),
        emails=tuple(map(Email, draw(several))),
        phones=tuple(Phone(text, country=draw(TEXT), extension=draw(TEXT)) for text in draw(several)),
        addresses=tuple(Address(*(draw(TEXT) for _ in range(7))) for _ in range(draw(st.integers(0, 1)))),
        identifiers=tuple(Identifier(draw(TEXT), text, draw(TEXT)) for text in draw(several)),
        interactions=tuple(Interaction(draw(TEXT), text) for text in draw(several)),
    )


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for part in value for text in texts(part)] if isinstance(value, tuple) else []


@given(a_record())
@settings(max_examples=150, deadline=None)
def test_no_record_raises_and_every_text_is_bounded_and_storable(values: Values) -> None:
    features = normalize(values, Defaults())
    for text in texts(features):
        assert len(text) <= 8 * MAX_LENGTH
        text.encode("utf-8")
        assert "\x00" not in text


@given(a_record())
@settings(max_examples=50, deadline=None)
def test_the_same_record_has_the_same_features(values: Values) -> None:
    assert normalize(values, Defaults()) == normalize(values, Defaults())


@given(TEXT)
@settings(max_examples=500, deadline=None)
def test_canonical_text_is_a_fixpoint(text: str) -> None:
    canonical = clean(text)
    assert clean(canonical) == canonical
    assert unicodedata.normalize("NFKC", canonical) == canonical
    # Not without composing again: folding takes ΐ apart, and no other form of it is composed.
    assert unicodedata.normalize("NFKC", canonical.casefold()) == canonical
    assert len(canonical) <= MAX_LENGTH


@given(TEXT)
@settings(deadline=None)
def test_case_width_and_surrounding_space_do_not_matter(text: str) -> None:
    plain = clean(text)
    if len(plain) < MAX_LENGTH // 2:
        assert clean(f"\u3000{plain.upper().lower()}\u200b ") == clean(plain.upper().lower())


@given(st.text(st.characters(categories=["Mn"]), min_size=100, max_size=255))
@settings(max_examples=30, deadline=None)
def test_stacked_marks_are_cut(marks: str) -> None:
    kept = [character for character in clean(f"a{marks}") if unicodedata.combining(character)]
    assert len(kept) <= 3 * MAX_MARKS  # one mark may come apart into three


@given(st.text("aeouäöüßæøłđéèêñçåîőűžščąęAÄÖÜSTRMNLC' -"))
@settings(deadline=None)
def test_a_latin_key_is_ascii(text: str) -> None:
    assert latin_key(clean(text)).isascii()


@given(
    st.text("bcdfghklmnprst", min_size=1, max_size=3),
    st.sampled_from("aou"),
    st.text("bcdfgkmnrstz", min_size=1, max_size=3),
)
def test_an_umlaut_has_one_key_however_written(before: str, vowel: str, after: str) -> None:
    umlaut = {"a": "ä", "o": "ö", "u": "ü"}[vowel]
    keys = {latin_key(f"{before}{written}{after}") for written in (umlaut, f"{vowel}e", vowel)}
    assert len(keys) == (1 if before[-1] not in "gq" else 2)


@given(TEXT)
@settings(deadline=None)
def test_a_scenario_is_canonical_or_refused(path: str) -> None:
    try:
        canonical = normalize_scenario(path)
    except InvalidField:
        return
    assert normalize_scenario(canonical) == canonical


@given(st.text("0123456789 -()+/#x*转", max_size=40), st.sampled_from(["CN", "US", "DE", "HK", "GB"]))
@settings(max_examples=300, deadline=None)
def test_a_number_that_is_sure_of_its_country_stays_the_same_when_read_again(text: str, country: str) -> None:
    for phone in phones(text, country):
        assert phone.number.endswith(phone.tail)
        assert not phone.number or not phone.masked
        if phone.kind in ("mobile", "landline") and len(phone.number) > 10 and phone.number[:1] != "0":
            assert phone.number in {again.number for again in phones(f"+{phone.number}", "CN")}


@given(st.dates(dt.date(1901, 2, 1), dt.date(2059, 12, 31)))
@settings(deadline=None)
def test_a_date_is_the_same_in_every_unambiguous_form(date: dt.date) -> None:
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    forms = [
        date.isoformat(),
        date.strftime("%Y%m%d"),
        f"{date.year}年{date.month}月{date.day}日",
        f"{date.year}/{date.month}/{date.day}",
        f"{date.day}.{date.month}.{date.year}",
        f"{date.day} {months[date.month - 1]} {date.year}",
        f"{months[date.month - 1]} {date.day}, {date.year}",
    ]
    assert len({birth_date(form) for form in forms}) == 1


@given(
    st.text("abcdefghij0123456789._+-", min_size=1, max_size=30), st.sampled_from(["gmail.com", "qq.com", "huaxin.cn"])
)
@settings(max_examples=200, deadline=None)
def test_a_canonical_mailbox_stays_the_same_when_read_again(local: str, domain: str) -> None:
    for email in emails(Values(emails=(Email(f"{local}@{domain}"),))):
        assert emails(Values(emails=(Email(email.address),))) == (email,)


@given(st.sampled_from(["uscc", "tax_id", "vat", "resident_id", "ein", "loyalty", "税号"]), TEXT)
@settings(max_examples=300, deadline=None)
def test_only_a_valid_identifier_is_strong(scheme: str, text: str) -> None:
    found = identifier(scheme, text[:64])
    assert found is None or found.valid or not found.strong


def test_every_field_of_the_features_has_its_normalizer() -> None:
    assert ("party_type", *NORMALIZERS) == Features._fields
