"""Chinese places in latin letters: Shanghai, Xi'an and Hong Kong are 上海, 西安 and 香港."""

from __future__ import annotations

from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.normalize import regions_cn
from dedupsvc.core.normalize.text import reading_key
from dedupsvc.core.remembered import SHARED

CHINESE = frozenset({"CN", "HK", "MO", "TW"})
_ENDS = ("province", "city", "shi", "sheng", "municipality", "district")
_UNMISTAKABLE = 6
"""Letters from which on a pinyin name is no other country's city."""


@cache
def _by_pinyin() -> dict[str, str]:
    """Without the names that two cities share, such as 宜春 and 伊春."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for area in regions_cn.areas():
        if area.level != "district":
            key = reading_key(area.short)
            if found.setdefault(key, area.short) != area.short:
                shared.add(key)
    return {key: name for key, name in found.items() if key not in shared}


@lru_cache(maxsize=SHARED)
def chinese_place(name: str, country: str) -> str:
    """The short Chinese name of a city or province, "" if ``name`` is none. ``country``: alpha-2, or "" if unknown."""
    if not name or not name.isascii() or (country and country not in CHINESE):
        return ""
    words = name.replace("'", "").split()
    while len(words) > 1 and words[-1] in _ENDS:
        words.pop()
    spelled = lexicon.words("cities_cn")
    if found := spelled.get(" ".join(words)) or spelled.get("".join(words)):
        return found
    key = "".join(words)
    return _by_pinyin().get(key, "") if country or len(key) >= _UNMISTAKABLE else ""
