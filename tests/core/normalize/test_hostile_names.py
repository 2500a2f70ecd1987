"""Names that nobody has: whatever is typed, few readings come out, soon, and always the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupsvc.core.normalize.company import names_in
from dedupsvc.core.normalize.person import one_field, split_name
from dedupsvc.core.normalize.romanized_name import key, parse, spells, syllables
from dedupsvc.core.normalize.text import MAX_LENGTH, clean

MOST_READINGS = 9
_LATIN = (
    "zhang wei chan tai man david john smith-jones o brien née geb dr. med. jr phd x m ng ltd co., gmbh inc dba t/a"
)
_TRADES = "huaxin technology the of (pvt.) shanghai branch & and , ( ) [ ] - / ' \" 1 é ü"
_HAN = "张 伟 欧阳 先生 总 经理 · 有限公司 分公司 (上海) 店 原名 科技 中国"
WORDS = st.sampled_from(f"{_LATIN} {_TRADES} {_HAN} \u200b".split())
PHRASES = st.lists(WORDS, max_size=40).map(" ".join) | st.lists(WORDS, max_size=12).map("".join)


@given(PHRASES)
@settings(max_examples=400, deadline=None)
def test_a_persons_name_has_few_readings_and_every_key_is_short(text: str) -> None:
    found = one_field(text)
    assert len(found) <= MOST_READINGS
    assert all(name.family_key or name.given_key for name in found)
    assert all(len(name.family_key) <= 8 * MAX_LENGTH for name in found)
    assert one_field.__wrapped__(text) == found


@given(PHRASES, PHRASES, PHRASES)
@settings(max_examples=200, deadline=None)
def test_split_fields_have_few_readings(family: str, given_name: str, middle: str) -> None:
    assert len(split_name(family, given_name, middle)) <= MOST_READINGS


@given(PHRASES)
@settings(max_examples=400, deadline=None)
def test_a_company_has_few_names_and_each_has_a_key(text: str) -> None:
    found = names_in(text)
    assert len(found) <= MOST_READINGS
    assert all(name.full and name.brand for name in found)


@given(PHRASES)
@settings(max_examples=200, deadline=None)
def test_canonical_text_reads_as_the_text_that_was_typed(text: str) -> None:
    assert names_in(text) == names_in(clean(text))


@given(st.text("abcdefghijklmnopqrstuvwxyzüéł'-", min_size=1, max_size=40))
def test_syllables_put_together_are_the_word(word: str) -> None:
    assert "".join(syllables(word)) in ("", word)
    assert key(word).isascii() or not word.isascii()


@given(st.lists(st.text("abcghinoswxyz-", min_size=1, max_size=12), min_size=2, max_size=6))
def test_a_parsed_name_keeps_every_word(words: list[str]) -> None:
    parsed = parse(words)
    if parsed:
        kept = "".join([*parsed.family, *parsed.given])
        assert sorted(kept) == sorted("".join(words)) or parsed.family == parsed.given


@given(PHRASES, PHRASES)
@settings(max_examples=200, deadline=None)
def test_spelling_is_decided_for_any_two_names(text: str, other: str) -> None:
    for one in one_field(text):
        for two in one_field(other):
            assert spells(one, two) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "a " * 128,
        "a & " * 64,
        "née " * 64,
        "dr. med. " * 28,
        "x dba " * 42,
        "(" * 256,
        "华" * 256,
        "分公司" * 80,
        "上海" * 128,
        "张伟 zhang wei " * 16,
        "co ltd " * 36,
        "科技" * 128,
        "zhang" * 50,
        "-" * 200 + "a",
        "a-" * 128,
        "A" * 100_000,
    ],
)
def test_repetition_is_no_attack(text: str) -> None:
    assert len(one_field(text[:MAX_LENGTH])) <= MOST_READINGS
    assert len(names_in(text[:MAX_LENGTH])) <= MOST_READINGS
