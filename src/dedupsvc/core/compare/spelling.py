"""How alike two spellings are: slips of the pen in names and places. Every function is symmetric."""

from __future__ import annotations

from rapidfuzz.distance import OSA, JaroWinkler

_slips = OSA.distance
_similarity = JaroWinkler.similarity

_FEMININE = frozenset({"a", "e", "ina", "ine", "ette"})
_TYPO = 0.9
"""Jaro-Winkler of two spellings of one name: jonathan/jonathon 0.95; smyth/smith 0.89 differ in one letter anyway."""
_RESEMBLANCE = 0.8
"""Jaro-Winkler when something else of the name is equal: porter/porrret 0.86, rose/ross 0.88."""


def is_typo(word: str, other: str) -> bool:
    """One slip in a latin name. In pinyin one letter makes another name: 强 qiang, 倩 qian."""
    length = min(len(word), len(other))
    if length < 3 or " " in word or " " in other:
        return False
    if _slips(word, other, score_cutoff=1) <= 1:
        # In three letters, a letter too many or two in the wrong order are slips, another letter is another name: jay, jaay, ray.
        return length >= 4 or (word[0] == other[0] and (len(word) != len(other) or sorted(word) == sorted(other)))
    return length >= 5 and _jaro_winkler(word, other) >= _TYPO


def is_counterpart(word: str, other: str) -> bool:
    """A man's name and its woman's form, close in spelling and never one person: paul, paula; mario, maria."""
    shorter, longer = (word, other) if len(word) < len(other) else (other, word)
    if len(shorter) == len(longer):
        return word[:-1] == other[:-1] and {word[-1:], other[-1:]} == {"o", "a"}
    return len(shorter) >= 4 and longer.startswith(shorter) and longer[len(shorter) :] in _FEMININE


def resembles(word: str, other: str) -> bool:
    """More slips than one: a spelling that only fits if other facts say so."""
    if word == other:
        return True
    one, two = len(word), len(other)
    length = one if one < two else two
    if length < 3:
        return False
    if _jaro_winkler(word, other) >= _RESEMBLANCE or (one == two >= 4 and sorted(word) == sorted(other)):
        return True
    return length >= 6 and -2 <= one - two <= 2 and _slips(word, other, score_cutoff=2) <= 2


def is_slip(text: str, other: str) -> bool:
    """One slip in the name of a place, two if it is long. Never in numbers: 44th and 45th are two streets."""
    ascii_only = text.isascii() and other.isascii()
    one, two = len(text), len(other)
    length = one if one < two else two
    if length < (5 if ascii_only else 3):
        return False
    slips = 2 if length >= 8 and ascii_only else 1
    if -slips <= one - two <= slips and _slips(text, other, score_cutoff=slips) <= slips:
        return not ascii_only or digits(text) == digits(other)
    return ascii_only and one == two and sorted(text) == sorted(other) and digits(text) == digits(other)


def _jaro_winkler(word: str, other: str) -> float:
    """In alphabetical order, because the metric is not symmetric in rare cases."""
    return _similarity(word, other) if word < other else _similarity(other, word)


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
