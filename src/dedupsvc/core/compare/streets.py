"""Street names: equal, alike or different, with or without type, direction and what was written behind them."""

from __future__ import annotations

from enum import IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel

from dedupsvc.core import lexicon
from dedupsvc.core.compare.spelling import is_slip

_DIRECTIONS = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"})


_GROWN_TOGETHER = 5
_SAME_LETTERS = 0.85


class StreetSame(IntEnum):
    NO = 0
    SIMILAR = 1
    EQUAL = 2


class _Street(NamedTuple):
    words: tuple[str, ...]
    """What distinguishes it: 44th, martin luther king."""
    types: frozenset[str]
    directions: frozenset[str]


def same_street(street: str, other: str) -> StreetSame:
    if street == other:
        return StreetSame.EQUAL
    if not (street.isascii() and other.isascii()):
        return StreetSame.SIMILAR if is_slip(street, other) else StreetSame.NO
    one, two = _taken_apart(street), _taken_apart(other)
    if one.directions and two.directions and one.directions.isdisjoint(two.directions):
        return StreetSame.NO
    if not one.words or not two.words:
        return StreetSame.SIMILAR if is_slip(street, other) else StreetSame.NO
    alike = _same_words(one.words, two.words)
    if alike is StreetSame.EQUAL and one.types and two.types and one.types.isdisjoint(two.types):
        # Peachtree Rd and Peachtree St are two streets, but the type is what people mistake.
        return StreetSame.SIMILAR
    return alike


@cache
def _types() -> frozenset[str]:
    return frozenset(row[0] for row in lexicon.rows("street_words") if row[0].isalpha()) - _DIRECTIONS


@lru_cache(maxsize=8192)
def _taken_apart(street: str) -> _Street:
    parts = street.split()
    words = tuple(word for word in parts if word not in _DIRECTIONS and word not in _types())
    return _Street(words, _types().intersection(parts), _DIRECTIONS.intersection(parts))


def _same_words(words: tuple[str, ...], others: tuple[str, ...]) -> StreetSame:
    if words == others:
        return StreetSame.EQUAL
    joined, joined2 = "".join(words), "".join(others)
    if joined == joined2:
        return StreetSame.EQUAL
    # A suburb, a building or a cross street may stand behind the name.
    shorter, longer = (words, others) if len(words) <= len(others) else (others, words)
    if all(word in longer for word in shorter):
        return StreetSame.EQUAL
    if is_slip(joined, joined2) or all(any(_same_word(word, one) for one in longer) for word in shorter):
        return StreetSame.SIMILAR
    return StreetSame.SIMILAR if _same_letters(words, others) else StreetSame.NO


def _same_word(word: str, other: str) -> bool:
    """Equal, mistyped, or grown together with what follows it: summerville, summervillecrescent."""
    if word == other or is_slip(word, other):
        return True
    shorter, longer = (word, other) if len(word) < len(other) else (other, word)
    return len(shorter) >= _GROWN_TOGETHER and longer.startswith(shorter)


def _same_letters(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """The same words in another order and with other spaces: oceanpark towers dines, dines ocean park towers."""
    if min(len(words), len(others)) < 2:
        return False
    one, two = " ".join(sorted(words)), " ".join(sorted(others))
    return Indel.normalized_similarity(one, two) >= _SAME_LETTERS and _digits(one) == _digits(two)


def _digits(text: str) -> list[str]:
    return sorted(filter(str.isdigit, text))
