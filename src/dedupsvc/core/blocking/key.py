"""A blocking key, its keyed hash, and the description of what makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from struct import unpack
from typing import NamedTuple

from dedupsvc.core.blocking.parts import Parts
from dedupsvc.core.fields import Features
from dedupsvc.core.remembered import SHARED


class BlockingKey(NamedTuple):
    """Two records that share one are candidates for each other."""

    kind: str
    value: str
    """Canonical; starts with the party type's letter, because a person is never a company. Never stored as it is."""


@dataclass(frozen=True, slots=True)
class KeyFunction:
    """One kind of blocking key."""

    kind: str
    function: Callable[[Features, Parts], Iterable[str]]
    covered_by: tuple[str, ...] = ()
    """Kinds of keys that still find what this kind finds while it is hot."""
    parties: tuple[str, ...] = ("person", "company")
    at_most: int | None = None
    """Records beyond which a value of this kind is too common; None = as the ruleset says. A kind that has a limit of its own
    is a bonus: it finds while its value is rare, and nobody relies on it."""
    alone: int | None = None
    """Records beyond which a value of this kind finds only those that another key finds, too; None: it finds all of them. Its
    ``covered_by`` says which keys make up for that; where the record has none of them, it finds all."""
    within: str | None = None
    """A kind that comes before: of a record of one name, whoever shares a value of this kind shares all that it has of that one, as
    far as it has any. So where that kind finds everybody, this one finds nobody else."""
    beside_number: bool = True
    """Whether a record with a telephone number has such keys, too: most of what they find is told from it by the number."""


def hash_key(secret: bytes, tenant_id: int, key: BlockingKey) -> int:
    """Keyed blake2b as a signed 64-bit integer: no readable personal data in the index. ``secret``: up to 64 bytes."""
    return hash_keys(secret, tenant_id, (key,))[0]


def hash_keys(secret: bytes, tenant_id: int, keys: Sequence[BlockingKey]) -> tuple[int, ...]:
    """`hash_key` of each, in order."""
    digests = []
    for kind, value in keys:
        state = _started(secret, tenant_id, kind).copy()
        state.update(value.encode())
        digests.append(state.digest())
    return unpack(f">{len(digests)}q", b"".join(digests))


@lru_cache(maxsize=SHARED)
def _started(secret: bytes, tenant_id: int, kind: str) -> blake2b:
    """What all keys of a tenant and kind begin with is hashed once."""
    return blake2b(f"{tenant_id}\x1f{kind}\x1f".encode(), digest_size=8, key=secret)
