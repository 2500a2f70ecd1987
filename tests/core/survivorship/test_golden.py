"""The golden record: the newest value survives, lists are united, and no order of arrival shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.entity import State, StoredRecord
from dedupsvc.core.record import Email, Envelope, Instant, PartyType, Phone, Values
from dedupsvc.core.survivorship import golden, merge_steps
from tests.core.rules.build import DAY, NOON, a_place

ONE, OTHER = Phone("13800138000"), Phone("13900139000")


def a_record(
    record_id: int = 1, updated_at: Instant | None = NOON, state: State = State.ACCEPTED, **values: Any
) -> StoredRecord:
    place = a_place(record_id, state=state, received_at=NOON + record_id)
    return StoredRecord(place, Values(**values), Envelope(), version=1, updated_at=updated_at, decision_id=1)


def survivors(*records: StoredRecord) -> dict[str, tuple[object, int]]:
    return {one.field: (one.value, one.record_id) for one in golden(records)}


def test_the_newest_value_survives_with_its_source() -> None:
    old = a_record(1, NOON, name="张伟", job_title="经理")
    new = a_record(2, NOON + DAY, name="张玮")
    assert survivors(new, old) == {"name": ("张玮", 2), "job_title": ("经理", 1)}


def test_what_is_newest_is_said_by_the_source_and_not_by_the_order_of_arrival() -> None:
    arrived_last = a_record(9, NOON - DAY, name="张玮")
    assert survivors(a_record(1, NOON, name="张伟"), arrived_last)["name"] == ("张伟", 1)


def test_without_a_time_of_its_own_a_record_is_as_new_as_its_receipt() -> None:
    assert survivors(a_record(1, NOON, name="a"), a_record(2, None, name="b"))["name"] == ("b", 2)


def test_an_empty_value_never_survives() -> None:
    known = a_record(1, NOON, name="张伟", party_type=PartyType.PERSON, phones=(ONE,))
    said_nothing = a_record(2, NOON + DAY, party_type=PartyType.UNKNOWN)
    assert survivors(known, said_nothing) == survivors(known)


def test_lists_are_united_without_repeats() -> None:
    one, other = a_record(1, NOON, phones=(ONE, OTHER)), a_record(2, NOON + DAY, phones=(OTHER,))
    value, _ = survivors(one, other)["phones"]
    assert isinstance(value, tuple)
    assert sorted(value, key=lambda phone: phone.value) == [ONE, OTHER]


@pytest.mark.parametrize("state", [State.HELD, State.RETIRED])
def test_held_and_retired_records_say_nothing_of_the_customer(state: State) -> None:
    counted = a_record(1, NOON, name="张伟")
    assert survivors(counted, a_record(2, NOON + DAY, state, name="李四", phones=(ONE,))) == survivors(counted)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CLAIMED, State.JOINED])
def test_all_others_do(state: State) -> None:
    assert survivors(a_record(1, state=state, name="张伟")) == {"name": ("张伟", 1)}


def test_nobody_has_no_golden_record() -> None:
    assert golden([]) == ()


NAMES = st.sampled_from(["", "张伟", "张玮", "Zhang Wei"])
PHONES = st.lists(st.sampled_from([ONE, OTHER, Phone("13700137000")]), max_size=3).map(tuple)


@st.composite
def customers(draw: st.DrawFn) -> list[StoredRecord]:
    return [
        a_record(
            record_id,
            draw(st.sampled_from([None, NOON, NOON + DAY])),
            draw(st.sampled_from(State)),
            name=draw(NAMES),
            phones=draw(PHONES),
            emails=draw(st.sampled_from([(), (Email("a@b.cn"),)])),
        )
        for record_id in range(1, draw(st.integers(1, 6)) + 1)
    ]


@given(customers(), st.randoms(use_true_random=False))
def test_the_golden_record_does_not_depend_on_the_order_of_its_records(
    records: list[StoredRecord], random: Any
) -> None:
    first = golden(records)
    random.shuffle(records)
    assert golden(records) == first


@given(customers())
def test_every_golden_value_was_said_by_the_record_that_it_names(records: list[StoredRecord]) -> None:
    by_id = {one.place.record_id: one for one in records}
    for survivor in golden(records):
        said = getattr(by_id[survivor.record_id].values, survivor.field)
        if isinstance(survivor.value, tuple):
            assert set(said) <= set(survivor.value)
            assert set(survivor.value) <= {value for one in records for value in getattr(one.values, survivor.field)}
        else:
            assert survivor.value == said


def test_a_merge_plan_keeps_what_the_row_has_and_adds_what_it_lacks() -> None:
    row = Values(name="张伟", phones=(ONE,), emails=(Email("a@b.cn"),))
    submitted = Values(name="张玮", job_title="经理", phones=(ONE, OTHER), emails=(Email("a@b.cn"),))
    assert dict(merge_steps(row, submitted)) == {
        "name": "keep",
        "job_title": "replace",
        "phones": "add",
        "emails": "keep",
    }


def test_a_merge_plan_says_nothing_of_fields_that_were_not_submitted() -> None:
    assert merge_steps(Values(name="张伟", website="a.cn"), Values(party_type=PartyType.UNKNOWN)) == ()
