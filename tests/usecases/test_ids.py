"""Ids as callers see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.errors import NotFound
from dedupsvc.usecases import ids

LARGEST = (1 << 63) - 1


@given(st.integers(1, LARGEST))
def test_a_public_id_leads_back_to_its_number(number: int) -> None:
    assert ids.internal(ids.CUSTOMER, ids.public(ids.CUSTOMER, number)) == number


@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
def test_public_ids_are_of_one_length_and_in_the_numbers_order(one: int, other: int) -> None:
    first, second = ids.public(ids.RECORD, one), ids.public(ids.RECORD, other)
    assert len(first) == len(second) == len("rec_0000000000001")
    assert (first < second) == (one < other)


@pytest.mark.parametrize(
    ("number", "public"),
    [
        (0, ""),
        (1, "rec_0000000000001"),
        (31, "rec_000000000000z"),
        (32, "rec_0000000000010"),
        (LARGEST, "rec_7zzzzzzzzzzzz"),
    ],
)
def test_a_public_id_is_pinned_because_callers_keep_it(number: int, public: str) -> None:
    assert ids.public(ids.RECORD, number) == public


@pytest.mark.parametrize(
    "text", ["", "cus_0000000000001", "rec_000000000001", "rec_000000000000i", "rec_0000000000000"]
)
def test_there_is_nothing_of_what_is_no_id(text: str) -> None:
    with pytest.raises(NotFound):
        ids.internal(ids.RECORD, text)
