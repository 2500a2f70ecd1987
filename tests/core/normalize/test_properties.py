"""What holds for every text, hostile ones included."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import NORMALIZERS, Defaults, normalize, normalize_scenario
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
    assert canonical.casefold() == canonical
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


def test_every_field_of_the_features_has_its_normalizer() -> None:
    assert ("party_type", *NORMALIZERS) == Features._fields
