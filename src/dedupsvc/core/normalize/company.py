"""Company names taken apart: region, brand, industry, legal form, and the branch, which is not the company."""

from __future__ import annotations

from functools import lru_cache

from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize import chinese_company, western_company
from dedupsvc.core.normalize.text import MAX_LENGTH, is_han, meaningful
from dedupsvc.core.record import Values

_SHORTEST_COMPANY = 4
_ALSO_SURNAMES = frozenset({"", "co", "shop", "lp", "se", "as", "ab", "ev", "eg", "kk"})
"""Endings that do not prove a company: no form, or one that a person's name may end in."""


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
    found: dict[str, CompanyName] = {}
    for text in texts:
        if text and (name := company_name(text[:MAX_LENGTH])):
            found.setdefault(name.full, name)
    return tuple(found.values())


@lru_cache(maxsize=4096)
def company_name(text: str) -> CompanyName | None:
    """One company name in its parts, None if it says nothing."""
    text = meaningful(text)
    if not text:
        return None
    return chinese_company.parse(text) if is_han(text) else western_company.parse(text)
