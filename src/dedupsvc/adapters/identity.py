"""Ids that need no database to be handed out: time first, so that rows of one time lie together."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from dedupsvc.core.entity import Id

_EPOCH_MILLISECONDS = 1_700_000_000_000


def random_ids() -> Callable[[], Id]:
    """A source of 63-bit ids: 41 bits of milliseconds, 10 of the process, 12 counted.

    Two processes of one number (1 in 1,024) that count alike in one millisecond would collide; the primary key refuses that, and the
    unit of work is done again with other ids.
    """
    process = secrets.randbelow(1 << 10) << 12
    count = secrets.randbelow(1 << 12)

    def new_id() -> Id:
        nonlocal count
        count = (count + 1) & 0xFFF
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MILLISECONDS
        return milliseconds << 22 | process | count

    return new_id


def counted_ids() -> Callable[[], Id]:
    """1, 2, 3 …: the same run gives the same ids, which makes two runs comparable."""
    last = 0

    def new_id() -> Id:
        nonlocal last
        last += 1
        return last

    return new_id
