"""Street names: equal, alike or different, with or without type, direction and what was written behind them."""

from __future__ import annotations

from enum import IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel

from dedupsvc.core import lexicon
from dedupsvc.core.compare.spelling import is_slip
from dedupsvc.core.remembered import SHARED

_DIRECTIONS = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"})
_GROWN_TOGETHER = 5
_SAME_LETTERS = 0.85
_SAME_WHOLE = 0.9
_TELLING_TYPE = 5
"""Letters of a type that is known when it is mistyped or grown together with the name."""
_NAMED = 3
"""Letters of a name that a type may be grown together with."""


class StreetSame(IntEnum):
    NO = 0
    SIMILAR = 1
    EQUAL = 2


class _Street(NamedTuple):
    words: tuple[str, ...]
    """What distinguishes it: 44th, martin luther king."""
    types: frozenset[str]
    directions: frozenset[str]
    whole: str
    """All of it without spaces, types written in full."""


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
    alike = StreetSame.EQUAL if one.whole == two.whole else _same_words(one.words, two.words)
    if alike is StreetSame.EQUAL and one.types and two.types and one.types.isdisjoint(two.types):
        # Peachtree Rd and Peachtree St are two streets, but the type is what people mistake.
        return StreetSame.SIMILAR
    if alike is StreetSame.NO and _same_whole(one.whole, two.whole):
        return StreetSame.SIMILAR
    return alike


def _same_whole(whole: str, other: str) -> bool:
    """Whatever spaces went astray: moon p lace crower, moon place cro wer."""
    return Indel.normalized_similarity(whole, other) >= _SAME_WHOLE and _digits(whole) == _digits(other)


@cache
def _types() -> frozenset[str]:
    return frozenset(row[0] for row in lexicon.rows("street_words") if row[0].isalpha()) - _DIRECTIONS


@cache
def _types_in_full() -> dict[str, str]:
    """street to st, circuit to cir. Short forms are part of too many names."""
    return {
        form: row[0]
        for row in lexicon.rows("street_words")
        for form in row[1].split(",")
        if row[0] in _types() and len(form) >= _TELLING_TYPE and form.isalpha()
    }


@cache
def _in_full() -> dict[str, str]:
    return {short: form for form, short in reversed(_types_in_full().items())}


@lru_cache(maxsize=SHARED)
def _taken_apart(street: str) -> _Street:
    parts = street.split()
    words, types = list[str](), set[str]()
    for position, part in enumerate(parts):
        word, type_ = _without_type(part, position > 0)
        if word and word not in _DIRECTIONS:
            words.append(word)
        if type_:
            types.add(type_)
    whole = "".join(_in_full().get(part, part) for part in parts)
    return _Street(tuple(words), frozenset(types), _DIRECTIONS.intersection(parts), whole)


@lru_cache(maxsize=SHARED)
def _without_type(part: str, behind: bool) -> tuple[str, str]:
    """What is more than a type, and the type that it is, is mistyped for or ends in: srteet, dallasplace."""
    if part in _types():
        return "", part
    if len(part) < _TELLING_TYPE:
        return part, ""
    for form, short in _types_in_full().items():
        if behind and is_slip(part, form):
            return "", short
        if part.endswith(form) and len(part) >= len(form) + _NAMED:
            return part.removesuffix(form), short
    return part, ""


def _same_words(words: tuple[str, ...], others: tuple[str, ...]) -> StreetSame:
    if words == others:
        return StreetSame.EQUAL
    joined, joined2 = "".join(words), "".join(others)
    if joined == joined2:
        return StreetSame.EQUAL
    # A suburb, a building or a cross street may stand behind the name.
    shorter, longer = (words, others) if len(words) <= len(others) else (others, words)
    if set(shorter).issubset(longer):
        return StreetSame.EQUAL
    if is_slip(joined, joined2) or _all_among(shorter, longer):
        return StreetSame.SIMILAR
    return StreetSame.SIMILAR if _same_letters(words, others) else StreetSame.NO


def _all_among(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    for word in words:
        for other in others:
            if _same_word(word, other):
                break
        else:
            return False
    return True


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
