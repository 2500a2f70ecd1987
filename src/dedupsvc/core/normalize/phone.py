"""Phone numbers in canonical form, however they were typed, copied or exported."""

from __future__ import annotations

import re
from functools import lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PhoneValue
from dedupsvc.core.normalize.text import MAX_LENGTH, clean

_PLAIN_MOBILE = re.compile(r"(?:\+?(?:00)?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?:\.0)?", re.ASCII)
_FILLERS = lexicon.word_set("phone_fillers")
_SAME_DIGIT = re.compile(r"(?:\+?86|\+?1)?\d{0,3}?(\d)\1{6,}")
_SEPARATORS = re.compile(r"\s*(?:[/;|,]|或| or )\s*")
_MOBILES = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_EXTENSION = re.compile(
    r"\s*(?:转|分机号?|内线|extension|ext|extn|durchwahl|poste|ramal|x|#)\s*[.:]?\s*(\d{1,6})\s*[)]?\s*$"
)
_DASHED_EXTENSION = re.compile(r"^(.*\d{7,8})-(\d{1,5})$")
_SCIENTIFIC = re.compile(r"(\d)\.(\d+)e\+?(\d{1,2})")
_FLOAT = re.compile(r"(\+?\d{7,15})\.0+")
_DIGITS_ONLY = re.compile(r"[-+() 0-9]*")
_MASK = re.compile(r"[*•●?]|(?<=\d)x(?=[\dx])|(?<=x)x")
_NOT_DIGIT = re.compile(r"\D+", re.ASCII)
_NANP_GROUPED = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9]\d\d)\)?[-. ]{1,2}([2-9]\d\d)[-. ](\d{4})")
_PLAIN_LANDLINE = re.compile(r"(?:\+?86[- ]?)?[(（]?0(10|2[0-5789]|[3-9]\d\d)[)）]?[- ]?([2-8]\d{6,7})", re.ASCII)
_PLAIN_NANP = re.compile(r"(?:(\+1[-. ]?)|1[-. ]?)?\(?([2-9]\d\d)\)?[-. ]{0,2}([2-9]\d\d)[-. ]?(\d{4})", re.ASCII)
_NANP = lexicon.word_set("nanp_countries")
_NANP_TOLLFREE = lexicon.word_set("nanp_tollfree")
_CN_AREA_CODE = re.compile(r"(10|2[0-5789]|[3-9]\d\d)([2-8]\d{6,7})")
_KINDS = {0: "landline", 1: "mobile", 2: "mobile", 3: "tollfree"}
"""By the numbers of phonenumbers.PhoneNumberType: fixed line, mobile, either of them, toll-free."""
_SHORTEST = 5
"""Fewer digits are an extension, a house number or a joke."""


def phones(text: str, country: str, extension: str = "") -> tuple[PhoneValue, ...]:
    """All numbers in one field. ``country``: alpha-2 of a number that does not name its own."""
    match = _PLAIN_MOBILE.fullmatch(text)
    if match is not None and country == "CN":
        return _mobile_cn(match[1] + match[2] + match[3], extension)
    match = _PLAIN_LANDLINE.fullmatch(text)
    if match is not None and country == "CN" and not extension and (phone := _in_china(f"0{match[1]}{match[2]}")):
        return (phone,)
    match = _PLAIN_NANP.fullmatch(text)
    if match is not None and (match[1] or country in _NANP) and not extension:
        return _nanp_plain(match[2] + match[3] + match[4])
    return _phones(text[:MAX_LENGTH], country, extension[:MAX_LENGTH])


@lru_cache(maxsize=2048)
def _phones(text: str, country: str, extension: str) -> tuple[PhoneValue, ...]:
    text = clean(text).replace("tel:", "").replace("·", "-")
    found = (_phone(part, country, clean(extension)) for part in _split(text))
    return tuple(dict.fromkeys(phone for phone in found if phone is not None))


def _split(text: str) -> list[str]:
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) == 1 and len(mobiles := _MOBILES.findall(text)) > 1:
        return mobiles
    return parts


def _phone(text: str, country: str, extension: str) -> PhoneValue | None:
    text = text.replace("(0)", "")
    if not _DIGITS_ONLY.fullmatch(text):
        text = _undo_spreadsheet(text)
        if match := _EXTENSION.search(text):
            text, extension = text[: match.start()], extension or match[1]
        if _MASK.search(text):
            return _masked(text)
    if "-" in text and (match := _DASHED_EXTENSION.match(text)):
        text, extension = match[1], extension or match[2]
    digits = _NOT_DIGIT.sub("", text)
    if len(digits) < _SHORTEST or digits in _FILLERS or _SAME_DIGIT.fullmatch(digits):
        return None
    international = text.lstrip(" (").startswith("+") or digits.startswith("00")
    return _read(text, digits.removeprefix("00") if international else digits, international, country)._replace(
        extension=extension
    )


def _undo_spreadsheet(text: str) -> str:
    """Spreadsheets make 13812345678.0 or 1.3812345678E+10 of a mobile."""
    if match := _FLOAT.fullmatch(text):
        return match[1]
    if match := _SCIENTIFIC.fullmatch(text):
        digits, exponent = match[1] + match[2], int(match[3])
        return digits + "0" * (exponent + 1 - len(digits)) if exponent < 16 else ""
    return text


def _masked(text: str) -> PhoneValue | None:
    """138****5678 to 138????5678; without enough known digits it says nothing."""
    shown = "".join(
        "?" if _MASK.match(text, i) else c for i, c in enumerate(text) if c.isdigit() or _MASK.match(text, i)
    )
    if text.startswith("+86") or (shown.startswith("86") and len(shown) == 13):
        shown = shown.removeprefix("86")
    if sum(map(str.isdigit, shown)) < 4:
        return None
    kind = "mobile" if len(shown) == 11 and shown[0] == "1" else "unknown"
    return PhoneValue("", kind, "", shown, "")


def _read(text: str, digits: str, international: bool, country: str) -> PhoneValue:
    if international and not digits.startswith("86"):
        return (
            _abroad(digits, "", country) if digits[:1] != "1" else _nanp(digits.removeprefix("1")) or _unknown(digits)
        )
    if country in _NANP and not international:
        return _nanp(digits) or _in_china(digits) or _unknown(digits)
    if country == "CN" or international:
        grouped = _NANP_GROUPED.fullmatch(text.strip())
        # Nobody but North America groups 3-3-4, except for China's 400 and 800 numbers.
        if grouped and grouped[1] not in ("400", "800"):
            return _nanp(grouped[1] + grouped[2] + grouped[3]) or _unknown(digits)
        return _in_china(digits) or _unknown(digits)
    return _abroad(digits, country, country)


def _in_china(digits: str) -> PhoneValue | None:
    if digits.startswith("86") and len(digits) > 9:
        digits = digits[2:]
    if digits.startswith("01") and len(digits) == 12:
        digits = digits[1:]  # a mobile with the old trunk prefix
    if len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789":
        return PhoneValue("86" + digits, "mobile", "", "", digits[-8:])
    if len(digits) == 10 and digits[:3] in {"400", "800"}:
        return PhoneValue("86" + digits, "tollfree", "", "", digits[-8:])
    match = _CN_AREA_CODE.fullmatch(digits.removeprefix("0"))
    three_digits_hold_eight = match is not None and (len(match[1]) == 3 or len(match[2]) == 8)
    if match is not None and three_digits_hold_eight and (digits[0] == "0" or len(digits) >= 10):
        return PhoneValue("86" + match[0], "landline", "", "", match[2])
    if len(digits) in (7, 8) and digits[0] in "2345678":
        return PhoneValue(digits, "landline", "", "", digits)
    return None


def _mobile_cn(digits: str, extension: str) -> tuple[PhoneValue, ...]:
    if digits in _FILLERS or _SAME_DIGIT.fullmatch(digits):
        return ()
    return (PhoneValue("86" + digits, "mobile", clean(extension), "", digits[3:]),)


def _nanp_plain(digits: str) -> tuple[PhoneValue, ...]:
    phone = None if digits in _FILLERS or _SAME_DIGIT.fullmatch(digits) else _nanp(digits)
    return (phone,) if phone else ()


def _nanp(digits: str) -> PhoneValue | None:
    """Mobiles and landlines share area codes in North America: what is not toll-free counts as a mobile."""
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != 10 or digits[0] in "01" or digits[3] in "01":
        return PhoneValue(digits, "landline", "", "", digits) if len(digits) == 7 else None
    kind = "tollfree" if digits[:3] in _NANP_TOLLFREE else "mobile"
    return PhoneValue("1" + digits, kind, "", "", digits[-8:])


def _unknown(digits: str) -> PhoneValue:
    """One digit too many or too few: the digits are kept, a close comparison can still use them."""
    return PhoneValue(digits[:20], "unknown", "", "", digits[:20][-8:])


def _abroad(digits: str, country: str, default: str) -> PhoneValue:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(digits if country else "+" + digits, country or None)
    except phonenumbers.NumberParseException:
        return _in_china(digits) or _unknown(digits)
    kind = _KINDS.get(phonenumbers.number_type(parsed), "unknown")
    if kind == "unknown" and not phonenumbers.is_possible_number(parsed):
        return _in_china(digits) or _unknown(digits)
    national = str(parsed.national_number)
    zeros = "0" * (parsed.number_of_leading_zeros or 1) if parsed.italian_leading_zero else ""
    number = f"{parsed.country_code}{zeros}{national}"
    return PhoneValue(number, kind, "", "", (zeros + national)[-8:])
