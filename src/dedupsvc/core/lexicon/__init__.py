"""The shipped tables: words that only mean something to whoever knows the language, read once when first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


def rows(name: str) -> Iterator[list[str]]:
    """The cells of each line of ``name``.tsv; lines that start with # name source and licence."""
    text = (files(__name__) / f"{name}.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def words(name: str) -> Mapping[str, str]:
    """A table of variants: each word of the second cell (separated by commas), and the first itself, to the first."""
    found: dict[str, str] = {}
    for canonical, *variants in rows(name):
        found.setdefault(canonical, canonical)
        for variant in variants[0].split(",") if variants else ():
            found.setdefault(variant.strip(), canonical)
    return MappingProxyType(found)


@cache
def _word_lists() -> dict[str, tuple[str, ...]]:
    return {name: tuple(listed.split(",")) for name, listed in rows("word_sets")}


def word_list(name: str) -> tuple[str, ...]:
    """The words of one set of word_sets.tsv, in its order."""
    return _word_lists()[name]


def word_set(name: str) -> frozenset[str]:
    """The words of one set of word_sets.tsv."""
    return frozenset(_word_lists()[name])


@cache
def simplified() -> Mapping[int, str]:
    """For str.translate: traditional and variant characters to simplified ones, typographic marks to plain ones."""
    return {ord(variant): plain for plain, variants in rows("simplified") for variant in variants}


@cache
def readings() -> Mapping[str, str]:
    """Chinese character to its usual toneless reading: 伟 to wei."""
    return {character: syllable for syllable, characters in rows("pinyin") for character in characters}


@cache
def word_readings() -> Mapping[str, str]:
    """Words whose characters are not read as usual: 银行 to yinhang."""
    return dict(rows("word_readings"))


@cache
def syllables() -> frozenset[str]:
    """All pinyin syllables as people write them in names: ü is v, u or yu."""
    standard = {syllable for syllable, _ in rows("pinyin")}
    return frozenset(standard - {"m", "n", "ng", "hm", "hng", "ê", "o", "e"} | {"lyu", "nyu", "lu", "nu"})
