"""Company names taken apart: region, brand, industry, legal form, and the branch, which is not the company."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import chinese_company, western_company
from dedupsvc.core.normalize.text import MAX_LENGTH, is_han, meaningful
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import SHARED

_SHORTEST_COMPANY = 4
_MOST_NAMES = 3
"""In one field, after the first; more is no name any more."""
_ALSO_SURNAMES = frozenset(
    {"", "co", "shop", "lp", "se", "as", "ab", "ev", "eg", "kk", "na", "pc", "ou", "is", "hf", "bt", "dd"}
    | {"cv", "pt", "sia", "tov", "hb", "dac", "ood", "sci", "sa", "doo"}
)
"""Endings that do not prove a company: no form, or one that a person's name may end in."""
_ALSO_CALLED = re.compile(
    r"[\s,(]+(?:d/?b/?a|t/a|f/k/a|fka|a/k/a|aka|trading as|doing business as|formerly(?: known as)?|also known as)[:.]?\s+"
    r"|\(?(?:原名|曾用名|又名)(?:为|叫|称)?:?|\(原:?(?=..)"
)
_ALIAS_WORDS = frozenset(
    f"{before}{word}{after}" for word in ("dba", "fka", "aka") for before in ("", "(") for after in ("", ":")
)
_LATIN_TAIL = re.compile(r"^(.*[^\x00-\x7f])([\s/(|-]*)([a-z][a-z0-9 .,&'/-]*)\)?$")
_LATIN_HEAD = re.compile(r"^([a-z][a-z0-9 .,&'-]*?)\s*[\s/(|-]\s*([^\x00-\x7f][^a-z]*)$")


def own_names(values: Values) -> tuple[CompanyName, ...]:
    """What a company is called: company_name, name and aliases, each once."""
    return _distinct((values.company_name, values.name, *values.aliases))


def employer(values: Values) -> tuple[CompanyName, ...]:
    """The company that a person gave."""
    return _distinct((values.company_name,)) if values.company_name else ()


def has_legal_form(text: str) -> bool:
    """True if ``text`` can only be a company's name: 华信有限公司, Acme GmbH."""
    name = company_name(text[:MAX_LENGTH])
    if name is None or (name.script == "han" and len(name.full) < _SHORTEST_COMPANY):
        return False
    return name.form not in _ALSO_SURNAMES or bool(name.branch)


def _distinct(texts: tuple[str, ...]) -> tuple[CompanyName, ...]:
    found: dict[tuple[str, str], CompanyName] = {}
    for text in texts:
        if text:
            for name in names_in(text[:MAX_LENGTH]):
                found.setdefault((name.full, name.branch), name)
    return tuple(found.values())


@lru_cache(maxsize=SHARED)
def names_in(text: str) -> tuple[CompanyName, ...]:
    """All names in one field: Acme LLC dba Foo, 华信科技有限公司 Huaxin Technology, 华信科技(原名华夏科技)."""
    text = meaningful(text)
    if not text:
        return ()
    parts = _ALSO_CALLED.split(text, maxsplit=_MOST_NAMES) if _may_hold_more(text) else [text]
    if not text.isascii():
        parts = [part for whole in parts for part in _languages(whole)]
    return tuple([name for part in parts if part and (name := _parse(part))])


def _may_hold_more(text: str) -> bool:
    """Cheap, and False for nearly every name."""
    if text.isascii():
        return "/" in text or " as " in text or "formerly" in text or not _ALIAS_WORDS.isdisjoint(text.split(" "))
    return "名" in text or "(原" in text or " " in text


def company_name(text: str) -> CompanyName | None:
    """The first company name in its parts, None if the text says nothing."""
    return next(iter(names_in(text)), None)


def _parse(text: str) -> CompanyName | None:
    return chinese_company.parse(text) if is_han(text) else western_company.parse(text)


def _languages(text: str) -> tuple[str, ...]:
    """The Chinese name and the English one in one field. ABC 科技 is one name, 华信科技 co ltd, too."""
    if text.isalnum() or not is_han(text):
        return (text,)
    if match := _LATIN_TAIL.match(text):
        han, between, latin = match.groups()
        if western_company.is_form(latin):
            return (han,)
        return (han.rstrip("("), latin) if between and len(latin) > 2 else (text,)
    if (match := _LATIN_HEAD.match(text)) and chinese_company.is_whole(match[2]):
        return match[2], match[1]
    return (text,)
