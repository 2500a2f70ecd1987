"""E-mail addresses and websites in canonical form."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import EmailValue
from dedupsvc.core.normalize.text import MAX_LENGTH, clean, is_placeholder
from dedupsvc.core.record import Values
from dedupsvc.core.remembered import OWN

_PLAIN = re.compile(
    r"([a-z0-9_](?:[a-z0-9_+-]|\.(?!\.)){0,62}[a-z0-9_+-]|[a-z0-9_])@([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24})"
)
"""What nearly every address looks like; everything else goes through email-validator, which costs 30 microseconds."""
_WRITTEN = re.compile(r"[a-z0-9_][a-z0-9._+-]*@[a-z0-9.-]+\.[a-z]{2,24}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_BRACKETED = re.compile(r"<\s*([^<>]+?)\s*>")
_AROUND_AT = re.compile(r"\s*@\s*")
_SEPARATORS = re.compile(r"[;,|/\s]+")
_SPELLED_OUT = (
    ("mailto:", " "),
    ("。", "."),
    ("(at)", "@"),
    ("[at]", "@"),
    ("(dot)", "."),
    ("[dot]", "."),
    (" dot ", "."),
    ("@@", "@"),
)
_DOTS = re.compile(r"\s*\.[.\s]*")
_ROLES = lexicon.word_set("mail_roles")
_NO_MAILBOX = lexicon.word_set("mail_no_mailbox")
_FILLER_NUMBER = re.compile(r"(\d)\1*|(?:0?123){1,2}|0?1234(?:5(?:6(?:7(?:89?0?)?)?)?)?")
"""What people type before the @ of a free mail provider: 111111, 123123, 123456."""
_SHORT_FILLER = 4
_PLACEHOLDER_LOCALS = lexicon.word_set("mail_placeholder_locals")
_PLACEHOLDER_DOMAINS = lexicon.word_set("mail_placeholder_domains")
_TWO_LEVEL = lexicon.word_set("domain_second_levels")
_PLATFORMS = lexicon.word_set("web_platforms")
_NETWORKS = lexicon.word_set("web_networks")
_NO_SHOP = frozenset({"www", "m", "wap", "shop", "store"})
_BETWEEN_SITES = re.compile(r"[,;|、\s]+(?=\S)")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*|https?/+)?(?:[^/@\s]*@)?([^/:?#\s]+)")


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
    """The single addresses of a field in which somebody wrote several, a name, a label or a link."""
    bracketed = _BRACKETED.findall(text)
    if any("@" in part for part in bracketed):
        return [part for part in bracketed if "@" in part]
    for spelled, meant in _SPELLED_OUT:
        text = text.replace(spelled, meant)
    text = _AROUND_AT.sub("@", text)
    parts = [part.partition("?")[0] for part in _SEPARATORS.split(text) if "@" in part]
    if all(map(_PLAIN.fullmatch, parts)):
        return parts
    # 邮箱wei@huaxin.cn或li@huaxin.cn; wei@huaxin,cn; wei@hua xin.cn
    latin = _WRITTEN.findall(_HAN_RUN.sub(" ", text))
    if latin and not text.isascii() and _HAN_RUN.search(text):
        return latin
    mended = _DOTS.sub(".", text.replace(",", ".").replace(" ", "")).replace(".@", "@").strip(".")
    return [mended] if len(parts) == 1 and _PLAIN.fullmatch(mended) else parts


def _address(text: str) -> EmailValue | None:
    text = text.strip(" <>()\"'.:")
    match = _PLAIN.fullmatch(text)
    if match:
        return _canonical(match[1], match[2])
    parts = _validated(text)
    return _canonical(*parts) if parts else None


@lru_cache(maxsize=OWN)
def _validated(text: str) -> tuple[str, str] | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return clean(valid.local_part), clean(valid.domain)


def _canonical(local: str, domain: str) -> EmailValue | None:
    if _is_filler(local, domain):
        return None
    provider = _providers().get(domain)
    if provider is not None:
        domain = provider.domain
        if provider.ignores_tag and "+" in local:
            local = local.partition("+")[0].rstrip(".") or local
        if provider.ignores_dots and "." in local:
            local = local.replace(".", "") or local
        if _FILLER_NUMBER.fullmatch(local) or _is_filler(local, domain):
            return None
    kind = "role" if _is_role(local) else "personal" if provider is not None else "corporate"
    return EmailValue(f"{local}@{domain}", local, domain, kind)


def _is_filler(local: str, domain: str) -> bool:
    """none@…, test@…, a@a.com, 无@163.com: typed to get past a form."""
    if local in _NO_MAILBOX or (domain.startswith(f"{local}.") and len(local) <= _SHORT_FILLER):
        return True
    if not local.isascii() and is_placeholder(local):
        return True
    short = local in _PLACEHOLDER_LOCALS or len(local) == 1
    return short and (domain in _PLACEHOLDER_DOMAINS or len(domain.partition(".")[0]) == 1)


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


@lru_cache(maxsize=OWN)
def registrable_domain(text: str) -> str:
    """The part of a host name that somebody registered, "" if there is none.

    A rule instead of the public suffix list: a generic second level under a country's top level belongs to the suffix.
    On a platform for shops or pages the registered name is the platform's, so the shop's own label is kept.
    """
    text = clean(text).replace("。", ".").lstrip("(<\"'")
    match = _HOST.match(_BETWEEN_SITES.split(text)[0])
    if match is None:
        return ""
    labels = [label for label in match[1].strip(".").split(".") if label]
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    country_with_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _TWO_LEVEL
    length = 3 if country_with_second_level else 2
    domain = ".".join(labels[-length:])
    if domain in _PLATFORMS:
        own = labels[-length - 1 : -length]
        return f"{own[0]}.{domain}" if own and own[0] not in _NO_SHOP else ""
    return "" if domain in _PLACEHOLDER_DOMAINS or domain in _NETWORKS or is_free_mail(domain) else domain
