"""Names of companies: the level at which brand, region, industry and branch agree."""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from dedupsvc.core import lexicon
from dedupsvc.core.compare.spelling import is_slip
from dedupsvc.core.fields import CompanyName, Features

COMPANY_CODES = (
    "missing",
    "same_registered",
    "same_long",
    "same",
    "same_sound",
    "other_form",
    "short",
    "similar_long",
    "similar",
    "part_long",
    "part",
    "related",
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
    _SIMILAR_LONG,
    _SIMILAR,
    _PART_LONG,
    _PART,
    _RELATED,
    _OTHER_REGION,
    _OTHER_INDUSTRY,
    _OTHER_BRANCH,
    _DIFFERENT,
) = range(len(COMPANY_CODES))

_TYPO_SIMILARITY = 0.93
_LONG = 12
_DISTINCTIVE = 3
"""A word of fewer letters distinguishes nothing."""
_MOST = 0.4
"""Share of the shorter name's telling letters; the rest is its carrier's name or its programme's."""
_TELLING = 9
"""Letters, in two words or more, from which the part of a name that two companies share is hardly chance."""


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
    if level in (_SAME, _SAME_SOUND) and _two_sites(name, other):
        return _RELATED
    if level == _SAME and name.form and other.form and name.form != other.form:
        return _OTHER_FORM
    return _equal(name, other) if level == _SAME and name.region == other.region else level


def _two_sites(name: CompanyName, other: CompanyName) -> bool:
    """Whether each names another site in brackets: center (east), center (north)."""
    if name.full == other.full or name.script == "han" or other.script == "han":
        return False
    sites, sites2 = _beside(name), _beside(other)
    return bool(sites) and bool(sites2) and sites.isdisjoint(sites2)


def _beside(name: CompanyName) -> set[str]:
    """Words of the full name that are neither brand, trade nor legal form."""
    return {word for word in _telling_words(name.full) if word not in name.key}


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
    length = min(len(key), len(second))
    if length >= _LONG and is_slip(key, second):
        return _SIMILAR_LONG
    if (length >= 5 and OSA.distance(key, second, score_cutoff=1) <= 1) or (
        length >= 6 and JaroWinkler.similarity(min(key, second), max(key, second)) >= _TYPO_SIMILARITY
    ):
        return _SIMILAR
    words = {word for word in name.full.split() if len(word) >= _DISTINCTIVE}
    words2 = {word for word in other.full.split() if len(word) >= _DISTINCTIVE}
    if words == words2:
        return _SAME if words else _DIFFERENT
    if _part_of(words, words2):
        return _PART_LONG if _is_telling(_shared(name.full, other.full)) else _PART
    return _RELATED if _mostly_shared(name.full, other.full) else _DIFFERENT


@cache
def _trades() -> frozenset[str]:
    """Words that say what a company does, not which one it is."""
    return frozenset(word for form in ("industries", "legal_forms") for word in lexicon.words(form))


@lru_cache(maxsize=8192)
def _telling_words(full: str) -> tuple[str, ...]:
    words = dict.fromkeys(word for word in full.split() if len(word) >= _DISTINCTIVE and word not in _trades())
    return tuple(words)


def _shared(full: str, full2: str) -> tuple[str, ...]:
    """The telling words that both names hold, as the shorter one spells them: one of them exactly, slips allowed in the others."""
    words, words2 = _telling_words(full), _telling_words(full2)
    if set(words).isdisjoint(words2):
        return ()
    words, words2 = sorted((words, words2), key=lambda found: (_letters(found), found))
    return tuple(word for word in words if word in words2 or any(is_slip(word, one) for one in words2))


def _letters(words: tuple[str, ...]) -> int:
    return sum(map(len, words))


def _is_telling(words: tuple[str, ...]) -> bool:
    return len(words) >= 2 and _letters(words) >= _TELLING


def _mostly_shared(full: str, full2: str) -> bool:
    """Names of one place by its carrier, its house or its programme: most of the shorter one stands in the other."""
    shared = _shared(full, full2)
    if not _is_telling(shared):
        return False
    shorter = min(_letters(_telling_words(full)), _letters(_telling_words(full2)))
    return _letters(shared) >= _MOST * shorter


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
