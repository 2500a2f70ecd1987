"""The shipped tables: each names its source and licence, and says one thing per word."""

from __future__ import annotations

from importlib.resources import files

import pytest

from dedupsvc.core import lexicon
from dedupsvc.core.normalize.text import clean

TABLES = sorted(
    path.name.removesuffix(".tsv") for path in files(lexicon.__name__).iterdir() if path.name.endswith(".tsv")
)
VARIANT_TABLES = ["cities", "countries", "industries", "legal_forms", "legal_forms_cn", "street_words"]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_its_source_and_licence(name: str) -> None:
    head = (files(lexicon.__name__) / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[:2]
    assert all(line.startswith("# ") for line in head)
    assert "source:" in head[1]
    assert "licence:" in head[1]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_rows_of_one_width(name: str) -> None:
    widths = {len(row) for row in lexicon.rows(name)}
    assert widths in ({1}, {2}, {3}, {1, 2})


@pytest.mark.parametrize("name", VARIANT_TABLES)
def test_a_word_means_one_thing(name: str) -> None:
    seen: dict[str, str] = {}
    for canonical, *variants in lexicon.rows(name):
        for word in (canonical, *(variants[0].split(",") if variants and variants[0] else ())):
            assert seen.setdefault(word, canonical) == canonical, f"{word} is {seen[word]} and {canonical}"


@pytest.mark.parametrize("name", ["mail_providers", "surnames", "states", "industries_cn"])
def test_the_first_cell_occurs_once(name: str) -> None:
    first = [row[0] for row in lexicon.rows(name)]
    assert sorted(set(first)) == sorted(first)


@pytest.mark.parametrize(
    "name", [name for name in TABLES if name not in ("simplified", "areas_cn", "ein_unused_prefixes")]
)
def test_words_are_written_as_canonical_text(name: str) -> None:
    if name in ("countries", "states", "pinyin", "word_sets"):
        return
    for row in lexicon.rows(name):
        for word in row[0].split(","):
            assert clean(word) == word


def test_former_areas_and_area_codes_name_areas_of_today() -> None:
    codes = {row[0] for row in lexicon.rows("areas_cn")}
    assert {code for _, code in lexicon.rows("areas_former")} <= codes
    names = {name for _, _, name in lexicon.rows("areas_cn")}
    cities = {city for _, cities in lexicon.rows("area_codes_cn") for city in cities.split(",")}
    assert not {city for city in cities if not any(name.startswith(city) for name in names)}


def test_no_simplified_character_is_itself_folded() -> None:
    table = lexicon.simplified()
    assert not [plain for plain in table.values() if ord(plain) in table]


def test_traditional_characters_become_simplified_ones() -> None:
    assert "陳國華臺灣後髮".translate(lexicon.simplified()) == "陈国华台湾后发"


def test_every_surname_reading_is_pinyin() -> None:
    known = lexicon.syllables()
    for surname, reading in lexicon.rows("surnames"):
        assert len(surname) > 1 or reading in known | {"e"}, surname


def test_common_characters_have_readings() -> None:
    readings = lexicon.readings()
    assert [readings[character] for character in "张伟明华女"] == ["zhang", "wei", "ming", "hua", "nv"]


def test_plain_ascii_is_never_folded() -> None:
    assert not [character for character in lexicon.simplified() if character < 128]
