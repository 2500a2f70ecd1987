"""Check digits of identifiers: each function says whether a canonical value (upper case, no separators) can exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from dedupsvc.core import lexicon
from dedupsvc.core.remembered import OWN

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_PROVINCES = lexicon.word_set("resident_id_provinces")
_EIN_UNUSED = lexicon.word_set("ein_unused_prefixes")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def has_uscc_form(value: str) -> bool:
    return len(value) == 18 and all(character in _USCC_ALPHABET for character in value)


def is_uscc(value: str) -> bool:
    """统一社会信用代码, GB 32100."""
    if not has_uscc_form(value):
        return False
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(value, _USCC_WEIGHTS, strict=False))
    return _USCC_ALPHABET[-total % 31] == value[17]


def is_cn_org(value: str) -> bool:
    """组织机构代码, GB 11714."""
    if len(value) != 9 or not value.isascii() or not value.isalnum():
        return False
    check = -sum(int(c, 36) * weight for c, weight in zip(value, _ORG_WEIGHTS, strict=False)) % 11
    return "0123456789X"[check] == value[8]


def is_cn_tax(value: str) -> bool:
    """The 15 characters of a company's tax number before 2015: its county, then its 组织机构代码."""
    return len(value) == 15 and _is_digits(value[:6]) and value[:2] in _PROVINCES and is_cn_org(value[6:])


def is_cn_registration(value: str) -> bool:
    """工商注册号, 15 digits, ISO 7064 MOD 11,10."""
    if len(value) != 15 or not _is_digits(value) or value[:2] not in _PROVINCES | {"10"}:
        return False
    product = 10
    for digit in value[:14]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(value[14])) % 10 == 1


def is_resident_id(value: str) -> bool:
    """居民身份证, GB 11643."""
    return len(value) == 18 and _is_digits(value[:17]) and _resident_check(value) == value[17] and _is_born(value[6:14])


def resident_id_of_old(value: str) -> str:
    """The 18 characters of a resident id of 15 digits, which has no check digit; "" if it cannot exist."""
    if len(value) != 15 or not _is_digits(value) or value[:2] not in _PROVINCES:
        return ""
    longer = f"{value[:6]}19{value[6:]}"
    return longer + _resident_check(longer) if _is_born(longer[6:14]) else ""


def _resident_check(value: str) -> str:
    total = sum(int(c) * weight for c, weight in zip(value, _RESIDENT_WEIGHTS, strict=False))
    return _RESIDENT_CHECKS[total % 11]


def _is_born(date: str) -> bool:
    year, month, day = int(date[:4]), int(date[4:6]), int(date[6:])
    return 1850 <= year <= 2200 and 1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]


def is_lei(value: str) -> bool:
    """ISO 17442."""
    if len(value) != 20 or not value.isascii() or not value.isalnum() or not value[18:].isdigit():
        return False
    return int("".join(str(int(c, 36)) for c in value)) % 97 == 1


def is_ein(value: str) -> bool:
    return len(value) == 9 and _is_digits(value) and value[:2] not in _EIN_UNUSED and len(set(value)) > 1


def is_duns(value: str) -> bool:
    """It has had no check digit since 2006."""
    return len(value) == 9 and _is_digits(value) and len(set(value)) > 1


def _is_vat(value: str) -> bool:
    """VAT numbers of the EU, Britain, Switzerland and Norway, with their country."""
    from stdnum.ch import uid
    from stdnum.eu import vat
    from stdnum.gb import vat as british
    from stdnum.no import orgnr

    if value.startswith(("GB", "XI")):
        return bool(british.is_valid(value[2:]))
    if value.startswith("CHE"):
        return bool(uid.is_valid(value))
    if value.startswith("NO"):
        return bool(orgnr.is_valid(value[2:]))
    return bool(vat.is_valid(value))


is_vat: Callable[[str], bool] = lru_cache(maxsize=OWN)(_is_vat)
"""Not a decorated function: a table of another module holds it, and is compiled before a decorator's type is known."""


@lru_cache(maxsize=OWN)
def is_national(number: str, value: str) -> bool:
    """``number``: its module in python-stdnum, such as fr.siren."""
    return bool(import_module(f"stdnum.{number}").is_valid(value))


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdecimal()
