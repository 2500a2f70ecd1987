"""The candidate lookup on SQLite: a few statements for all records that are searched for together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.holders import usable
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, candidate
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Id
from dedupsvc.core.record import Instant
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import Retrieval

_HOLDERS = "SELECT record_id FROM blocking_keys WHERE tenant_id = ? AND key_hash = ? LIMIT ?"
"""Key by key: one statement for all of them would bring every record behind a key that too many share."""
TOGETHER = 64
"""Values that one statement asks for at most: each number of them is a text of its own, and the driver keeps 256 of them ready."""


@cache
def _hot(count: int) -> str:
    return f"SELECT key_hash FROM hot_keys WHERE tenant_id = ? AND key_hash IN ({_marks(count)})"  # noqa: S608 - marks only


@cache
def _candidates(count: int) -> str:
    columns = ", ".join(column.name for column in CANDIDATE_COLUMNS)
    return f"SELECT {columns} FROM records WHERE tenant_id = ? AND id IN ({_marks(count)})"  # noqa: S608 - the same


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _parts(values: Iterable[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(values)
    while part := tuple(islice(rest, TOGETHER)):
        yield part


def retrieved(
    connection: sqlite3.Connection, tenant_id: int, searches: Sequence[Search], now: Instant
) -> list[Retrieval]:
    """What each search finds, without what else is needed: a statement more costs little here, and all searches share those few."""
    execute = connection.execute
    caps: dict[int, int] = {}
    for search in searches:
        for key, cap in search.caps.items():
            if cap > caps.get(key, 0):
                caps[key] = cap
    hot = {row[0] for part in _parts(caps) for row in execute(_hot(len(part)), (tenant_id, *part))}
    held: dict[int, list[Id]] = {}
    for key, cap in caps.items():
        if key not in hot:
            holders = execute(_HOLDERS, (tenant_id, key, cap + 1)).fetchall()
            if holders:
                held[key] = [one for (one,) in holders]
    header = execute(q.HEADER.lite, (tenant_id,)).fetchone()
    version = header[0] if header else 0
    stored: dict[Id, Candidate] = {}
    found: list[Retrieval] = []
    for search in searches:
        usable_records, over, thinned = usable(search, held)
        records, newly_hot = sorted(usable_records), frozenset(over)
        missing = [one for one in records if one not in stored] if stored else records
        for part in _parts(missing):
            stored.update([(row[0], candidate(row)) for row in execute(_candidates(len(part)), (tenant_id, *part))])
        truncated = newly_hot.union(hot.intersection(search.caps)) if hot else newly_hot
        candidates = tuple([stored[one] for one in records])
        found.append(Retrieval(now, version, candidates, truncated, newly_hot, frozenset(thinned)))
    return found
