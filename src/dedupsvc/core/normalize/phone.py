"""Phone numbers in canonical form, however they were typed, copied or exported."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import PhoneValue
from dedupsvc.core.normalize import phone_field
from dedupsvc.core.normalize.numbering import plain_line
from dedupsvc.core.normalize.text import MAX_LENGTH, clean
from dedupsvc.core.remembered import OWN

_PLAIN_MOBILE = re.compile(r"(?:\+?(?:00)?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?:\.0)?", re.ASCII)
_MAILBOX = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FILLERS = lexicon.word_set("phone_fillers")
_SAME_DIGIT = re.compile(r"(?:\+?86|\+?1)?\d{0,3}?(\d)\1{6,}")
_EXTENSION = re.compile(
    r"\s*(?:转|分机号?|内线|extension|ext|extn|durchwahl|poste|ramal|x|#)\s*[.:]?\s*(\d{1,6})\s*[)]?\s*$"
)
_DASHED_EXTENSION = re.compile(r"^(.*\d{7,8})-(\d{1,5})$")
_SCIENTIFIC = re.compile(r"(\d)\.(\d+)e\+?(\d{1,2})")
_FLOAT = re.compile(r"(\+?\d{7,15})\.0+")
_DIGITS_ONLY = re.compile(r"[-+() 0-9]*")
_MASK = re.compile(r"[*?]")
_NOT_DIGIT = re.compile(r"\D+", re.ASCII)
_NANP_GROUPED = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9]\d\d)\)?[-. ]{1,2}([2-9]\d\d)[-. ](\d{4})")
_PLAIN_LANDLINE = re.compile(r"(?:\+?86[- ]?)?[(（]?0(10|2[0-5789]|[3-9]\d\d)[)）]?[- ]?([2-8]\d{6,7})", re.ASCII)
_PLAIN = re.compile(r"(?:(\+1)(?=.)|\+)?\(?\d?(?:[ .-]?[\d()]){4,14}", re.ASCII)
"""One number without a word beside it."""
_PLAIN_NANP = re.compile(r"(?:\+?1[-. ]?)?\(?([2-9]\d\d)\)?[-. ]{0,2}([2-9]\d\d)[-. ]?(\d{4})", re.ASCII)
_NANP = lexicon.word_set("nanp_countries")
_IDD = {**dict.fromkeys(_NANP, "011"), "AU": "0011", "JP": "010"}
"""What a call to another country starts with, where it is not 00."""
_COUNTED = re.compile(r"0(?:10|2\d)(?:12345678|0{8})|0[3-9]\d\d(?:12345678?|0{7,8})")
"""A true area code, and a subscriber that nobody has."""
_NANP_TOLLFREE = lexicon.word_set("nanp_tollfree")
_MOBILE_CN = re.compile(r"1[3-9]\d{9}", re.ASCII)
_OLD_MEXICAN_MOBILE = re.compile(r"521\d{10}")
"""The 1 was dialled until 2019."""
_CN_AREA_CODE = re.compile(r"(10|2[0-5789]|[3-9]\d\d)([2-8]\d{6,7})")
_KINDS = {0: "landline", 1: "mobile", 2: "mobile", 3: "tollfree"}
"""By the numbers of phonenumbers.PhoneNumberType: fixed line, mobile, either of them, toll-free."""
_CN_LENGTHS = (10, 11)
"""Digits of a Chinese landline with its area code, without the 0."""
_SPECIAL_REGIONS = ("852", "853", "886")
_SERVICE_CN = re.compile(r"95\d{3,4}|96\d{3,4}|100\d\d|123\d\d")
"""Hotlines of banks, carriers and towns: anybody's."""
_SHORTEST = 5
"""Fewer digits are an extension, a house number or a joke."""


def phones(text: str, country: str, extension: str = "") -> tuple[PhoneValue, ...]:
    """All numbers in one field. ``country``: alpha-2 of a number that does not name its own."""
    if country == "CN":
        if (match := _PLAIN_MOBILE.fullmatch(text)) is not None:
            return _mobile_cn(match[1] + match[2] + match[3], extension)
        match = None if extension else _PLAIN_LANDLINE.fullmatch(text)
        if match is not None and (phone := _in_china(f"0{match[1]}{match[2]}")):
            return (phone,)
    if not extension and (match := _PLAIN.fullmatch(text)) is not None:
        if (country in _NANP or match[1]) and (grouped := _PLAIN_NANP.fullmatch(text)) is not None:
            return _nanp_plain(grouped[1] + grouped[2] + grouped[3])
        return _plain(text, country)
    return _phones(text[:MAX_LENGTH], country, extension[:MAX_LENGTH])


def mailbox_number(local: str) -> tuple[PhoneValue, ...]:
    """The Chinese mobile that a mailbox is named by, as providers hand them out with the number."""
    if _MAILBOX.fullmatch(local) is None:
        return ()
    return tuple([phone._replace(kind="mailbox") for phone in _mobile_cn(local, "")])


def _one(phone: PhoneValue | None) -> tuple[PhoneValue, ...]:
    return () if phone is None else (phone,)


@lru_cache(maxsize=OWN)
def _plain(text: str, country: str) -> tuple[PhoneValue, ...]:
    return _one(_phone(text, country, ""))


@lru_cache(maxsize=OWN)
def _phones(text: str, country: str, extension: str) -> tuple[PhoneValue, ...]:
    extension = clean(extension)
    found: dict[PhoneValue, None] = {}
    area_code = ""
    for part in phone_field.split(text):
        phone = _phone(part, country, extension)
        if phone is None:
            continue
        if phone.number == phone.tail and len(area_code) + len(phone.tail) in _CN_LENGTHS:
            # 021-61234567、61234568: who writes the area code once means it for both.
            phone = with_area_code(phone, area_code)
        elif phone.kind == "landline" and phone.number.startswith("86"):
            area_code = phone.number.removesuffix(phone.tail)[2:]
        found[phone] = None
    return tuple(found)


def with_area_code(phone: PhoneValue, area_code: str) -> PhoneValue:
    """A Chinese landline that was written without its area code; ``area_code`` without its 0, "" if unknown."""
    if not area_code or not is_local(phone) or len(area_code) + len(phone.number) not in _CN_LENGTHS:
        return phone
    return phone._replace(number=f"86{area_code}{phone.number}")


def is_local(phone: PhoneValue) -> bool:
    """A landline of 7 or 8 digits without area code."""
    return phone.kind == "landline" and phone.number == phone.tail != ""


@cache
def _area_codes() -> dict[str, str]:
    return {city: code for code, cities in lexicon.rows("area_codes_cn") for city in cities.split(",")}


def area_code_of(city: str) -> str:
    """10 for 北京, "" if no city of mainland China is called so."""
    return _area_codes().get(city, "")


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
    if country == "CN" and _COUNTED.fullmatch(digits):
        return None
    if text.lstrip(" (").startswith("+"):
        phone = _read(text, digits.removeprefix("00"), True, country)
    elif digits.startswith(prefix := _IDD.get(country, "00")) and len(digits) > len(prefix) + _SHORTEST:
        phone = _read(text, digits.removeprefix(prefix), True, country)
    else:
        phone = _read(text, digits, False, country)
    return phone._replace(extension=extension) if extension else phone


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
        if digits.startswith(_SPECIAL_REGIONS) and not international and (line := plain_line(digits, "")):
            return PhoneValue(line.code + line.national, line.kind, "", "", line.national[-8:])
        grouped = _NANP_GROUPED.fullmatch(text.strip())
        # Nobody but North America groups 3-3-4, except for China's 400 and 800 numbers.
        if grouped and grouped[1] not in ("400", "800"):
            return _nanp(grouped[1] + grouped[2] + grouped[3]) or _unknown(digits)
        return _in_china(digits) or _unknown(digits)
    return _abroad(digits, country, country)


def _in_china(digits: str) -> PhoneValue | None:
    if digits.startswith("086") and len(digits) > 12:
        digits = digits[1:]
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
    if _SERVICE_CN.fullmatch(digits):
        return PhoneValue(digits, "tollfree", "", "", digits)
    return None


def _mobile_cn(digits: str, extension: str) -> tuple[PhoneValue, ...]:
    if digits in _FILLERS or _SAME_DIGIT.fullmatch(digits):
        return ()
    return (PhoneValue("86" + digits, "mobile", clean(extension), "", digits[3:]),)


def _nanp_plain(digits: str) -> tuple[PhoneValue, ...]:
    return () if digits in _FILLERS or _SAME_DIGIT.fullmatch(digits) else _one(_nanp(digits))


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
    if not country and _OLD_MEXICAN_MOBILE.fullmatch(digits):
        digits = digits[:2] + digits[3:]
    if line := plain_line(digits, country):
        return PhoneValue(line.code + line.national, line.kind, "", "", line.national[-8:])
    import phonenumbers

    try:
        parsed = phonenumbers.parse(digits if country else "+" + digits, country or None)
    except phonenumbers.NumberParseException:
        return _in_china(digits) or _unknown(digits)
    kind = _KINDS.get(phonenumbers.number_type(parsed), "unknown")
    if kind == "unknown" and not phonenumbers.is_possible_number(parsed):
        return _in_china(digits) or _unknown(digits)
    if kind == "unknown" and country and _MOBILE_CN.fullmatch(digits):
        return PhoneValue("86" + digits, "mobile", "", "", digits[-8:])
    national = str(parsed.national_number)
    zeros = "0" * (parsed.number_of_leading_zeros or 1) if parsed.italian_leading_zero else ""
    number = f"{parsed.country_code}{zeros}{national}"
    return PhoneValue(number, kind, "", "", (zeros + national)[-8:])
