"""Names of companies: the level at which brand, region, industry and branch agree."""

from __future__ import annotations

from rapidfuzz.distance import OSA, JaroWinkler

from dedupsvc.core.fields import CompanyName, Features

COMPANY_CODES = (
    "missing",
    "same_registered",
    "same_long",
    "same",
    "same_sound",
    "other_form",
    "short",
    "similar",
    "part",
    "other_region",
    "other_industry",
    "other_branch",
    "different",
)
(
    _MISSING,
    _SAME_REGISTERED,
    _SAME_LONG,
    _SAME,
    _SAME_SOUND,
    _OTHER_FORM,
    _SHORT,
    _SIMILAR,
    _PART,
    _OTHER_REGION,
    _OTHER_INDUSTRY,
    _OTHER_BRANCH,
    _DIFFERENT,
) = range(len(COMPANY_CODES))

_TYPO_SIMILARITY = 0.93
_LONG = 12
_DISTINCTIVE = 3
"""A word of fewer letters distinguishes nothing."""


def company_level(left: Features, right: Features) -> int:
    if not left.companies or not right.companies:
        return _MISSING
    best = _DIFFERENT
    for name in left.companies:
        for other in right.companies:
            level = _company_pair(name, other)
            if level < best:
                best = level
    return best


def _company_pair(name: CompanyName, other: CompanyName) -> int:
    if name.full and name.full == other.full and name.branch == other.branch:
        return _equal(name, other)
    level = _stem_pair(name, other)
    if level >= _OTHER_INDUSTRY:
        return level
    if name.branch != other.branch:
        return _OTHER_BRANCH
    if name.region and other.region and name.region != other.region:
        return _OTHER_REGION
    if level == _SAME and name.form and other.form and name.form != other.form:
        return _OTHER_FORM
    return _equal(name, other) if level == _SAME and name.region == other.region else level


def _equal(name: CompanyName, other: CompanyName) -> int:
    """How much an equal name says: with its region it is unique in a register, and long names are rare anyway."""
    if name.region == other.region and all(one.region and one.brand and one.industry for one in (name, other)):
        return _SAME_REGISTERED
    return _SAME_LONG if min(len(name.key), len(other.key)) >= _LONG else _SAME


def _stem_pair(name: CompanyName, other: CompanyName) -> int:
    """Brand and industry alone."""
    if name.brand and name.brand == other.brand:
        if name.industry == other.industry:
            return _SAME
        if not name.industry or not other.industry:
            return _SHORT
        if name.industry in other.industry or other.industry in name.industry:
            return _SIMILAR
        return _OTHER_INDUSTRY
    if name.key and name.key == other.key:
        return _SAME_SOUND
    if "han" in (name.script, other.script):
        return _han_pair(name, other)
    return _latin_pair(name, other)


def _han_pair(name: CompanyName, other: CompanyName) -> int:
    """One character in a brand of three or more may be a slip; in two characters it is another brand."""
    if name.industry == other.industry and min(len(name.brand), len(other.brand)) >= 3:
        return _SIMILAR if OSA.distance(name.brand, other.brand, score_cutoff=1) <= 1 else _DIFFERENT
    return _DIFFERENT


def _latin_pair(name: CompanyName, other: CompanyName) -> int:
    key, second = name.key, other.key
    if min(len(key), len(second)) >= 6 and (
        OSA.distance(key, second, score_cutoff=1) <= 1
        or JaroWinkler.similarity(min(key, second), max(key, second)) >= _TYPO_SIMILARITY
    ):
        return _SIMILAR
    words = {word for word in name.full.split() if len(word) >= _DISTINCTIVE}
    words2 = {word for word in other.full.split() if len(word) >= _DISTINCTIVE}
    if words == words2:
        return _SAME if words else _DIFFERENT
    return _PART if _part_of(words, words2) else _DIFFERENT


def _part_of(words: set[str], words2: set[str]) -> bool:
    """Each word of the shorter name is in the longer one, or is short for one there: deli, delicatessen."""
    shorter, longer = (words, words2) if len(words) <= len(words2) else (words2, words)
    if not shorter:
        return False
    if len(words) == len(words2):
        return _abbreviates(words, words2) or _abbreviates(words2, words)
    return _abbreviates(shorter, longer)


def _abbreviates(words: set[str], longer: set[str]) -> bool:
    return all(word in longer or any(one.startswith(word) or word.startswith(one) for one in longer) for word in words)
