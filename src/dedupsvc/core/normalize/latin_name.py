"""Names in latin letters: western ones, and Chinese ones in pinyin with or without spaces."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PersonName
from dedupsvc.core.normalize.chinese_name import surnames
from dedupsvc.core.normalize.text import latin_key

_TITLES = lexicon.word_set("latin_titles")
_SUFFIXES = lexicon.word_set("latin_suffixes")
_PARTICLES = lexicon.word_set("name_particles")
_NOTE = re.compile(r"\([^)]*\)?|\[[^\]]*\]?|\{[^}]*\}?|\"[^\"]*\"")
_AFTER_DASH = re.compile(r"\s+[-/|].*$")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_FAMILY_FIRST = ("family", "surname", "last", "eastern")
_LONGEST_SYLLABLE = 6
_MOST_SYLLABLES = 4


def from_fields(family: str, given: str, middle: str) -> tuple[PersonName, ...]:
    """Both fields filled, in canonical text. Pinyin in the wrong fields is put right: a surname, and what is none."""
    family_words, given_words = _words(family), _words(given)
    if not family_words or not given_words:
        return half(" ".join(family_words), " ".join(given_words), middle)
    if len(given_words) > len(family_words) and given_words[-len(family_words) :] == family_words:
        given_words = given_words[: -len(family_words)]
    readings = surname_readings()
    family_key, given_key = ("".join(map(_key, words)) for words in (family_words, given_words))
    both = family_key in readings and given_key in readings
    if not both and given_key in readings and syllables(family_key):
        family_words, given_words = given_words, family_words
    return (_name(family_words, given_words, _words(middle), ordered=not both),)


def half(family: str, given: str, middle: str) -> tuple[PersonName, ...]:
    """Only one of the fields filled; a full name in it is taken apart."""
    words = _words(family or given)
    if len(words) > 1 and not middle and (family or len(words) > 2) and words[0] not in _PARTICLES:
        return from_text(family or given, "", "")
    if not words:
        return ()
    return (_name(words, [], _words(middle), True) if family else _name([], words, _words(middle), True),)


def from_text(text: str, raw: str, order: str) -> tuple[PersonName, ...]:
    """One field. ``raw`` is the text as it was typed: a word all in capitals beside others is the surname."""
    text = _AFTER_DASH.sub("", _NOTE.sub(" ", text)) or text
    before, comma, after = text.partition(",")
    if comma and (given := _words(after)) and (family := _words(before)):
        return (_name(family, given, [], ordered=True),)
    words = _words(text)
    if not words:
        return ()
    if len(words) == 1:
        return _one_word(words[0])
    if order.lower().startswith(_FAMILY_FIRST):
        return (_name(words[:1], words[1:], [], ordered=True),)
    shouted = _shouted(raw, words)
    if shouted:
        return (_name([shouted], [word for word in words if word != shouted], [], ordered=True),)
    return (_pinyin(words) or _western(words),)


def _words(text: str) -> list[str]:
    """The words of a name without titles and suffixes, unless nothing would be left."""
    tokens = _TOKEN.findall(text)
    bare = [token for token in tokens if token not in _TITLES and token not in _SUFFIXES]
    return bare or tokens


def _shouted(raw: str, words: list[str]) -> str:
    capitals = [
        token for token in _TOKEN.findall(raw[:256]) if token.isupper() and len(token) > 1 and token.lower() in words
    ]
    if len(capitals) != 1 or len(words) < 2 or capitals[0] == raw:
        return ""
    return capitals[0].lower() if any(character.islower() for character in raw) else ""


def _western(words: list[str]) -> PersonName:
    start = len(words) - 1
    if len(words[start]) == 1 < len(words[0]):
        return _name(words[:1], words[1:], [], ordered=True)
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    ordered = any(len(word) == 1 for word in words[1:start]) or start < len(words) - 1
    return _name(words[start:], words[:start], [], ordered)


def _one_word(word: str) -> tuple[PersonName, ...]:
    """zhangwei is Zhang Wei; any other single word may be either name."""
    if "-" in word:
        return (_pinyin(word.split("-")) or _name([], [word], [], ordered=False),)
    readings = surname_readings()
    if _key(word) in readings:
        return (_name([word], [], [], ordered=False),)
    for length in range(min(len(word) - 1, 9), 1, -1):
        if word[:length] in readings and 0 < len(given := syllables(word[length:])) <= 2:
            return (_name([word[:length]], list(given), [], ordered=True),)
    return (_name([], [word], [], ordered=False),)


def _pinyin(words: list[str]) -> PersonName | None:
    """Zhang Wei, Wei Zhang, Zhang Xiao Ming, Xiaoming Ouyang; None if it is no Chinese name."""
    full = [word for word in words if len(word) > 1]
    if len(full) < 2 or not all(syllables(_key(word)) for word in full):
        return None
    readings = surname_readings()
    head, tail = _key(full[0]), _key(full[-1])
    first, last = head in readings, tail in readings
    if not first and not last:
        return None
    family_first = first if first != last else readings[head] <= readings[tail]
    family = full[0] if family_first else full[-1]
    given = [word for word in words if word != family] or [family]
    return _name([family], given, [], ordered=first != last)


def _name(family: list[str], given: list[str], middle: list[str], ordered: bool) -> PersonName:
    """Initials behind the given name go to the middle name, where one source has them and another has not."""
    initials = [word for word in given[1:] if len(word) == 1]
    if initials and any(len(word) > 1 for word in given[:1]):
        given = [word for word in given if len(word) > 1]
        middle = initials + middle
    family_key = "".join(map(_key, family))
    given_key = _given_key(given, family_key)
    return PersonName(_written(family), _written(given), _written(middle), family_key, given_key, "latin", ordered)


def _written(words: list[str]) -> str:
    return " ".join(words).replace("-", " ")


def _given_key(given: list[str], family_key: str) -> str:
    """Syllable by syllable if the whole name may be Chinese, so that it equals the key of the characters."""
    maybe_chinese = family_key in surname_readings()
    # Xi'an is xi and an; O'Neil is one word.
    words = [word.replace("'", "-") for word in given] if maybe_chinese else given
    keys = [_key(part) for word in words for part in word.split("-")]
    if maybe_chinese and keys:
        split = [syllables(key) or (key,) for key in keys]
        if all(len(key) == 1 or syllables(key) for key in keys):
            keys = [syllable for part in split for syllable in part]
    return " ".join(keys)


@lru_cache(maxsize=4096)
def _key(word: str) -> str:
    """ASCII; lü and lyu are both lv, as in the pinyin of 吕."""
    if word in _LV_NV:
        return _LV_NV[word]
    return latin_key(word).replace("'", "").replace("-", "")


_LV_NV = {"lü": "lv", "lüe": "lve", "nü": "nv", "nüe": "nve", "lyu": "lv", "nyu": "nv"}


@cache
def surname_readings() -> dict[str, int]:
    """Readings of all Chinese surnames, the commonest first: 0 for wang."""
    rank = {reading: place for place, reading in enumerate(_COMMON)}
    return {reading: rank.get(reading, len(rank)) for reading in surnames().values()}


_COMMON = lexicon.word_list("common_surnames_pinyin")


@lru_cache(maxsize=4096)
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
