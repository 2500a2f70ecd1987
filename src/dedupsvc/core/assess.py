"""A record against its candidates: how each of them compares, and which customers they speak for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from dedupsvc.core.compare import Models
from dedupsvc.core.entity import Id, Place, State
from dedupsvc.core.fields import Features, pooled
from dedupsvc.core.frequency import reweighed
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Rules
from dedupsvc.core.score import CONTRADICTIONS, PairScore, Same, Thresholds, score_each, score_pair


class Candidate(NamedTuple):
    """A stored record that shares a blocking key with the incoming one."""

    place: Place
    features: Features


@dataclass(frozen=True, slots=True)
class Subject:
    """The record to be judged, ready for comparing."""

    features: Features
    scenario: str
    at: Instant
    """When it occurred."""
    now: Instant
    """The clock of the decision."""
    source_system: str = ""
    object_type: str = ""
    owner_id: str = ""
    claim_key: str = ""
    record_id: Id = 0
    """Its own stored record, if it has one: excluded from the check."""
    known_customer: Id = 0
    """The customer it belongs to already, if it is new business on a stored row."""
    history: bool = False
    """Imported: its event is long known to be past, so `allowed_lateness` does not apply."""

    @property
    def owner(self) -> str:
        return f"{self.source_system}\x1f{self.owner_id}" if self.owner_id else ""


class Finding(NamedTuple):
    """One customer that is, or may be, the subject's: with the record that says so most strongly."""

    customer_id: Id
    same: Same
    score: PairScore
    best: Candidate


@dataclass(frozen=True, slots=True)
class Assessment:
    """All candidates scored, and the customers among them that are not plainly others; best first."""

    findings: tuple[Finding, ...]
    scored: tuple[tuple[Candidate, PairScore], ...]

    @property
    def matches(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.same is Same.MATCH)

    @property
    def customers(self) -> frozenset[Id]:
        return frozenset(found.customer_id for found in self.findings)


def effective(candidates: Iterable[Candidate], subject: Subject) -> tuple[tuple[Candidate, ...], tuple[Place, ...]]:
    """Splits the candidates into those that count and the claims that do not hold their place any longer.

    A claim lapses when its time is up, or when its claimer comes again with the same ``claim_key``.
    """
    counting, lapsed = [], []
    for candidate in candidates:
        place = candidate.place
        if place.record_id == subject.record_id:
            continue
        if place.state is State.CLAIMED and (has_expired(place, subject.now) or has_claim_key_of(place, subject)):
            lapsed.append(place)
        else:
            counting.append(candidate)
    return tuple(counting), tuple(lapsed)


def has_expired(place: Place, now: Instant) -> bool:
    return place.claim_expires_at <= now


def has_claim_key_of(place: Place, subject: Subject) -> bool:
    return bool(subject.claim_key) and (place.source_system, place.claim_key) == (
        subject.source_system,
        subject.claim_key,
    )


def own_claims(assessment: Assessment, subject: Subject) -> tuple[Place, ...]:
    """Claims on this very customer that the same owner took without naming another claim_key: given up by asking again."""
    return tuple(
        candidate.place
        for candidate, score in assessment.scored
        if candidate.place.state is State.CLAIMED
        and score.same is Same.MATCH
        and subject.owner
        and candidate.place.owner == subject.owner
        and not (candidate.place.claim_key and subject.claim_key)
    )


def assess(
    subject: Subject, candidates: Sequence[Candidate], rules: Rules, hot: Collection[str] = (), alike: int = 0
) -> Assessment:
    """Scores every candidate and gathers them by customer; the strongest record speaks for its customer.

    ``hot`` are the kinds of the subject's blocking keys that too many records share; ``alike``: so many records have its name,
    where not all of them are among the candidates.

    Where that record leaves a doubt about a person, all found records of that person are heard together.
    """
    policy, models, mine = rules.policy(subject.scenario), rules.models, subject.features
    thresholds = Thresholds(match=policy.match_threshold, possible=policy.possible_threshold)
    heeded = sorted(candidates, key=_record_id)
    alone = score_each(mine, [features for _, features in heeded], thresholds, models)
    scores = reweighed(
        mine,
        [(place.customer_id, score) for (place, _), score in zip(heeded, alone, strict=True)],
        thresholds,
        models[mine.party_type],
        hot,
        alike,
    )
    scored = list(zip(heeded, scores, strict=True))
    best: dict[Id, Finding] = {}
    for candidate, score in scored:
        if score.same is Same.NONE:
            continue
        found = Finding(candidate.place.customer_id, score.same, score, candidate)
        known = best.get(found.customer_id)
        if known is None or _strength(found) > _strength(known):
            best[found.customer_id] = found
    heard = [
        _together(found, subject, scored, thresholds, models) if found.same is Same.POSSIBLE else found
        for found in best.values()
    ]
    findings = sorted(heard, key=lambda found: (_strength(found), -found.best.place.record_id), reverse=True)
    return Assessment(tuple(findings), tuple(scored))


def _together(
    found: Finding,
    subject: Subject,
    scored: Sequence[tuple[Candidate, PairScore]],
    thresholds: Thresholds,
    models: Models,
) -> Finding:
    """What a person's records say together: one has the phone, another the address. One that contradicts forbids it."""
    if subject.features.party_type != "person":
        return found  # What a carrier's sites share, each of them would add up.
    mine = [(one, score) for one, score in scored if one.place.customer_id == found.customer_id]
    if len(mine) < 2 or any(contradicts(score) for _, score in mine):
        return found
    features = pooled([found.best.features, *(one.features for one, _ in mine if one is not found.best)])
    score = score_pair(subject.features, features, thresholds, models)
    if score.same is not Same.MATCH:
        return found
    return Finding(found.customer_id, score.same, score, found.best._replace(features=features))


def contradicts(score: PairScore) -> bool:
    """What is a match in spite of another name or number does not speak against itself."""
    return score.same is not Same.MATCH and not CONTRADICTIONS.isdisjoint(score.limits)


def _record_id(candidate: Candidate) -> Id:
    return candidate.place.record_id


def _strength(found: Finding) -> tuple[bool, float]:
    return found.same is Same.MATCH, found.score.match_weight


def with_known(assessment: Assessment, own: Candidate, subject: Subject, rules: Rules) -> Assessment:
    """New business on a stored row: the row's customer is a match whatever else its values say now."""
    for found in assessment.findings:
        if found.customer_id == own.place.customer_id and found.same is Same.MATCH:
            return assessment
    score = score_pair(subject.features, own.features, models=rules.models)
    known = Finding(own.place.customer_id, Same.MATCH, score, own)
    others = tuple(found for found in assessment.findings if found.customer_id != known.customer_id)
    return replace(assessment, findings=(known, *others))


def without_customer(assessment: Assessment, customer_id: Id) -> Assessment:
    """For an update: the customer that the record belongs to anyway is no finding."""
    return replace(
        assessment, findings=tuple(found for found in assessment.findings if found.customer_id != customer_id)
    )
