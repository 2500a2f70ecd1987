"""Identifiers, dates of birth and interactions: facts that are either the same or not."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from dedupsvc.core.fields import BirthDate, Features

IDENTIFIER_CODES = ("missing", "same_strong", "same", "similar", "adjacent", "different", "conflict")
_SAME_STRONG, _SAME, _SIMILAR, _ADJACENT, _DIFFERENT, _CONFLICT = 1, 2, 3, 4, 5, 6


def identifier_level(left: Features, right: Features) -> int:
    """Only values of one scheme are compared. A conflict of strong ones outranks every weaker agreement."""
    if not left.identifiers or not right.identifiers:
        return 0
    best = 0
    conflict = False
    for one in left.identifiers:
        for two in right.identifiers:
            if one.scheme != two.scheme:
                continue
            strong = one.strong and two.strong
            if one.value == two.value:
                level = _SAME_STRONG if strong else _SAME
            elif strong:
                conflict = True
                continue
            elif len(one.value) >= 6 and OSA.distance(one.value, two.value, score_cutoff=1) <= 1:
                # Relatives who were registered together have numbers that follow one another.
                level = _ADJACENT if one.value[:-1] == two.value[:-1] else _SIMILAR
            else:
                level = _DIFFERENT
            if not best or level < best:
                best = level
    # A customer may own two numbers of one scheme (an old and a new one): an equal strong pair settles it.
    return _CONFLICT if conflict and best != _SAME_STRONG else best


_GENERATION = 15
"""Years between a parent and a child, at least."""
_YEAR_SLIPS = (0, 1, 10)
"""How far a year is off that was misremembered by one or mistyped in its decade."""
_YEAR, _MONTH = 372, 31
"""In days, as if every month had 31 of them."""
_A_LITTLE = 35
"""Days: the wrong month, and the day guessed besides."""
BIRTH_DATE_CODES = (
    "missing",
    "same",
    "swapped",
    "similar",
    "compatible",
    "near",
    "shifted",
    "different",
    "other_generation",
)
_SWAPPED, _SIMILAR_DATE, _COMPATIBLE, _NEAR, _SHIFTED, _DATE_DIFFERENT, _OTHER_GENERATION = 2, 3, 4, 5, 6, 7, 8


def birth_date_level(left: Features, right: Features) -> int:
    if not left.birth_dates or not right.birth_dates:
        return 0
    best = _OTHER_GENERATION
    for one in left.birth_dates:
        for two in right.birth_dates:
            level = _birth_date_pair(one, two)
            if level < best:
                best = level
    return best


def _birth_date_pair(one: BirthDate, two: BirthDate) -> int:
    if one[:3] == two[:3]:
        return 1 if one.month and one.day else _COMPATIBLE
    known = [(a, b) for a, b in zip(one[:3], two[:3], strict=True) if a and b]
    if len(known) < 3:
        return _COMPATIBLE if known and all(a == b for a, b in known) else _DATE_DIFFERENT
    if one.year == two.year and one.month == two.day and one.day == two.month:
        return _SWAPPED
    if OSA.distance(_digits(one), _digits(two), score_cutoff=1) <= 1:
        return _SIMILAR_DATE
    if sum(a == b for a, b in known) == 2:
        return _NEAR
    if _is_shifted(one, two):
        return _SHIFTED
    return _OTHER_GENERATION if abs(one.year - two.year) >= _GENERATION else _DATE_DIFFERENT


def _is_shifted(one: BirthDate, two: BirthDate) -> bool:
    """Guessed or misremembered: at most five weeks off within the year, round New Year too, and perhaps a slip in the year."""
    days = (one.year - two.year) * _YEAR + (one.month - two.month) * _MONTH + one.day - two.day
    return any(abs(abs(days) - years * _YEAR) <= _A_LITTLE for years in _YEAR_SLIPS)


def _digits(date: BirthDate) -> str:
    return f"{date.year:04d}{date.month:02d}{date.day:02d}"


INTERACTION_CODES = ("missing", "same")


def interaction_level(left: Features, right: Features) -> int:
    """A shared order or ticket is evidence; other orders are what every customer has."""
    if not left.interactions or not right.interactions:
        return 0
    return 0 if set(left.interactions).isdisjoint(right.interactions) else 1
