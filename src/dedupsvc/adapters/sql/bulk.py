"""A unit of many rows on SQLite: what a batch of them looks for is read at once, and what they write is written together.

Nothing is seen otherwise than row by row. What has come since the batch was looked up is added to what was found then, and before
anything is read that rows not written yet could have a part in, they are written. Another process may have looked the batch up, if
what it saw was what there was when the unit began: a journal of the unit tells what has changed since.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

from dedupsvc.adapters.sql import queries as q
from dedupsvc.adapters.sql import rechecks
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.holders import usable
from dedupsvc.adapters.sql.lookahead import Journal, LookedUp, candidate_rows, looked_up
from dedupsvc.adapters.sql.rows import candidate
from dedupsvc.adapters.sql.search import Found
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Id
from dedupsvc.core.record import Instant, RecordKey
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import Retrieval

_KEYS_OF = "SELECT keys_json FROM records WHERE tenant_id = ? AND id = ?"

_DEFERRED = (
    q.INSERT_CUSTOMER,
    q.INSERT_RECORD,
    q.INSERT_EPISODE,
    q.RENEW_EPISODE,
    q.INSERT_HOT,
    q.INSERT_REVIEW,
    q.INSERT_DECISION,
    q.INSERT_AUDIT,
    q.INSERT_EVENT,
    rechecks.INSERT_RECHECK,
)
"""What can be written later, besides keys."""
_PARAMETERS: Mapping[Statement, Callable[[Mapping[str, Any]], tuple[Any, ...]]] = {
    statement: itemgetter(*statement.lite_order) for statement in _DEFERRED
}
_KEYS_TOGETHER = 50
"""Rows of one statement."""
_INSERT_KEYS = f"""
INSERT OR FAIL INTO blocking_keys (tenant_id, key_hash, record_id) VALUES {",".join(["(?, ?, ?)"] * _KEYS_TOGETHER)}
"""  # noqa: S608 - marks only
"""OR FAIL: a statement that may take its first rows back has to copy each page before. A unit that fails is dropped whole."""
_KEYLESS = frozenset(
    {
        q.EPISODES,
        q.ROW_OF,
        q.RECORDS_OF,
        q.RECORD_BY_ROW,
        q.OPEN_REVIEW,
        q.KEPT_APART,
        q.RECORD_IDS_OF,
        q.EPISODE_IDS_OF,
        q.MERGED_FROM,
    }
)
"""What reads no keys."""
_KEEPING = frozenset(
    {
        q.UPDATE_RECORD,
        q.MOVE_RECORDS,
        q.DELETE_EPISODES,
        q.MOVE_EPISODE,
        q.MOVE_EPISODES,
        q.MOVE_REVIEWS,
        q.RETIRE_RECORD,
        q.CLOSE_REVIEWS,
        q.INHERIT_HOME,
        q.INSERT_MERGE,
        q.POINT_FOLLOWERS,
        q.POINT_CUSTOMERS,
    }
)
"""What changes no keys, and nothing that a batch is looked up for but what `_keep_up` follows. A record that is retired loses its
keys besides, and is found no more."""


@dataclass(slots=True)
class Ahead(LookedUp):
    """What a batch was found to need, kept up to date with what its rows have changed since."""

    candidates: dict[Id, Candidate] = field(default_factory=dict)

    def has_come(self, record: Mapping[str, Any]) -> None:
        if record["external_id"]:
            self.free.discard(RecordKey(record["source_system"], record["object_type"], record["external_id"]))

    def holds(self, keys: Iterable[int], record_id: Id) -> None:
        for key in keys:
            if key in self.held:
                self.held[key].append(record_id)
            elif key in self.asked and key not in self.hot:
                self.held[key] = [record_id]

    def has_left(self, keys: Iterable[int], record_id: Id) -> None:
        for key in keys:
            if record_id in self.held.get(key, ()):
                self.held[key].remove(record_id)

    def is_hot(self, key: int) -> None:
        self.hot.add(key)
        self.held.pop(key, None)

    def forget(self, record_id: Id) -> None:
        """Its row is another one now."""
        self.candidates.pop(record_id, None)

    def forget_all_of(self, customers: Collection[Id]) -> None:
        for record_id in [one for one, found in self.candidates.items() if found.place.customer_id in customers]:
            self.forget(record_id)


class Bulk:
    """A connection inside a transaction that nobody else can get in the way of."""

    def __init__(self, driver: Driver, connection: sqlite3.Connection, undisturbed: bool) -> None:
        """``undisturbed``: since the unit before this one began, nobody else has written."""
        self._driver = driver
        self._connection = connection
        self._undisturbed = undisturbed
        self._journal = Journal()
        self._ahead: Ahead | None = None
        self._waiting: dict[Statement, list[tuple[Any, ...]]] = {statement: [] for statement in _DEFERRED}
        self._keys: list[tuple[int, int, Id]] = []
        self._keyed: set[Id] = set()
        """Records whose keys wait."""
        self._customers: set[Id] = set()
        """Those whom rows that wait to be written belong to."""
        self.found: Found | None = None

    async def expect(self, tenant_id: int, searches: Callable[[], Sequence[Search]], seen: object = None) -> Driver:
        if isinstance(seen, LookedUp) and self._undisturbed and self._journal.is_whole:
            self._journal.bring_up_to_date(seen)
            self._ahead = self._made_of(seen)
            return self
        self._write()
        found = looked_up(self._connection, tenant_id, searches())
        self._ahead = self._made_of(found) if found is not None else None
        return self

    def _made_of(self, found: LookedUp) -> Ahead:
        candidates = {row[0]: candidate(row) for row in found.found}
        return Ahead(found.asked, found.hot, found.held, found.free, found.version, [], candidates)

    async def retrieve(self, tenant_id: int, search: Search) -> Found:
        ahead = self._ahead
        if ahead is None or not ahead.asked.issuperset(search.caps):
            self._write()
            return await self._driver.retrieve(tenant_id, search)
        records, over, thinned = usable(search, ahead.held)
        known = ahead.candidates
        missing = [record_id for record_id in records if record_id not in known]
        if missing:
            self._read(ahead, tenant_id, missing)
        candidates = tuple([known[record_id] for record_id in sorted(records)])
        now, newly_hot = await self._driver.now(), frozenset(over)
        truncated = newly_hot.union(ahead.hot.intersection(search.caps))
        return Found(Retrieval(now, ahead.version, candidates, truncated, newly_hot, thinned), search.asker)

    def _read(self, ahead: Ahead, tenant_id: int, records: Sequence[Id]) -> None:
        stored: list[Id] = []
        for record_id in records:
            row = self._journal.fresh_row(record_id)
            if row is None:
                stored.append(record_id)
            else:
                ahead.candidates[record_id] = candidate(row)
        for row in candidate_rows(self._connection, tenant_id, stored):
            ahead.candidates[row[0]] = candidate(row)

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        if statement is q.RECORD_BY_ROW and self._ahead is not None:
            row = RecordKey(parameters["source_system"], parameters["object_type"], parameters["external_id"])
            if row in self._ahead.free:
                return ()
        if self._has_part(statement, parameters):
            self._write_rows()
        if statement not in _KEYLESS:
            self._write()
        return await self._driver.fetch(statement, **parameters)

    def _has_part(self, statement: Statement, parameters: Mapping[str, Any]) -> bool:
        """Whether what waits to be written may change the answer."""
        if statement is q.EPISODES:
            return bool(self._waiting[q.RENEW_EPISODE]) or self._concerns(parameters["customers"])
        if statement is q.ROW_OF or statement is q.RECORDS_OF:
            return parameters["customer_id"] in self._customers
        if statement is q.OPEN_REVIEW:
            return bool(self._waiting[q.INSERT_REVIEW])
        return statement is not q.KEPT_APART  # by a merge that was undone, of records that are written

    def _concerns(self, customers: Collection[Id]) -> bool:
        return not self._customers.isdisjoint(customers)

    async def execute(self, statement: Statement, **parameters: Any) -> None:
        if statement in _KEEPING or (statement is q.DELETE_KEYS and parameters["record_id"] not in self._keyed):
            self._write_rows()
        else:
            self._write()
        self._keep_up(statement, parameters)
        await self._driver.execute(statement, **parameters)

    def _keep_up(self, statement: Statement, parameters: Mapping[str, Any]) -> None:
        ahead, journal = self._ahead, self._journal
        if statement is q.UPDATE_RECORD:
            journal.has_changed(parameters["id"])
            if ahead is not None:
                ahead.forget(parameters["id"])
        elif statement is q.MOVE_RECORDS:
            customers = frozenset(parameters["customers"])
            journal.moved |= customers
            if ahead is not None:
                ahead.forget_all_of(customers)
        elif statement is q.DELETE_KEYS:
            record_id = parameters["record_id"]
            (told,) = self._connection.execute(_KEYS_OF, (parameters["tenant_id"], record_id)).fetchone()
            keys = json.loads(told)
            journal.has_left(keys, record_id)
            if ahead is not None:
                ahead.has_left(keys, record_id)
        elif statement not in _KEEPING:
            journal.has_lost_track()
            self._ahead = None

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        ahead, journal = self._ahead, self._journal
        for statement, parameters in rows:
            if statement is q.INSERT_KEYS:
                tenant_id, record_id, keys = parameters["tenant_id"], parameters["record_id"], parameters["keys"]
                self._keys += [(tenant_id, key, record_id) for key in keys]
                self._keyed.add(record_id)
                journal.holds(keys, record_id)
                if ahead is not None:
                    ahead.holds(keys, record_id)
                continue
            if statement not in _PARAMETERS:
                self._write()
                await self._driver.insert([(statement, parameters)])
                continue
            self._waiting[statement].append(_PARAMETERS[statement](parameters))
            if statement is q.INSERT_RECORD or statement is q.INSERT_EPISODE:
                self._customers.add(parameters["customer_id"])
            if statement is q.INSERT_RECORD:
                journal.has_come(parameters)
                if ahead is not None:
                    ahead.has_come(parameters)
            elif statement is q.INSERT_HOT:
                journal.hot.add(parameters["key_hash"])
                if ahead is not None:
                    ahead.is_hot(parameters["key_hash"])

    def _write(self) -> None:
        """All that waits. Keys wait longest: the more of them are written in order, the fewer pages are gone to for each."""
        self._write_rows()
        if self._keys:
            self._keys.sort()
            whole = len(self._keys) - len(self._keys) % _KEYS_TOGETHER
            for start in range(0, whole, _KEYS_TOGETHER):
                together = self._keys[start : start + _KEYS_TOGETHER]
                self._connection.execute(_INSERT_KEYS, tuple(chain.from_iterable(together)))
            self._connection.executemany(q.INSERT_KEYS.lite, self._keys[whole:])
            self._keys.clear()
            self._keyed.clear()

    def _write_rows(self) -> None:
        for statement, waiting in self._waiting.items():
            if waiting:
                self._connection.executemany(statement.lite, waiting)
                waiting.clear()
        self._customers.clear()

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None:
        await self._driver.lock(tenant_id, idempotency, keys)

    async def lock_epoch(self, tenant_id: int) -> None:
        await self._driver.lock_epoch(tenant_id)

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool:
        return await self._driver.lock_customers(tenant_id, customers)

    async def now(self) -> Instant:
        return await self._driver.now()

    async def commit(self) -> None:
        self._write()
        await self._driver.commit()
