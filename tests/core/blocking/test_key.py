"""The keyed hash of a blocking key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.blocking import BlockingKey, hash_key
from dedupsvc.core.blocking.key import hash_keys

SECRET = b"a secret of the tenant's store"
KEY = BlockingKey("phone", "p|500009999")


@given(st.integers(1, 2**31), st.text(max_size=20), st.text(max_size=40))
def test_a_hash_is_a_signed_64_bit_integer_and_stays_the_same(tenant_id: int, kind: str, value: str) -> None:
    found = hash_key(SECRET, tenant_id, BlockingKey(kind, value))
    assert -(2**63) <= found < 2**63
    assert found == hash_key(SECRET, tenant_id, BlockingKey(kind, value))


def test_tenant_kind_value_and_secret_all_count() -> None:
    found = {
        hash_key(SECRET, 1, KEY),
        hash_key(SECRET, 2, KEY),
        hash_key(b"another", 1, KEY),
        hash_key(SECRET, 1, KEY._replace(kind="email")),
        hash_key(SECRET, 1, KEY._replace(value="p|500009998")),
    }
    assert len(found) == 5


@given(st.lists(st.builds(BlockingKey, st.sampled_from(["phone", "email"]), st.text(max_size=40))))
def test_hashing_several_is_hashing_each_in_order(keys: list[BlockingKey]) -> None:
    assert hash_keys(SECRET, 1, keys) == tuple(hash_key(SECRET, 1, key) for key in keys)


def test_the_hash_is_pinned_because_stores_hold_it() -> None:
    assert hash_key(SECRET, 1, KEY) == 5788476836341896600
