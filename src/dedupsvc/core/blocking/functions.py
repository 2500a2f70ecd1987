"""The kinds of blocking keys: each function gives the values of one kind, without the party type's letter.

A weak value (a surname, an employer, a city) never stands alone. Each kind survives an error in some other field, so
that one wrong field does not hide a customer.
"""

from __future__ import annotations

from collections.abc import Iterable

from dedupsvc.core.blocking.parts import Parts
from dedupsvc.core.fields import Features

_LOCAL_LENGTH = 5
"""A shorter local part of an e-mail address (li, info) is anybody's."""
_DISTINCTIVE_LOCAL = 9
"""From this length on it needs no name beside it."""
_TAIL_LENGTH = 4
_TELLING_NUMBER = 3
_TELLING_NAME = 10
"""Characters from which on a whole name may find its namesakes everywhere: zhang wei has thousands."""


def identifier(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{value.scheme}|{value.value}" for value in features.identifiers]


def interaction(features: Features, parts: Parts) -> Iterable[str]:
    return features.interactions


def phone(features: Features, parts: Parts) -> Iterable[str]:
    return parts.numbers


def phone_name(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{number}|{mark}" for number in parts.numbers for mark in parts.marks]


def phone_tail_name(features: Features, parts: Parts) -> Iterable[str]:
    """Without its area code, masked, or with a wrong digit before them, a number still has its last four."""
    tails = [value.tail or value.masked for value in features.phones]
    return [f"{tail[-_TAIL_LENGTH:]}|{name}" for tail in tails if len(tail) >= 7 for name in parts.wholes]


def phone_head_name(features: Features, parts: Parts) -> Iterable[str]:
    """The other half, for a wrong digit among the last four."""
    tails = [value.tail for value in features.phones if value.kind != "tollfree"]
    return [f"{tail[:-_TAIL_LENGTH]}|{name}" for tail in tails if len(tail) >= 7 for name in parts.wholes]


def email(features: Features, parts: Parts) -> Iterable[str]:
    return [value.address for value in features.emails]


def email_name(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{value.address}|{mark}" for value in features.emails for mark in parts.marks]


def email_local_name(features: Features, parts: Parts) -> Iterable[str]:
    """The domain mistyped, or the same local part at another provider."""
    values = [value for value in features.emails if len(value.local) >= _LOCAL_LENGTH and value.kind != "role"]
    return [
        value.local if len(value.local) >= _DISTINCTIVE_LOCAL else f"{value.local}|{mark}"
        for value in values
        for mark in (parts.marks or ("",))
    ]


def domain_name(features: Features, parts: Parts) -> Iterable[str]:
    """Another mailbox of the same house, or its website."""
    domains = [value.domain for value in features.emails if value.kind != "personal"]
    if features.website:
        domains.append(features.website)
    if not domains:
        return ()
    names = parts.wholes if features.party_type == "person" else parts.marks
    return [f"{domain}|{name}" for domain in domains for name in names]


def name_birth_year(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{name}|{date.year}" for date in features.birth_dates if date.year for name in parts.wholes]


def birth_year_city(features: Features, parts: Parts) -> Iterable[str]:
    """Both initials, the year and the city: survives slips in the name together with a wrong day or month."""
    years = [date.year for date in features.birth_dates if date.year]
    return [f"{year}|{city}|{mark}" for year in years for city in parts.cities for mark in parts.marks]


def birth_date_initial(features: Features, parts: Parts) -> Iterable[str]:
    """The full date and one initial: survives any slip in the rest of the name. Day and month in either order."""
    dates = [date for date in features.birth_dates if date.month and date.day]
    return [
        f"{date.year}{min(date.month, date.day):02d}{max(date.month, date.day):02d}|{letter}"
        for date in dates
        for letter in parts.letters
    ]


def name_city(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{name}|{city}" for name in parts.wholes for city in parts.cities]


def name_postcode(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{name}|{postcode}" for name in parts.wholes for postcode in parts.postcodes]


def name_letters(features: Features, parts: Parts) -> Iterable[str]:
    """Which letters either part has: survives letters doubled, swapped or in another order. Only beside a fact that covers it."""
    if not (
        parts.numbers
        or parts.cities
        or features.emails
        or features.identifiers
        or features.birth_dates
        or parts.postcodes
        or parts.employers
    ):
        return ()
    return [_letters(name) for name in parts.wholes if len(name) >= _TELLING_NAME]


def _letters(name: str) -> str:
    one, _, other = name.partition(" ")
    first, second = "".join(sorted(set(one))), "".join(sorted(set(other)))
    return f"{first}|{second}" if first < second else f"{second}|{first}"


def name_part_city(features: Features, parts: Parts) -> Iterable[str]:
    """One part of the name, the other's initial, the city: survives any slip in one part. Pinyin has too few surnames."""
    if not parts.cities:
        return ()
    pairs = [name.split(" ", 1) for name in parts.wholes if len(name) >= _TELLING_NAME]
    halves = [half for one, other in pairs for half in (f"{one}|{other[0]}", f"{other}|{one[0]}")]
    return [f"{half}|{city}" for half in halves for city in parts.cities if city.isascii()]


def name_employer(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{name}|{employer}" for name in parts.wholes for employer in parts.employers]


def address(features: Features, parts: Parts) -> Iterable[str]:
    """A company's door. Homes need a name besides."""
    return parts.places


def number_name(features: Features, parts: Parts) -> Iterable[str]:
    """House number and the start of the name: survives any slip in the street. Short numbers are on every street."""
    doors = [place.rpartition("|")[2] for place in parts.places]
    return [f"{door}|{mark}" for door in doors if len(door) >= _TELLING_NUMBER for mark in parts.marks]


def number_postcode(features: Features, parts: Parts) -> Iterable[str]:
    """House number and postcode: survives another spelling of street and name. Chinese postcodes cover whole districts."""
    placed = [address for address in features.addresses if address.street and address.number]
    return [
        f"{place.rpartition('|')[2]}|{address.postcode}"
        for place, address in zip(parts.places, placed, strict=True)
        if address.postcode and address.street.isascii()
    ]


def address_name(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{place}|{mark}" for place in parts.places for mark in parts.marks]


def company(features: Features, parts: Parts) -> Iterable[str]:
    """A company's whole name; an employer's never stands alone."""
    return parts.wholes


def company_city(features: Features, parts: Parts) -> Iterable[str]:
    """The start of the name and where it is: short forms, slips at the end, names of which many towns have one."""
    return [f"{mark}|{city}" for mark in parts.marks for city in parts.cities]


def company_postcode(features: Features, parts: Parts) -> Iterable[str]:
    return [f"{mark}|{postcode}" for mark in parts.marks for postcode in parts.postcodes]
