"""The part of a request that needs no store: canonical values, blocking keys and their hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from dedupsvc.core.assess import Subject
from dedupsvc.core.blocking import ALONE, AT_MOST, NAME_KIND, WITHIN, BlockingKey, blocking_keys, covered
from dedupsvc.core.blocking.key import hash_keys
from dedupsvc.core.errors import InvalidField
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize, normalize_scenario
from dedupsvc.core.record import Instant, Record, RecordKey
from dedupsvc.usecases.ports import Search
from dedupsvc.usecases.stored import Encoded, Retrieval

_LIMITS: dict[str, tuple[int, int, bool, str]] = {
    kind: (AT_MOST.get(kind, 0), ALONE.get(kind, 0), kind in WITHIN.values(), WITHIN.get(kind, ""))
    for kind in {*AT_MOST, *ALONE, *WITHIN, *WITHIN.values()}
}
"""Of the kinds that a search asks for otherwise than the ruleset says; 0 and empty: as it says."""
MANY = 1_000
"""Where nobody has counted: more than any search compares."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record ready to be judged."""

    record: Record
    """Its scenario is canonical."""
    features: Features
    keys: Mapping[int, BlockingKey]
    """By hash."""
    scenario_said: bool = True
    history: bool = False
    """It is told afterwards, by an import: that it comes late is no surprise."""
    encoded: Encoded | None = field(default=None, compare=False)

    @property
    def hashes(self) -> tuple[int, ...]:
        return tuple(self.keys)

    def occurred_at(self, now: Instant) -> Instant:
        at = self.record.envelope.occurred_at
        return now if at is None else at

    def subject(self, now: Instant) -> Subject:
        envelope = self.record.envelope
        return Subject(
            features=self.features,
            scenario=envelope.scenario,
            at=self.occurred_at(now),
            now=now,
            source_system=envelope.source_system,
            object_type=envelope.object_type,
            owner_id=envelope.owner_id,
            claim_key=envelope.claim_key,
            history=self.history,
        )

    def is_covered(self, truncated: frozenset[int]) -> bool:
        """Whether the search was complete although these hashes brought nothing."""
        if not truncated:
            return True
        return covered([self.keys[one] for one in truncated if one in self.keys], list(self.keys.values()))

    def kinds(self, truncated: frozenset[int]) -> tuple[str, ...]:
        if not truncated:
            return ()
        found = {self.keys[one].kind for one in truncated if one in self.keys}
        return tuple(sorted(found.difference(AT_MOST)))

    def alike_in_name(self, retrieval: Retrieval) -> int:
        """Records of this name, found or not, where a search did not bring all of them; of a hot name, `MANY`."""
        if not retrieval.thinned and not retrieval.truncated:
            return 0
        if any(self.keys[one].kind == NAME_KIND for one in retrieval.truncated if one in self.keys):
            return MANY
        return max([many for one, many in retrieval.thinned.items() if self.keys[one].kind == NAME_KIND], default=0)

    def search(self, cap: int, thinned: bool = True) -> Search:
        """``cap`` is the ruleset's; some kinds of keys have a lower one of their own.

        ``thinned``: whether those that chance makes many share may leave out whom no other key finds, as far as the rest
        covers for them.
        """
        envelope = self.record.envelope
        asker = RecordKey(envelope.source_system, envelope.object_type, envelope.external_id)
        caps = dict.fromkeys(self.keys, cap)
        alone = {}
        wider: dict[str, list[int]] = {}
        within: dict[int, list[int]] = {}
        has_one_name = len(self.features.names) == 1
        for one, key in self.keys.items():
            kind = key.kind
            limits = _LIMITS.get(kind)
            if limits is None:
                continue
            at_most, at_most_alone, is_wider, inside = limits
            if at_most:
                caps[one] = min(cap, at_most)
            elif thinned and at_most_alone:
                alone[one] = at_most_alone
            if is_wider:
                wider.setdefault(kind, []).append(one)
            elif inside in wider and (has_one_name or inside != NAME_KIND):
                within[one] = wider[inside]
        return Search(caps, asker, self._with_cover(alone) if alone else alone, within)

    def _with_cover(self, alone: dict[int, int]) -> dict[int, int]:
        """As many of these keys as all the others cover for together, the weakest first.

        If more were asked for, most searches that left somebody out would have to be made again without leaving out anybody.
        """
        if self.is_covered(frozenset(alone)):
            return alone
        chosen: dict[int, int] = {}
        for one in reversed(alone):
            if self.is_covered(frozenset((*chosen, one))):
                chosen[one] = alone[one]
        return chosen


class Keyed(Protocol):
    """What preparing needs of the resources."""

    @property
    def secret(self) -> bytes: ...

    @property
    def defaults(self) -> Defaults: ...


def prepare(resources: Keyed, tenant_id: int, record: Record, history: bool = False) -> Prepared:
    """Raises `InvalidField` for a scenario that is none."""
    (found,) = prepare_each(resources, tenant_id, (record,), history)
    if isinstance(found, InvalidField):
        raise found
    return found


def prepare_each(
    resources: Keyed, tenant_id: int, records: Sequence[Record], history: bool = False
) -> list[Prepared | InvalidField]:
    """`prepare` of each, or why it cannot be; in order.

    All go through one step before any goes through the next: the code and the tables of one step fit into a core's cache, those of
    all steps do not.
    """
    scenarios = [_scenario(record.envelope.scenario) for record in records]
    features = [normalize(record.values, resources.defaults) for record in records]
    keys = [blocking_keys(one) for one in features]
    hashes = [hash_keys(resources.secret, tenant_id, each) for each in keys]
    found: list[Prepared | InvalidField] = []
    for index, record in enumerate(records):
        scenario, said = scenarios[index], record.envelope.scenario
        if isinstance(scenario, InvalidField):
            found.append(scenario)
            continue
        if scenario != said:
            record = Record(record.values, replace(record.envelope, scenario=scenario))
        by_hash = dict(zip(hashes[index], keys[index], strict=True))
        found.append(Prepared(record, features[index], by_hash, bool(said.strip()), history))
    return found


def _scenario(said: str) -> str | InvalidField:
    try:
        return normalize_scenario(said)
    except InvalidField as error:
        return error


def refuse_future(prepared: Prepared, now: Instant, tolerance: int) -> None:
    """An event that has not happened yet would hold a window open that nobody can be in."""
    at = prepared.record.envelope.occurred_at
    if at is not None and at > now + tolerance:
        raise InvalidField("occurred_at", "lies in the future")
