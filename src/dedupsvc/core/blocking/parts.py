"""The parts of a record that several kinds of keys are made of, taken out once."""

from __future__ import annotations

import re
from typing import NamedTuple

from dedupsvc.core.fields import AddressValue, CompanyName, Features, PersonName

_FIRST_DIGITS = re.compile(r"\d+")
_NATIONAL_LENGTH = 9
"""The last digits of a phone number: the same with any country's code or trunk prefix before them, or none."""
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


def parts(features: Features) -> Parts:
    numbers = tuple([phone.number[-_NATIONAL_LENGTH:] for phone in features.phones if phone.number])
    if features.addresses:
        places = tuple([_place(address) for address in features.addresses if address.street and address.number])
        cities = tuple([address.city for address in features.addresses if address.city])
        postcodes = tuple([address.postcode for address in features.addresses if address.postcode])
    else:
        places = cities = postcodes = ()
    if features.party_type == "person":
        wholes, marks, letters = _of_person(features.names)
        employers = _starts(features.companies) if features.companies else ()
        return Parts(wholes, marks, letters, employers, numbers, places, cities, postcodes)
    wholes = tuple(dict.fromkeys([name.key for name in features.companies if name.key]))
    cities += tuple([name.region for name in features.companies if name.region and name.region not in cities])
    return Parts(wholes, _starts(features.companies), (), (), numbers, places, cities, postcodes)


def _starts(companies: tuple[CompanyName, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([name.key[:_KEY_START] for name in companies if name.key]))


def _of_person(names: tuple[PersonName, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    wholes: dict[str, None] = {}
    marks: dict[str, None] = {}
    letters: dict[str, None] = {}
    for name in names:
        family, given = name.family_key, name.given_key
        for part in (family, given):
            if part:
                letters[part[0]] = None
        if family and given:
            # In alphabetical order: 张伟 = Wei Zhang = Zhang Wei.
            given = _comparable(given, name)
            if " " in family:
                family = family.replace(" ", "")
            wholes[f"{family} {given}" if family < given else f"{given} {family}"] = None
            marks[family[0] + given[0] if family[0] < given[0] else given[0] + family[0]] = None
        elif family or given:
            marks[(family or given)[0]] = None
    return tuple(wholes), tuple(marks), tuple(letters)


def _comparable(given: str, name: PersonName) -> str:
    """xiao ming to xiaoming, mary ann to mary: who has a second given name does not always say so."""
    if " " not in given:
        return given
    if name.script == "latin" and not _may_be_pinyin(given, name.middle):
        return given.partition(" ")[0]
    return given.replace(" ", "")


def _may_be_pinyin(given: str, middle: str) -> bool:
    """Whether a latin given name may be two syllables, which its han counterpart has joined."""
    words = given.split(" ")
    return len(words) == 2 and not middle and 1 < len(words[0]) <= 6 and 1 < len(words[1]) <= 6


def _place(address: AddressValue) -> str:
    """The street's longest word and the number's first digits: types, directions, lanes and units come and go."""
    number = _FIRST_DIGITS.match(address.number)
    street = address.street
    if " " in street and street.isascii():
        street = max(street.split(), key=len)
    return f"{street}|{number[0] if number else address.number}"
