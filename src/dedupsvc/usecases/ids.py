"""Ids as callers see them: a prefix that says what it is, and 13 letters and digits that say nothing."""

from __future__ import annotations

from dedupsvc.core.entity import Id
from dedupsvc.core.errors import NotFound

RECORD, CUSTOMER, DECISION, CLAIM, REVIEW, EPISODE, MERGE = "rec", "cus", "dec", "clm", "rev", "epi", "mrg"
IMPORT = "imp"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that is easily misread
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_PAIR_SHIFTS = range(50, -1, -10)
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 13


def public(prefix: str, number: Id) -> str:
    """``rec``, 1 → ``rec_0000000000001``; 0 → ``""``."""
    if not number:
        return ""
    pairs = "".join([_PAIRS[number >> shift & 1023] for shift in _PAIR_SHIFTS])
    return f"{prefix}_{_ALPHABET[number >> 60]}{pairs}"


def internal(prefix: str, text: str) -> Id:
    """The inverse of `public`. Raises `NotFound` for whatever is not an id of this kind, because nothing has it."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _LENGTH or any(letter not in _VALUE for letter in tail):
        raise NotFound("There is nothing of this id.")
    number = 0
    for letter in tail:
        number = number * 32 + _VALUE[letter]
    if not 0 < number < 1 << 63:
        raise NotFound("There is nothing of this id.")
    return number
