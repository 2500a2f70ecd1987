"""The words of a company's name in a spaced script: which tell it apart, which number or place it, and which say what it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.compare.spelling import is_slip
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.remembered import SHARED

_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")
_ROMAN_LETTERS = {"i": 1, "v": 5, "x": 10}
_ORDINAL = re.compile(r"0*(\d+)(?:st|nd|rd|th)?")
TELLING = 9
"""Letters from which on the part of a name that two companies share is hardly chance."""
_GROWN_TOGETHER = 6
"""Letters from which on a word is found in a longer one: latour in delatour."""
_FEWEST_INITIALS = 3
_MOST_SLIPS = 2
_SHORT_FOR = 4
"""Letters from which on the start of a word stands for it: deli, metro."""


class Placed(NamedTuple):
    """Which of several it is: the first, the northern and the one in Leeds are three."""

    numbers: frozenset[str]
    """In any form: ii, second and 2 are one number."""
    letter: frozenset[str]
    """A single letter at the end: wind park b."""
    sides: frozenset[str]
    """north, upper …"""
    places: frozenset[str]
    """Cities, states and countries."""
    sites: frozenset[str]
    """Telling words beside brand, industry and legal form: center (ainslie)."""


class Words(NamedTuple):
    own: tuple[str, ...]
    """Brand and industry as they are written, all words."""
    telling: tuple[str, ...]
    """What no other kind of word is, in order and without repeats: acme, ashbourne."""
    letters: int
    """Of the telling words."""
    rare: bool
    """Several telling words, and long ones: a name that hardly two companies bear."""
    kinds: frozenset[str]
    """What the company does, or what sort of place it is: logistics, school, center."""
    placed: Placed


def words_of(name: CompanyName) -> Words:
    return _words(name.full, name.brand, name.industry)


@lru_cache(maxsize=SHARED)
def _words(full: str, brand: str, industry: str) -> Words:
    own = (*brand.split(), *industry.split())
    whole = full.split()
    beside = [word for word in whole if (len(word) > 1 or word.isdigit()) and _is_beside(word, own)]
    telling: dict[str, None] = {}
    found: dict[str, set[str]] = {"kind": set(), "number": set(), "side": set(), "place": set(), "plain": set()}
    for word in (*own, *beside):
        if number := _number(word):
            found["number"].add(number)
        elif (kind := _kind_of(word)) is not None:
            found[kind].add(_canonical().get(word, word))
        else:
            telling[word] = None
    last = _last_letter(own) or _last_letter(whole)
    if last in _ROMAN_LETTERS:
        found["number"].add(str(_ROMAN_LETTERS[last]))
    placed = Placed(
        frozenset(found["number"]),
        frozenset({last} - {"", *_ROMAN_LETTERS}),
        frozenset(found["side"]),
        frozenset(found["place"]),
        frozenset(beside).intersection(telling),
    )
    size = letters(telling)
    return Words(own, tuple(telling), size, len(telling) > 1 and size >= TELLING, frozenset(found["kind"]), placed)


def _last_letter(words: Sequence[str]) -> str:
    """A letter by itself behind a word: wind park b, but not acme s a."""
    return words[-1] if len(words) > 1 and len(words[-1]) == 1 < len(words[-2]) and words[-1].isalpha() else ""


def _is_beside(word: str, own: tuple[str, ...]) -> bool:
    return word not in own and word not in _forms() and lexicon.words("industries").get(word, word) not in own


def _kind_of(word: str) -> str | None:
    """None for a telling word."""
    return "plain" if len(word) == 1 else _classes().get(word)


@cache
def _classes() -> dict[str, str]:
    found = dict.fromkeys((*_forms(), *_canonical(), *_listed("kind"), *_listed("apart")), "kind")
    for kind in ("place", "side", "plain"):
        found.update(dict.fromkeys(_listed(kind), kind))
    return found


def _number(word: str) -> str:
    """The number that a word is, "" if it is none; what only holds digits (3m, k8) is a number of its own kind."""
    if word.isalpha():
        if word[0] in "ivx" and len(word) > 1 and _ROMAN.fullmatch(word):
            return str(_roman(word))
        return _paired("number").get(word, "")
    ordinal = _ORDINAL.fullmatch(word)
    return ordinal[1] if ordinal else word


def _roman(word: str) -> int:
    values = [_ROMAN_LETTERS[letter] for letter in word]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


@cache
def _listed(kind: str) -> frozenset[str]:
    return frozenset(next(row[1] for row in lexicon.rows("company_words") if row[0] == kind).split(","))


@cache
def _paired(kind: str) -> dict[str, str]:
    return {word: meant for word, _, meant in (pair.partition("=") for pair in _listed(kind))}


@cache
def _canonical() -> dict[str, str]:
    """One word for all that mean it: svcs and service to services."""
    industries = lexicon.words("industries")
    return {**{word: industries.get(meant, meant) for word, meant in _paired("short").items()}, **industries}


@cache
def _forms() -> frozenset[str]:
    """Each word of a legal form: haftungsbeschrankt may stand in brackets."""
    return frozenset(word for form in lexicon.words("legal_forms") for word in form.split())


def other_trade(one: Words, two: Words) -> bool:
    """Whether each names a trade of its own: foods, mining."""
    trades = lexicon.words("industries")
    return any(kind in trades for kind in one.kinds - two.kinds) and any(
        kind in trades for kind in two.kinds - one.kinds
    )


def other_kind(one: Words, two: Words) -> bool:
    """Whether each is something that the other is not: its cafe and its dining room; a school's programmes are all the school."""
    return at_odds(one.kinds, two.kinds) and not one.kinds ^ two.kinds <= _listed("soft")


def sets_apart(one: Words, two: Words) -> bool:
    """Whether one name alone says holding, trust, foundation …: a firm of its own, at the same door as the other."""
    return not _listed("apart").isdisjoint(one.kinds ^ two.kinds)


def at_odds(one: frozenset[str], two: frozenset[str]) -> bool:
    """Each says something that the other does not."""
    return not (one <= two or two <= one)


def is_acronym(short: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """ibm of international business machines: the initials of three words or more, with or without of and the."""
    if len(short) != 1 or not _FEWEST_INITIALS <= len(short[0]) <= len(words):
        return False
    initials = "".join([word[0] for word in words])
    return short[0] in (initials, "".join([word[0] for word in words if _kind_of(word) != "plain"]))


def letters(words: Collection[str]) -> int:
    return sum(map(len, words))


def shared(one: Words, two: Words) -> list[str]:
    """The telling words that both hold, as the ones with fewer letters spell them; slips, short forms and other spaces count."""
    words, others = one.telling, two.telling
    if one.letters > two.letters or (one.letters == two.letters and words > others):
        words, others = others, words
    return [word for word in words if word in others or _is_among(word, others)]


def _is_among(word: str, others: tuple[str, ...]) -> bool:
    for other in others:
        if same_word(word, other):
            return True
    return len(word) >= _GROWN_TOGETHER and word in "".join(others)


def same_word(word: str, other: str) -> bool:
    """A slip, or the start of the other: deli, delicatessen."""
    if word[0] != other[0] and word[-1] != other[-1]:
        return False  # no slip leaves neither end of a word as it is
    shorter, longer = (word, other) if len(word) < len(other) else (other, word)
    if len(shorter) >= _SHORT_FOR and longer.startswith(shorter):
        return True
    return len(longer) - len(shorter) <= _MOST_SLIPS and is_slip(word, other)
