"""Western addresses: house number before or after the street, unit, postcode and city in the line or in fields."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import AddressValue
from dedupsvc.core.normalize.address.parts import Given
from dedupsvc.core.normalize.text import latin_key

_POSTCODES = {
    "GB": re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b"),
    "CA": re.compile(r"\b([a-z]\d[a-z])\s*(\d[a-z]\d)\b"),
    "NL": re.compile(r"\b(\d{4})\s?([a-z]{2})\b"),
    "": re.compile(r"(?<![\d#])(\d{5})(?:-\d{4})?()\b"),
    "4": re.compile(r"(?<![\d#])(\d{4})()\b"),
}
_FOUR_DIGITS = frozenset(["AT", "AU", "BE", "CH", "DK", "HU", "LU", "NO", "NZ", "PH", "ZA"])
_PO_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|post office box|postfach|boite postale|b\.?p\.?|apartado|casella postale)\s*#?\s*(\d+)"
)
_UNIT = re.compile(
    r"(?:\b(?:apartment|appartement|apartamento|apt|appt|unit|suite|ste(?=\.?\s*#?\s*\d)|flat|room|rm|wohnung|whg|zimmer|piso|interno|int|"
    r"building|bldg|lot|shop|office|level|etage|stock)\b\.?\s*(?:no\.?\s*)?#?\s*|#\s*)([a-z]?\d+[a-z]?(?:[-/]\w{1,4})?|[a-z])\b"
)
_FLOOR = re.compile(r"\b(\d+)(?:st|nd|rd|th|\.)?\s*(?:floor|fl|og|etage|stock|piso)\b\.?")
_LEADING = re.compile(
    r"(\d+)(?:[- ]?(bis|ter|quater)\b|-?([a-z])\b)?(?:\s*-\s*(\d+[a-z]?))?(?:\s*,)?\s+"
    r"(?=\D|\d+(?:st|nd|rd|th| st| street| ave| avenue| pl| place)\b)"
)
_SLASHED = re.compile(r"(\w{1,5})\s*/\s*(\d+[a-z]?)\s+(?=[a-z])")
_TRAILING = re.compile(r"[\s,]+(?:n[o°º]?\.?\s*)?(\d+)\s?([a-z]?)((?:\s*[-/]\s*\d+[a-z]?)*)$")
_STATE_AT_END = re.compile(r"(?:[\s,]+([a-z]{2,3})|\s*,\s*([a-z]{4,13}(?: [a-z]{4,13})?))\s*$")
_WORD = re.compile(r"[^\W_]+")
_GERMAN_STREET = re.compile(r"(?<=[a-z]{3})(?:strasse|str)$")
_CROSS_STREET = re.compile(r"(?<=[a-z.]) (?:near|at|between|btwn|off|opposite|opp\.?|behind|corner of|cnr)\.? [^,]*")
"""Says where on the street, which the number says too."""
_NUMBERED = frozenset({"st", "ave", "pl", "rd", "dr", "ct", "blvd", "ter"})
"""Types of streets that are numbered by the dozen."""
_FIRST_WORDS = {"r": "rue", "v": "via", "c": "calle", "cl": "calle", "pza": "pl"}
_ABBREVIATED = {"c/": "calle ", "v.le": "viale", "c.so": "corso", "p.za": "pl", "p.zza": "pl"}


def parse(given: Given) -> AddressValue:
    """Every part that can be told; the rest stays in ``text``."""
    text = latin_key(given.text)
    country = given.country
    text, named = _without_country(text)
    country = country or named
    postcode, text = _postcode(latin_key(given.postcode), text, country)
    region = _region(latin_key(given.region), country)
    if not region:
        region, text = _state_at_end(text, country, after_postcode=bool(postcode and not given.postcode))
    city = _city(latin_key(given.city))
    text = _drop_places(text, city, region)
    whole = _canonical_street(text.replace(",", " "))
    unit, text = _unit(text)
    number, unit, street, rest = _street(text, unit)
    if not city and rest:
        city = _city(rest)
    district = latin_key(given.district)
    return AddressValue(country, region, city, district, street, number, unit, postcode, whole)


@cache
def _country_names() -> dict[str, str]:
    return {name.lower(): code for name, code in lexicon.words("countries").items() if len(name) > 2}


def _without_country(text: str) -> tuple[str, str]:
    head, comma, tail = text.rpartition(",")
    code = _country_names().get(tail.strip(" .")) if comma else None
    return (head, code) if code else (text, "")


def _postcode(postcode: str, text: str, country: str) -> tuple[str, str]:
    """The field's postcode, else the last one in the line that is not its house number."""
    if postcode:
        plain = postcode.replace(" ", "")
        if "-" in plain:
            plain = plain.partition("-")[0] if country in ("", "US") else plain.replace("-", "")
        return plain, text.replace(postcode, " ").strip() if len(postcode) > 3 and not text.startswith(
            postcode
        ) else text
    kinds = (
        (country,) if country in _POSTCODES else ("4",) if country in _FOUR_DIGITS else ("",) if country else ("", "GB")
    )
    for kind in kinds:
        found = [match for match in _POSTCODES[kind].finditer(text) if match.start() > 0]
        if found and (kind != "4" or "," in text[: found[-1].start()]):
            last = found[-1]
            return last[1] + last[2], (text[: last.start()].rstrip(" ,") + "," + text[last.end() :]).strip(" ,")
    return "", text


@cache
def _states() -> dict[str, tuple[str, str]]:
    """Code or name to code and country."""
    found: dict[str, tuple[str, str]] = {}
    for code, country, name in lexicon.rows("states"):
        found.setdefault(code, (code, country))
        found.setdefault(name, (code, country))
    return found


def _region(region: str, country: str) -> str:
    state = _states().get(region)
    return state[0] if state and country in ("", state[1]) else region


def _state_at_end(text: str, country: str, after_postcode: bool) -> tuple[str, str]:
    match = _STATE_AT_END.search(text)
    state = _states().get(match[1] or match[2]) if match else None
    if match and state and country in ("", state[1]) and (after_postcode or "," in text[: match.start() + 1]):
        return state[0], text[: match.start()]
    return "", text


@lru_cache(maxsize=4096)
def _city(city: str) -> str:
    city = " ".join(_WORD.findall(city))
    return lexicon.words("cities").get(city, city)


def _drop_places(text: str, city: str, region: str) -> str:
    """The line without a last part that only repeats the city or the region."""
    while "," in text:
        head, _, tail = text.rpartition(",")
        tail = tail.strip(" .")
        if tail and _city(tail) != city and tail != region and _city(tail.removesuffix(f" {region}")) != city:
            break
        text = head
    return text.strip(" ,")


def _unit(text: str) -> tuple[str, str]:
    found: list[str] = []
    for pattern, prefix in ((_UNIT, ""), (_FLOOR, "f")):
        match = pattern.search(text)
        # A street may be called Suite or Unit; something must stand beside the unit.
        if match and (text[: match.start()].strip(" ,") or text[match.end() :].strip(" ,")):
            found.append(prefix + match[1].replace("/", "-"))
            text = f"{text[: match.start()].rstrip(' ,')}, {text[match.end() :].lstrip(' ,')}".strip(" ,")
    return "-".join(found), text


def _street(text: str, unit: str) -> tuple[str, str, str, str]:
    """Number, unit, street, and what is left over after a comma: the city when no field gives it."""
    if match := _PO_BOX.search(text):
        return match[1], unit, "po box", _last_part(text)
    if match := _SLASHED.match(text):
        return match[2], unit or match[1], _canonical_street(_first_part(text[match.end() :])), _last_part(text)
    if match := _LEADING.match(text):
        number = match[1] + (match[2] or match[3] or "") + (f"-{match[4]}" if match[4] else "")
        return number, unit, _canonical_street(_first_part(text[match.end() :])), _last_part(text)
    head, comma, tail = text.partition(",")
    if comma and tail.strip()[:1].isdigit() and (match := _TRAILING.search(f"{head},{tail.split(',')[0]}")):
        return _trailing_number(match), unit, _canonical_street(head), _last_part(tail)
    if match := _TRAILING.search(head):
        return _trailing_number(match), unit, _canonical_street(head[: match.start()]), _last_part(text)
    return "", unit, _canonical_street(head), _last_part(text)


def _trailing_number(match: re.Match[str]) -> str:
    return match[1] + match[2] + match[3].replace(" ", "").replace("/", "-")


def _first_part(text: str) -> str:
    return _CROSS_STREET.sub("", text.partition(",")[0])


def _last_part(text: str) -> str:
    head, comma, tail = text.rpartition(",")
    tail = tail.strip(" .")
    return tail if comma and head and tail and not any(map(str.isdigit, tail)) else ""


@lru_cache(maxsize=4096)
def _canonical_street(text: str) -> str:
    for written, canonical in _ABBREVIATED.items():
        text = text.replace(written, canonical)
    words = _WORD.findall(text.replace(".", " ").replace("'", " "))
    if len(words) > 1 and words[0] in _FIRST_WORDS:
        words[0] = _FIRST_WORDS[words[0]]
    return " ".join(_canonical_words(words))


def _canonical_words(words: list[str]) -> list[str]:
    canonical = lexicon.words("street_words")
    found = [canonical.get(word) or _GERMAN_STREET.sub("str", word) for word in words]
    # East 51 Street is East 51st Street.
    for index, following in enumerate(found[1:]):
        if following in _NUMBERED and found[index].isdecimal():
            found[index] = _ordinal(found[index])
    return found


def _ordinal(digits: str) -> str:
    if digits[-2:] in ("11", "12", "13"):
        return f"{digits}th"
    return digits + {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
