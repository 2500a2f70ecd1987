"""National numbering plans: which calling code, which trunk prefix, and what kind of line a number is."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

_LONGEST_CODE = 3


class Line(NamedTuple):
    """What a plan says of a number."""

    code: str
    """Calling code without +: 44."""
    national: str
    """The digits after it, without trunk prefix: 2079460958."""
    kind: str
    """mobile | landline | tollfree | unknown"""


class _Plan(NamedTuple):
    code: str
    trunk: re.Pattern[str]
    """What a call from city to city starts with; a group of it is a carrier's number."""
    prefixed_abroad: re.Pattern[str]
    """What a call to another country starts with."""
    valid: re.Pattern[str]
    kinds: re.Pattern[str]
    kind_of_group: tuple[str, ...]
    leading: re.Pattern[str] | None
    """The first digits that tell this country from the others of its calling code."""


def plain_line(digits: str, country: str) -> Line | None:
    """The line of a number that follows its plan to the letter, None if there is any doubt.

    ``country``: alpha-2 of a national number, "" for one that starts with its calling code.
    """
    plan, national = (_plan(country), digits) if country else _by_code(digits)
    if plan is None or (country and (digits.startswith(plan.code) or plan.prefixed_abroad.match(digits))):
        return None
    if trunk := plan.trunk.match(national):
        if trunk.lastindex or plan.valid.fullmatch(national):
            return None
        national = national[trunk.end() :]
    kind = _kind(plan, national)
    return Line(plan.code, national, kind) if kind else None


def _kind(plan: _Plan, national: str) -> str:
    match = plan.kinds.fullmatch(national)
    if match and match.lastindex and (plan.leading is None or plan.leading.match(national)):
        return plan.kind_of_group[match.lastindex - 1]
    return ""


def _by_code(digits: str) -> tuple[_Plan | None, str]:
    for length in range(1, _LONGEST_CODE + 1):
        if plan := _plan_of_code(digits[:length]):
            return plan, digits[length:]
    return None, digits


@cache
def _plan_of_code(code: str) -> _Plan | None:
    """Only codes that one country has to itself, or shares with islands that have ranges of their own."""
    import phonenumbers

    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdecimal() else ()
    return _plan(regions[0]) if regions else None


@cache
def _plan(country: str) -> _Plan | None:
    """None for a country whose plan cannot be read so simply."""
    from phonenumbers.phonemetadata import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(country, None)
    valid = metadata.general_desc.national_number_pattern if metadata and metadata.general_desc else None
    if metadata is None or valid is None:
        return None
    described = [(kind, one) for kind, one in _described(metadata) if one and one.national_number_pattern]
    return _Plan(
        str(metadata.country_code),
        re.compile(metadata.national_prefix_for_parsing or "(?!)"),
        re.compile(metadata.international_prefix or "(?!)"),
        re.compile(valid),
        re.compile("|".join(f"({_pattern(one)})" for _, one in described) or "(?!)"),
        tuple(kind for kind, _ in described),
        re.compile(metadata.leading_digits) if metadata.leading_digits else None,
    )


def _described(metadata: PhoneMetadata) -> list[tuple[str, PhoneNumberDesc | None]]:
    """In the order in which they are told apart; where mobiles and landlines look alike, a number counts as a mobile."""
    fixed = "mobile" if metadata.same_mobile_and_fixed_line_pattern else "landline"
    return [
        ("unknown", metadata.premium_rate),
        ("tollfree", metadata.toll_free),
        ("unknown", metadata.shared_cost),
        ("unknown", metadata.voip),
        ("unknown", metadata.personal_number),
        ("unknown", metadata.pager),
        ("unknown", metadata.uan),
        ("unknown", metadata.voicemail),
        ("mobile", metadata.mobile),
        (fixed, metadata.fixed_line),
    ]


def _pattern(described: PhoneNumberDesc) -> str:
    pattern = described.national_number_pattern or "(?!)"
    lengths = "|".join(rf"\d{{{length}}}" for length in described.possible_length)
    return rf"(?=(?:{lengths})\Z)(?:{pattern})" if lengths else pattern
