"""The candidate lookup on PostgreSQL: one statement, which brings along what most decisions need besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, PLACE_COLUMNS, RECORD_COLUMNS
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Episode, Id, Place, StoredRecord
from dedupsvc.core.record import Instant, RecordKey
from dedupsvc.usecases.stored import Retrieval

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
MOST_EPISODES = 20
"""Of one customer. A search is no place for a key account's thousand orders; whoever has more is asked for those near in time."""


def _of(alias: str, columns: Sequence[Any]) -> str:
    return ", ".join(f"{alias}.{column.name}" for column in columns)


# Every row begins with what is true of the whole search; without candidates there is one row with no more than that. A customer's
# business and its row in the asker's system hang on the first of its records. A customer with more episodes than the most has
# one more than that, which tells; an episode has no place of its own if the candidate's record opened it. What is
# written with || '' or OFFSET 0 is kept from the planner: in a database without statistics it takes a tenant for a row or two, and
# would go through all records by an index that only begins with the tenant.
def _bringing_along(truncated: str, usable: str) -> str:
    return f"""
SELECT search.*, found.*,
    CASE WHEN is_first THEN ARRAY(
        SELECT ROW(e.id, e.customer_id, e.scenario, e.anchor_at, e.renewed_at, CASE WHEN e.record_id <> found.id THEN (
            SELECT ROW({_of("p", PLACE_COLUMNS)}) FROM records p WHERE p.tenant_id = $1 AND p.id = e.record_id
        ) END)
        FROM episodes e WHERE e.tenant_id = $1 AND e.customer_id = found.customer_id LIMIT {MOST_EPISODES} + 1
    ) END,
    CASE WHEN is_first THEN (
        SELECT ROW({_of("o", RECORD_COLUMNS)}) FROM records o
        WHERE o.tenant_id = $1 AND o.customer_id = found.customer_id
            AND o.source_system = $4 AND o.object_type = $5
            AND o.external_id || '' <> '' AND o.state IN ('accepted', 'joined')
        ORDER BY o.received_at, o.id LIMIT 1
    ) END
FROM (
    SELECT {NOW},
        (SELECT rules_version FROM tenants WHERE tenant_id = $1),
        {truncated},
        (
            SELECT ROW({_of("s", RECORD_COLUMNS)}) FROM records s
            WHERE $6 <> '' AND s.tenant_id = $1 AND s.source_system = $4 AND s.object_type = $5 AND s.external_id = $6
                AND s.external_id <> '' AND s.state <> 'retired'
        )
) AS search LEFT JOIN (
    SELECT {_of("r", CANDIDATE_COLUMNS)}, r.id = min(r.id) OVER (PARTITION BY r.customer_id) AS is_first
    FROM ({usable}) AS usable CROSS JOIN LATERAL (
        SELECT {_of("r", CANDIDATE_COLUMNS)} FROM records r WHERE r.tenant_id = $1 AND r.id = usable.id OFFSET 0
    ) AS r
) AS found ON true
"""  # noqa: S608 - column names of our own tables


_WANTED = """
WITH wanted AS MATERIALIZED (
    SELECT key, cap,
        key IN (SELECT h.key_hash FROM hot_keys h WHERE h.tenant_id = $1 AND h.key_hash = ANY($2::bigint[])) AS hot,
        ARRAY(
            SELECT b.record_id FROM blocking_keys b WHERE b.tenant_id = $1 AND b.key_hash = key LIMIT cap + 1
        ) AS hits
    FROM unnest($2::bigint[], $3::bigint[]) AS each(key, cap)
)"""
SEARCH = _WANTED + _bringing_along(
    truncated="(SELECT array_agg(key) FROM wanted WHERE hot), "
    "(SELECT array_agg(key) FROM wanted WHERE NOT hot AND cardinality(hits) > cap)",
    usable="SELECT DISTINCT unnest(hits) AS id FROM wanted WHERE NOT hot AND cardinality(hits) <= cap",
)
# For a unit that holds the locks of the keys: no record can have come to be behind one of them since, and one that has left it is
# another than it was. So the records that were found tell everything.
AGAIN = _bringing_along(truncated="NULL::bigint[], $3::bigint[]", usable="SELECT unnest($2::bigint[]) AS id")
_CANDIDATE = slice(5, 5 + len(CANDIDATE_COLUMNS))
_ID = _CANDIDATE.start
_IS_FIRST, _EPISODES, _ROW = range(_CANDIDATE.stop, _CANDIDATE.stop + 3)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found, and what it brought along."""

    retrieval: Retrieval
    asker: RecordKey
    record: StoredRecord | None = None
    """The asker's own row."""
    business: Mapping[Id, tuple[Episode, ...] | None] | None = None
    """The candidates' customers with all of their episodes; None for one who has too many of them. None: not brought along."""
    rows: Mapping[Id, StoredRecord] | None = None
    """Of those customers, the oldest row in the asker's system and object type."""

    def has_record(self, key: RecordKey) -> bool:
        return self.business is not None and key == self.asker

    def has_episodes(self, customers: Collection[Id]) -> bool:
        business = self.business
        return business is not None and all(business.get(one) is not None for one in customers)

    def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        business = self.business or {}
        near = [
            one
            for customer in customers
            for one in business[customer] or ()
            if one.anchor_at <= until and one.renewed_at >= since
        ]
        return tuple(sorted(near, key=lambda one: one.episode_id))

    def has_row_of(self, customer_id: Id, source_system: str, object_type: str) -> bool:
        asked = (self.asker.source_system, self.asker.object_type) == (source_system, object_type)
        return asked and self.business is not None and customer_id in self.business

    def row_of(self, customer_id: Id) -> StoredRecord | None:
        return (self.rows or {}).get(customer_id)


def found(searched: Sequence[Any], asker: RecordKey, now: Instant | None) -> Found:
    """From the statement's rows; ``now`` goes before the database's clock."""
    clock, version, hot, over, record = searched[0][: _CANDIDATE.start]
    candidates: list[Candidate] = []
    business: dict[Id, tuple[Episode, ...] | None] = {}
    own: dict[Id, StoredRecord] = {}
    for row in searched:
        if row[_ID] is None:
            continue
        candidate = rows.candidate(row[_CANDIDATE])
        candidates.append(candidate)
        if row[_IS_FIRST]:
            customer = candidate.place.customer_id
            business[customer] = _business(row[_EPISODES], candidate.place)
            if row[_ROW] is not None:
                own[customer] = rows.stored_record(row[_ROW])
    newly_hot = frozenset(over or ())
    retrieval = Retrieval(
        clock if now is None else now, version or 0, tuple(candidates), newly_hot.union(hot or ()), newly_hot
    )
    return Found(retrieval, asker, rows.stored_record(record) if record else None, business, own)


def _business(episodes: Sequence[Any], opener: Place) -> tuple[Episode, ...] | None:
    if len(episodes) > MOST_EPISODES:
        return None
    return tuple(
        Episode(number, customer, scenario, anchor_at, renewed_at, opener if place is None else rows.place(place))
        for number, customer, scenario, anchor_at, renewed_at, place in episodes
    )


def again(asked: Sequence[Any], searched: Sequence[Any]) -> Sequence[Any]:
    """The parameters for a second look at what a search, asked for with these, has found."""
    tenant_id, _, _, *asker = asked
    return tenant_id, [row[_ID] for row in searched if row[_ID] is not None], None, *asker


def same(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether the second look has found what the search had found."""
    return _told(before) == _told(after)


def _told(searched: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Without the time, and the truncated keys; by record."""
    return sorted((row[_ID] or 0, row[1], row[4:]) for row in searched)
