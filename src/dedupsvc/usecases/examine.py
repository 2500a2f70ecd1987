"""The check itself, the same for /match and /ingest: what is this record, as of what is stored now?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from dedupsvc.core.assess import (
    Assessment,
    Candidate,
    Subject,
    assess,
    effective,
    has_expired,
    own_claims,
    with_known,
    without_customer,
)
from dedupsvc.core.entity import Episode, Id, Place, State, StoredRecord
from dedupsvc.core.errors import InvalidField
from dedupsvc.core.judge import Judgement, Reason, judge
from dedupsvc.core.record import Envelope, Instant, Phase, Record, Values
from dedupsvc.core.rules import DEFAULT_SCENARIO, Rules, Verdict
from dedupsvc.core.threesame import ScenarioSame, same_scenario, same_window
from dedupsvc.usecases.answers import decode_record
from dedupsvc.usecases.ports import Contention, Reads, Unit
from dedupsvc.usecases.prepare import Prepared, prepare, refuse_future
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Retrieval

FOREVER = 1 << 62
ROUNDS = 5


class Kind(StrEnum):
    """What a submission is to the row it names."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    STALE = "stale"
    UPDATE = "update"
    REPLACEMENT = "replacement"
    """The row is new, and takes the place of one that is stored."""
    NEW_BUSINESS = "new_business"


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything the check has found; the answer and the changes are made from it."""

    kind: Kind
    prepared: Prepared
    subject: Subject
    rules: Rules
    retrieval: Retrieval
    assessment: Assessment
    judgement: Judgement
    complete: bool
    stored: StoredRecord | None = None
    lapsed: tuple[Place, ...] = ()

    @property
    def customers(self) -> frozenset[Id]:
        """Those whose episodes the verdict rests on."""
        own = {self.stored.place.customer_id} if self.stored is not None else set()
        return self.assessment.customers | own

    @property
    def phase(self) -> Phase:
        return self.prepared.record.envelope.effective_phase


async def examine_locked(unit: Unit, prepared: Prepared, resources: Resources, tenant_id: int) -> Examination:
    """`examine` until every customer it rests on is locked, so that nothing it has read can change before the commit."""
    locked: frozenset[Id] = frozenset()
    for _ in range(ROUNDS):
        examination = await examine(unit, prepared, resources, tenant_id)
        wanted = examination.customers - locked
        if not wanted or not await unit.lock_customers(wanted):
            return examination
        locked |= wanted
    raise Contention("This customer is being changed by others; please try again.")


async def examine(
    reads: Reads, prepared: Prepared, resources: Resources, tenant_id: int, found: Retrieval | None = None
) -> Examination:
    """``found``: what the search under the expected rules has found, if it has been made.

    Raises `InvalidField` for an event in the future or a scenario that the ruleset refuses.
    """
    envelope = prepared.record.envelope
    cap = resources.expected_rules(tenant_id).ruleset.candidates_per_key
    retrieval = found if found is not None else await reads.candidates(prepared.search(cap))
    active = await resources.rules_of(reads, tenant_id, retrieval.rules_version)
    if active.ruleset.candidates_per_key != cap:
        cap = active.ruleset.candidates_per_key
        retrieval = await reads.candidates(prepared.search(cap))
    if retrieval.thinned and not prepared.is_covered(retrieval.truncated.union(retrieval.thinned)):
        retrieval = await reads.candidates(prepared.search(cap, thinned=False))
    stored = await reads.record(envelope.key) if envelope.key is not None else None
    if stored is None and envelope.replaces is not None:
        stored = await reads.record(envelope.replaces)
    refuse_future(prepared, retrieval.now, resources.future_tolerance)
    _refuse_unknown(active, envelope.scenario)
    subject = prepared.subject(retrieval.now)
    if stored is None:
        return await _examine_first(reads, prepared, subject, active, retrieval)
    return await _examine_known(reads, prepared, subject, active, retrieval, stored)


def _refuse_unknown(rules: Rules, scenario: str) -> None:
    if rules.ruleset.unknown_scenarios == "refuse" and not rules.policy(scenario).known:
        raise InvalidField("scenario", "is not a scenario of the active ruleset")


async def _examine_first(
    reads: Reads, prepared: Prepared, subject: Subject, rules: Rules, retrieval: Retrieval
) -> Examination:
    found = await _compare(reads, prepared, subject, rules, retrieval)
    complete = prepared.is_covered(retrieval.truncated)
    apart = await _apart(reads, found.assessment)
    judgement = judge(subject, found.assessment, found.episodes, rules, complete, apart)
    return Examination(
        Kind.FIRST, prepared, subject, rules, retrieval, found.assessment, judgement, complete, lapsed=found.lapsed
    )


async def _examine_known(
    reads: Reads, prepared: Prepared, subject: Subject, rules: Rules, retrieval: Retrieval, stored: StoredRecord
) -> Examination:
    own = stored.place.customer_id
    mine = await reads.episodes({own}, -FOREVER, FOREVER)
    kind = _kind(prepared, subject, rules, stored, mine)
    if kind is Kind.NEW_BUSINESS and await _was_last_said(reads, prepared, stored):
        kind = Kind.UNCHANGED
    if kind is Kind.NEW_BUSINESS:
        subject = replace(subject, known_customer=own)
    else:
        at = stored.place.occurred_at
        subject = replace(subject, record_id=stored.place.record_id, scenario=stored.place.scenario, at=at)
    known = Candidate(stored.place, prepared.features) if kind is Kind.NEW_BUSINESS else None
    found = await _compare(reads, prepared, subject, rules, retrieval, known)
    complete = prepared.is_covered(retrieval.truncated)
    if known is not None:
        assessment = found.assessment
        judgement = judge(subject, assessment, found.episodes, rules, complete, await _apart(reads, assessment))
    else:
        assessment = without_customer(found.assessment, own)
        judgement = _judge_update(kind, subject, assessment, rules, complete, stored.place.state)
    return Examination(kind, prepared, subject, rules, retrieval, assessment, judgement, complete, stored, found.lapsed)


@dataclass(frozen=True, slots=True)
class _Compared:
    assessment: Assessment
    episodes: tuple[Episode, ...]
    lapsed: tuple[Place, ...]


async def _compare(
    reads: Reads,
    prepared: Prepared,
    subject: Subject,
    rules: Rules,
    retrieval: Retrieval,
    known: Candidate | None = None,
) -> _Compared:
    """Scores the candidates and fetches the business of those customers that count; claims that lapsed count nowhere."""
    counting, lapsed = effective(retrieval.candidates, subject)
    hot = prepared.kinds(retrieval.truncated)
    alike = prepared.alike_in_name(retrieval)
    assessment = assess(subject, counting, rules, hot, alike)
    given_up = {place.record_id for place in own_claims(assessment, subject)}
    if given_up:
        lapsed = (*lapsed, *(one.place for one in counting if one.place.record_id in given_up))
        assessment = assess(
            subject, [one for one in counting if one.place.record_id not in given_up], rules, hot, alike
        )
    if known is not None:
        assessment = with_known(assessment, known, subject, rules)
    if subject.claim_key:
        mine = await reads.open_claims(subject.source_system, subject.claim_key)
        lapsed = (*lapsed, *(one.place for one in mine))
    episodes = await _episodes(reads, assessment, subject, rules)
    expired = [one.place for one in episodes if _is_expired_claim(one.place, subject.now)]
    gone = {place.record_id: place for place in (*lapsed, *expired)}
    return _Compared(
        assessment, tuple(one for one in episodes if one.place.record_id not in gone), tuple(gone.values())
    )


def _is_expired_claim(place: Place, now: Instant) -> bool:
    return place.state is State.CLAIMED and has_expired(place, now)


def _judge_update(
    kind: Kind, subject: Subject, assessment: Assessment, rules: Rules, complete: bool, state: State
) -> Judgement:
    """An update keeps its customer; that it now looks like another one is a steward's case."""
    reasons = {Kind.UNCHANGED: Reason.UNCHANGED, Kind.STALE: Reason.STALE_UPDATE}
    judged = judge(subject, assessment, (), rules)
    changes = kind in (Kind.UPDATE, Kind.REPLACEMENT)
    if changes and assessment.matches:
        return Judgement(
            Verdict.FLAG, Reason.UPDATE_MATCHES_OTHER, judged.key, assessment.matches[0], suggested=judged.suggested
        )
    if not changes:
        return Judgement(Verdict.ACCEPT, reasons[kind], judged.key)
    if not complete:
        return Judgement(Verdict.FLAG, Reason.SEARCH_INCOMPLETE, judged.key, suggested=judged.suggested)
    if state is State.HELD:  # new values do not answer the question that the record waits for
        return Judgement(Verdict.FLAG, Reason.UPDATED, judged.key, suggested=judged.suggested)
    return Judgement(Verdict.ACCEPT, Reason.UPDATED, judged.key, suggested=judged.suggested)


def _kind(
    prepared: Prepared, subject: Subject, rules: Rules, stored: StoredRecord, episodes: tuple[Episode, ...]
) -> Kind:
    envelope = prepared.record.envelope
    if envelope.key != stored.place.key:
        return Kind.REPLACEMENT
    if envelope.updated_at is not None and stored.updated_at is not None and envelope.updated_at < stored.updated_at:
        return Kind.STALE
    if _is_new_business(prepared, subject, rules, stored, episodes):
        return Kind.NEW_BUSINESS
    same = prepared.record.values == stored.values and _said(envelope) == _said(stored.envelope)
    return Kind.UNCHANGED if same and not _is_newer(envelope, stored) else Kind.UPDATE


def _is_newer(envelope: Envelope, stored: StoredRecord) -> bool:
    """The time of a version that says nothing new is news, too: what is older than that and comes later is out of date."""
    at = envelope.updated_at
    return at is not None and (stored.updated_at is None or at > stored.updated_at)


async def _was_last_said(reads: Reads, prepared: Prepared, stored: StoredRecord) -> bool:
    """The business that joined another row's, sent again: the row has no episode of its own that would show it."""
    last = await reads.decision(stored.decision_id)
    if last is None or last.verdict != Verdict.MERGE.value:
        return False
    said, now = decode_record(last.input), prepared.record
    return (said.values, said.envelope.scenario, said.envelope.occurred_at, _said(said.envelope)) == (
        now.values,
        now.envelope.scenario,
        now.envelope.occurred_at,
        _said(now.envelope),
    )


def _is_new_business(
    prepared: Prepared, subject: Subject, rules: Rules, stored: StoredRecord, episodes: tuple[Episode, ...]
) -> bool:
    """Another scenario than the row's business so far, or a time outside all of it. What the re-send leaves out is unchanged."""
    envelope = prepared.record.envelope
    at = stored.place.occurred_at if envelope.occurred_at is None else subject.at
    business = [one for one in episodes if one.place.record_id == stored.place.record_id]
    if not business:
        place = stored.place
        business = [Episode(0, place.customer_id, place.scenario, place.occurred_at, place.occurred_at, place)]
    scenario = envelope.scenario if prepared.scenario_said else stored.place.scenario
    return not any(is_of(one, at, scenario, rules) for one in business)


def is_of(episode: Episode, at: Instant, scenario: str, rules: Rules) -> bool:
    """Whether what happens then, in this scenario, is the episode's business."""
    return same_scenario(scenario, episode.scenario, rules) is ScenarioSame.SAME and same_window(
        at, rules.policy(scenario), episode, rules.policy(episode.scenario)
    )


def _said(envelope: Envelope) -> Envelope:
    """The envelope without what may differ from one sending of the same thing to the next."""
    return replace(
        envelope,
        phase=None,
        locale="",
        patch=False,
        cleared=(),
        claim_key="",
        scenario="",
        updated_at=None,
        occurred_at=None,
        replaces=None,
    )


async def whole(reads: Reads, prepared: Prepared, resources: Resources, tenant_id: int) -> Prepared:
    """A patch together with what it leaves out, taken from the stored row; anything else as it is."""
    envelope = prepared.record.envelope
    if not envelope.patch or envelope.key is None:
        return prepared
    stored = await reads.record(envelope.key)
    if stored is None and envelope.replaces is not None:
        stored = await reads.record(envelope.replaces)
    if stored is None:
        return prepared
    kept = {name: getattr(stored.envelope, name) for name in _KEPT if not getattr(envelope, name)}
    record = Record(_patched(stored.values, prepared.record.values, envelope.cleared), replace(envelope, **kept))
    return replace(prepare(resources, tenant_id, record), scenario_said=prepared.scenario_said)


_KEPT = ("url", "owner_id", "owner_name", "department_id", "department_name")
"""Of the envelope, what a patch that does not say it leaves as it is."""


def _patched(stored: Values, submitted: Values, cleared: Collection[str]) -> Values:
    """What the patch leaves out is kept; what it sends as null or empty is cleared."""
    said = {name: getattr(submitted, name) for name in Values.__slots__}
    return replace(
        stored, **{name: value for name, value in said.items() if name in cleared or value != getattr(_EMPTY, name)}
    )


_EMPTY = Values()


async def _apart(reads: Reads, assessment: Assessment) -> frozenset[tuple[Id, Id]]:
    """Pairs among the matching customers that a person has kept apart; most records match one at most, and ask nothing."""
    matching = {found.customer_id for found in assessment.matches}
    if len(matching) < 2:
        return frozenset()
    return frozenset((pair.customer_a, pair.customer_b) for pair in await reads.kept_apart(matching))


async def _episodes(reads: Reads, assessment: Assessment, subject: Subject, rules: Rules) -> tuple[Episode, ...]:
    if not assessment.findings:
        return ()
    reach = rules.reach
    # Master data's window has no end; it counts for whoever is the same business, or related, by ``across`` or by path.
    kin = same_scenario(subject.scenario, DEFAULT_SCENARIO, rules) is not ScenarioSame.OTHER
    if kin or rules.policy(subject.scenario).length is None:
        reach = None
    since, until = (-FOREVER, FOREVER) if reach is None else _around(subject.at, reach)
    return await reads.episodes(assessment.customers, since, until)


def _around(at: Instant, reach: int) -> tuple[Instant, Instant]:
    return at - reach, at + reach
