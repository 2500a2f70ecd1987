"""Whether a PostgreSQL server, and whatever stands before it, lets the store keep its promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from dedupsvc.core.errors import StoreUnsafe

_SHOWN = ("transaction_isolation", "synchronous_commit", "fsync", "full_page_writes", "server_version")
_SETTINGS = "SELECT name, current_setting(name) FROM unnest($1::text[]) AS wanted(name)"
_A_LOCK = (1 << 62) + 1
"""Nobody waits for it: it is only ever taken together with others."""
_HOLDS = """
SELECT count(*) > 0 FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND (classid::bigint << 32 | objid::bigint) = $1
"""


async def refuse_standby(connection: asyncpg.Connection[Any]) -> None:
    """Raises `StoreUnsafe` for a server that only repeats another one's changes."""
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise StoreUnsafe("This PostgreSQL server is a standby and cannot be written; name the primary in the URL.")


async def kept(connection: asyncpg.Connection[Any], session: Mapping[str, str]) -> dict[str, str]:
    """What a unit's transaction really runs with; ``session`` is what every connection asks for when it is made.

    Raises `StoreUnsafe` if decisions could be lost, or made without the locks they need.
    """
    shown = dict(await connection.fetch(_SETTINGS, list(_SHOWN)))
    if shown["transaction_isolation"] != "read committed":
        raise StoreUnsafe("PostgreSQL does not run transactions at READ COMMITTED.")
    if shown["synchronous_commit"] in ("off", "local") or shown["fsync"] != "on":
        raise StoreUnsafe(
            "PostgreSQL is set to acknowledge commits before they are durable (synchronous_commit, fsync)."
        )
    if shown["full_page_writes"] != "on":
        raise StoreUnsafe("PostgreSQL could not repair a page that was half written in a crash (full_page_writes).")
    if dict(await connection.fetch(_SETTINGS, list(session))) != session:
        raise StoreUnsafe("The connection does not have the settings it was made with; does a pooler stand in between?")
    await connection.fetchval("SELECT pg_advisory_xact_lock_shared($1)", _A_LOCK)
    if not await connection.fetchval(_HOLDS, _A_LOCK):
        raise StoreUnsafe("A lock does not outlast its statement; a pooler must not share connections by statement.")
    return shown


__all__ = ["kept", "refuse_standby"]
