"""Ids that need no database to be handed out: time first, so that rows of one time lie together."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from dedupsvc.core.entity import Id

_EPOCH_MILLISECONDS = 1_700_000_000_000


def random_ids() -> Callable[[], Id]:
    """A source of 63-bit ids, each greater than the one before: 41 bits of milliseconds, 10 of the process, 12 counted.

    More than the 12 bits hold are taken from the next millisecond, and a clock that goes back is waited for by counting on. Two
    processes of one number (1 in 1,024) that count alike in one millisecond would collide; the primary key refuses that, and the
    unit of work is done again with other ids.
    """
    process = secrets.randbelow(1 << 10) << 12
    last = 0  # milliseconds and count in one number, so that one runs over into the other

    def new_id() -> Id:
        nonlocal last
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MILLISECONDS
        if milliseconds > last >> 12:
            last = milliseconds << 12 | secrets.randbits(11)  # not from 0, where the others begin, too
        else:
            last += 1
        return last >> 12 << 22 | process | last & 0xFFF

    return new_id


def counted_ids() -> Callable[[], Id]:
    """1, 2, 3 …: the same run gives the same ids, which makes two runs comparable."""
    last = 0

    def new_id() -> Id:
        nonlocal last
        last += 1
        return last

    return new_id
