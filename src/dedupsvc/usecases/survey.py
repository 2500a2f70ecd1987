"""The candidate pairs of a store, by the way their records compare; and what people have said of some of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from dedupsvc.core.assess import assess
from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.estimate import Pattern
from dedupsvc.core.record import Record
from dedupsvc.core.rules import Rules
from dedupsvc.core.score import levels_of
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.ports import Reads
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.usecases.resources import Resources

PAGE = 200
MOST_RECORDS = 100_000
MOST_PAIRS = 300_000
"""More would tell nothing new: what is learned from a survey depends on a few hundred labels."""


class Pair(NamedTuple):
    """Two stored records, the lesser id first."""

    left: Id
    right: Id


@dataclass(slots=True)
class Survey:
    """Pairs in an order that has nothing to do with when their records came, and is the same each time."""

    pairs: dict[Pattern, list[Pair]] = field(default_factory=dict)
    records: int = 0

    @property
    def counts(self) -> dict[Pattern, int]:
        return {pattern: len(pairs) for pattern, pairs in self.pairs.items()}


async def survey(resources: Resources, caller: Caller, rules: Rules) -> Survey:
    """Looks up every stored record as if it came again, the oldest first, each pair once."""
    found = Survey()
    gathered: dict[Pattern, list[Pair]] = {}
    pairs, after = 0, 0
    while found.records < MOST_RECORDS and pairs < MOST_PAIRS:
        async with resources.store.reading(caller.tenant_id) as reads:
            page = await reads.records_after(after, PAGE)
            for stored in page:
                if stored.place.state is not State.RETIRED:
                    for pattern, pair in await _pairs_of(reads, resources, caller, rules, stored):
                        gathered.setdefault(pattern, []).append(pair)
                        pairs += 1
                await asyncio.sleep(0)  # SQLite answers without a pause of its own, and others want to be served
        if not page:
            break
        found.records += len(page)
        after = page[-1].place.record_id
    found.pairs = {pattern: sorted(gathered[pattern], key=_shuffled) for pattern in sorted(gathered)}
    return found


async def _pairs_of(
    reads: Reads, resources: Resources, caller: Caller, rules: Rules, stored: StoredRecord
) -> list[tuple[Pattern, Pair]]:
    """With those that were there before it, judged as it would be judged now: what many share counts for less."""
    prepared = _prepared(resources, caller, stored)
    retrieval = await reads.candidates(prepared.search(rules.ruleset.candidates_per_key))
    earlier = [one for one in retrieval.candidates if one.place.record_id < stored.place.record_id]
    subject, hot = prepared.subject(retrieval.now), prepared.kinds(retrieval.truncated)
    return [
        (
            Pattern(prepared.features.party_type, score.levels),
            Pair(candidate.place.record_id, stored.place.record_id),
        )
        for candidate, score in assess(subject, earlier, rules, hot).scored
        if score.levels
    ]


def _prepared(resources: Resources, caller: Caller, stored: StoredRecord) -> Prepared:
    return prepare(resources, caller.tenant_id, Record(stored.values, stored.envelope))


def _shuffled(pair: Pair) -> bytes:
    return blake2b(b"%d %d" % pair, digest_size=8).digest()


async def steward_answers(resources: Resources, caller: Caller, rules: Rules) -> AsyncIterator[tuple[Pattern, bool]]:
    """How pairs compare that people have decided on: customers merged on request are the same, those kept apart are not."""
    async with resources.store.reading(caller.tenant_id) as reads:
        async for pair, same in _answers(reads):
            pattern = await _pattern(reads, resources, caller, rules, pair)
            if pattern is not None:
                yield pattern, same


async def _answers(reads: Reads) -> AsyncIterator[tuple[Pair, bool]]:
    apart = (0, 0)
    while kept := await reads.apart_after(apart, PAGE):
        for one in kept:
            yield Pair(one.record_a, one.record_b), False
        apart = (kept[-1].record_a, kept[-1].record_b)
    after = 0
    while merges := await reads.merges_after(after, PAGE):
        for merge in merges:
            if merge.kind == "requested" and not merge.undone_at:
                survivor = await reads.home_record(merge.survivor)
                for absorbed in merge.absorbed:
                    other = await reads.home_record(absorbed)
                    yield Pair(min(survivor, other), max(survivor, other)), True
        after = merges[-1].merge_id


async def _pattern(reads: Reads, resources: Resources, caller: Caller, rules: Rules, pair: Pair) -> Pattern | None:
    """How the two compare as they are now; None if one is gone, or they are a person and a company."""
    stored = [await reads.record_by_id(one) for one in pair]
    left, right = (None if one is None else _prepared(resources, caller, one).features for one in stored)
    if left is None or right is None or left.party_type != right.party_type:
        return None
    return Pattern(left.party_type, levels_of(rules.models[left.party_type], left, right))
