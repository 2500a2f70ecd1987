"""The words of western company names, class by class."""

from __future__ import annotations

import pytest

from dedupsvc.core import lexicon
from dedupsvc.core.compare.company_words import Words, at_odds, is_acronym, shared, words_of
from dedupsvc.core.normalize.company import company_name

LISTS = {row[0]: row[1].split(",") for row in lexicon.rows("company_words")}
KNOWN = {*LISTS["kind"], *LISTS["apart"], *lexicon.words("industries").values()}


def words(name: str) -> Words:
    found = company_name(name)
    assert found is not None
    return words_of(found)


def test_a_word_is_of_one_class() -> None:
    for one, other in (("kind", "place"), ("kind", "side"), ("kind", "plain"), ("place", "side"), ("place", "plain")):
        assert not set(LISTS[one]).intersection(LISTS[other])


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_word_is_listed_once(name: str) -> None:
    assert len(LISTS[name]) == len(set(LISTS[name]))


def test_short_forms_and_soft_words_name_kinds_that_there_are() -> None:
    assert {pair.partition("=")[2] for pair in LISTS["short"]} <= KNOWN | set(lexicon.words("industries"))
    assert set(LISTS["soft"]) <= KNOWN | set(lexicon.words("industries"))


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("st. lucy's child dev. ctr", ("st", "lucys")),
        ("acme summit logistics gmbh", ("acme", "summit")),
        ("the first national bank of springfield", ("springfield",)),
        ("north shore clinic ii", ("shore",)),
        ("metropolitan youth services", ()),
    ],
)
def test_what_tells_a_company_apart_is_neither_its_trade_nor_its_number(name: str, telling: tuple[str, ...]) -> None:
    assert words(name).telling == telling


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("fund xiv", {"14"}),
        ("fund 014", {"14"}),
        ("second street deli", {"2"}),
        ("2nd street deli", {"2"}),
        ("wind park v", {"5"}),
        ("vi vo design", {"6"}),
        ("3m company", {"3m"}),
        ("mixed media", set()),
    ],
)
def test_numbers_are_read_in_any_form(name: str, numbers: set[str]) -> None:
    assert words(name).placed.numbers == numbers


def test_what_stands_in_brackets_is_the_site() -> None:
    assert words("asia center (ainslie)").placed.sites == {"ainslie"}
    assert words("tower estates (b)").placed.letter == {"b"}
    assert words("acme s a").placed.letter == set()


def test_short_forms_of_a_kind_are_that_kind() -> None:
    assert words("lucy child dev ctr").kinds == words("lucy children development centre").kinds


@pytest.mark.parametrize(
    ("name", "other", "common"),
    [
        ("hartwell ashbourne", "ashbourne hartwell lakeview", ["hartwell", "ashbourne"]),
        ("delatour ellen", "de latour", ["latour"]),
        ("metropole bakery", "metropolitain", []),
        ("wollensky", "wolensky grill", ["wolensky"]),
        ("deliver palmer", "palmers", ["palmers"]),
    ],
)
def test_words_are_shared_through_slips_short_forms_and_other_spaces(name: str, other: str, common: list[str]) -> None:
    assert shared(words(name), words(other)) == common
    assert shared(words(other), words(name)) == common


def test_initials_of_three_words_or_more_are_an_acronym() -> None:
    assert is_acronym(("ibm",), ("international", "business", "machines"))
    assert is_acronym(("bofa",), ("bank", "of", "finnish", "ares"))
    assert is_acronym(("bfa",), ("bank", "of", "finnish", "ares"))
    assert not is_acronym(("hp",), ("hewlett", "packard"))
    assert not is_acronym(("ibn",), ("international", "business", "machines"))


def test_only_what_either_adds_to_the_other_is_at_odds() -> None:
    assert at_odds(frozenset("ab"), frozenset("bc"))
    assert not at_odds(frozenset("ab"), frozenset("b"))
    assert not at_odds(frozenset(), frozenset("b"))
