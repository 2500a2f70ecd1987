"""The core alone, without a server: CPU to normalize and key a record, to score a pair, to build and write an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from dedupsvc import bootstrap
from dedupsvc.api import translate
from dedupsvc.core.blocking import blocking_keys
from dedupsvc.core.blocking.key import hash_keys
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import normalize
from dedupsvc.core.score import score_each
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEFAULT_TENANT
from dedupsvc.usecases.prepare import Prepared, prepare
from dedupsvc.wire.record import RecordBody
from tests.bench.app import CONSTANT

PASSES = 5
RECORDS = 1_000
"""Of each pass; no record comes twice, or a cache would know it."""


@dataclass(frozen=True, slots=True)
class Micro:
    """Microseconds of CPU; candidates per query."""

    normalize: float
    keys: float
    hashes: float
    score: float
    serialize: float
    candidates: float
    keys_per_record: float

    @property
    def prepare(self) -> float:
        return self.normalize + self.keys + self.hashes


async def measured(path: Path, secret: Path, bodies: Sequence[bytes]) -> Micro:
    """Over the store at ``path``, with the bodies of requests."""
    settings = Settings(database_url=f"sqlite:///{path}", hash_key_file=str(secret))
    service = await bootstrap.open_service(settings)
    resources = service.resources
    try:
        records = [translate.record(RecordBody.model_validate_json(body), "en") for body in bodies]
        passes = [records[start : start + RECORDS] for start in range(0, len(records) - RECORDS + 1, RECORDS)][:PASSES]
        features = [[normalize(one.values, resources.defaults) for one in each] for each in passes]
        keys = [[blocking_keys(one) for one in each] for each in features]
        n_keys = sum(len(one) for each in keys for one in each) / sum(map(len, keys))
        known = [prepare(resources, DEFAULT_TENANT, one) for one in passes[0]]
        queries = await _queries(service, known)
        candidates = sum(len(found) for _, found in queries) / len(queries)
        return Micro(
            normalize=_each(lambda one: normalize(one.values, resources.defaults), _fresh(bodies)),
            keys=_each(blocking_keys, features),
            hashes=_each(lambda one: hash_keys(resources.secret, DEFAULT_TENANT, one), keys),
            score=_each(lambda query: score_each(*query), [queries] * PASSES) / max(1.0, candidates),
            serialize=_each(lambda _: translate.answer_json(CONSTANT), [range(RECORDS)] * PASSES),
            candidates=candidates,
            keys_per_record=n_keys,
        )
    finally:
        await service.aclose()


def _fresh(bodies: Sequence[bytes]) -> list[list[Any]]:
    """Records that no pass has normalized yet."""
    rest = bodies[PASSES * RECORDS :]
    records = [translate.record(RecordBody.model_validate_json(body), "en") for body in rest]
    return [records[start : start + RECORDS] for start in range(0, len(records) - RECORDS + 1, RECORDS)]


async def _queries(service: bootstrap.Service, known: Sequence[Prepared]) -> list[tuple[Features, list[Features]]]:
    """Each query with its candidates."""
    rules = service.resources.expected_rules(DEFAULT_TENANT)
    queries = []
    async with service.resources.store.reading(DEFAULT_TENANT) as reads:
        for one in known:
            found = await reads.candidates(one.search(rules.ruleset.candidates_per_key))
            queries.append((one.features, [candidate.features for candidate in found.candidates]))
    return queries


def _each(work: Callable[[Any], object], passes: Sequence[Sequence[Any]]) -> float:
    """Microseconds of CPU of one call: the median of the passes."""
    taken = []
    for items in passes:
        begun = time.process_time()
        for item in items:
            work(item)
        taken.append((time.process_time() - begun) / max(1, len(items)) * 1e6)
    return median(taken)
