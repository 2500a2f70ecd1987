"""Trade words across languages: 科技, 技术, keji and technology are one, so that a Chinese name equals its English one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.normalize.text import reading_key
from dedupsvc.core.remembered import OWN

_LONGEST_PHRASE = 3


@cache
def _chinese() -> tuple[dict[str, str], tuple[int, ...]]:
    """Trade words to the readings of their canonical forms, and how long they are, the longest first."""
    found: dict[str, str] = {}
    for listed, _ in lexicon.rows("trades"):
        words = listed.split(",")
        found.update(dict.fromkeys(words, reading_key(words[0])))
    return found, tuple(sorted(set(map(len, found)), reverse=True))


@cache
def _latin() -> dict[tuple[str, ...], str]:
    """English phrases, and the Chinese words in pinyin, to the readings of the canonical Chinese words."""
    found: dict[tuple[str, ...], str] = {}
    for listed, phrases in lexicon.rows("trades"):
        reading = reading_key(listed.partition(",")[0])
        for phrase in phrases.split(","):
            found.setdefault(tuple(phrase.split()), reading)
    for word, reading in _chinese()[0].items():
        found.setdefault((reading_key(word),), reading)
    return found


@lru_cache(maxsize=OWN)
def key_of_chinese(industry: str) -> str:
    """网络技术 to wangluokeji: each trade word's one spelling, all else as it is read."""
    known, lengths = _chinese()
    found: list[str] = []
    start = rest = 0
    while start < len(industry):
        length = next((one for one in lengths if industry[start : start + one] in known), 0)
        if length:
            found.extend((reading_key(industry[rest:start]), known[industry[start : start + length]]))
            rest = start + length
        start += length or 1
    return "".join(found) + reading_key(industry[rest:])


def spelled(words: Sequence[str]) -> list[str]:
    """network technology to wangluo keji, as if written in pinyin; all else stays as it is."""
    known = _latin()
    found: list[str] = []
    start = 0
    while start < len(words):
        length = next((one for one in range(_LONGEST_PHRASE, 0, -1) if tuple(words[start : start + one]) in known), 0)
        found.append(known[tuple(words[start : start + length])] if length else words[start])
        start += length or 1
    return found
