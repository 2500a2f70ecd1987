"""Measures the service: feeds records one by one through the use case that /ingest calls, and notes what it decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from dedupsvc.core.entity import Id
from dedupsvc.core.errors import DedupError
from dedupsvc.core.measure import (
    candidates_per_record,
    cluster_figures,
    decision_figures,
    pair_completeness,
    pair_recall,
)
from dedupsvc.core.record import Instant
from dedupsvc.core.score import PairScore, Same
from dedupsvc.core.threesame import ScenarioSame, WindowSame
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.ingest import decide
from dedupsvc.usecases.mapping import COLUMNS, record_of
from dedupsvc.usecases.outcome import Outcome
from dedupsvc.usecases.resources import Resources

START = 1_735_689_600_000_000
"""2025-01-01: the clock of a data set that has no times starts here and goes on by a second a record."""


class Clock:
    """Stands still until it is told the time of the next record."""

    def __init__(self) -> None:
        self.now: Instant = START

    def __call__(self) -> Instant:
        return self.now


@dataclass(slots=True)
class Run:
    """What a data set came to, record by record."""

    external: dict[str, str] = field(default_factory=dict)
    """Row id by record id, both as they are called outside."""
    pairs: dict[tuple[str, str], float] = field(default_factory=dict)
    """Pairs of row ids at or above the possible threshold, with their score: of the two records, or of the one and the customer
    that the other belonged to, because the verdict is about customers."""
    scores: dict[tuple[str, str], PairScore] = field(default_factory=dict)
    """Every candidate pair, with all that the scorer said of it."""
    decisions: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    """id, decision, customer_id, existing_id, repeat_of, reason_code"""
    clusters: dict[str, str] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    flagged: int = 0
    members: dict[Id, list[str]] = field(default_factory=dict)
    """Row ids by customer, as of now."""

    @property
    def candidates(self) -> Set[tuple[str, str]]:
        return self.scores.keys()


async def feed(
    resources: Resources,
    caller: Caller,
    clock: Clock,
    rows: Iterable[Mapping[str, str]],
    mapping: Mapping[str, str] = COLUMNS,
    progress: Callable[[int], None] = lambda done: None,
) -> Run:
    """Decides on every row in order and collects what came of it. ``progress`` hears how many are done."""
    run = Run()
    for number, row in enumerate(rows, 1):
        record = record_of(row, mapping)
        row_id = record.envelope.external_id
        at = record.envelope.occurred_at
        clock.now = at if at is not None else clock.now + 1_000_000
        try:
            note(run, row_id, await decide(resources, caller, record))
        except DedupError as error:
            run.errors.append((row_id, error.code))
            run.decisions.append((row_id, "error", "", "", "", error.code))
        progress(number)
    await _find_clusters(resources, caller, run)
    return run


def note(run: Run, row_id: str, outcome: Outcome) -> None:
    """Adds one outcome to the run."""
    answer, examination = outcome.answer, outcome.examination
    run.external[answer.record_id] = row_id
    possible = examination.rules.policy(examination.subject.scenario).possible_threshold
    for candidate, score in examination.assessment.scored:
        other = candidate.place.external_id
        pair = (other, row_id) if other < row_id else (row_id, other)
        if pair not in run.scores or score.score > run.scores[pair].score:
            run.scores[pair] = score
        if score.score >= possible:
            run.pairs[pair] = max(score.score, run.pairs.get(pair, 0.0))
    _note_customers(run, row_id, outcome)
    judgement = examination.judgement
    repeats = (
        judgement.key.customer is Same.MATCH
        and judgement.key.window is WindowSame.IN
        and judgement.key.scenario is ScenarioSame.SAME
        and judgement.episode is not None
    )
    repeat_of = judgement.episode.place.external_id if repeats and judgement.episode is not None else ""
    run.flagged += answer.decision == "flag"
    run.decisions.append(
        (row_id, answer.decision, answer.customer_id, answer.existing_id, repeat_of, answer.reason_code)
    )


def _note_customers(run: Run, row_id: str, outcome: Outcome) -> None:
    """Pairs the record with all records of the customers that it is, or may be, and puts it where it was stored."""
    examination = outcome.examination
    for found in examination.assessment.findings:
        for other in run.members.get(found.customer_id, ()):
            pair = (other, row_id) if other < row_id else (row_id, other)
            run.pairs[pair] = max(found.score.score, run.pairs.get(pair, 0.0))
    changes = outcome.changes
    if changes is None or changes.record is None:
        return
    mine = run.members.setdefault(changes.record.place.customer_id, [])
    for absorbed in examination.judgement.joined:
        mine += run.members.pop(absorbed, [])
    if row_id not in mine:
        mine.append(row_id)


async def _find_clusters(resources: Resources, caller: Caller, run: Run) -> None:
    async with resources.store.reading(caller.tenant_id) as reads:
        for record_id, row_id in run.external.items():
            stored = await reads.record_by_id(ids.internal(ids.RECORD, record_id))
            if stored is not None:
                run.clusters[row_id] = ids.public(ids.CUSTOMER, stored.place.customer_id)


def figures(
    run: Run, truth: Mapping[str, str], repeats: Mapping[str, str] | None = None
) -> Iterator[tuple[str, float]]:
    """The figures of a run by name; with ``repeats`` (row id to the row it repeats within 24 h) the three-same ones too."""
    found = cluster_figures(run.clusters, truth)
    yield "precision", found.precision
    yield "recall", found.recall
    yield "f1", found.f1
    yield "match_or_possible_recall", pair_recall(run.pairs, truth)
    yield "bcubed_precision", found.bcubed_precision
    yield "bcubed_recall", found.bcubed_recall
    yield "bcubed_f1", found.bcubed_f1
    yield "pair_completeness", pair_completeness(run.candidates, truth)
    yield "candidates_per_record", candidates_per_record(len(run.candidates), len(truth))
    yield "largest_customer", found.largest
    yield "flagged_share", run.flagged / max(1, len(truth))
    if repeats is not None:
        three_same = decision_figures({row[0]: row[4] for row in run.decisions}, repeats, truth)
        yield "three_same_24h_precision", three_same.precision
        yield "three_same_24h_recall", three_same.recall
        yield "three_same_24h_f1", three_same.f1
