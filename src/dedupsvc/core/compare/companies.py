"""Names of companies: the level at which brand, region, industry and branch agree."""

from __future__ import annotations

from rapidfuzz.distance import OSA, JaroWinkler

from dedupsvc.core.compare.company_words import (
    TELLING,
    Words,
    at_odds,
    is_acronym,
    letters,
    other_kind,
    other_trade,
    sets_apart,
    shared,
    words_of,
)
from dedupsvc.core.compare.spelling import is_slip
from dedupsvc.core.fields import CompanyName, Features
from dedupsvc.core.normalize.text import reading_key

COMPANY_CODES = (
    "missing",
    "same_registered",
    "same_long",
    "same_full",
    "same",
    "same_sound_long",
    "same_sound",
    "other_form",
    "short",
    "similar_long",
    "similar",
    "part_long",
    "part",
    "related",
    "other_kind",
    "other_region",
    "other_industry",
    "other_site",
    "other_branch",
    "different",
)
(
    _MISSING,
    _SAME_REGISTERED,
    _SAME_LONG,
    _SAME_FULL,
    _SAME,
    _SAME_SOUND_LONG,
    _SAME_SOUND,
    _OTHER_FORM,
    _SHORT,
    _SIMILAR_LONG,
    _SIMILAR,
    _PART_LONG,
    _PART,
    _RELATED,
    _OTHER_KIND,
    _OTHER_REGION,
    _OTHER_INDUSTRY,
    _OTHER_SITE,
    _OTHER_BRANCH,
    _DIFFERENT,
) = range(len(COMPANY_CODES))

_LONG = 12
_TYPO_SIMILARITY = 0.93
_SHORTEST, _SHORTEST_WORD = 5, 3
"""Letters of a name, and of one of several words, in which another letter is a slip."""
_SHORTEST_PART = 3
"""Letters of which more are needed to say that one name is part of another: ge power, ge healthcare."""
_MOST_SLIPS = 4
_MOST = 0.4
"""Share of the shorter name's telling letters; the rest is its carrier's name or its programme's."""
_LONG_BRAND = 3
_NUMERALS = frozenset("零〇一二三四五六七八九十百0123456789东西南北上下")
"""第一医院 and 第二医院, 东方 and 西方 are no slips."""


def company_level(left: Features, right: Features) -> int:
    names, others = left.companies, right.companies
    if not names or not others:
        return _MISSING
    if len(names) == len(others) == 1:
        return _company_pair(names[0], others[0])
    best = _DIFFERENT
    for name in names:
        for other in others:
            level = _company_pair(name, other)
            if level < best:
                best = level
    return best


def _company_pair(name: CompanyName, other: CompanyName) -> int:
    level = _stem_pair(name, other)
    if level >= _OTHER_INDUSTRY:
        return level
    if name.branch != other.branch:
        return _OTHER_BRANCH
    if name.region and other.region and name.region != other.region:
        return _OTHER_REGION
    if level == _SAME_SOUND:
        return _SAME_SOUND_LONG if _is_registered(name, other) else level
    if level != _SAME:
        return level
    if _other_form(name, other):
        return _OTHER_FORM
    return _equal(name, other) if name.region == other.region else level


def _other_form(name: CompanyName, other: CompanyName) -> bool:
    """A bare 公司 or Co is what people write for any of them."""
    return name.form != other.form and all(one.form not in ("", "co") for one in (name, other))


def _equal(name: CompanyName, other: CompanyName) -> int:
    """How much an equal name says: as it is registered it is unique, and long names are rare anyway."""
    if _is_registered(name, other):
        return _SAME_REGISTERED
    if min(len(name.key), len(other.key)) < _LONG:
        return _SAME
    if name.script == "han" or other.script == "han":
        return _SAME_LONG
    # Lincoln Elementary School is long, and every other town has one.
    return _SAME_LONG if words_of(name).rare and words_of(other).rare else _SAME_FULL


def _is_registered(name: CompanyName, other: CompanyName) -> bool:
    """With region, brand and industry, as the Chinese register wants it; or a telling name with its legal form."""
    if name.region and name.region == other.region:
        return all(one.brand and one.industry for one in (name, other))
    if name.script == "han" or name.form != other.form or not name.form:
        return False
    return words_of(name).rare and words_of(other).rare


def _stem_pair(name: CompanyName, other: CompanyName) -> int:
    """Brand and industry alone, and what else numbers or places a western name."""
    if name.full and name.full == other.full:
        return _SAME
    if name.script == "han" and other.script == "han":
        return _same_brand(name, other) or _same_key(name, other) or _han_pair(name, other)
    if name.script == "han" or other.script == "han":
        return _same_key(name, other) or _across_scripts(name, other)
    return _latin_pair(name, other)


def _same_brand(name: CompanyName, other: CompanyName) -> int:
    if not name.brand or name.brand != other.brand:
        return 0
    if name.industry == other.industry:
        return _SAME
    if not name.industry or not other.industry:
        # 华信有限公司 and 华信科技有限公司 are two names in the register; 华信 alone is short for either.
        shorter = other if name.industry else name
        return _OTHER_INDUSTRY if _is_in_full(shorter) else _SHORT
    contained = name.industry in other.industry or other.industry in name.industry
    return _SIMILAR if contained and not _both_registered(name, other) else _OTHER_INDUSTRY


def _both_registered(name: CompanyName, other: CompanyName) -> bool:
    return _is_in_full(name) and _is_in_full(other)


def _is_in_full(name: CompanyName) -> bool:
    """With its legal form a name is written as it is registered; 公司 is put behind any name."""
    return bool(name.form) and (name.form != "co" or name.script != "han")


def _same_key(name: CompanyName, other: CompanyName) -> int:
    return _SAME_SOUND if name.key and name.key == other.key else 0


def _han_pair(name: CompanyName, other: CompanyName) -> int:
    """One character in a brand of three or more may be a slip; in two characters it is another brand."""
    if _abbreviates(name, other) or _abbreviates(other, name):
        return _PART
    if name.industry != other.industry or min(len(name.brand), len(other.brand)) < _LONG_BRAND:
        return _DIFFERENT
    if OSA.distance(name.brand, other.brand, score_cutoff=1) > 1:
        return _DIFFERENT
    return _OTHER_SITE if _numerals(name.brand) != _numerals(other.brand) else _SIMILAR


def _abbreviates(short: CompanyName, other: CompanyName) -> bool:
    """华信 for 华信天成, 中建三局 for 中国建筑第三工程局: characters of the other name in their order, from its start."""
    brand = short.brand
    if short.industry or _is_in_full(short) or not brand or len(brand) >= len(other.brand + other.industry):
        return False
    if other.brand.startswith(brand):
        return True
    if len(brand) < _LONG_BRAND or brand[0] != other.full[:1] or _numerals(brand) != _numerals(other.full):
        return False
    rest = iter(other.full)
    return all(character in rest for character in brand)


def _across_scripts(name: CompanyName, other: CompanyName) -> int:
    """华信科技 and Huaxin Trade & Services: the brand by its sound; what is not translated alike is no contradiction."""
    if not name.brand or reading_key(name.brand) != reading_key(other.brand):
        return _DIFFERENT
    return _OTHER_KIND if name.industry and other.industry else _SHORT


def _numerals(text: str) -> list[str]:
    return [character for character in text if character in _NUMERALS]


def _latin_pair(name: CompanyName, other: CompanyName) -> int:
    one, two = words_of(name), words_of(other)
    level = _same_brand(name, other) or _same_key(name, other)
    if not level:
        level = _spelt_alike(name.key, other.key, one.own, two.own) or _by_words(one, two)
        if level == _DIFFERENT and (len(one.own) == 1 or len(two.own) == 1):
            return _PART if is_acronym(one.own, two.own) or is_acronym(two.own, one.own) else level
    if level >= _OTHER_REGION:
        return level
    if one.placed != two.placed:
        odd = any(at_odds(said, said2) for said, said2 in zip(one.placed, two.placed, strict=True))
        if odd:
            return _OTHER_SITE
        level = max(level, _PART_LONG if min(one.letters, two.letters) >= TELLING else _PART)
    if level in (_SHORT, _PART_LONG, _PART, _RELATED, _OTHER_KIND):
        apart = _both_registered(name, other) or sets_apart(one, two) or other_trade(one, two)
        return _OTHER_INDUSTRY if apart else level
    return level


def _spelt_alike(key: str, key2: str, words: tuple[str, ...], words2: tuple[str, ...]) -> int:
    """Slips in single words, or one slip in all if the words are not spaced alike."""
    length = min(len(key), len(key2))
    if length < _SHORTEST or abs(len(key) - len(key2)) > _MOST_SLIPS:
        return 0
    if len(words) == len(words2):
        alike = all(_is_slip(word, word2) for word, word2 in zip(words, words2, strict=True))
    else:
        alike = OSA.distance(key, key2, score_cutoff=1) <= 1
    return 0 if not alike else _SIMILAR_LONG if length >= _LONG else _SIMILAR


def _is_slip(word: str, other: str) -> bool:
    if word == other or is_slip(word, other):
        return True
    length = min(len(word), len(other))
    if length >= _SHORTEST:
        return JaroWinkler.similarity(min(word, other), max(word, other)) >= _TYPO_SIMILARITY
    return length >= _SHORTEST_WORD and OSA.distance(word, other, score_cutoff=1) <= 1


def _by_words(one: Words, two: Words) -> int:
    """One place may go by its carrier, its house or its programme, and leave out what the other name says."""
    if not one.telling or not two.telling:
        return _by_all_words(one, two)
    common = shared(one, two)
    if not common:
        return _DIFFERENT
    size = letters(common)
    telling = size >= TELLING
    if len(common) < min(len(one.telling), len(two.telling)):
        return _RELATED if telling and size >= _MOST * min(one.letters, two.letters) else _DIFFERENT
    if len(one.telling) == len(two.telling):
        return _of_one_house(one, two, telling)
    if other_kind(one, two) or size < _SHORTEST_PART < max(one.letters, two.letters):
        return _OTHER_KIND
    return _PART_LONG if telling else _PART


def _of_one_house(one: Words, two: Words, telling: bool) -> int:
    """What tells them apart is the same in both; what they are may differ."""
    if one.kinds == two.kinds:
        if set(one.telling) == set(two.telling):
            return _SAME
        return _SIMILAR_LONG if telling else _SIMILAR
    if other_kind(one, two):
        return _OTHER_KIND
    if telling:
        return _PART_LONG
    return _PART if at_odds(one.kinds, two.kinds) else _SHORT


def _by_all_words(one: Words, two: Words) -> int:
    """For a name that only says what it is: Metropolitan Family Services, Steak House."""
    words, others = ({*each.telling, *each.kinds, *each.placed.places, *each.placed.sides} for each in (one, two))
    if words == others:
        return _SAME if words else _DIFFERENT
    common = words & others
    if len(common) < 2 or letters(common) < TELLING:
        return _DIFFERENT
    if len(common) == min(len(words), len(others)):
        return _PART
    return _OTHER_KIND if letters(common) >= _MOST * min(letters(words), letters(others)) else _DIFFERENT
