"""Company names in latin and other spaced scripts: brand, industry words, legal form, and the branch."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import regions_cn, romanized_name, trades
from dedupsvc.core.normalize.text import fold_accents, latin_key, reading_key, script_of
from dedupsvc.core.remembered import SHARED

_BRACKET = re.compile(r"\(([^()]*)\)?|\[([^\[\]]*)\]?")
_BRANCH_WORDS = frozenset(
    ["branch", "office", "filiale", "niederlassung", "zweigniederlassung", "sucursal", "succursale", "agence", "sede"]
)
_BRANCH_ENDS = frozenset(["branch", "filiale", "niederlassung", "zweigniederlassung", "sucursal", "succursale"])
_DASHED = re.compile(r"\s+[-|/]\s*([^-|/]+)$")
_WORD = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[a-z0-9 ]+")
_LONGEST_FORM = 6
_SHORTEST_AFTER_REGION = 2
_ARTICLES = frozenset({"the"})
_CONNECTORS = frozenset({"and", "und", "et", "y", "e"})
_STATUS = frozenset({"in liquidation", "in liq", "i l", "il", "dissolved", "closed", "inactive", "in administration"})
_FRONT = frozenset(
    ["pt", "cv", "ooo", "ооо", "зао", "оао", "пао", "ао", "тоо", "ип", "cong ty tnhh", "cong ty co phan", "uab", "sia"]
)
"""Legal forms that stand in front of the name."""
_LONGEST_FRONT = 4
_FIRST_WORDS = frozenset(front.partition(" ")[0] for front in _FRONT)
_UNMISTAKABLE = frozenset(
    ["ltd", "limited", "inc", "llc", "gmbh", "ag", "plc", "corp", "corporation", "srl", "spa", "sarl"]
)
"""Legal forms that are none of a name's words even in its middle."""
_CO_LTD = re.compile(r" (?:co|company) (?:ltd|limited)$")
_TELLING_PINYIN = re.compile("x[iu]|qi|zh|[iu]ang|iao|^hua|^guo|^yun")
"""Letters that hardly any other language puts together so."""
_GROUPS = frozenset({"group", "holding", "holdings"})
"""Part of the legal form in Chinese: 集团, 控股."""


class _Opened(NamedTuple):
    """A name without what punctuation sets apart."""

    words: list[str]
    region: str
    sites: list[str]
    branch: str


def parse(text: str) -> CompanyName | None:
    """``text`` is canonical; None if it holds no word."""
    words, region, sites, branch = _Opened(text.split(), "", [], "") if _PLAIN.fullmatch(text) else _open(text)
    if not words:
        return None
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    full = " ".join([*words, *[word for word in sites if word not in words]])
    words, form, tail = _split_form(words)
    if tail and not region and not branch:
        region = _place(tail)
        branch = "" if region else tail
    if not branch and len(words) > 2 and words[-1] in _BRANCH_ENDS and words.count(words[-1]) == 1:
        words, branch = words[:-2], " ".join(words[-2:])
    if not region:
        region, words = _leading_place(words, form)
    brand, industry = _split_industry(words)
    key = _key(brand, industry, full, region)
    return CompanyName(full, " ".join(brand), region, " ".join(industry), form, branch, key, script_of(full))


def _open(text: str) -> _Opened:
    text, branch = _split_branch(text)
    if "(" not in text and "[" not in text:
        return _Opened(_words(text), "", [], branch)
    remarks = [" ".join(_words(one or other)) for one, other in _BRACKET.findall(text)]
    region, sites = _remarks(remarks)
    return _Opened(_words(_BRACKET.sub(" ", text)) or _words(text), region, sites, branch)


def is_form(text: str) -> bool:
    """True for co., ltd. without a name."""
    return " ".join(_words(text)) in _forms()


def _remarks(brackets: list[str]) -> tuple[str, list[str]]:
    """The region in brackets, and the words of all other remarks: which site it is, center (east), center (north)."""
    region, sites = "", list[str]()
    for content in brackets:
        if place := _place(content):
            region = region or place
        elif content not in _STATUS and content not in _forms():
            sites.extend(content.split())
    return region, sites


def _key(brand: list[str], industry: list[str], full: str, region: str) -> str:
    """A Chinese name keeps its trade in pinyin as it keeps its brand, so that it equals the key of the characters."""
    if region.isascii() and not _is_pinyin(brand, full):
        return "".join([latin_key(word) for word in brand + industry if word not in _CONNECTORS])
    while industry and industry[-1] in _GROUPS:
        industry = industry[:-1]
    words = trades.spelled([*brand[1:], *industry])
    return "".join([romanized_name.key(word) for word in (brand[0], *words) if word not in _CONNECTORS])


def _is_pinyin(brand: list[str], full: str) -> bool:
    """huaxin, hua xin; titan and silver could be, too: only if the company calls itself co. ltd., as Chinese ones do."""
    count = _syllable_count(brand[0])
    if count == 1 and len(brand) > 1 and _syllable_count(brand[1]):
        return _CO_LTD.search(full) is not None
    return count > 1 and (_TELLING_PINYIN.search(brand[0]) or _CO_LTD.search(full)) is not None


@lru_cache(maxsize=SHARED)
def _syllable_count(word: str) -> int:
    """How many pinyin syllables ``word`` has, 0 if it is no pinyin."""
    return len(romanized_name.syllables(word))


def _words(text: str) -> list[str]:
    """Words without dots and apostrophes inside: s.r.l. to srl, & to and, l'oréal to loreal."""
    text = fold_accents(text)
    if not text.isalnum():
        text = text.replace("&", " and ").replace("+", " and ").replace(".", "").replace("'", "")
    return _WORD.findall(text)


def _split_branch(text: str) -> tuple[str, str]:
    """acme inc - boston branch; acme inc, filiale köln; acme inc - boston."""
    if match := _DASHED.search(text):
        words = _words(match[1])
        if not _BRANCH_WORDS.isdisjoint(words) or (
            " ".join(words) in _cities() and _ends_in_form(text[: match.start()])
        ):
            return text[: match.start()], " ".join(words)
    head, comma, tail = text.rpartition(",")
    if comma and not _BRANCH_WORDS.isdisjoint(words := _words(tail)):
        return head, " ".join(words)
    return text, ""


@cache
def _cities() -> frozenset[str]:
    return (
        frozenset(lexicon.words("cities")) | frozenset(_chinese_places()) | {row[2] for row in lexicon.rows("states")}
    )


def _ends_in_form(text: str) -> bool:
    words = _words(text)
    return len(words) > 1 and words[-1] in _forms()


@cache
def _forms() -> dict[str, str]:
    return dict(lexicon.words("legal_forms"))


@cache
def _last_words() -> frozenset[str]:
    """Every legal form's last word: most names end in none."""
    return frozenset(form.rpartition(" ")[2] for form in _forms())


@cache
def _chinese_places() -> dict[str, str]:
    """Chinese provinces and cities in pinyin to their short names: shanghai to 上海; "" where one reading has several."""
    found: dict[str, str] = {}
    for area in regions_cn.areas():
        # 阿里地区 would make every Ali a place.
        if area.level == "province" or area.name.endswith("市"):
            reading = reading_key(area.short)
            found[reading] = area.short if found.get(reading, area.short) == area.short else ""
    return found | dict(lexicon.rows("places_cn"))


def _place(text: str) -> str:
    """The place that a remark names, "" if it is no place."""
    return _chinese_places().get(text) or (text if text in lexicon.words("countries") else "")


def _leading_place(words: list[str], form: str) -> tuple[str, list[str]]:
    """shanghai huaxin trading, hong kong huaxin trading ltd; hong kong flower lounge may be anywhere."""
    if len(words) > _SHORTEST_AFTER_REGION and words[1] not in _CONNECTORS:
        places = _chinese_places()
        if words[0] in places:
            return places[words[0]], words[1:]
        if form and len(words) > _SHORTEST_AFTER_REGION + 1 and (place := f"{words[0]} {words[1]}") in places:
            return places[place], words[2:]
    return "", words


def _split_form(words: list[str]) -> tuple[list[str], str, str]:
    """The longest legal form at the end, or one in front (pt, ooo), and what follows a form in the middle; a name is never
    only its form."""
    if words[-1] in _last_words():
        for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
            form = _forms().get(" ".join(words[-length:]))
            if form:
                rest = _without_connectors(words[:-length])
                return (rest[1:] if len(rest) > 1 and rest[0] == form else rest), form, ""
    if words[0] in _FIRST_WORDS:
        for length in range(min(_LONGEST_FRONT, len(words) - 1), 0, -1):
            front = " ".join(words[:length])
            if front in _FRONT:
                return words[length:], _forms()[front], ""
    if not _UNMISTAKABLE.isdisjoint(words):
        for place in range(len(words) - 1, 1, -1):
            # siemens ltd china, acme ltd london branch
            tail = " ".join(words[place:])
            if words[place - 1] in _UNMISTAKABLE and (words[-1] in _BRANCH_WORDS or _place(tail)):
                return (*_split_form(words[:place])[:2], tail)
    return words, "", ""


def _without_connectors(words: list[str]) -> list[str]:
    while len(words) > 1 and words[-1] in _CONNECTORS:
        words = words[:-1]
    return words


@cache
def _industries() -> dict[str, str]:
    return dict(lexicon.words("industries"))


def _split_industry(words: list[str]) -> tuple[list[str], list[str]]:
    """Industry words at the end, in canonical form, as long as a brand remains."""
    start = len(words)
    known = _industries()
    while start > 1 and words[start - 1] in known:
        start -= 1
    if start > 1 and words[start - 1] in _CONNECTORS:
        return words, []
    return words[:start], [known[word] for word in words[start:]]
