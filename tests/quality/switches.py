"""What can be switched off, one at a time: each kind of blocking key, each comparison, each limit, and what joins them.

A switch is thrown in a process of its own, which ends with the run: production code knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dedupsvc.cli.report.words import LIMITS
from dedupsvc.core import assess, judge
from dedupsvc.core.assess import Finding
from dedupsvc.core.blocking import KEY_FUNCTIONS, BlockingKey
from dedupsvc.core.blocking import blocking_keys as every_key
from dedupsvc.core.compare import COMPARISONS, MODELS, Models
from dedupsvc.core.entity import Id
from dedupsvc.core.fields import Features
from dedupsvc.core.rules import model
from dedupsvc.core.rules.weights import Weights
from dedupsvc.core.score import SHIPPED, PairScore, Thresholds, score_each, score_pair
from dedupsvc.usecases import prepare

FIELDS: Mapping[str, str] = {
    "name": "names",
    "company": "companies",
    "contact": "contacts",
    "email": "emails",
    "phone": "phones",
    "address": "addresses",
    "identifier": "identifiers",
    "birth_date": "birth_dates",
    "website": "website",
    "interaction": "interactions",
}
"""What a comparison reads."""


@dataclass(frozen=True, slots=True)
class Switch:
    kind: str
    """blocking key | comparison | limit | other"""
    name: str
    throw: Callable[[], None]

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"


def switches() -> Iterator[Switch]:
    for entry in KEY_FUNCTIONS:
        yield Switch("blocking key", entry.kind, _keys_without(entry.kind))
    for party, comparisons in COMPARISONS.items():
        for comparison in comparisons:
            yield Switch("comparison", f"{party}: {comparison.name}", _scores_without(party, comparison.name))
    for code in LIMITS:
        if code != "party_type":
            yield Switch("limit", code, _limits_without(code))
    yield Switch("other", "evidence groups", _models_with(shared_rest=1.0))
    yield Switch("other", "commonness in this store", _every_value_is_rare)
    yield Switch("other", "records heard together", _one_record_speaks)
    yield Switch("other", "vetoes between two matching customers", _nothing_forbids_a_join)


def _keys_without(kind: str) -> Callable[[], None]:
    def throw() -> None:
        def remaining(features: Features) -> tuple[BlockingKey, ...]:
            return tuple(key for key in every_key(features) if key.kind != kind)

        vars(prepare)["blocking_keys"] = remaining

    return throw


def _scores_without(party: str, comparison: str) -> Callable[[], None]:
    """Neither side says anything of the field; its blocking keys stay."""
    field = FIELDS[comparison]
    nothing: dict[str, Any] = {field: "" if field == "website" else ()}

    def silent(one: Features) -> Features:
        return one._replace(**nothing) if one.party_type == party else one

    def throw() -> None:
        def scored(
            left: Features, right: Features, thresholds: Thresholds = SHIPPED, models: Models = MODELS
        ) -> PairScore:
            return score_pair(silent(left), silent(right), thresholds, models)

        def each_scored(
            left: Features, others: Sequence[Features], thresholds: Thresholds = SHIPPED, models: Models = MODELS
        ) -> list[PairScore]:
            return score_each(silent(left), [silent(other) for other in others], thresholds, models)

        vars(assess).update(score_pair=scored, score_each=each_scored)
        vars(judge).update(score_pair=scored)

    return throw


def _limits_without(code: str) -> Callable[[], None]:
    return _models_with(lifted={code: "off"})


def _models_with(**changes: Any) -> Callable[[], None]:
    """Every ruleset weighs so."""

    def throw() -> None:
        compiled = vars(model)["weighed"]

        def changed(weights: Weights) -> Models:
            return {party: replace(one, **changes) for party, one in compiled(weights).items()}

        vars(model)["weighed"] = changed

    return throw


def _every_value_is_rare() -> None:
    def unchanged(party_type: str, scored: Sequence[tuple[Id, PairScore]], *of: object) -> tuple[PairScore, ...]:
        return tuple(score for _, score in scored)

    vars(assess)["reweighed"] = unchanged


def _one_record_speaks() -> None:
    def alone(found: Finding, *heard: object) -> Finding:
        return found

    vars(assess)["_together"] = alone


def _nothing_forbids_a_join() -> None:
    def never(*of: object) -> bool:
        return False

    vars(judge)["_vetoed"] = never
