"""Text in canonical form: one spelling for everything that only looks different, and nothing for what says nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from dedupsvc.core import lexicon

MAX_LENGTH = 256
"""Longer input is cut before any other work, so that hostile text costs no more than a long address."""
MAX_MARKS = 30
"""Combining marks kept in one text; a name needs one or two per letter, an attack stacks thousands."""

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""Control, zero-width, bidirectional, filler and variation characters, and halves of surrogate pairs."""

_LATIN = "À-ÖØ-Þà-öø-ÿ\u0100-\u012f\u0134-\u013e\u0141-\u0148\u014a-\u017e"
"""Letters with marks that are one character in every normal form, and whose lower case is their case folding."""
_SAYS_NOTHING = re.compile(r"[\W_]*(?:([0-9x])[\W_]*(?:\1[\W_]*){2,})?")
"""Nothing but marks, or one digit or x over and over."""
_ASCII_LETTER = re.compile("[A-Za-z]")
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")

_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF

_PLACEHOLDERS = lexicon.word_set("placeholders")


def clean(text: str) -> str:
    """``text`` in canonical form: NFKC, casefolded, simplified, visible, single spaces. Total and idempotent."""
    text = text[:MAX_LENGTH]
    if text.isascii():
        text = text.lower()
        if not text.isprintable():
            text = _INVISIBLE.sub("", text)
        return " ".join(text.split())
    if _settled()(text):
        return " ".join(text.lower().split())
    return _clean_unicode(text)


@cache
def _settled() -> Callable[[str], object]:
    """Matches text that only needs lower case and single spaces: ASCII, western letters, simplified Chinese."""
    traditional = sorted(code for code in lexicon.simplified() if _FIRST_HAN <= code <= _LAST_HAN)
    starts = (_FIRST_HAN, *(code + 1 for code in traditional))
    ends = (*(code - 1 for code in traditional), _LAST_HAN)
    simplified = "".join(f"{chr(one)}-{chr(other)}" for one, other in zip(starts, ends, strict=True) if one <= other)
    return re.compile(f"[ -~{_LATIN}{simplified}]*").fullmatch


def _clean_unicode(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    if len(text) > MAX_MARKS:
        text = _limit_marks(text)
    folded = unicodedata.normalize("NFKC", text).casefold().translate(lexicon.simplified())
    if _settled()(folded):
        return " ".join(folded.split())[:MAX_LENGTH].rstrip()
    # Folding case can undo a normal form, dropping characters can join others: repeat until nothing changes.
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        folded = " ".join(_INVISIBLE.sub("", folded.translate(lexicon.simplified())).split())[:MAX_LENGTH].rstrip()
        if folded == text:
            break
        text = folded
    return text


def _limit_marks(text: str) -> str:
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.combining(character):
            marks += 1
            if marks > MAX_MARKS:
                continue
        kept.append(character)
    return "".join(kept)


def is_placeholder(text: str) -> bool:
    """True if a canonical text only fills a mandatory field: 无, n/a, test, ---, 0000, xxxx."""
    if text in _PLACEHOLDERS:
        return True
    first = text[:1]
    return (first == "x" or not first.isalpha()) and _SAYS_NOTHING.fullmatch(text) is not None


def meaningful(text: str) -> str:
    """The canonical form, or "" if the text says nothing."""
    if not text:
        return ""
    text = clean(text)
    return "" if is_placeholder(text) else text


def is_han(text: str) -> bool:
    """True if some character is Chinese."""
    return not text.isascii() and _HAN.search(text) is not None


def script_of(text: str) -> str:
    """han if any character is Chinese, latin if the letters are latin, else other."""
    if text.isascii():
        return "latin" if _ASCII_LETTER.search(text) else "other"
    if _HAN.search(text):
        return "han"
    letters = [character for character in text if character.isalpha()]
    return (
        "latin"
        if letters and all(character < "\u0250" or "\u1e00" <= character < "\u1f00" for character in letters)
        else "other"
    )


_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "ng"}
)
_UMLAUT_WRITTEN_OUT = re.compile(r"(?<=[bcdfhjklmnprstvwxz])([aou])e(?=[bcdfghjkmnpqrstvwxz]|l[bcdfghjklmnpqrstvwxz])")


def fold_accents(text: str) -> str:
    """Latin letters without their marks: josé to jose, müller to muller."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(character for character in text if not unicodedata.combining(character))


def latin_key(text: str) -> str:
    """One ASCII spelling per latin word: müller, mueller and muller are all muller.

    ae, oe and ue between consonants count as an umlaut written out; michael, joel, samuel and miguel stay as they are.
    """
    text = fold_accents(text)
    if "ae" in text or "oe" in text or "ue" in text:
        return _UMLAUT_WRITTEN_OUT.sub(r"\1", text)
    return text


@cache
def _unusual_words() -> re.Pattern[str]:
    return re.compile("|".join(lexicon.word_readings()))


def reading_key(text: str) -> str:
    """ASCII form of a mixed text, nothing between the syllables: 华信科技 to huaxinkeji, acme & co to acmeco."""
    if not text.isascii():
        readings = lexicon.readings()
        only_han = _LATIN_LETTER.search(text) is None
        text = _unusual_words().sub(lambda match: lexicon.word_readings()[match[0]], text)
        text = "".join([readings.get(character, character) for character in text])
        if only_han and text.isascii() and text.isalnum():
            return text
    key = latin_key(text)
    return key if key.isalnum() else "".join(filter(str.isalnum, key))
