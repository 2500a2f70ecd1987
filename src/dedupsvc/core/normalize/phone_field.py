"""A field of phone numbers taken apart: several numbers, labels between them, ranges, digits hidden by a mask."""

from __future__ import annotations

import re

from dedupsvc.core import lexicon
from dedupsvc.core.normalize.text import clean

_LABELS = "|".join(sorted(lexicon.word_list("phone_labels"), key=len, reverse=True))
_LABEL = re.compile(rf"(?<=[\d)])\s*[(,]?\s*(?:{_LABELS})[)]?\s*[.:]?\s*(?=[+(\d])")
_SEPARATORS = re.compile(r"\s*(?:[/;|,&]|或| or | and )\s*")
_MOBILES = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_HIDDEN = re.compile(r"x{2,}|·{2,}|#{3,}|_{3,}|[•●＊]+")
_AREA_CODE = re.compile(r"[(]?(?:0\d{1,4}|\+\d{1,3}[ -]?[(]?0?[)]?\d{1,4})[)]?")
_MOST_DIGITS = 15
"""E.164 allows no more: a longer run is several numbers."""
_PREFIXES = ("0011", "011", "00")
"""What a call to another country starts with."""
_SHORTEST_NUMBER = 7
_LENGTH_BY_START = {"1": 11, "0": 10}
"""How many digits a Chinese mobile and a number with its area code have at least."""
_LONGEST_RANGE = 4
_LANDLINE_END = re.compile(r"(?<!\d)(?:0\d{2,3})?[2-9]\d{6,7}$|(?<!\d)[2-9]\d\d[ -]?\d{4}$")
_NO_DIGIT = re.compile(r"\D+")


def split(text: str) -> list[str]:
    """The single numbers of a field, each as it could have been typed alone; hidden digits are asterisks."""
    text = clean(text).replace("tel:", "")
    if not text.isascii() or not _is_bare(text):
        text = _LABEL.sub(";", _HIDDEN.sub(lambda hidden: "*" * len(hidden[0]), text)).replace("·", "-")
    parts = [one for part in _SEPARATORS.split(text) if part for one in _by_length(part)]
    if len(parts) == 1 and len(mobiles := _MOBILES.findall(text)) > 1:
        return mobiles
    return _completed(parts) if len(parts) > 1 else parts


def _is_bare(text: str) -> bool:
    return not any(map(str.isalpha, text)) and "#" not in text and "_" not in text


def _by_length(text: str) -> list[str]:
    """Numbers with nothing but a space between them: 021-61234567 61234568."""
    if len(text) <= _MOST_DIGITS or " " not in text:
        return [text]
    whole = _NO_DIGIT.sub("", text)
    prefix = next((one for one in _PREFIXES if whole.startswith(one)), "")
    if len(whole) - len(prefix) <= _MOST_DIGITS:
        return [text]
    found = [""]
    for group in text.split():
        digits = _NO_DIGIT.sub("", found[-1])
        if len(digits) >= _LENGTH_BY_START.get(digits[:1], _SHORTEST_NUMBER):
            found.append(group)
        else:
            found[-1] = f"{found[-1]} {group}".strip()
    return found


def _completed(parts: list[str]) -> list[str]:
    """030/901820 is one number; 62345678/79 are 62345678 and 62345679."""
    found: list[str] = []
    for part in parts:
        if found and _AREA_CODE.fullmatch(found[-1]) and part[0] in "123456789":
            found[-1] = f"{found[-1]} {part}"
        elif found and len(part) <= _LONGEST_RANGE and part.isdecimal() and _LANDLINE_END.search(found[-1]):
            found.append(found[-1][: -len(part)] + part)
        else:
            found.append(part)
    return found
