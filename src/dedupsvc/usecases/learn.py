"""Match weights of a store's own: what people said of its pairs, made into a draft ruleset that nobody has to follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dedupsvc.core.compare import Models
from dedupsvc.core.estimate import Evidence, HeldBack, Pattern, Tally, estimated, held_back
from dedupsvc.core.labelling import taken_for_granted, worth_asking
from dedupsvc.core.measure import ThresholdPoint
from dedupsvc.core.rules import Rules, Ruleset, weights_of
from dedupsvc.core.score import Thresholds
from dedupsvc.core.validation import (
    LabelFigures,
    WeightChange,
    best_threshold,
    changes,
    cross_validated,
    expected_curve,
)
from dedupsvc.usecases.access import Caller
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.rules import RulesView, create
from dedupsvc.usecases.survey import Pair, steward_answers, survey

FEWEST_LABELS = 20
LESSER_SHARE = 0.1
"""Of stewards' answers, what must be of either kind: they merge what is the same and pass over the rest in silence."""
ROUNDS = 10
"""What was answered so far decides what is asked next."""
CURVE = tuple(step / 20 for step in range(10, 20))
"""Match thresholds that the report looks at."""

Ask: TypeAlias = Callable[[Pair], bool]
"""Whether the two are one customer, from someone who knows."""


@dataclass(frozen=True, slots=True)
class LearningReport:
    """What was learned, and how far it can be trusted."""

    records: int
    pairs: int
    """Candidate pairs that were surveyed."""
    labels: Tally
    """What people said."""
    before: LabelFigures
    after: LabelFigures
    """On the labelled pairs, each judged by weights learned from the others."""
    curve: tuple[ThresholdPoint, ...]
    """What each match threshold is expected to come to among the surveyed pairs, under the learned weights."""
    threshold: float
    """The one that the ruleset takes."""
    weights: tuple[WeightChange, ...]
    lifted: tuple[HeldBack, ...]
    """Limits that the labels contradict, and what they held back."""
    reason: str
    """Why there is no draft: too_few_labels | one_sided | no_better; empty if there is one."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A ruleset that differs from the active one in its weights; None if there was nothing to learn."""

    ruleset: Ruleset | None
    report: LearningReport
    asked: tuple[tuple[Pair, bool], ...] = ()
    draft: RulesView | None = None
    """The version it is stored as."""


async def learn(resources: Resources, caller: Caller) -> Learned:
    """Learns from what stewards have decided, and stores the outcome as a draft that no decision follows until it is activated.

    Limits stay: stewards chose what they looked at, so that their answers do not tell how often a limit is right.
    """
    rules = await _active(resources, caller)
    found = await survey(resources, caller, rules)
    tallies: dict[Pattern, Tally] = {}
    async for pattern, same in steward_answers(resources, caller, rules):
        _count(tallies, pattern, same)
    decided = Evidence(found.counts, tallies)
    plain = taken_for_granted(rules.models, decided, _thresholds(rules), decided.labels.labels)
    evidence = Evidence(found.counts, {**tallies, **plain})
    models = {
        party_type: replace(model, lifted=rules.models[party_type].lifted)
        for party_type, model in estimated(rules.models, evidence, _thresholds(rules)).items()
    }
    one_sided = min(decided.labels) < LESSER_SHARE * decided.labels.labels
    learned = _concluded(rules, models, evidence, found.records, decided.labels, one_sided=one_sided)
    if learned.ruleset is None:
        return learned
    draft, _ = await create(resources, caller, learned.ruleset.model_dump(mode="json"), learned.ruleset.description)
    return replace(learned, draft=draft)


async def learn_by_asking(resources: Resources, caller: Caller, ask: Ask, labels: int) -> Learned:
    """Learns from the answers to the pairs that are most worth asking about. Stores nothing."""
    rules = await _active(resources, caller)
    found = await survey(resources, caller, rules)
    tallies: dict[Pattern, Tally] = {}
    evidence, thresholds, models = Evidence(found.counts, tallies), _thresholds(rules), rules.models
    asked: list[tuple[Pair, bool]] = []
    for number in range(1, ROUNDS + 1):
        for pattern in worth_asking(models, evidence, thresholds, labels * number // ROUNDS - len(asked)):
            pair = found.pairs[pattern][tallies.get(pattern, Tally()).labels]
            asked.append((pair, ask(pair)))
            _count(tallies, pattern, asked[-1][1])
        models = estimated(rules.models, evidence, thresholds)
    return replace(_concluded(rules, models, evidence, found.records, evidence.labels), asked=tuple(asked))


async def _active(resources: Resources, caller: Caller) -> Rules:
    async with resources.store.reading(caller.tenant_id) as reads:
        return await resources.rules_of(reads, caller.tenant_id, await reads.active_version())


def _thresholds(rules: Rules) -> Thresholds:
    said = rules.ruleset.thresholds
    return Thresholds(match=said.match, possible=said.possible)


def _count(tallies: dict[Pattern, Tally], pattern: Pattern, same: bool) -> None:
    tallies[pattern] = tallies.get(pattern, Tally()) + Tally(int(same), int(not same))


def _concluded(
    rules: Rules, models: Models, evidence: Evidence, records: int, labels: Tally, *, one_sided: bool = False
) -> Learned:
    """The ruleset and the report that the labels come to; no ruleset if it would be no better than the active one."""
    thresholds = _thresholds(rules)
    before, after = cross_validated(rules.models, evidence, thresholds)
    reason = ""
    if labels.labels < FEWEST_LABELS:
        reason = "too_few_labels"
    elif one_sided:
        reason = "one_sided"
    elif after.surprise >= before.surprise:
        reason = "no_better"
    curve = expected_curve(models, evidence, CURVE)
    report = LearningReport(
        records=records,
        pairs=sum(evidence.counts.values()),
        labels=labels,
        before=before,
        after=after,
        curve=curve,
        threshold=best_threshold(curve, thresholds.match),
        weights=changes(rules.models, models, evidence),
        lifted=_lifted(rules.models, models, evidence, thresholds),
        reason=reason,
    )
    return Learned(None if reason else _ruleset(rules.ruleset, models, report), report)


def _lifted(before: Models, after: Models, evidence: Evidence, thresholds: Thresholds) -> tuple[HeldBack, ...]:
    under_the_old = {party: replace(model, lifted=before[party].lifted) for party, model in after.items()}
    return tuple(
        held for held in held_back(under_the_old, evidence, thresholds) if held.limit in after[held.party_type].lifted
    )


def _ruleset(active: Ruleset, models: Models, report: LearningReport) -> Ruleset:
    match, labels = report.threshold, report.labels
    thresholds = active.thresholds.model_copy(
        update={"match": match, "possible": min(match, active.thresholds.possible)}
    )
    said = {
        "name": active.name if active.name.endswith("-learned") else f"{active.name[:56]}-learned",
        "description": f"{active.name} with weights learned from {labels.same} pairs of one customer and {labels.other} of two.",
        "thresholds": thresholds,
        "weights": weights_of(models),
    }
    return active.model_copy(update=said)
