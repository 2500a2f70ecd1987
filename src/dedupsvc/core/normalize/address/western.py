"""Western addresses: house number before or after the street, unit, postcode and city in the line or in fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from dedupsvc.core import lexicon
from dedupsvc.core.fields import AddressValue
from dedupsvc.core.normalize.address.parts import Given
from dedupsvc.core.normalize.address.romanized import chinese_place
from dedupsvc.core.normalize.text import latin_key
from dedupsvc.core.remembered import SHARED

_POSTCODES = {
    "GB": re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b"),
    "CA": re.compile(r"\b([a-z]\d[a-z])\s*(\d[a-z]\d)\b"),
    "NL": re.compile(r"\b(\d{4})\s?([a-z]{2})\b"),
    "PL": re.compile(r"\b(\d\d)-(\d{3})\b"),
    "PT": re.compile(r"\b(\d{4})-(\d{3})\b"),
    "BR": re.compile(r"\b(\d{5})-?(\d{3})\b"),
    "JP": re.compile(r"\b(\d{3})-?(\d{4})\b"),
    "": re.compile(r"(?<![\d#])(\d{5})(?:-\d{4})?()\b"),
    "4": re.compile(r"(?<![\d#])(\d{4})()\b"),
    "6": re.compile(r"(?<![\d#])(\d{6})()\b"),
    "3+2": re.compile(r"\b(\d{3}) (\d\d)\b"),
}
_FOUR_DIGITS = ["AT", "AU", "BE", "CH", "DK", "HU", "LU", "NO", "NZ", "PH", "ZA"]
_KIND_OF_POSTCODE = {
    **{country: country for country in _POSTCODES if country.isalpha()},
    **dict.fromkeys(_FOUR_DIGITS, "4"),
    **dict.fromkeys(["CN", "IN", "SG", "RU", "RO", "KZ", "VN"], "6"),
    **dict.fromkeys(["SE", "CZ", "SK", "GR"], "3+2"),
}
_PO_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|pob|box|post office box|postfach|boite postale|b\.?p\.?|apartado|casella postale)\s*#?\s*(\d+(?: \d\d)*)\b"
)
_PO_BOX_SIGNS = ("box", "post", "pob", "apartado", "casella", "bp", "b.p")
_UNIT_WORDS = lexicon.word_list("unit_words")
_FLOOR_WORDS = lexicon.word_list("floor_words")
_UNIT = re.compile(
    rf"(?:\b(?:{'|'.join(_UNIT_WORDS)}|ste(?=\.?\s*#?\s*\d))\b\.?\s*(?:no\.?\s*)?#?\s*|#\s*)"
    r"([a-z]?\d+[a-z]?(?:[-/]\w{1,4})?|[a-z])\b"
)
_FLOOR = re.compile(
    rf"\b(\d+)(?:st|nd|rd|th|er|e|eme|o|a|\.)?\s*(?:{'|'.join(_FLOOR_WORDS)})\b\.?|\b(?:floor|fl)\.?\s*#?(\d+)\b"
)
_EDGES = " ,/"
_NUMBER_WORD_IN_FRONT = re.compile(r"^(?:no|nr|num|numero|number|n[o°º])?[.:]?\s*(?=\d)")
_NUMBER_ALONE = re.compile(r"\d+ ?[a-z]?\s*,")
_LANE_AND_NUMBER = re.compile(r"\bno\.? ?(\d+),? lane (\d+)\b")
_UNIT_AND_NUMBER = re.compile(r"(\d+[a-z]?)-(\d+[a-z]?)")
_PROVINCE_BEHIND = re.compile(r"(?<=..) [a-z]{2}$")
_CARE_OF = re.compile(r"^(?:c/o|care of|attn|attention|z\.? ?hd\.?)\b[^,]*,\s*(?=.)")
_LEADING = re.compile(
    r"(\d+l\d+|\d+)(?: 1/2)?(?:[- ]?(bis|ter|quater)\b|-?([a-z])\b)?(?:\s*-\s*(\d+[a-z]?))?(?:\s*,)?\s+"
    r"(?=\D|\d+(?:st|nd|rd|th| st| street| ave| avenue| pl| place)\b)"
)
_SLASHED = re.compile(r"(\w{1,5})\s*/\s*(\d+[a-z]?)\s+(?=[a-z])")
_TRAILING = re.compile(r"[\s,]+(?:n[o°º]?\.?\s*)?(\d+)(?:\s|/)?([a-z]?)((?:\s*[-/]\s*\d+[a-z]?)*)$")
_STATE_AT_END = re.compile(r"(?:[\s,]+([a-z]{2,3})|\s*,\s*([a-z]{4,13}(?: [a-z]{4,13})?))\s*$")
_WORD = re.compile(r"[^\W_]+")
_GERMAN_STREET = re.compile(r"(?<=[a-z]{3})(?:strasse|str)$")
_MARK = re.compile(r"[,#/]|b\.p")
_BESIDE_STREET = frozenset(["near", "at", "between", "btwn", "off", "opposite", "opp", "behind", "corner", "cnr"])
_BESIDE_DOOR = frozenset(["links", "rechts", "mitte", "left", "right", "tv", "th", "mf", "hinterhaus", "vorderhaus"])
_AFTER_NUMBER = frozenset(["bis", "ter", "quater"])
_CROSS_STREET = re.compile(r"(?<=[a-z.]) (?:near|at|between|btwn|off|opposite|opp\.?|behind|corner of|cnr)\.? [^,]*")
"""Says where on the street, which the number says too."""
_NUMBERED = frozenset({"st", "ave", "pl", "rd", "dr", "ct", "blvd", "ter"})
"""Types of streets that are numbered by the dozen."""
_FIRST_WORDS = {"r": "rue", "v": "via", "c": "calle", "cl": "calle", "pza": "pl"}
_ABBREVIATED = {"c/": "calle ", "v.le": "viale", "c.so": "corso", "p.za": "pl", "p.zza": "pl"}


def parse(given: Given) -> AddressValue:
    """Every part that can be told; the rest stays in ``text``."""
    country = given.country
    text = latin_key(given.text)
    if "," in text:
        text, named = _without_country(text)
        country = country or named
    postcode, text = _postcode(latin_key(given.postcode), text, country)
    region, city, district = _places(given.region, given.city, given.district, country)
    if not region and text:
        region, text = _state_at_end(text, country, after_postcode=bool(postcode and not given.postcode))
    if ":" in text or "/" in text:
        text = _CARE_OF.sub("", text)
    text = _drop_places(text, city, region)
    words = _words(text)
    canonical, kinds = _canonical_words(words)
    unit, rest = "", ""
    if _is_plain(text, words, kinds):
        number, street = words[0], " ".join((_FIRST_WORDS.get(words[1], canonical[1]), *canonical[2:]))
    else:
        unit, text = _unit(text) if _UNIT_WORD in kinds or "#" in text else ("", text)
        number, unit, street, rest = _street(_from_number(text), unit)
        if not number and "-" in unit and (match := _UNIT_AND_NUMBER.fullmatch(unit)):
            unit, number = match[1], match[2]
    if not city and rest:
        city = chinese_place(rest, country) or _city(rest)
        if country == "IT":
            city = _PROVINCE_BEHIND.sub("", city)
    return AddressValue(country, region, city, district, street, number, unit, postcode, " ".join(canonical))


def _is_plain(text: str, words: list[str], kinds: tuple[int, ...]) -> bool:
    """Nothing but a house number and the words of a street: 415 juniper rd."""
    return (
        len(words) > 2
        and words[0].isdecimal()
        and text.startswith(f"{words[0]} {words[1]}")
        and not words[1][0].isdecimal()
        and _UNIT_WORD not in kinds
        and _OTHER_WORD not in kinds
        and _MARK.search(text) is None
    )


@lru_cache(maxsize=SHARED)
def _places(region: str, city: str, district: str, country: str) -> tuple[str, str, str]:
    region, city = latin_key(region), latin_key(city)
    return (
        chinese_place(region, country) or _region(region, country),
        chinese_place(city, country) or _city(city),
        latin_key(district),
    )


@cache
def _country_names() -> dict[str, str]:
    return {name.lower(): code for name, code in lexicon.words("countries").items() if len(name) > 2 or name == "uk"}


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
    kinds = (_KIND_OF_POSTCODE.get(country, ""),) if country else ("", "GB", "CA")
    for kind in kinds:
        found = [match for match in _POSTCODES[kind].finditer(text) if match.start() > 0]
        if found and (kind not in ("4", "3+2") or "," in text[: found[-1].start()]):
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
    if not after_postcode and "," not in text:
        return "", text
    match = _STATE_AT_END.search(text)
    state = _states().get(match[1] or match[2]) if match else None
    if match and state and country in ("", state[1]) and (after_postcode or "," in text[: match.start() + 1]):
        return state[0], text[: match.start()]
    return "", text


@lru_cache(maxsize=SHARED)
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
    """Building, unit and room from the left; a floor only if nothing on it is named."""
    found: list[str] = []
    for pattern in (_UNIT, _UNIT, _UNIT, _FLOOR):
        match = pattern.search(text)
        # A street may be called Suite or Unit; something must stand beside the unit.
        if match and (text[: match.start()].strip(_EDGES) or text[match.end() :].strip(_EDGES)):
            if pattern is _UNIT:
                found.append(match[1].replace("/", "-"))
            elif not found:
                found.append(f"f{match[1] or match[2]}")
            text = f"{text[: match.start()].rstrip(_EDGES)}, {text[match.end() :].lstrip(_EDGES)}".strip(_EDGES)
    return "-".join(found), text


def _from_number(text: str) -> str:
    """The line from its house number on: what stands before it is a person, a house's name or a word for number."""
    text = _NUMBER_WORD_IN_FRONT.sub("", text)
    if "," not in text or _LEADING.match(text) or _TRAILING.search(text.partition(",")[0]):
        return text
    if lane := _LANE_AND_NUMBER.search(text):
        return f"{lane[2]}l{lane[1]} {text[lane.end() :].lstrip(' ,')}"
    tail = text.partition(",")[2]
    while tail:
        later = _NUMBER_WORD_IN_FRONT.sub("", tail.strip())
        if _LEADING.match(later):
            return text if _NUMBER_ALONE.match(later) else later
        tail = tail.partition(",")[2]
    return text


def _street(text: str, unit: str) -> tuple[str, str, str, str]:
    """Number, unit, street, and what is left over after a comma: the city when no field gives it."""
    if any(sign in text for sign in _PO_BOX_SIGNS) and (match := _PO_BOX.search(text)):
        if not _LEADING.match(text) or match.start() < text.find(","):
            return match[1].replace(" ", ""), unit, "po box", _last_part(text)
        text = f"{text[: match.start()].rstrip(' ,')}{text[match.end() :]}"
    if "/" in text and (match := _SLASHED.match(text)):
        return match[2], unit or match[1], _canonical_street(_first_part(text[match.end() :])), _last_part(text)
    if match := _LEADING.match(text):
        number = match[1] + (match[2] or match[3] or "") + (f"-{match[4]}" if match[4] else "")
        return number, unit, _canonical_street(_first_part(text[match.end() :])), _last_part(text[match.end() :])
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
    said = comma and head and tail and tail not in _BESIDE_DOOR and not any(map(str.isdigit, tail))
    return tail if said else ""


@lru_cache(maxsize=SHARED)
def _canonical_street(text: str) -> str:
    return " ".join(_canonical_words(_words(text))[0])


def _words(text: str) -> list[str]:
    if "/" in text or "." in text:
        for written, canonical in _ABBREVIATED.items():
            text = text.replace(written, canonical)
        text = text.replace(".", " ")
    return _WORD.findall(text.replace("'", " ") if "'" in text else text)


def _canonical_words(words: list[str]) -> tuple[Sequence[str], tuple[int, ...]]:
    """Each word's canonical form and kind."""
    if not words:
        return (), ()
    if len(words) > 1 and words[0] in _FIRST_WORDS:
        words[0] = _FIRST_WORDS[words[0]]
    canonical, kinds = zip(*map(_word, words), strict=True)
    if _NUMBER_WORD not in kinds or _TYPE_WORD not in kinds:
        return canonical, kinds
    found = list(canonical)
    for index, kind in enumerate(kinds[1:]):
        # East 51 Street is East 51st Street.
        if kind == _TYPE_WORD and found[index].isdecimal():
            found[index] = _ordinal(found[index])
    return found, kinds


_UNIT_WORD, _TYPE_WORD, _NUMBER_WORD, _OTHER_WORD = 1, 2, 3, 4


@lru_cache(maxsize=SHARED)
def _word(word: str) -> tuple[str, int]:
    """A word's canonical form and kind, which spares a line without unit or cross street the search for them."""
    canonical = lexicon.words("street_words").get(word) or _GERMAN_STREET.sub("str", word)
    if word in _UNIT_WORDS or word == "ste" or word.endswith(_FLOOR_WORDS):
        return canonical, _UNIT_WORD
    if word in _BESIDE_STREET or word in _AFTER_NUMBER or any(sign in word for sign in _PO_BOX_SIGNS):
        return canonical, _OTHER_WORD
    if canonical in _NUMBERED:
        return canonical, _TYPE_WORD
    return canonical, _NUMBER_WORD if canonical.isdecimal() else 0


def _ordinal(digits: str) -> str:
    if digits[-2:] in ("11", "12", "13"):
        return f"{digits}th"
    return digits + {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")
