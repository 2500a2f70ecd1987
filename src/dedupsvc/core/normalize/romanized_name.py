"""Chinese names in latin letters: pinyin, and the spellings of Hong Kong, Taiwan and beyond (Chan Tai Man, Hsu Chih-ming)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize.chinese_name import surnames
from dedupsvc.core.normalize.text import latin_key
from dedupsvc.core.remembered import SHARED

_LONGEST_SYLLABLE = 6
_MOST_SYLLABLES = 4
_LONGEST_GIVEN = 4
_SHORT = 4
"""Letters of a syllable in any spelling that no table has: jeou, hyun."""
_COMPOUND = 2
"""Characters from which on a surname is a compound one."""

_COMMON = lexicon.word_list("common_surnames_pinyin")
_COMMON_ABROAD = lexicon.word_list("common_surnames_abroad")
_LV_NV = {"lü": "lv", "lüe": "lve", "nü": "nv", "nüe": "nve", "lyu": "lv", "nyu": "nv"}


class Parsed(NamedTuple):
    """A name known to be Chinese, in words as written."""

    family: list[str]
    given: list[str]
    ordered: bool


@lru_cache(maxsize=SHARED)
def key(word: str) -> str:
    """ASCII; lü and lyu are both lv, as in the pinyin of 吕."""
    if word in _LV_NV:
        return _LV_NV[word]
    # Xuefeng is 雪峰; Mueller and Juergen write an umlaut out.
    if "ue" in word and any(syllable.endswith("ue") for syllable in syllables(word)):
        return word
    if word.isalpha():
        return latin_key(word)
    return latin_key(word).replace("'", "").replace("-", "")


@cache
def surname_readings() -> dict[str, int]:
    """Readings of all Chinese surnames, the commonest first: 0 for wang."""
    rank = {reading: place for place, reading in enumerate(_COMMON)}
    return {reading: rank.get(reading, len(rank)) for reading in surnames().values()}


@cache
def _compound_readings() -> frozenset[str]:
    return frozenset(reading for surname, reading in surnames().items() if len(surname) >= _COMPOUND)


@cache
def _spellings_abroad() -> dict[str, frozenset[str]]:
    return {
        surname: frozenset(map(latin_key, listed.split(","))) for surname, listed in lexicon.rows("surnames_abroad")
    }


@cache
def _ranks() -> dict[str, int]:
    """Every spelling of a Chinese surname, the commonest first."""
    rank = {spelling: place for place, spelling in enumerate(_COMMON_ABROAD)}
    abroad = {spelling for listed in _spellings_abroad().values() for spelling in listed}
    return {spelling: rank.get(spelling, len(_COMMON)) for spelling in abroad} | {
        reading: min(place, rank.get(reading, place)) for reading, place in surname_readings().items()
    }


def is_surname(spelling: str) -> bool:
    """True for zhang, ouyang, chan, hsu, nguyen."""
    return spelling in _ranks()


def is_common(spelling: str) -> bool:
    """True for a surname that many bear; a rare one (ben, kai) is more often a given name."""
    return _ranks().get(spelling, len(_COMMON)) < len(_COMMON)


@cache
def _syllables_abroad() -> frozenset[str]:
    """One Chinese character as it is spelt outside the mainland: chi, shing, hsiu."""
    cantonese = {syllable for syllable, _ in lexicon.rows("cantonese")}
    return frozenset(cantonese.union(*_wade_giles().values()))


@lru_cache(maxsize=SHARED)
def syllables(word: str) -> tuple[str, ...]:
    """``word`` as pinyin syllables, longest first; () if it is none or has too many."""
    return _split(word, _MOST_SYLLABLES) or ()


def _split(word: str, most: int) -> tuple[str, ...] | None:
    if not word:
        return ()
    if not most:
        return None
    known = lexicon.syllables()
    for length in range(min(len(word), _LONGEST_SYLLABLE), 0, -1):
        if word[:length] in known:
            rest = _split(word[length:], most - 1)
            if rest is not None:
                return (word[:length], *rest)
    return None


def parse(words: Sequence[str]) -> Parsed | None:
    """Zhang Wei, Wei Zhang, Ou Yang Xiao Ming, Chan Tai Man, Tsai Ing-wen; None if it is no Chinese name."""
    ranks = _ranks()
    head, tail = key(words[0]), key(words[-1])
    if head not in ranks and tail not in ranks and len(words) < _COMPOUND + 1:
        return None
    words = _joined_compounds(words)
    full = [word for word in words if len(word) > 1]
    if len(full) < 2:
        return None
    return _hyphenated(words, full) or _pinyin(words, full) or _abroad(words, full)


def _joined_compounds(words: Sequence[str]) -> Sequence[str]:
    """ou yang xiao ming to ouyang xiao ming, unless the first syllable is a common surname of its own."""
    if len(words) <= _COMPOUND or words[0] in _COMMON:
        return words
    compound = words[0] + words[1]
    return (compound, *words[2:]) if compound in _compound_readings() else words


def _hyphenated(words: Sequence[str], full: list[str]) -> Parsed | None:
    """Ma Ying-jeou, Kim Jong-un, Ying-jeou Ma: what is hyphenated beside a surname is the given name."""
    if len(full) != 2:
        return None
    for family, given in (full, full[::-1]):
        parts = given.split("-")
        if len(parts) == 2 and "-" not in family and is_surname(key(family)):
            short = all(_is_syllable(part) or len(part) <= _SHORT for part in parts)
            return Parsed([family], _without(words, family), True) if short else None
    return None


def _is_syllable(word: str) -> bool:
    spelled = key(word)
    return spelled in lexicon.syllables() or spelled in _syllables_abroad()


def _pinyin(words: Sequence[str], full: list[str]) -> Parsed | None:
    readings = surname_readings()
    head, tail = key(full[0]), key(full[-1])
    first, last = head in readings, tail in readings
    if not (first or last) or not all(syllables(key(word)) for word in full):
        return None
    if len(full) > 2 and not first and head in _ranks():
        return None
    family_first = first if first != last else head in _compound_readings() or readings[head] <= readings[tail]
    family = full[0] if family_first else full[-1]
    return Parsed([family], _without(words, family), first != last)


def _abroad(words: Sequence[str], full: list[str]) -> Parsed | None:
    """The commoner surname of both ends, if all else is a syllable of some Chinese spelling."""
    ranks = _ranks()
    first, last = ranks.get(key(full[0])), ranks.get(key(full[-1]))
    if first is None and last is None:
        return None
    family_first = last is None or (first is not None and first <= last)
    family = full[0] if family_first else full[-1]
    given = _without(words, family)
    if not all(
        _is_syllable(part) or syllables(key(part)) for word in given if len(word) > 1 for part in word.split("-")
    ):
        return None
    return Parsed([family], given, first is None or last is None)


def _without(words: Sequence[str], family: str) -> list[str]:
    at = words.index(family)
    return [*words[:at], *words[at + 1 :]]


def spells(latin: PersonName, han: PersonName) -> bool:
    """Whether ``latin`` may be how ``han`` is written abroad: Chan Tai Man is 陈大文, Hsu Chih-ming is 许志明.

    Pinyin counts, too, mixed systems as well. One spelling has many names: this is weaker than equal characters.
    """
    if not han.family or not han.given or len(han.given) > _LONGEST_GIVEN:
        return False
    family, given = latin.family_key.replace(" ", ""), latin.given_key.replace(" ", "")
    known = surname_spellings(han.family)
    return (family in known and _spells(given, han.given)) or (given in known and _spells(family, han.given))


@lru_cache(maxsize=SHARED)
def surname_spellings(family: str) -> frozenset[str]:
    """All that the surname is written as in latin letters: 许 as xu, hsu, hui, koh."""
    reading = surnames().get(family, "")
    spellings = {reading, *_wade_giles().get(reading, ()), *_spellings_abroad().get(family, ())}
    return frozenset(spellings - {""})


@cache
def _wade_giles() -> dict[str, tuple[str, ...]]:
    return {syllable: tuple(map(latin_key, listed.split(","))) for syllable, listed in lexicon.rows("wade_giles")}


@cache
def _cantonese() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for syllable, characters in lexicon.rows("cantonese"):
        for character in characters:
            found[character] = (*found.get(character, ()), syllable)
    return found


def _spells(text: str, characters: str) -> bool:
    """``text`` is one spelling of each character after the other."""
    if not characters:
        return not text
    reading = lexicon.readings().get(characters[0], "")
    spellings = (reading, *_wade_giles().get(reading, ()), *_cantonese().get(characters[0], ()))
    return any(
        text.startswith(spelling) and _spells(text[len(spelling) :], characters[1:])
        for spelling in spellings
        if spelling
    )
