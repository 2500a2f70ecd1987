"""Whether a record of customers that were found is the same business again, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

from dedupsvc.core.assess import Assessment, Finding, Subject, contradicts
from dedupsvc.core.entity import Episode, Id, State
from dedupsvc.core.fields import Features, pooled
from dedupsvc.core.rules import Policy, Rules, Verdict
from dedupsvc.core.score import Same, score_pair
from dedupsvc.core.threesame import GRAVITY, ScenarioSame, ThreeSame, WindowSame, same_scenario, three_same, verdict_of


class Reason(StrEnum):
    """Why the decision is what it is; stable codes, worded in `explain`."""

    NEW_CUSTOMER = "NEW_CUSTOMER"
    NEW_BUSINESS = "NEW_BUSINESS"
    SAME_BUSINESS = "SAME_BUSINESS"
    PRECEDENCE_CONFLICT = "PRECEDENCE_CONFLICT"
    RELATED_SCENARIO = "RELATED_SCENARIO"
    OWNER_CONFLICT = "OWNER_CONFLICT"
    UNDER_REVIEW = "UNDER_REVIEW"
    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    POSSIBLE_ELSEWHERE = "POSSIBLE_ELSEWHERE"
    BRIDGE = "BRIDGE"
    SEARCH_INCOMPLETE = "SEARCH_INCOMPLETE"
    LATE_ARRIVAL = "LATE_ARRIVAL"
    PENDING_CLAIM = "PENDING_CLAIM"
    UNCHANGED = "UNCHANGED"
    UPDATED = "UPDATED"
    STALE_UPDATE = "STALE_UPDATE"
    UPDATE_MATCHES_OTHER = "UPDATE_MATCHES_OTHER"
    CLAIM_CONFIRMED = "CLAIM_CONFIRMED"
    RULE = "RULE"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and everything that has to be written for it."""

    verdict: Verdict
    reason: Reason
    key: ThreeSame
    chosen: Finding | None = None
    """The customer the verdict is about; None for a new one."""
    episode: Episode | None = None
    """The episode the verdict is about."""
    joined: tuple[Id, ...] = ()
    """Customers that turned out to be the chosen one seen twice, to be merged into it."""
    suggested: tuple[Finding, ...] = ()
    """For a steward to look at some time; the decision does not wait for it."""
    contested: tuple[tuple[Id, Id], ...] = ()
    """Pairs of customers that both match and could not be joined: one open review case each."""
    pending: bool = False
    """The episode's record is somebody's claim that has not run out."""


def judge(
    subject: Subject,
    assessment: Assessment,
    episodes: Sequence[Episode],
    rules: Rules,
    complete: bool = True,
    apart: Collection[tuple[Id, Id]] = (),
) -> Judgement:
    """The whole decision, from who it may be to what is done. Pure: same arguments, same judgement.

    ``apart`` are pairs of matching customers that a person has kept apart, the lesser id first.
    """
    policy = rules.policy(subject.scenario)
    mine = _by_customer(episodes, assessment)
    matches = assessment.matches
    if not matches:
        judgement = _judge_possibles(subject, assessment.findings, mine, rules)
    elif len(matches) == 1:
        judgement = _judge_match(subject, matches[0], mine.get(matches[0].customer_id, ()), rules, complete)
    else:
        judgement = _judge_bridge(subject, assessment, mine, rules, complete, apart)
    judgement = _with_suggestions(judgement, assessment, bool(matches))
    return _at_least_flag(judgement, subject, policy, complete)


def _by_customer(episodes: Sequence[Episode], assessment: Assessment) -> Mapping[Id, tuple[Episode, ...]]:
    """Each customer's episodes; the business of its held records counts as tentative ones."""
    gathered: dict[Id, list[Episode]] = {}
    for episode in episodes:
        gathered.setdefault(episode.customer_id, []).append(episode)
    for (place, _), score in assessment.scored:
        if score.same is not Same.NONE and place.state is State.HELD:
            gathered.setdefault(place.customer_id, []).append(
                Episode(
                    0, place.customer_id, place.scenario, place.occurred_at, place.occurred_at, place, tentative=True
                )
            )
    return {customer: tuple(found) for customer, found in gathered.items()}


def _gravest(
    subject: Subject, found: Finding, episodes: Sequence[Episode], rules: Rules
) -> tuple[Verdict, ThreeSame, Episode | None]:
    """The gravest cell over a customer's episodes; of equal ones the nearest in time, so that the order of rows is no matter."""
    policy = rules.policy(subject.scenario)
    chosen: Episode | None = None
    known_for = same_scenario(subject.scenario, found.best.place.scenario, rules)
    key = ThreeSame(found.same, WindowSame.OUT, known_for)  # what holds if none of its business is near in time
    verdict = verdict_of(key, policy)
    rank: tuple[int, bool, int, int] | None = None
    keyed = [(one, three_same(found.same, subject.at, subject.scenario, one, rules)) for one in episodes]
    # Where accepted business is repeated, it is no matter that somebody else's repeat of it is still under review.
    settled = any(_repeats(this_key) and not episode.tentative for episode, this_key in keyed)
    for episode, this_key in keyed:
        if episode.tentative and settled:
            continue
        cell = verdict_of(this_key, policy)
        if episode.tentative and _repeats(this_key):
            cell = max(cell, Verdict.FLAG, key=GRAVITY.__getitem__)
        this = (GRAVITY[cell], not episode.tentative, -abs(subject.at - episode.anchor_at), -episode.episode_id)
        if rank is None or this > rank:
            rank, verdict, key, chosen = this, cell, this_key, episode
    return verdict, key, chosen


def _repeats(key: ThreeSame) -> bool:
    return key.window is WindowSame.IN and key.scenario is ScenarioSame.SAME


def _judge_match(
    subject: Subject, found: Finding, episodes: Sequence[Episode], rules: Rules, complete: bool
) -> Judgement:
    verdict, key, episode = _gravest(subject, found, episodes, rules)
    reason = _reason(verdict, key, episode, subject)
    if episode is not None and verdict is Verdict.MERGE:
        if _owners_clash(subject.owner, episode.place.owner) and rules.ruleset.on_owner_conflict == "flag":
            verdict, reason = Verdict.FLAG, Reason.OWNER_CONFLICT
        elif not complete:
            verdict, reason = Verdict.FLAG, Reason.SEARCH_INCOMPLETE
    pending = (
        episode is not None and episode.place.state is State.CLAIMED and GRAVITY[verdict] >= GRAVITY[Verdict.MERGE]
    )
    return Judgement(verdict, reason, key, found, episode, pending=pending)


def _reason(verdict: Verdict, key: ThreeSame, episode: Episode | None, subject: Subject) -> Reason:
    if episode is None or key.window is not WindowSame.IN or key.scenario is ScenarioSame.OTHER:
        return Reason.NEW_BUSINESS if verdict is Verdict.LINK else Reason.RULE
    if episode.tentative:
        return Reason.UNDER_REVIEW
    if key.scenario is ScenarioSame.RELATED:
        return Reason.RELATED_SCENARIO
    if verdict is Verdict.MERGE and subject.at < episode.anchor_at:
        return Reason.PRECEDENCE_CONFLICT
    return Reason.SAME_BUSINESS


def _owners_clash(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other


def _judge_possibles(
    subject: Subject, findings: Sequence[Finding], episodes: Mapping[Id, tuple[Episode, ...]], rules: Rules
) -> Judgement:
    gravest = Judgement(Verdict.ACCEPT, Reason.NEW_CUSTOMER, ThreeSame(Same.NONE))
    rank = -1
    for found in findings:
        verdict, key, episode = _gravest(subject, found, episodes.get(found.customer_id, ()), rules)
        if GRAVITY[verdict] > rank:
            rank = GRAVITY[verdict]
            reason = Reason.POSSIBLE_ELSEWHERE if verdict is Verdict.ACCEPT else Reason.POSSIBLE_DUPLICATE
            gravest = Judgement(verdict, reason, key, found, episode)
    return gravest


def _judge_bridge(
    subject: Subject,
    assessment: Assessment,
    episodes: Mapping[Id, tuple[Episode, ...]],
    rules: Rules,
    complete: bool,
    apart: Collection[tuple[Id, Id]],
) -> Judgement:
    """Several customers match: one customer seen twice, unless something speaks against it."""
    matches = assessment.matches
    ids = [found.customer_id for found in matches]
    pooled = tuple(episode for one in ids for episode in episodes.get(one, ()))
    judgement = _judge_match(subject, matches[0], pooled, rules, complete)
    if judgement.pending:
        return judgement
    late = _is_late(subject, rules.policy(subject.scenario))
    safe = complete and not late and judgement.verdict is not Verdict.FLAG
    if (
        rules.ruleset.on_bridge == "join"
        and safe
        and not apart
        and not _vetoed(subject, assessment, rules, ids, pooled)
    ):
        survivor = subject.known_customer or min(ids)
        chosen = next(found for found in matches if found.customer_id == survivor)
        return Judgement(
            judgement.verdict,
            judgement.reason,
            judgement.key,
            chosen,
            judgement.episode,
            joined=tuple(sorted(one for one in ids if one != survivor)),
        )
    contested = tuple((min(ids[0], other), max(ids[0], other)) for other in ids[1:])
    return Judgement(
        Verdict.FLAG,
        Reason.BRIDGE if complete else Reason.SEARCH_INCOMPLETE,
        judgement.key,
        matches[0],
        judgement.episode,
        contested=contested,
    )


def _vetoed(
    subject: Subject, assessment: Assessment, rules: Rules, ids: Collection[Id], episodes: Sequence[Episode]
) -> bool:
    """Two of the customers contradict each other (identifier, name, branch), or belong to different owners."""
    owners = {episode.place.owner for episode in episodes} | {subject.owner}
    if len(owners - {""}) > 1:
        return True
    voices = _voices(assessment, ids, subject.features.party_type)
    return any(
        contradicts(score_pair(one, other, models=rules.models))
        for (customer, one), (customer2, other) in combinations(voices, 2)
        if customer != customer2
    )


def _voices(assessment: Assessment, ids: Collection[Id], party_type: str) -> list[tuple[Id, Features]]:
    """Who is heard for each customer: a person's records together, each record of a company by itself.

    One record that writes a person's name badly does not speak against what the others say. A company's short name in one
    record would hide that another one names a branch.
    """
    members = [(one.place.customer_id, one.features) for one, _ in assessment.scored if one.place.customer_id in ids]
    if party_type != "person":
        return members
    each = {customer: [features for one, features in members if one == customer] for customer in ids}
    return [(customer, pooled(features)) for customer, features in each.items() if features]


def _with_suggestions(judgement: Judgement, assessment: Assessment, matched: bool) -> Judgement:
    """What may be the customer too is queued for a steward and changes nothing now."""
    suggested = tuple(
        [
            found
            for found in assessment.findings
            if found.same is Same.POSSIBLE
            and (matched or judgement.verdict is Verdict.ACCEPT or found is not judgement.chosen)
        ]
    )
    chosen = judgement.chosen
    if judgement.verdict is Verdict.ACCEPT and not matched:
        chosen = None
    if not suggested and chosen is judgement.chosen:
        return judgement
    return replace(judgement, suggested=suggested, chosen=chosen)


def _at_least_flag(judgement: Judgement, subject: Subject, policy: Policy, complete: bool) -> Judgement:
    if GRAVITY[judgement.verdict] >= GRAVITY[Verdict.FLAG]:
        return judgement
    if not complete:
        return replace(judgement, verdict=Verdict.FLAG, reason=Reason.SEARCH_INCOMPLETE)
    if _is_late(subject, policy):
        return replace(judgement, verdict=Verdict.FLAG, reason=Reason.LATE_ARRIVAL)
    return judgement


def _is_late(subject: Subject, policy: Policy) -> bool:
    if subject.history:
        return False
    return policy.allowed_lateness is not None and subject.now - subject.at > policy.allowed_lateness
