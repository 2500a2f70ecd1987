"""Which of the two languages a caller reads."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

LOCALE = "dedupsvc.locale"
"""Where the scope keeps the language once the body has said it."""


@lru_cache(maxsize=256)
def from_accept_language(header: str) -> str:
    """The language of the two that the header likes best; "" if it names neither."""
    best, liked = "", 0.0
    for part in header[:200].lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        language = tag[:2] if tag[:2] in ("zh", "en") and not tag[2:3].isalpha() else ""
        if language and quality > liked:
            best, liked = language, quality
    return best


def from_body(locale: str | None) -> str:
    """zh, zh-CN and zh_TW are Chinese, every other language that is named is answered in English."""
    if not locale:
        return ""
    return "zh" if locale.strip().lower().startswith("zh") else "en"


def of_request(scope: Scope) -> str:
    """The body's locale, else Accept-Language, else the service's."""
    known: str | None = scope.get(LOCALE)
    if known is None:
        settings = scope["app"].state.settings
        known = from_accept_language(Headers(scope=scope).get("accept-language", "")) or settings.locale
        scope[LOCALE] = known
    return str(known)
