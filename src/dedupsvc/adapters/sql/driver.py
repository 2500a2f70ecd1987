"""What a unit needs of a database connection; one implementation per engine, on the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from dedupsvc.adapters.sql.search import Found
from dedupsvc.adapters.sql.statement import Statement
from dedupsvc.core.entity import Id
from dedupsvc.core.record import Instant
from dedupsvc.usecases.ports import Search


class Driver(Protocol):
    """A connection inside a transaction."""

    found: Found | None
    """What the last search has brought along, as long as nothing can have changed it."""

    async def fetch(self, statement: Statement, **parameters: Any) -> Sequence[Any]:
        """Rows as tuples."""
        ...

    async def execute(self, statement: Statement, **parameters: Any) -> None: ...

    async def insert(self, rows: Sequence[tuple[Statement, dict[str, Any]]]) -> None:
        """Writes that do not build on one another, together: one round trip where there are round trips."""
        ...

    async def retrieve(self, tenant_id: int, search: Search) -> Found:
        """The candidate lookup: what is written per engine."""
        ...

    async def expect(self, tenant_id: int, searches: Callable[[], Sequence[Search]], seen: object = None) -> Driver:
        """The driver to go on with, which may have looked these up in one go; it answers as this one would.

        ``seen``: what was found for them and was so when the unit began, made by the engine's own hand.
        """
        ...

    async def lock(self, tenant_id: int, idempotency: int, keys: Sequence[int]) -> None: ...

    async def lock_epoch(self, tenant_id: int) -> None: ...

    async def lock_customers(self, tenant_id: int, customers: Sequence[Id]) -> bool: ...

    async def now(self) -> Instant: ...

    async def commit(self) -> None: ...
