"""The parts of a record that several kinds of keys are made of, taken out once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from dedupsvc.core.fields import CompanyName, Features, PersonName
from dedupsvc.core.remembered import SHARED

_FIRST_DIGITS = re.compile(r"\d+")
_NATIONAL_LENGTH = 9
"""The last digits of a phone number: the same with any country's code or trunk prefix before them, or none."""
_WORD_LENGTH = 3
_VOWELS = frozenset("aeiouy")
_KEY_START = 5
"""How many letters of a company's key stand for its brand."""


class Parts(NamedTuple):
    """Each without repeats. A person's are made of the names, a company's of its own company names."""

    wholes: tuple[str, ...]
    """The whole name, in one form for all scripts and orders: "wei zhang", huaxinkeji."""
    marks: tuple[str, ...]
    """What tells apart those who share a number, a mailbox or a door: both initials, the start of a company's key."""
    letters: tuple[str, ...]
    """Each initial of a person by itself."""
    employers: tuple[str, ...]
    """The start of an employer's key. Empty for a company."""
    numbers: tuple[str, ...]
    places: tuple[str, ...]
    """Street and house number."""
    cities: tuple[str, ...]
    postcodes: tuple[str, ...]
    words: tuple[str, ...] = ()
    """The consonants of each word of a person's latin names."""


def parts(features: Features) -> Parts:
    numbers = tuple([phone.number[-_NATIONAL_LENGTH:] for phone in features.phones if phone.number])
    places: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    for address in features.addresses:
        if address.street and address.number:
            places += (_place(address.street, address.number),)
        if address.city:
            cities += (address.city,)
        if address.postcode:
            postcodes += (address.postcode,)
    if features.party_type == "person":
        wholes, marks, letters = _of_person(features.names)
        employers = _starts(features.companies) if features.companies else ()
        words = _words(features.names)
        return Parts(wholes, marks, letters, employers, numbers, places, cities, postcodes, words)
    wholes = tuple(dict.fromkeys([name.key for name in features.companies if name.key]))
    cities += tuple([name.region for name in features.companies if name.region and name.region not in cities])
    return Parts(wholes, _starts(features.companies), (), (), numbers, places, cities, postcodes)


def _words(names: tuple[PersonName, ...]) -> tuple[str, ...]:
    written = [f"{name.family_key} {name.given_key}" for name in names if name.script == "latin"]
    return tuple(
        dict.fromkeys([consonants(word) for text in written for word in text.split() if len(word) >= _WORD_LENGTH])
    )


@lru_cache(maxsize=SHARED)
def consonants(text: str) -> str:
    """Which consonants a text has, in alphabetical order: holmes, hsmel and holmmes are all hlms. Short texts keep their vowels."""
    letters = sorted({letter for letter in text if letter.isalpha()})
    kept = [letter for letter in letters if letter not in _VOWELS]
    return "".join(kept if len(kept) >= _WORD_LENGTH - 1 else letters)


def _starts(companies: tuple[CompanyName, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([name.key[:_KEY_START] for name in companies if name.key]))


def _of_person(names: tuple[PersonName, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    if not names:
        return (), (), ()
    if len(names) == 1:
        return _of_name(names[0])
    wholes, marks, letters = zip(*map(_of_name, names), strict=True)
    return _distinct(wholes), _distinct(marks), _distinct(letters)


def _distinct(several: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([one for values in several for one in values]))


def _of_name(name: PersonName) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    family, given = name.family_key, name.given_key
    if not family or not given:
        mark = (family or given)[:1]
        return (), (mark,) if mark else (), (mark,) if mark else ()
    one, other = family[0], given[0]
    if " " in given:
        given = _comparable(given, name)
    if " " in family:
        family = family.replace(" ", "")
    # In alphabetical order: 张伟 = Wei Zhang = Zhang Wei.
    whole = f"{family} {given}" if family < given else f"{given} {family}"
    return (whole,), (one + other if one < other else other + one,), (one, other) if one != other else (one,)


def _comparable(given: str, name: PersonName) -> str:
    """xiao ming to xiaoming, mary ann to mary: who has a second given name does not always say so."""
    if name.script == "latin" and not _may_be_pinyin(given, name.middle):
        return given.partition(" ")[0]
    return given.replace(" ", "")


def _may_be_pinyin(given: str, middle: str) -> bool:
    """Whether a latin given name may be two syllables, which its han counterpart has joined."""
    words = given.split(" ")
    return len(words) == 2 and not middle and 1 < len(words[0]) <= 6 and 1 < len(words[1]) <= 6


def _place(street: str, number: str) -> str:
    """The street's longest word and the number's first digits: types, directions, lanes and units come and go."""
    if not number.isdecimal() and (digits := _FIRST_DIGITS.match(number)):
        number = digits[0]
    if " " in street and street.isascii():
        street = max(street.split(), key=len)
    return f"{street}|{number}"
