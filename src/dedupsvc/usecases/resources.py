"""What the use cases work with: the store, ids, secrets and limits, built once by bootstrap and passed as an argument."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar

from dedupsvc.core.entity import Id
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.rules import BALANCED, Rules
from dedupsvc.usecases.ports import Contention, Reads, Store

T = TypeVar("T")
ATTEMPTS = 4
HOT_KEYS_REMEMBERED = 100_000


@dataclass(frozen=True)
class Resources:
    """Durations are in microseconds."""

    store: Store
    new_id: Callable[[], Id]
    secret: bytes
    defaults: Defaults = Defaults()  # noqa: RUF009 - frozen
    claim_lifetime: int = 600_000_000
    idempotency_lifetime: int = 7 * 86_400_000_000
    future_tolerance: int = 300_000_000
    rules: dict[tuple[int, int], Rules] = field(default_factory=dict)
    """Rulesets by tenant and version. A version never changes, so this needs no expiry."""
    newest: dict[int, Rules] = field(default_factory=dict)
    """The version last seen active: a guess that the search's own answer confirms or corrects."""
    hot: set[int] = field(default_factory=set)
    """Hashes known to be hot. A key never cools down, so a stale entry cannot exist and a missing one only costs a lock."""

    def expected_rules(self, tenant_id: int) -> Rules:
        return self.newest.get(tenant_id) or _SHIPPED

    async def rules_of(self, reads: Reads, tenant_id: int, version: int) -> Rules:
        key = (tenant_id, version)
        found = self.rules.get(key)
        if found is None:
            found = self.rules[key] = Rules(await reads.ruleset(version), version)
        self.newest[tenant_id] = found
        return found

    def remember_hot(self, keys: frozenset[int]) -> None:
        if len(self.hot) + len(keys) > HOT_KEYS_REMEMBERED:
            self.hot.clear()
        self.hot.update(keys)

    def lock_of(self, *parts: object) -> int:
        """A lock or lookup key for anything that has a name: rows, claim keys, idempotency keys."""
        text = "\x1e".join(str(part) for part in parts)
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=self.secret, person=b"lock").digest()
        return int.from_bytes(digest, "big", signed=True)

    async def retried(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs a unit of work again if another one was in the way. The work starts anew each time, on what is stored then."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await work()
            except Contention:
                # A random pause, so that the two do not meet again; ids are random enough for that.
                await asyncio.sleep(0.004 * 4**attempt * (self.new_id() % 64 + 16) / 80)
        return await work()


_SHIPPED = Rules(BALANCED, 1)
