"""Company names in latin and other spaced scripts: brand, industry words, legal form, and the branch."""

from __future__ import annotations

import re
from functools import cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import regions_cn
from dedupsvc.core.normalize.text import fold_accents, latin_key, reading_key, script_of

_BRACKET = re.compile(r"\(([^()]*)\)?|\[([^\[\]]*)\]?")
_BRANCH_WORDS = frozenset(
    ["branch", "office", "filiale", "niederlassung", "zweigniederlassung", "sucursal", "succursale", "agence", "sede"]
)
_DASHED_BRANCH = re.compile(r"\s+[-|/]\s*([^-|/]+)$")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_FORM = 5
_SHORTEST_AFTER_REGION = 2
_ARTICLES = frozenset({"the"})
_CONNECTORS = frozenset({"and", "und", "et", "y", "e"})


def parse(text: str) -> CompanyName | None:
    """``text`` is canonical; None if it holds no word."""
    text, branch = _split_branch(text)
    brackets = [" ".join(_words(one or other)) for one, other in _BRACKET.findall(text)]
    region = next((_region(content) for content in brackets if _region(content)), "")
    words = _words(_BRACKET.sub(" ", text)) or _words(text)
    if not words:
        return None
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    # Which site it is: center (east), center (north). A country or a city in brackets is the region.
    sites = [word for content in brackets if not _region(content) for word in _words(content) if word not in words]
    full = " ".join(words + sites)
    words, form = _split_form(words)
    if not region and len(words) > _SHORTEST_AFTER_REGION and words[0] in _chinese_places():
        region, words = _chinese_places()[words[0]], words[1:]
    brand, industry = _split_industry(words)
    key = "".join(latin_key(word) for word in brand + industry if word not in _CONNECTORS)
    return CompanyName(full, " ".join(brand), region, " ".join(industry), form, branch, key, script_of(full))


def _words(text: str) -> list[str]:
    """Words without dots and apostrophes inside: s.r.l. to srl, & to and, l'oréal to loreal."""
    text = fold_accents(text).replace("&", " and ").replace("+", " and ").replace(".", "").replace("'", "")
    return _WORD.findall(text)


def _split_branch(text: str) -> tuple[str, str]:
    """acme inc - boston branch; acme inc, filiale köln."""
    if match := _DASHED_BRANCH.search(text):
        words = _words(match[1])
        if not _BRANCH_WORDS.isdisjoint(words):
            return text[: match.start()], " ".join(word for word in words)
    head, comma, tail = text.rpartition(",")
    if comma and not _BRANCH_WORDS.isdisjoint(_words(tail)):
        return head, " ".join(_words(tail))
    return text, ""


@cache
def _forms() -> dict[str, str]:
    return dict(lexicon.words("legal_forms"))


@cache
def _chinese_places() -> dict[str, str]:
    """Chinese provinces and cities in pinyin to their short names: shanghai to 上海."""
    return {reading_key(area.short): area.short for area in regions_cn.areas() if area.level != "district"}


def _region(text: str) -> str:
    """The place that a remark in brackets names, "" if it is no place."""
    return _chinese_places().get(text) or (text if text in lexicon.words("countries") else "")


def _split_form(words: list[str]) -> tuple[list[str], str]:
    """The longest legal form at the end, or one in front (pt, ooo); a name is never only its form."""
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        form = _forms().get(" ".join(words[-length:]))
        if form:
            rest = words[:-length]
            while len(rest) > 1 and rest[-1] in _CONNECTORS:
                rest = rest[:-1]
            return rest, form
    return words, ""


@cache
def _industries() -> dict[str, str]:
    return dict(lexicon.words("industries"))


def _split_industry(words: list[str]) -> tuple[list[str], list[str]]:
    """Industry words at the end, in canonical form, as long as a brand remains."""
    start = len(words)
    while start > 1 and words[start - 1] in _industries():
        start -= 1
    if start > 1 and words[start - 1] in _CONNECTORS:
        return words, []
    return words[:start], [_industries()[word] for word in words[start:]]
