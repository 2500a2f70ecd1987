"""The candidate lookup on PostgreSQL: one statement, which for a glance brings along what most answers need besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql.driver import Driver
from dedupsvc.adapters.sql.reads import SqlReads, each_cap
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, PLACE_COLUMNS, PLACE_WIDTH, RECORD_COLUMNS
from dedupsvc.core.entity import Episode, Id, StoredRecord
from dedupsvc.core.judge import Candidate
from dedupsvc.core.record import Instant
from dedupsvc.usecases.ports import NO_CAPS, NotFetched, Retrieval

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
MOST_EPISODES = 20
"""Of one customer. A glance is no place for a key account's thousand orders; a reading asks for those that are near in time."""

_TYPES = {str: "text", int: "bigint", bytes: "bytea"}
_EPISODE_COLUMNS = ("id", "customer_id", "scenario", "anchor_at", "renewed_at")


def _of(alias: str, columns: Sequence[Any]) -> str:
    return ", ".join(f"{alias}.{column.name}" for column in columns)


def _nulls(columns: Sequence[Any]) -> str:
    return ", ".join(f"NULL::{_TYPES[column.type.python_type]}" for column in columns)


_NOTHING = _nulls(CANDIDATE_COLUMNS)
_FOUND = f"""
WITH wanted AS (
    SELECT key, cap, EXISTS (SELECT 1 FROM hot_keys h WHERE h.tenant_id = $1 AND h.key_hash = key) AS hot
    FROM unnest($2::bigint[], $3::bigint[]) AS each(key, cap)
), hits AS MATERIALIZED (
    SELECT key, cap, found.record_id
    FROM wanted CROSS JOIN LATERAL (
        SELECT b.record_id FROM blocking_keys b WHERE b.tenant_id = $1 AND b.key_hash = key LIMIT cap + 1
    ) AS found
    WHERE NOT hot
), counted AS (
    SELECT key, count(*) > cap AS over FROM hits GROUP BY key, cap
), usable AS (
    SELECT DISTINCT hits.record_id FROM hits JOIN counted USING (key) WHERE NOT over
), found AS MATERIALIZED (
    SELECT {_of("r", CANDIDATE_COLUMNS)} FROM usable JOIN records r ON r.tenant_id = $1 AND r.id = usable.record_id
)
"""  # noqa: S608 - column names of our own tables
_VERSION = "(SELECT rules_version FROM tenants WHERE tenant_id = $1)::bigint"

RETRIEVE = f"""{_FOUND}
SELECT 0, {NOW}, {_VERSION}, {_NOTHING}
UNION ALL SELECT 1, key, 1, {_NOTHING} FROM wanted WHERE hot
UNION ALL SELECT 1, key, 0, {_NOTHING} FROM counted WHERE over
UNION ALL SELECT 2, 0, 0, found.* FROM found
"""  # noqa: S608 - the same

_MORE = RECORD_COLUMNS[PLACE_WIDTH:]
_NO_EPISODE = "NULL::bigint, NULL::bigint, NULL::text, NULL::bigint, NULL::bigint"
_NO_MORE = f"{_NO_EPISODE}, {_nulls(_MORE)}"
# A customer with more episodes than that has one more than that, which tells.
GLANCE = f"""{_FOUND}, known AS MATERIALIZED (SELECT DISTINCT customer_id AS customer FROM found)
SELECT 0, {NOW}, {_VERSION}, {_NOTHING}, {_NO_MORE}
UNION ALL SELECT 1, key, 1, {_NOTHING}, {_NO_MORE} FROM wanted WHERE hot
UNION ALL SELECT 1, key, 0, {_NOTHING}, {_NO_MORE} FROM counted WHERE over
UNION ALL SELECT 2, 0, 0, found.*, {_NO_MORE} FROM found
UNION ALL SELECT 3, 0, 0, {_of("p", PLACE_COLUMNS)}, NULL, {", ".join(f"e.{name}" for name in _EPISODE_COLUMNS)}, {_nulls(_MORE)}
FROM known CROSS JOIN LATERAL (
    SELECT * FROM episodes WHERE tenant_id = $1 AND customer_id = customer LIMIT {MOST_EPISODES} + 1
) AS e JOIN records p ON p.tenant_id = $1 AND p.id = e.record_id
UNION ALL SELECT 4, 0, 0, {_of("own", PLACE_COLUMNS)}, NULL, {_NO_EPISODE}, {_of("own", _MORE)}
FROM known CROSS JOIN LATERAL (
    SELECT * FROM records r
    WHERE r.tenant_id = $1 AND r.customer_id = customer AND r.source_system = $4 AND r.object_type = $5
        AND r.external_id <> '' AND r.state IN ('accepted', 'joined')
    ORDER BY r.received_at, r.id LIMIT 1
) AS own
"""  # noqa: S608 - the same
_HEAD = 3
_WIDTH = len(CANDIDATE_COLUMNS)


def retrieval(found: Sequence[Any], now: Instant | None) -> Retrieval:
    """From the rows of either statement; ``now`` goes before the database's clock."""
    candidates: list[Candidate] = []
    truncated, newly_hot = set(), set()
    clock = version = 0
    for row in found:
        kind = row[0]
        if kind == 2:
            candidates.append(rows.candidate(tuple(row)[_HEAD : _HEAD + _WIDTH]))
        elif kind == 1:
            truncated.add(row[1])
            if not row[2]:
                newly_hot.add(row[1])
        elif kind == 0:
            clock, version = row[1], row[2]
    at = clock if now is None else now
    return Retrieval(at, version, tuple(candidates), frozenset(truncated), frozenset(newly_hot))


class Connection(Protocol):
    async def fetch(self, statement: str, *arguments: Any) -> Sequence[Any]: ...


class Glance(SqlReads):
    """One search as one statement, and so of one moment without a transaction."""

    def __init__(self, connection: Connection, tenant_id: int, origin: tuple[str, str], now: Instant | None) -> None:
        super().__init__(_Closed(), tenant_id)
        self._connection = connection
        self._origin = origin
        self._now = now
        self._episodes: dict[Id, list[Episode]] = {}
        self._own: dict[Id, StoredRecord] = {}
        self._known: frozenset[Id] = frozenset()

    async def candidates(self, keys: Sequence[int], cap: int, caps: Mapping[int, int] = NO_CAPS) -> Retrieval:
        each = each_cap(keys, cap, caps)
        found = await self._connection.fetch(GLANCE, self._tenant, list(each), list(each.values()), *self._origin)
        searched = retrieval(found, self._now)
        self._known = frozenset(one.place.customer_id for one in searched.candidates)
        self._episodes, self._own = {one: [] for one in self._known}, {}
        for row in found:
            if row[0] == 3:
                self._note_episode(tuple(row)[_HEAD:])
            elif row[0] == 4:
                more = tuple(row)[_HEAD:]
                own = rows.stored_record(more[:PLACE_WIDTH] + more[_WIDTH + len(_EPISODE_COLUMNS) :])
                self._own[own.place.customer_id] = own
        return searched

    def _note_episode(self, row: tuple[Any, ...]) -> None:
        number, customer, scenario, anchor_at, renewed_at = row[_WIDTH : _WIDTH + len(_EPISODE_COLUMNS)]
        episode = Episode(number, customer, scenario, anchor_at, renewed_at, rows.place(row))
        self._episodes[customer].append(episode)

    async def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        near: list[Episode] = []
        for customer in customers:
            all_of_it = self._episodes.get(customer)
            if all_of_it is None or len(all_of_it) > MOST_EPISODES:
                raise NotFetched
            near += (one for one in all_of_it if one.anchor_at <= until and one.renewed_at >= since)
        return tuple(sorted(near, key=lambda one: one.episode_id))

    async def row_of(self, customer_id: Id, source_system: str, object_type: str) -> StoredRecord | None:
        if (source_system, object_type) != self._origin or customer_id not in self._known:
            raise NotFetched
        return self._own.get(customer_id)


class _Closed(Driver):
    """No second statement: it would be of another moment."""

    async def fetch(self, *_: Any, **__: Any) -> Sequence[Any]:
        raise NotFetched

    execute = insert = retrieve = lock = lock_epoch = lock_customers = now = commit = fetch  # type: ignore[assignment]
