"""What a batch of rows looks for on SQLite, read in one go, and what has changed since: together, what there is now."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql.holders import usable
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS
from dedupsvc.core.entity import Id
from dedupsvc.core.record import RecordKey
from dedupsvc.usecases.ports import Search

TOGETHER = 64
"""Values that one statement asks for; always so many, so that its text is one and the same."""
MOST_HITS = 100_000
"""Of a batch. Keys that too many records share are stored as hot and bring none, so more come up only where the ruleset has
just lowered the cap; then each row is looked up by itself."""
MOST_CANDIDATES = 20_000
"""That are read for a batch; whatever it needs beyond them is read when it is needed."""
PAGES_KIB = 96 * 1024
"""That a scout keeps: the upper levels of the indexes, and the last rows."""

_MARKS = ",".join("?" * TOGETHER)
_COLUMNS = ", ".join(column.name for column in CANDIDATE_COLUMNS)
_candidate_row = itemgetter(*(column.name for column in CANDIDATE_COLUMNS))
_HOT = f"SELECT key_hash FROM hot_keys WHERE tenant_id = ? AND key_hash IN ({_MARKS})"  # noqa: S608 - marks only
_HOLDERS = f"SELECT key_hash, record_id FROM blocking_keys WHERE tenant_id = ? AND key_hash IN ({_MARKS}) LIMIT ?"  # noqa: S608
_CANDIDATES = f"SELECT {_COLUMNS} FROM records WHERE tenant_id = ? AND id IN ({_MARKS})"  # noqa: S608 - our own names
_ROWS = f"""
SELECT external_id FROM records
WHERE tenant_id = ? AND source_system = ? AND object_type = ? AND external_id IN ({_MARKS})
    AND external_id <> '' AND state <> 'retired'
"""  # noqa: S608 - marks only
_DONE = "SELECT rows_done FROM imports WHERE tenant_id = ? AND fingerprint = ?"


@dataclass(slots=True)
class LookedUp:
    """What a batch was found to need, as of one moment. Nothing in it belongs to a process."""

    asked: set[int]
    """The keys of its rows."""
    hot: set[int]
    """Those of them that are hot."""
    held: dict[int, list[Id]]
    """Records by key; of those that are not hot."""
    free: set[RecordKey]
    """Rows of the batch that are not stored."""
    version: int
    """The active ruleset's."""
    found: list[tuple[Any, ...]]
    """Rows of the records that the batch's searches find, most of them at least."""


def looked_up(connection: sqlite3.Connection, tenant_id: int, searches: Sequence[Search]) -> LookedUp | None:
    """None: there is too much of it. Reads only; in a transaction, all is of one moment."""
    asked = sorted(set(chain.from_iterable(search.caps for search in searches)))
    hot = {row[0] for row in _asked(connection, _HOT, (tenant_id,), asked)}
    held: dict[int, list[Id]] = {}
    hits = 0
    cold = [key for key in asked if key not in hot]
    for key, record_id in _asked(connection, _HOLDERS, (tenant_id,), cold, MOST_HITS):
        held.setdefault(key, []).append(record_id)
        hits += 1
    if hits >= MOST_HITS:
        return None
    header = connection.execute(q.HEADER.lite, (tenant_id,)).fetchone()
    wanted = sorted(set().union(*(usable(search, held)[0] for search in searches)))
    found = candidate_rows(connection, tenant_id, wanted[:MOST_CANDIDATES])
    free = _free(connection, tenant_id, searches)
    return LookedUp(set(asked), hot, held, free, header[0] if header else 0, found)


def candidate_rows(connection: sqlite3.Connection, tenant_id: int, records: Sequence[Id]) -> list[tuple[Any, ...]]:
    return list(_asked(connection, _CANDIDATES, (tenant_id,), records))


def _free(connection: sqlite3.Connection, tenant_id: int, searches: Sequence[Search]) -> set[RecordKey]:
    rows = {search.asker for search in searches if search.asker.external_id}
    lists: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        lists.setdefault((row.source_system, row.object_type), []).append(row.external_id)
    return rows - {
        RecordKey(*origin, found)
        for origin, numbers in lists.items()
        for (found,) in _asked(connection, _ROWS, (tenant_id, *origin), sorted(numbers))
    }


def _asked(
    connection: sqlite3.Connection, text: str, first: tuple[Any, ...], values: Sequence[Any], *last: Any
) -> Iterator[Any]:
    """The last part is filled up with its last value: to be one of them twice is no more than once."""
    for begin in range(0, len(values), TOGETHER):
        part = values[begin : begin + TOGETHER]
        filled = (*part, *[part[-1]] * (TOGETHER - len(part)))
        yield from connection.execute(text, (*first, *filled, *last)).fetchall()


class Scout:
    """Looks up what is committed, from a process that writes nothing."""

    def __init__(self, path: Path, tenant_id: int, job: str) -> None:
        """``job``: the fingerprint of the import that this goes ahead of."""
        self._tenant_id = tenant_id
        self._job = job
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._connection.execute(f"PRAGMA cache_size = -{PAGES_KIB}")

    def look(self, searches: Sequence[Search]) -> tuple[int, LookedUp | None]:
        """How many rows of the import were done at that moment, and what these searches find then."""
        self._connection.execute("BEGIN")
        try:
            done = self._connection.execute(_DONE, (self._tenant_id, self._job)).fetchone()
            return done[0] if done else -1, looked_up(self._connection, self._tenant_id, searches)
        finally:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def scouting(path: Path, tenant_id: int, job: str) -> closing[Scout]:
    return closing(Scout(path, tenant_id, job))


@dataclass(slots=True)
class Journal:
    """What a unit has changed of what is looked up; the newest state of each thing, not its history."""

    added: dict[int, Id | list[Id]] = field(default_factory=dict)
    """Records by key. Most keys are one record's, and a list for each would take a hundred bytes."""
    gone: set[tuple[int, Id]] = field(default_factory=set)
    """Keys that stored records have no longer."""
    hot: set[int] = field(default_factory=set)
    taken: set[RecordKey] = field(default_factory=set)
    fresh: dict[Id, tuple[Any, ...]] = field(default_factory=dict)
    """Rows of the records that have come, by which most of those behind a key are known without going to the file."""
    changed: set[Id] = field(default_factory=set)
    """Records whose rows are others now."""
    moved: set[Id] = field(default_factory=set)
    """Customers whose records are another's now."""
    is_whole: bool = True
    """Nothing else has changed."""

    def has_come(self, record: Mapping[str, Any]) -> None:
        self.fresh[record["id"]] = _candidate_row(record)
        if record["external_id"]:
            self.taken.add(RecordKey(record["source_system"], record["object_type"], record["external_id"]))

    def fresh_row(self, record_id: Id) -> tuple[Any, ...] | None:
        """As it is now; None for whoever has to be read."""
        row = self.fresh.get(record_id)
        return row if row is not None and row[1] not in self.moved else None

    def has_changed(self, record_id: Id) -> None:
        self.changed.add(record_id)
        self.fresh.pop(record_id, None)

    def has_lost_track(self) -> None:
        self.is_whole = False
        self.fresh.clear()

    def holds(self, keys: Collection[int], record_id: Id) -> None:
        added = self.added
        if self.gone:
            back = self.gone.intersection([(key, record_id) for key in keys])  # as it was before the unit
            self.gone -= back
            keys = [key for key in keys if (key, record_id) not in back]
        for key in keys:
            known = added.setdefault(key, record_id)
            if known is not record_id:
                if isinstance(known, list):
                    known.append(record_id)
                else:
                    added[key] = [known, record_id]

    def has_left(self, keys: Iterable[int], record_id: Id) -> None:
        for key in keys:
            known = self.added.get(key)
            if known == record_id:
                del self.added[key]
            elif isinstance(known, list) and record_id in known:
                known.remove(record_id)
            else:
                self.gone.add((key, record_id))

    def bring_up_to_date(self, seen: LookedUp) -> None:
        """Changes what was seen before the unit began to what there is now; rows that are others now are no longer in it."""
        held, hot = seen.held, seen.hot
        for key in self.hot.intersection(seen.asked):
            hot.add(key)
            held.pop(key, None)
        for key, record_id in self.gone:
            if record_id in held.get(key, ()):
                held[key].remove(record_id)
        for key in seen.asked:
            known = self.added.get(key)
            if known is None or key in hot:
                continue
            held.setdefault(key, []).extend(known if isinstance(known, list) else (known,))
        seen.free.difference_update(self.taken.intersection(seen.free))
        if self.changed or self.moved:
            seen.found = [row for row in seen.found if row[0] not in self.changed and row[1] not in self.moved]


__all__ = ["Journal", "LookedUp", "Scout", "candidate_rows", "looked_up", "scouting"]
