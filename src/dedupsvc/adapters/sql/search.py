"""The candidate lookup on PostgreSQL: one statement, which brings along what most decisions need besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dedupsvc.adapters.sql import rows
from dedupsvc.adapters.sql.rows import CANDIDATE_COLUMNS, PLACE_COLUMNS, RECORD_COLUMNS
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import Episode, Id, Place, StoredRecord
from dedupsvc.core.record import Instant, RecordKey
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import Retrieval

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
MOST_EPISODES = 20
"""Of one customer. A search is no place for a key account's thousand orders; whoever has more is asked for those near in time."""


def _of(alias: str, columns: Sequence[Any]) -> str:
    return ", ".join(f"{alias}.{column.name}" for column in columns)


# Every row begins with what is true of the whole search; without candidates there is one row with no more than that. A customer's
# business and its row in the asker's system hang on the first of its records; of those whom only a value brings that many share by
# chance, nothing is asked but that, and neither is brought. A customer with more episodes than the most has
# one more than that, which tells; an episode has no place of its own if the candidate's record opened it. What is
# written with || '' or OFFSET 0 is kept from the planner: in a database without statistics it takes a tenant for a row or two, and
# would go through all records by an index that only begins with the tenant.
def _bringing_along(truncated: str, usable: str) -> str:
    """Of several searches, each numbered by ``ask``: which keys bring them nothing, and which records the others bring."""
    return f"""
SELECT search.ask, search.now, search.version, search.hot, search.over, search.thinned, search.own, found.*,
    CASE WHEN is_first AND likely THEN ARRAY(
        SELECT ROW(e.id, e.customer_id, e.scenario, e.anchor_at, e.renewed_at, CASE WHEN e.record_id <> found.id THEN (
            SELECT ROW({_of("p", PLACE_COLUMNS)}) FROM records p WHERE p.tenant_id = $1 AND p.id = e.record_id
        ) END)
        FROM episodes e WHERE e.tenant_id = $1 AND e.customer_id = found.customer_id LIMIT {MOST_EPISODES} + 1
    ) END,
    CASE WHEN is_first AND likely THEN (
        SELECT ROW({_of("o", RECORD_COLUMNS)}) FROM records o
        WHERE o.tenant_id = $1 AND o.customer_id = found.customer_id
            AND o.source_system = search.system AND o.object_type = search.type
            AND o.external_id || '' <> '' AND o.state IN ('accepted', 'joined')
        ORDER BY o.received_at, o.id LIMIT 1
    ) END
FROM (
    SELECT asks.*, {NOW} AS now, (SELECT rules_version FROM tenants WHERE tenant_id = $1) AS version, {truncated},
        CASE WHEN asks.row <> '' THEN (
            SELECT ROW({_of("s", RECORD_COLUMNS)}) FROM records s
            WHERE s.tenant_id = $1
                AND s.source_system = asks.system AND s.object_type = asks.type AND s.external_id = asks.row
                AND s.external_id <> '' AND s.state <> 'retired'
        ) END AS own
    FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS asks(system, type, row, ask)
) AS search LEFT JOIN (
    SELECT {_of("r", CANDIDATE_COLUMNS)}, usable.ask AS asked,
        r.id = min(r.id) OVER customer AS is_first, bool_or(usable.likely) OVER customer AS likely
    FROM ({usable}) AS usable CROSS JOIN LATERAL (
        SELECT {_of("r", CANDIDATE_COLUMNS)} FROM records r WHERE r.tenant_id = $1 AND r.id = usable.id OFFSET 0
    ) AS r
    WINDOW customer AS (PARTITION BY usable.ask, r.customer_id)
) AS found ON found.asked = search.ask
"""  # noqa: S608 - column names of our own tables


_WANTED = """
WITH wanted AS MATERIALIZED (
    SELECT ask, key, cap, alone, telling,
        key IN (SELECT h.key_hash FROM hot_keys h WHERE h.tenant_id = $1 AND h.key_hash = ANY($2::bigint[])) AS hot,
        ARRAY(
            SELECT b.record_id FROM blocking_keys b WHERE b.tenant_id = $1 AND b.key_hash = key LIMIT cap + 1
        ) AS hits
    FROM unnest($2::bigint[], $3::bigint[], $7::bigint[], $8::bigint[], $9::bool[]) AS each(key, cap, ask, alone, telling)
)"""
SEARCH = _WANTED + _bringing_along(
    truncated="(SELECT array_agg(key) FROM wanted WHERE wanted.ask = asks.ask AND hot) AS hot, "
    "(SELECT array_agg(key) FROM wanted WHERE wanted.ask = asks.ask AND NOT hot AND cardinality(hits) > cap) AS over, "
    "(SELECT array_agg(ARRAY[key, cardinality(hits)]) FROM wanted "
    "WHERE wanted.ask = asks.ask AND NOT hot AND cardinality(hits) <= cap AND cardinality(hits) > alone) AS thinned",
    usable="SELECT ask, id, count(*) > 1 OR bool_or(telling) AS likely FROM ("
    "SELECT ask, telling, cardinality(hits) > alone AS thinned, unnest(hits) AS id "
    "FROM wanted WHERE NOT hot AND cardinality(hits) <= cap"
    ") AS each GROUP BY ask, id HAVING count(*) > 1 OR NOT bool_or(thinned)",
)
# For a unit that holds the locks of the keys: no record can have come to be behind one of them since, and one that has left it is
# another than it was. So the records that were found tell everything.
AGAIN = _bringing_along(
    truncated="NULL::bigint[] AS hot, $3::bigint[] AS over, NULL::bigint[] AS thinned",
    usable="SELECT 1::bigint AS ask, id, likely FROM unnest($2::bigint[], $7::bool[]) AS each(id, likely)",
)
_TOLD = slice(1, 7)
_CANDIDATE = slice(7, 7 + len(CANDIDATE_COLUMNS))
_OWN = _TOLD.stop - 1
_ID = _CANDIDATE.start
_IS_FIRST, _LIKELY, _EPISODES, _ROW = range(_CANDIDATE.stop + 1, _CANDIDATE.stop + 5)


class Brought(NamedTuple):
    """What a search has brought along of a candidate's customer, as the database says it: most of it nobody asks for."""

    episodes: Sequence[Any]
    """One more than MOST_EPISODES, if there are more."""
    opener: Place
    """Of the customer's first candidate: what an episode without a place of its own hangs on."""
    row: Sequence[Any] | None
    """Its oldest row in the asker's system and object type."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found, and what it brought along."""

    retrieval: Retrieval
    asker: RecordKey
    record: StoredRecord | None = None
    """The asker's own row."""
    brought: Mapping[Id, Brought] | None = None
    """By the candidates' customers, as far as they are likely ones. None: nothing was brought along."""

    def has_record(self, key: RecordKey) -> bool:
        return self.brought is not None and key == self.asker

    def has_episodes(self, customers: Collection[Id]) -> bool:
        """Whether all of these customers' episodes are known."""
        brought = self.brought
        return brought is not None and all(
            one in brought and len(brought[one].episodes) <= MOST_EPISODES for one in customers
        )

    def episodes(self, customers: Collection[Id], since: Instant, until: Instant) -> tuple[Episode, ...]:
        brought = self.brought or {}
        near = [
            Episode(
                number, customer, scenario, anchor, renewed, brought[one].opener if place is None else rows.place(place)
            )
            for one in customers
            for number, customer, scenario, anchor, renewed, place in brought[one].episodes
            if anchor <= until and renewed >= since
        ]
        return tuple(sorted(near, key=lambda one: one.episode_id))

    def has_row_of(self, customer_id: Id, source_system: str, object_type: str) -> bool:
        asked = (self.asker.source_system, self.asker.object_type) == (source_system, object_type)
        return asked and self.brought is not None and customer_id in self.brought

    def row_of(self, customer_id: Id) -> StoredRecord | None:
        row = self.brought[customer_id].row if self.brought is not None else None
        return rows.stored_record(row) if row is not None else None


def asked(tenant_id: int, searches: Sequence[Search]) -> tuple[Any, ...]:
    """The parameters of the statement that makes these searches."""
    keys: list[int] = []
    caps: list[int] = []
    asks: list[int] = []
    alone: list[int] = []
    telling: list[bool] = []
    for ask, search in enumerate(searches, 1):
        keys += search.caps.keys()
        caps += search.caps.values()
        asks += [ask] * len(search.caps)
        alone += [search.alone.get(key, cap) for key, cap in search.caps.items()]
        most = max(search.caps.values(), default=0)
        telling += [cap == most and key not in search.alone for key, cap in search.caps.items()]
    askers = [search.asker for search in searches]
    systems, types = [one.source_system for one in askers], [one.object_type for one in askers]
    return tenant_id, keys, caps, systems, types, [one.external_id for one in askers], asks, alone, telling


def found(searched: Sequence[Any], searches: Sequence[Search], now: Instant | None) -> list[Found]:
    """From the statement's rows, in the order of the searches; ``now`` goes before the database's clock."""
    rows_of: list[list[Any]] = [[] for _ in searches]
    for row in searched:
        rows_of[row[0] - 1].append(row)
    return [_found(mine, search.asker, now) for mine, search in zip(rows_of, searches, strict=True)]


def _found(searched: Sequence[Any], asker: RecordKey, now: Instant | None) -> Found:
    clock, version, hot, over, thinned, record = searched[0][_TOLD]
    candidates: list[Candidate] = []
    brought: dict[Id, Brought] = {}
    for row in searched:
        if row[_ID] is None:
            continue
        candidate = rows.candidate(row[_CANDIDATE])
        candidates.append(candidate)
        if row[_IS_FIRST] and row[_LIKELY]:
            brought[candidate.place.customer_id] = Brought(row[_EPISODES], candidate.place, row[_ROW])
    newly_hot = frozenset(over or ())
    retrieval = Retrieval(
        clock if now is None else now,
        version or 0,
        tuple(candidates),
        newly_hot.union(hot or ()),
        newly_hot,
        dict(thinned or ()),
    )
    return Found(retrieval, asker, rows.stored_record(record) if record else None, brought)


def again(asked: Sequence[Any], searched: Sequence[Any]) -> Sequence[Any]:
    """The parameters for a second look at what one search, asked for with these, has found."""
    tenant_id, _, _, *asker, _, _, _ = asked
    found = [(row[_ID], row[_LIKELY]) for row in searched if row[_ID] is not None]
    return tenant_id, [one for one, _ in found], None, *asker, [likely for _, likely in found]


def same(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether the second look has found what the search had found."""
    return _told(before) == _told(after)


def _told(searched: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Without the time, and the truncated keys; by record."""
    return sorted((row[_ID] or 0, row[2], row[_OWN:]) for row in searched)
