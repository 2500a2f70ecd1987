"""The candidate lookup on SQLite: a few statements for all records that are searched for together."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.holders import brings_all, usable
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, candidate
from dedupsvc.adapters.sql.search import Found
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Episode, Id
from dedupsvc.core.record import Instant
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import Retrieval

_HOLDERS = "SELECT record_id FROM blocking_keys WHERE tenant_id = ? AND key_hash = ? LIMIT ?"
"""Key by key: one statement for all of them would bring every record behind a key that too many share."""
_EPISODES = """
SELECT id, customer_id, scenario, anchor_at, renewed_at, record_id FROM episodes
WHERE tenant_id = ? AND customer_id = ? AND anchor_at <= ? AND renewed_at >= ?
"""
"""Without the record that opened it: mostly the search has found that, too."""
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


@dataclass(frozen=True, slots=True)
class Near(Found):
    """What one search found. Nothing is brought along: what is asked next of the customers is read then, by few statements."""

    connection: sqlite3.Connection = field(kw_only=True)
    tenant_id: int = field(kw_only=True)
    stored: Mapping[Id, Candidate] = field(kw_only=True)
    """What this search found, and others that were made with it."""

    def has_episodes(self, customers: Collection[Id]) -> bool:
        return True

    def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        execute, tenant_id = self.connection.execute, self.tenant_id
        found: list[tuple[Id, Id, str, Instant, Instant, Id]] = []
        for customer_id in customers:
            found += execute(_EPISODES, (tenant_id, customer_id, until, since)).fetchall()
        found.sort()
        openers = _candidates_of(self.connection, tenant_id, [row[5] for row in found], self.stored)
        return tuple([Episode(*row[:5], openers[row[5]].place) for row in found])


def _candidates_of(
    connection: sqlite3.Connection, tenant_id: int, records: Iterable[Id], known: Mapping[Id, Candidate]
) -> Mapping[Id, Candidate]:
    """Those that are known, and these."""
    missing = dict.fromkeys([one for one in records if one not in known])
    if not missing:
        return known
    return {**known, **dict(_read(connection, tenant_id, missing))}


def _read(connection: sqlite3.Connection, tenant_id: int, records: Iterable[Id]) -> list[tuple[Id, Candidate]]:
    found: list[tuple[Id, Candidate]] = []
    for part in _parts(records):
        rows = connection.execute(_candidates(len(part)), (tenant_id, *part))
        found += [(row[0], candidate(row)) for row in rows]
    return found


def retrieved(connection: sqlite3.Connection, tenant_id: int, searches: Sequence[Search], now: Instant) -> list[Found]:
    """What each search finds, without what else is needed: a statement more costs little here, and all searches share those few."""
    execute = connection.execute
    caps: dict[int, int] = {}
    for search in searches:
        for key, cap in search.caps.items():
            if cap > caps.get(key, 0):
                caps[key] = cap
    hot = {row[0] for part in _parts(caps) for row in execute(_hot(len(part)), (tenant_id, *part))}
    held: dict[int, list[Id]] = {}
    asked = hot.copy()
    for search in searches:
        for key in search.caps:
            if key in asked:
                continue
            wider = search.within.get(key)
            if wider is not None and brings_all(search, wider, held, hot):
                continue
            asked.add(key)
            holders = execute(_HOLDERS, (tenant_id, key, caps[key] + 1)).fetchall()
            if holders:
                held[key] = [one for (one,) in holders]
    header = execute(q.HEADER.lite, (tenant_id,)).fetchone()
    version = header[0] if header else 0
    stored: dict[Id, Candidate] = {}
    found: list[Found] = []
    for search in searches:
        usable_records, over, thinned = usable(search, held)
        records, newly_hot = sorted(usable_records), frozenset(over)
        missing = [one for one in records if one not in stored] if stored else records
        stored.update(_read(connection, tenant_id, missing))
        truncated = newly_hot.union(hot.intersection(search.caps)) if hot else newly_hot
        candidates = tuple([stored[one] for one in records])
        retrieval = Retrieval(now, version, candidates, truncated, newly_hot, thinned)
        found.append(Near(retrieval, search.asker, connection=connection, tenant_id=tenant_id, stored=stored))
    return found
