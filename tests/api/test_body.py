"""The reader of JSON bodies agrees with the standard library on all that is harmless, and crashes on nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.api import body
from dedupsvc.api.errors import RequestError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
TREES = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(TEXT, each), max_leaves=30)


@given(TREES, st.booleans())
def test_a_harmless_value_is_read_as_it_is(tree: Any, ascii_only: bool) -> None:
    assert body.parse(json.dumps(tree, ensure_ascii=ascii_only).encode()) == tree


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(RequestError):
        body.parse(raw)


@given(TREES, st.sampled_from(["\0", "\ud800", "a\udfffb"]))
def test_a_bad_character_is_found_wherever_it_hides(tree: Any, bad: str) -> None:
    raw = json.dumps({"deep": [tree, {"down": bad}]}).encode()
    with pytest.raises(RequestError) as refused:
        body.parse(raw)
    assert refused.value.path == "deep.1.down"


@given(st.integers(1, 60), st.booleans())
def test_depth_is_counted_exactly(depth: int, objects: bool) -> None:
    raw = '{"a":' * depth + "1" + "}" * depth if objects else "[" * depth + "]" * depth
    if depth <= body.DEEPEST:
        body.parse(raw.encode())
    else:
        with pytest.raises(RequestError) as refused:
            body.parse(raw.encode())
        assert refused.value.field == "too_deep"


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=4))
def test_a_key_counts_once(keys: list[str]) -> None:
    raw = ("{" + ",".join(f'"{key}":1' for key in keys) + "}").encode()
    if len(set(keys)) == len(keys):
        assert body.parse(raw) == dict.fromkeys(keys, 1)
    else:
        with pytest.raises(RequestError):
            body.parse(raw)
