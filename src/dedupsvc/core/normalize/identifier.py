"""Identifiers in canonical form, their check digits verified."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from dedupsvc.core import lexicon
from dedupsvc.core.fields import IdentifierValue
from dedupsvc.core.normalize.text import clean, is_placeholder
from dedupsvc.core.record import Values

_SEPARATORS = re.compile(r"[\s./-]+")
_MAX_LENGTH = 64
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_EU = lexicon.word_set("vat_countries")


class Scheme(NamedTuple):
    """How an identifier is recognized. ``strong``: it belongs to one customer, so it may decide and veto."""

    name: str
    strong: bool
    valid: Callable[[str], bool]
    aliases: tuple[str, ...]


def _is_uscc(value: str) -> bool:
    if len(value) != 18 or any(character not in _USCC_ALPHABET for character in value):
        return False
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(value, _USCC_WEIGHTS, strict=False))
    return _USCC_ALPHABET[-total % 31] == value[17]


def _is_cn_org(value: str) -> bool:
    if len(value) != 9 or not value.isascii() or not value.isalnum():
        return False
    check = -sum(int(c, 36) * weight for c, weight in zip(value, _ORG_WEIGHTS, strict=False)) % 11
    return "0123456789X"[check] == value[8]


def _is_resident_id(value: str) -> bool:
    if len(value) != 18 or not (value[:17].isascii() and value[:17].isdigit()):
        return False
    total = sum(int(c) * weight for c, weight in zip(value, _RESIDENT_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == value[17] and "1800" <= value[6:10] <= "2199" and "01" <= value[10:12] <= "12"


def _is_lei(value: str) -> bool:
    if len(value) != 20 or not value.isascii() or not value.isalnum() or not value[18:].isdigit():
        return False
    return int("".join(str(int(c, 36)) for c in value)) % 97 == 1


def _is_ein(value: str) -> bool:
    return (
        len(value) == 9 and value.isascii() and value.isdigit() and value[:2] not in _EIN_UNUSED and len(set(value)) > 1
    )


_EIN_UNUSED = lexicon.word_set("ein_unused_prefixes")


@lru_cache(maxsize=1024)
def _is_vat(value: str) -> bool:
    from stdnum.eu import vat
    from stdnum.gb import vat as british

    if value.startswith(("GB", "XI")):
        return bool(british.is_valid(value[2:]))
    return bool(vat.is_valid(value))


def _is_duns(value: str) -> bool:
    return len(value) == 9 and value.isascii() and value.isdigit() and len(set(value)) > 1


def _is_opaque(value: str) -> bool:
    return 10 <= len(value) <= _MAX_LENGTH


def _is_anything(value: str) -> bool:
    return len(value) >= 3


SCHEMES: tuple[Scheme, ...] = (
    Scheme("uscc", True, _is_uscc, ("unified_social_credit_code", "credit_code", "统一社会信用代码", "社会信用代码")),
    Scheme("resident_id", True, _is_resident_id, ("id_card", "idcard", "cn_id", "身份证", "身份证号", "居民身份证")),
    Scheme("ein", True, _is_ein, ("us_ein", "fein")),
    Scheme("vat", True, _is_vat, ("vat_id", "vat_number", "ust_id", "ustid", "tva", "partita_iva")),
    Scheme("lei", True, _is_lei, ()),
    Scheme("duns", True, _is_duns, ("d_u_n_s", "duns_number", "邓白氏")),
    Scheme("cn_org", False, _is_cn_org, ("org_code", "organization_code", "组织机构代码")),
    Scheme("wechat_unionid", True, _is_opaque, ("unionid", "union_id", "weixin_unionid")),
    Scheme("wecom_external_userid", True, _is_opaque, ("external_userid", "wecom_external_user_id")),
    Scheme("other", False, _is_anything, ()),
)
"""cn_org is not strong by itself: the nine characters also name the company inside its uscc."""
_BY_NAME = {name: scheme for scheme in SCHEMES for name in (scheme.name, *scheme.aliases)}
_TAX_ALIASES = frozenset(["tax", "tax_id", "taxid", "tax_number", "tin", "税号", "纳税人识别号", "组织税号"])
_CASE_MATTERS = frozenset({"wechat_unionid", "wecom_external_userid"})


def identifiers(values: Values) -> tuple[IdentifierValue, ...]:
    """All identifiers of the record; a valid uscc brings the cn_org inside it along."""
    if not values.identifiers:
        return ()
    found: dict[tuple[str, str], IdentifierValue] = {}
    for given in values.identifiers:
        value = identifier(given.scheme[:_MAX_LENGTH], given.value[:_MAX_LENGTH], given.country[:_MAX_LENGTH])
        if value is None:
            continue
        found.setdefault((value.scheme, value.value), value)
        if value.scheme == "uscc" and value.valid and _is_cn_org(value.value[8:17]):
            organization = value.value[8:17]
            found.setdefault(("cn_org", organization), IdentifierValue("cn_org", organization, False, True))
    return tuple(found.values())


@lru_cache(maxsize=1024)
def identifier(scheme: str, value: str, country: str = "") -> IdentifierValue | None:
    """One identifier, or None if it says nothing. Unknown schemes become ``other``, their name kept in the value."""
    name = clean(scheme).replace(" ", "_").replace("-", "_").replace(".", "_")
    name = "tax" if name in _TAX_ALIASES else name
    known = _BY_NAME.get(name, _BY_NAME["other"])
    if known.name in _CASE_MATTERS:
        return _case_sensitive(known, value)
    text = _SEPARATORS.sub("", clean(value[:_MAX_LENGTH])).upper()
    if not text or is_placeholder(text.lower()):
        return None
    if name == "tax":
        known = _tax_scheme(text, country)
    if known.name == "vat":
        text = _with_country(text, country)
    valid = known.valid(text)
    if known.name == "other":
        text = f"{name}:{text.lower()}"
    return IdentifierValue(known.name, text, known.strong and valid, valid)


def _case_sensitive(scheme: Scheme, value: str) -> IdentifierValue | None:
    text = "".join(one for one in value[:_MAX_LENGTH] if one.isascii() and one.isprintable()).strip()
    if not text or is_placeholder(text.lower()):
        return None
    valid = scheme.valid(text)
    return IdentifierValue(scheme.name, text, scheme.strong and valid, valid)


def _tax_scheme(text: str, country: str) -> Scheme:
    """Which tax number this is, by its shape and country."""
    country = country.upper()
    if len(text) == 18 and _is_resident_id(text) and not _is_uscc(text):
        return _BY_NAME["resident_id"]
    if len(text) == 18 and all(character in _USCC_ALPHABET for character in text) and country in ("", "CN"):
        return _BY_NAME["uscc"]
    if text[:2] in _EU and 8 <= len(text) <= 16 and any(character.isdigit() for character in text):
        return _BY_NAME["vat"]
    if len(text) == 9 and text.isdigit() and country in ("", "US"):
        return _BY_NAME["ein"]
    return _BY_NAME["other"]


def _with_country(text: str, country: str) -> str:
    country = "EL" if country.upper() == "GR" else country.upper()
    if text[:2] in _EU or country not in _EU:
        return text
    return country + text
