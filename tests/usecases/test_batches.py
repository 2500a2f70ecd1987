"""Many records at once: each on its own, in an order that no shuffling changes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.record import Record
from dedupsvc.usecases.answers import BatchItem
from dedupsvc.usecases.ingest import processing_order
from tests.usecases.builders import DAY, HOUR, MONDAY, World, a_person, a_record

MIXED = [
    a_record(a_person("张伟", "13812345678"), external_id="1", occurred_at=MONDAY - 3 * HOUR),
    a_record(a_person("張偉", "+8613812345678"), external_id="2", occurred_at=MONDAY - 2 * HOUR),
    a_record(a_person("张伟", "13812345678"), external_id="3", occurred_at=MONDAY - 3 * DAY),
    a_record(a_person("张伟", "13812345678"), external_id="4", occurred_at=MONDAY - HOUR, scenario="order"),
    a_record(a_person("李娜", "13900001111"), external_id="5", occurred_at=MONDAY - HOUR, owner_id="li"),
    a_record(a_person("李娜", "13900001111"), external_id="6", occurred_at=MONDAY - HOUR, owner_id="wang"),
    a_record(a_person("李娜", "13900001111"), external_id="7"),
    a_record(a_person("王芳", "", "fang.wang@163.com"), external_id="8", occurred_at=MONDAY - 2 * HOUR),
    a_record(a_person("王芳", "13700002222"), external_id="9", occurred_at=MONDAY - 2 * HOUR),
    a_record(a_person("王芳", "13700002222", "fang.wang@163.com"), external_id="10", occurred_at=MONDAY - HOUR),
]


def by_row(records: list[Record], items: tuple[BatchItem, ...]) -> dict[str, tuple[str, ...]]:
    """What was decided on each row; a customer is known by the first row that it holds."""
    first: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for record, item in sorted(zip(records, items, strict=True), key=lambda pair: pair[0].envelope.external_id):
        answer = item.answer
        assert answer is not None
        row = record.envelope.external_id
        first.setdefault(answer.customer_id, row)
        found[row] = (answer.decision, answer.reason_code, answer.state, answer.action, first[answer.customer_id])
    return found


async def test_shuffling_a_batch_changes_nothing(world: World) -> None:
    expected = by_row(MIXED, await world.batch(*MIXED))
    assert {decision for decision, *_ in expected.values()} == {"accept", "link", "merge", "flag"}
    for number in range(2, 6):
        shuffled = list(MIXED)
        random.Random(number).shuffle(shuffled)
        tenant = await world.tenant(number)
        assert by_row(shuffled, await tenant.batch(*shuffled)) == expected


RECORDS = st.builds(
    lambda name, external_id, at, system: a_record(
        a_person(name), external_id=external_id, occurred_at=at, source_system=system
    ),
    st.sampled_from(["张伟", "李娜"]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from([None, MONDAY, MONDAY + HOUR]),
    st.sampled_from(["crm", "erp"]),
)


@given(st.lists(RECORDS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_processing_is_one_of_content(records: list[Record], chance: random.Random) -> None:
    first = [records[index] for index in processing_order(records)]
    shuffled = list(records)
    chance.shuffle(shuffled)
    assert [shuffled[index] for index in processing_order(shuffled)] == first


async def test_answers_come_in_the_order_of_the_input(world: World) -> None:
    late = a_record(a_person("李娜", "13900001111"), external_id="2", occurred_at=MONDAY - HOUR)
    early = a_record(a_person("张伟", "13812345678"), external_id="1", occurred_at=MONDAY - 2 * HOUR)
    items = await world.batch(late, early)
    assert [item.index for item in items] == [0, 1]
    names = []
    for item in items:
        assert item.answer is not None
        names.append((await world.service.record_by_id(world.caller, item.answer.record_id)).values.name)
    assert names == ["李娜", "张伟"]


async def test_one_items_error_is_its_own(world: World) -> None:
    items = await world.batch(
        a_record(external_id="1", scenario="a//b"),
        a_record(external_id="2", occurred_at=MONDAY + DAY),
        a_record(external_id="3"),
        a_record(a_person("李娜", "13900001111"), external_id="4"),
    )
    assert [item.error.path if isinstance(item.error, InvalidField) else "" for item in items] == [
        "scenario",
        "occurred_at",
        "",
        "",
    ]
    assert [item.answer.decision if item.answer is not None else "" for item in items] == ["", "", "accept", "accept"]
    assert len(await world.rows("records")) == 2


async def test_the_records_of_a_batch_see_each_other(world: World) -> None:
    items = await world.batch(a_record(external_id="1"), a_record(external_id="2"))
    assert [item.answer and item.answer.decision for item in items] == ["accept", "merge"]


async def test_the_records_of_a_match_do_not_and_nothing_is_stored(world: World) -> None:
    before = await world.dump()
    items = await world.service.match_batch(world.caller, [a_record(), a_record(), a_record(scenario="a//b")])
    assert [item.answer and item.answer.decision for item in items] == ["accept", "accept", None]
    assert isinstance(items[2].error, InvalidField)
    assert await world.dump() == before


async def test_an_empty_batch_is_an_empty_answer(world: World) -> None:
    assert await world.batch() == ()


async def test_more_than_five_minutes_in_the_future_is_refused(world: World) -> None:
    before = await world.dump()
    items = await world.batch(
        a_record(external_id="1", occurred_at=MONDAY + 300_000_001),
        a_record(external_id="2", occurred_at=MONDAY + 300_000_000),
    )
    assert [item.error is None for item in items] == [False, True]
    assert await world.dump() != before
