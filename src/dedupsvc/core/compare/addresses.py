"""Addresses: the level at which two records' places agree, room by room."""

from __future__ import annotations

import re

from rapidfuzz.distance import Indel

from dedupsvc.core.compare.spelling import is_slip
from dedupsvc.core.compare.streets import StreetSame, same_street
from dedupsvc.core.fields import AddressValue, Features

ADDRESS_CODES = (
    "missing",
    "same_unit",
    "same_building",
    "similar",
    "same_street",
    "same_area",
    "same_city",
    "other_unit",
    "other_number",
    "other_place",
)
_SAME_UNIT, _SAME_BUILDING, _SIMILAR, _SAME_STREET, _SAME_AREA, _SAME_CITY = 1, 2, 3, 4, 5, 6
_OTHER_UNIT, _OTHER_NUMBER, _OTHER_PLACE = 7, 8, 9

_DIGITS = re.compile(r"\d+")
_DISTINCTIVE_NUMBER = 3
"""Digits; every main street has a number 12."""
_SIMILAR_TEXT = 0.9
"""Share of a whole address's characters that must agree when it could not be taken apart."""


def address_level(left: Features, right: Features) -> int:
    if not left.addresses or not right.addresses:
        return 0
    best = 0
    for one in left.addresses:
        for two in right.addresses:
            level = _address_pair(one, two)
            if level and (level < best or not best):
                best = level
    return best


def _address_pair(one: AddressValue, two: AddressValue) -> int:
    if one.street and two.street:
        return _street_pair(one, two)
    if not one.street and not two.street and len(one.text) > 5 and len(two.text) > 5 and one.number and two.number:
        return _text_pair(one, two)
    return _area_pair(one, two)


def _street_pair(one: AddressValue, two: AddressValue) -> int:
    if _contradict(one, two):
        return _OTHER_PLACE
    street = same_street(one.street, two.street)
    if street is StreetSame.NO:
        return _OTHER_PLACE
    if not one.number or not two.number:
        return _SAME_STREET if _one_town(one, two) else _OTHER_PLACE
    exact = street is StreetSame.EQUAL
    if not _one_number(one.number, two.number):
        same_door = exact and one.unit and two.unit and _door(one) == _door(two)
        return _SAME_UNIT if same_door else _OTHER_NUMBER
    if not _one_town(one, two):
        return _in_two_towns(min(one.number, two.number, key=len), exact and one.street.isascii())
    if one.unit and two.unit and not _one_unit(one.unit, two.unit):
        return _OTHER_UNIT
    if not exact:
        return _SIMILAR
    # A house has no units; Chinese numbers are whole compounds.
    return _SAME_UNIT if (one.unit and two.unit) or (one.unit == two.unit and one.street.isascii()) else _SAME_BUILDING


def _in_two_towns(number: str, western: bool) -> int:
    """Suburb here, city there: with street and a long number equal, western towns are not told apart by name."""
    if not western:
        return _OTHER_PLACE
    return _SIMILAR if len(number) >= _DISTINCTIVE_NUMBER else _SAME_STREET


def _one_number(number: str, other: str) -> bool:
    """12 and 12a may be one house, 12a and 12b are not; 12-16 begins at 12."""
    if number == other or number.partition("-")[0] == other or other.partition("-")[0] == number:
        return True
    shorter, longer = (number, other) if len(number) < len(other) else (other, number)
    return longer[:-1] == shorter and longer[-1].isalpha() and shorter[-1].isdigit()


def _contradict(one: AddressValue, two: AddressValue) -> bool:
    """Two countries, or two regions; a region by itself is easily mistaken where town or postcode are the same."""
    if one.country and two.country and one.country != two.country:
        return True
    if one.postcode and one.postcode == two.postcode:
        return False
    return _two_regions(one, two) and not (one.city and two.city and _one_city(one.city, two.city))


def _two_regions(one: AddressValue, two: AddressValue) -> bool:
    return bool(one.region and two.region and one.region != two.region)


def _one_town(one: AddressValue, two: AddressValue) -> bool:
    """Whether nothing says that these are two towns; the postcode outranks a city's spelling."""
    if one.postcode and one.postcode == two.postcode:
        return True
    if _two_regions(one, two):
        return False
    if one.city and two.city:
        return _one_city(one.city, two.city)
    return True


def _one_city(city: str, other: str) -> bool:
    return city == other or is_slip(city, other) or city.startswith(other + " ") or other.startswith(city + " ")


def _one_unit(unit: str, other: str) -> bool:
    """3-2-502 = 502 when one side names the room only, or leaves out the building in front."""
    if unit == other:
        return True
    shorter, longer = (unit, other) if len(unit) < len(other) else (other, unit)
    return longer.endswith("-" + shorter)


def _door(address: AddressValue) -> list[str]:
    """All numbers in order: 1898弄32-1109 and 1898弄32号1109室 split at different places into number and unit."""
    return _DIGITS.findall(f"{address.number} {address.unit}")


def _text_pair(one: AddressValue, two: AddressValue) -> int:
    if one.text == two.text:
        return _SAME_BUILDING
    if one.number == two.number and Indel.normalized_similarity(one.text, two.text) >= _SIMILAR_TEXT:
        return _SIMILAR
    return _area_pair(one, two)


def _area_pair(one: AddressValue, two: AddressValue) -> int:
    """What is left when at least one side names no street."""
    if one.postcode and two.postcode:
        if one.postcode == two.postcode:
            return _SAME_AREA
    elif one.district and one.district == two.district and one.city == two.city:
        return _SAME_AREA
    if one.city and two.city:
        return _SAME_CITY if _one_city(one.city, two.city) else _OTHER_PLACE
    if one.region and two.region and one.region != two.region:
        return _OTHER_PLACE
    if one.postcode and two.postcode:
        return _OTHER_PLACE
    return 0
