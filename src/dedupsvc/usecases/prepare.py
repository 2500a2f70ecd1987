"""The part of a request that needs no store: canonical values, blocking keys and their hashes."""

from __future__ import annotations

from collections.abc import Mapping
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

_WIDER = frozenset(WITHIN.values())
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

        ``thinned``: whether those that chance makes many share may leave out whom no other key finds.
        """
        envelope = self.record.envelope
        asker = RecordKey(envelope.source_system, envelope.object_type, envelope.external_id)
        caps = dict.fromkeys(self.keys, cap)
        alone = {}
        wider: dict[str, list[int]] = {}
        within: dict[int, list[int]] = {}
        has_one_name = len(self.features.names) == 1
        for one, (kind, _) in self.keys.items():
            if kind in AT_MOST:
                caps[one] = min(cap, AT_MOST[kind])
            elif thinned and kind in ALONE:
                alone[one] = ALONE[kind]
            if kind in _WIDER:
                wider.setdefault(kind, []).append(one)
            elif kind in WITHIN and WITHIN[kind] in wider and (has_one_name or WITHIN[kind] != NAME_KIND):
                within[one] = wider[WITHIN[kind]]
        return Search(caps, asker, alone, within)


class Keyed(Protocol):
    """What preparing needs of the resources."""

    @property
    def secret(self) -> bytes: ...

    @property
    def defaults(self) -> Defaults: ...


def prepare(resources: Keyed, tenant_id: int, record: Record, history: bool = False) -> Prepared:
    """Raises `InvalidField` for a scenario that is none."""
    said = record.envelope.scenario
    scenario = normalize_scenario(said)
    features = normalize(record.values, resources.defaults)
    keys = blocking_keys(features)
    by_hash = dict(zip(hash_keys(resources.secret, tenant_id, keys), keys, strict=True))
    if scenario != said:
        record = Record(record.values, replace(record.envelope, scenario=scenario))
    return Prepared(record, features, by_hash, bool(said.strip()), history)


def refuse_future(prepared: Prepared, now: Instant, tolerance: int) -> None:
    """An event that has not happened yet would hold a window open that nobody can be in."""
    at = prepared.record.envelope.occurred_at
    if at is not None and at > now + tolerance:
        raise InvalidField("occurred_at", "lies in the future")
