"""The kinds of blocking keys: each function gives the values of one kind, without the party type's letter.

A weak value (a surname, an employer, a city) never stands alone. Each kind survives an error in some other field, so
that one wrong field does not hide a customer.
"""

from __future__ import annotations

from collections.abc import Iterable

from dedupsvc.core.blocking.parts import Parts, consonants
from dedupsvc.core.fields import BirthDate, Features

_LOCAL_LENGTH = 5
"""A shorter local part of an e-mail address (li, info) is anybody's."""
_DISTINCTIVE_LOCAL = 9
"""From this length on it needs no name beside it."""
_TAIL_LENGTH = 4
_SUBSCRIBER = 7
"""Digits of the shortest telephone number worth halving."""
_TELLING_NUMBER = 3
_TELLING_NAME = 10
"""Characters from which on a whole name may find its namesakes everywhere: zhang wei has thousands."""


def identifier(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{value.scheme}|{value.value}" for value in features.identifiers] if features.identifiers else ()


def interaction(features: Features, parts: Parts) -> Iterable[str]:
    return features.interactions


def phone(features: Features, parts: Parts) -> Iterable[str]:
    return parts.numbers


def phone_name(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.numbers:
        return ()
    return [f"{number}|{mark}" for number in parts.numbers for mark in parts.marks]


def phone_tail_name(features: Features, parts: Parts) -> Iterable[str]:
    """Without its area code, masked, or with a wrong digit before them, a number still has its last four."""
    if not parts.wholes or not features.phones:
        return ()
    tails = [value.tail or value.masked for value in features.phones]
    return [f"{tail[-_TAIL_LENGTH:]}|{name}" for tail in tails if len(tail) >= _SUBSCRIBER for name in parts.wholes]


def phone_head_name(features: Features, parts: Parts) -> Iterable[str]:
    """The other half, for a wrong digit among the last four."""
    if not parts.wholes or not features.phones:
        return ()
    tails = [value.tail for value in features.phones if value.kind != "tollfree"]
    return [f"{tail[:-_TAIL_LENGTH]}|{name}" for tail in tails if len(tail) >= _SUBSCRIBER for name in parts.wholes]


def email(features: Features, parts: Parts) -> Iterable[str]:
    return [value.address for value in features.emails] if features.emails else ()


def email_name(features: Features, parts: Parts) -> Iterable[str]:
    if not features.emails:
        return ()
    return [f"{value.address}|{mark}" for value in features.emails for mark in parts.marks]


def email_local_name(features: Features, parts: Parts) -> Iterable[str]:
    """The domain mistyped, or the same local part at another provider."""
    if not features.emails:
        return ()
    locals_ = [value.local for value in features.emails if len(value.local) >= _LOCAL_LENGTH and value.kind != "role"]
    return [
        local if len(local) >= _DISTINCTIVE_LOCAL else f"{local}|{mark}"
        for local in locals_
        for mark in parts.marks or ("",)
    ]


def domain_name(features: Features, parts: Parts) -> Iterable[str]:
    """Another mailbox of the same house, or its website."""
    if not features.emails and not features.website:
        return ()
    domains = [value.domain for value in features.emails if value.kind != "personal"]
    if features.website:
        domains.append(features.website)
    if not domains:
        return ()
    names = parts.wholes if features.party_type == "person" else parts.marks
    return [f"{domain}|{name}" for domain in domains for name in names]


def name_birth_year(features: Features, parts: Parts) -> Iterable[str]:
    if not features.birth_dates:
        return ()
    return [f"{name}|{date.year}" for date in features.birth_dates if date.year for name in parts.wholes]


def birth_year_city(features: Features, parts: Parts) -> Iterable[str]:
    """Both initials, the year and the city: survives slips in the name together with a wrong day or month."""
    if not features.birth_dates or not parts.cities:
        return ()
    years = [date.year for date in features.birth_dates if date.year]
    return [f"{year}|{city}|{mark}" for year in years for city in parts.cities for mark in parts.marks]


def birth_date_initial(features: Features, parts: Parts) -> Iterable[str]:
    """The full date and one initial: survives any slip in the rest of the name. Day and month in either order."""
    if not features.birth_dates:
        return ()
    dates = [date for date in features.birth_dates if date.month and date.day]
    return [f"{_day(date)}|{letter}" for date in dates for letter in parts.letters]


def name_city(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.cities:
        return ()
    return [f"{name}|{city}" for name in parts.wholes for city in parts.cities]


def name_postcode(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.postcodes:
        return ()
    return [f"{name}|{postcode}" for name in parts.wholes for postcode in parts.postcodes]


def name_letters(features: Features, parts: Parts) -> Iterable[str]:
    """Which letters either part has: survives letters doubled, swapped or in another order. Only beside a fact that covers it."""
    wholes = [name for name in parts.wholes if len(name) >= _TELLING_NAME]
    if not wholes or not (
        parts.numbers
        or parts.cities
        or features.emails
        or features.identifiers
        or features.birth_dates
        or parts.postcodes
        or parts.employers
    ):
        return ()
    return [_letters(name) for name in wholes]


def _letters(name: str) -> str:
    one, _, other = name.partition(" ")
    first, second = "".join(sorted(set(one))), "".join(sorted(set(other)))
    return f"{first}|{second}" if first < second else f"{second}|{first}"


def name_word(features: Features, parts: Parts) -> Iterable[str]:
    """One word of the name by its consonants: survives slips, and the rest of the record being wrong or missing."""
    return parts.words


def name_word_city(features: Features, parts: Parts) -> Iterable[str]:
    """The same within a city, however badly that is written: still rare where the word alone is not."""
    if not parts.words:
        return ()
    cities = [consonants(city) for city in parts.cities if city.isascii()]
    return [f"{word}|{city}" for city in cities for word in parts.words]


def birth_date(features: Features, parts: Parts) -> Iterable[str]:
    """By itself, day and month in either order: few share it in a small store."""
    return [_day(date) for date in features.birth_dates if date.month and date.day]


def birth_year_town(features: Features, parts: Parts) -> Iterable[str]:
    """Year of birth and town, however badly that is written: for a name that cannot be read."""
    if not features.birth_dates or not parts.cities:
        return ()
    towns = [consonants(city) for city in parts.cities if city.isascii()]
    return [f"{date.year}|{town}" for date in features.birth_dates if date.year for town in towns]


def mail_domain(features: Features, parts: Parts) -> Iterable[str]:
    """The house somebody writes from, slips allowed: few do from a small one."""
    if not features.emails:
        return ()
    return [consonants(mail.domain) for mail in features.emails if mail.kind != "personal"]


def _day(date: BirthDate) -> str:
    return f"{date.year}{min(date.month, date.day):02d}{max(date.month, date.day):02d}"


def mailbox_letters(features: Features, parts: Parts) -> Iterable[str]:
    """The letters of a mailbox, or those it would have: oliver.jones82@ is where a nameless Oliver Jones writes from."""
    if features.emails:
        written = [consonants(mail.local) for mail in features.emails if len(mail.local) >= _LOCAL_LENGTH]
        return [letters for letters in written if letters]
    return [consonants(name) for name in parts.wholes if len(name) >= _TELLING_NAME]


def name_employer(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.employers:
        return ()
    return [f"{name}|{employer}" for name in parts.wholes for employer in parts.employers]


def address(features: Features, parts: Parts) -> Iterable[str]:
    """A company's door. Homes need a name besides."""
    return parts.places


def number_name(features: Features, parts: Parts) -> Iterable[str]:
    """House number and the start of the name: survives any slip in the street. Short numbers are on every street."""
    if not parts.places:
        return ()
    doors = [place.rpartition("|")[2] for place in parts.places]
    return [f"{door}|{mark}" for door in doors if len(door) >= _TELLING_NUMBER for mark in parts.marks]


def number_postcode(features: Features, parts: Parts) -> Iterable[str]:
    """House number and postcode: survives another spelling of street and name. Chinese postcodes cover whole districts."""
    if not parts.places or not parts.postcodes:
        return ()
    placed = [address for address in features.addresses if address.street and address.number]
    return [
        f"{place.rpartition('|')[2]}|{address.postcode}"
        for place, address in zip(parts.places, placed, strict=True)
        if address.postcode and address.street.isascii()
    ]


def address_name(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.places:
        return ()
    return [f"{place}|{mark}" for place in parts.places for mark in parts.marks]


def company(features: Features, parts: Parts) -> Iterable[str]:
    """A company's whole name; an employer's never stands alone."""
    return parts.wholes


def company_city(features: Features, parts: Parts) -> Iterable[str]:
    """The start of the name and where it is: short forms, slips at the end, names of which many towns have one."""
    if not parts.cities:
        return ()
    return [f"{mark}|{city}" for mark in parts.marks for city in parts.cities]


def company_postcode(features: Features, parts: Parts) -> Iterable[str]:
    if not parts.postcodes:
        return ()
    return [f"{mark}|{postcode}" for mark in parts.marks for postcode in parts.postcodes]
