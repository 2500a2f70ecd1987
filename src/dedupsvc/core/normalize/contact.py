"""E-mail addresses and websites in canonical form."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import EmailValue
from dedupsvc.core.normalize.text import MAX_LENGTH, clean
from dedupsvc.core.record import Values

_PLAIN = re.compile(
    r"([a-z0-9_](?:[a-z0-9_+-]|\.(?!\.)){0,62}[a-z0-9_+-]|[a-z0-9_])@([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24})"
)
"""What nearly every address looks like; everything else goes through email-validator, which costs 30 microseconds."""
_BRACKETED = re.compile(r"<\s*([^<>]+?)\s*>")
_AROUND_AT = re.compile(r"\s*@\s*")
_SEPARATORS = re.compile(r"[;,|/\s]+")
_ROLES = lexicon.word_set("mail_roles")
_PLACEHOLDER_LOCALS = lexicon.word_set("mail_placeholder_locals")
_PLACEHOLDER_DOMAINS = lexicon.word_set("mail_placeholder_domains")
_TWO_LEVEL = lexicon.word_set("domain_second_levels")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*)?(?:[^/@\s]*@)?([^/:?#\s]+)")


class _Provider(NamedTuple):
    domain: str
    ignores_dots: bool
    ignores_tag: bool


@cache
def _providers() -> dict[str, _Provider]:
    found: dict[str, _Provider] = {}
    for domain, others, rules in lexicon.rows("mail_providers"):
        provider = _Provider(domain, "dots" in rules, "plus" in rules)
        found[domain] = provider
        found.update((other, provider) for other in others.split(",") if other)
    return found


def is_free_mail(domain: str) -> bool:
    """True if anybody can get an address at ``domain``, so that it says nothing about an employer."""
    return domain in _providers()


def emails(values: Values) -> tuple[EmailValue, ...]:
    """All addresses of the record, each once, in order."""
    if not values.emails:
        return ()
    found: dict[str, EmailValue] = {}
    for email in values.emails:
        for value in _addresses(email.value):
            found.setdefault(value.address, value)
    return tuple(found.values())


def _addresses(text: str) -> tuple[EmailValue, ...]:
    plain = text.strip().lower() if text.isascii() else ""
    match = _PLAIN.fullmatch(plain)
    if match:
        value = _canonical(match[1], match[2])
        return (value,) if value else ()
    return tuple(value for part in _parts(clean(text)) if (value := _address(part)))


def _parts(text: str) -> list[str]:
    """The single addresses of a field in which somebody wrote several, a name or a link."""
    bracketed = _BRACKETED.findall(text)
    if any("@" in part for part in bracketed):
        return [part for part in bracketed if "@" in part]
    text = _AROUND_AT.sub(
        "@", text.replace("mailto:", " ").replace("。", ".").replace("(at)", "@").replace("[at]", "@")
    )
    return [part for part in _SEPARATORS.split(text) if "@" in part]


def _address(text: str) -> EmailValue | None:
    text = text.strip(" <>()\"'.:")
    match = _PLAIN.fullmatch(text)
    if match:
        return _canonical(match[1], match[2])
    parts = _validated(text)
    return _canonical(*parts) if parts else None


@lru_cache(maxsize=1024)
def _validated(text: str) -> tuple[str, str] | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return clean(valid.local_part), clean(valid.domain)


def _canonical(local: str, domain: str) -> EmailValue | None:
    if local in _PLACEHOLDER_LOCALS and (
        domain in _PLACEHOLDER_DOMAINS or local in {"none", "noemail", "no-email", "nomail"}
    ):
        return None
    provider = _providers().get(domain)
    if provider is not None:
        domain = provider.domain
        if provider.ignores_tag and "+" in local:
            local = local.partition("+")[0] or local
        if provider.ignores_dots and "." in local:
            local = local.replace(".", "") or local
    kind = "role" if _is_role(local) else "personal" if provider is not None else "corporate"
    return EmailValue(f"{local}@{domain}", local, domain, kind)


def _is_role(local: str) -> bool:
    if local in _ROLES:
        return True
    word = local.rstrip("0123456789")
    if word in _ROLES:
        return True
    first, _, rest = word.replace("_", ".").replace("-", ".").partition(".")
    return first in _ROLES and (len(rest) <= 3 or rest in _ROLES)


def website(values: Values) -> str:
    """The registrable domain of the record's website: https://www.example.com.cn/about to example.com.cn."""
    return registrable_domain(values.website[:MAX_LENGTH]) if values.website else ""


@lru_cache(maxsize=4096)
def registrable_domain(text: str) -> str:
    """The part of a host name that somebody registered, "" if there is none.

    A rule instead of the public suffix list: a generic second level under a country's top level belongs to the suffix.
    """
    match = _HOST.match(clean(text).replace("。", "."))
    if match is None:
        return ""
    labels = [label for label in match[1].strip(".").split(".") if label]
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    country_with_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _TWO_LEVEL
    domain = ".".join(labels[-3 if country_with_second_level else -2 :])
    return "" if domain in _PLACEHOLDER_DOMAINS else domain
