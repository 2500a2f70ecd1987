"""Merges among decisions: bridges undone, customers kept apart, chains taken back in any order."""

from __future__ import annotations

import json

import pytest

from dedupsvc.core.errors import NotFound
from dedupsvc.usecases.answers import Answer, CustomerView
from tests.usecases.builders import DAY, World, a_person

PHONE, MAILBOX = "13812345678", "zhangwei1988@163.com"
NAMES = ("李娜", "王芳", "刘洋", "陈静")
BOTH = a_person("张伟", PHONE, MAILBOX)


async def two_halves(world: World) -> tuple[Answer, Answer]:
    """One person entered twice, so that nobody could know."""
    one = await world.ingest(a_person("张伟", PHONE), external_id="L-1")
    other = await world.ingest(a_person("张伟", "", MAILBOX), external_id="L-2")
    assert one.customer_id != other.customer_id
    return one, other


async def merged(world: World, *answers: Answer) -> str:
    made = await world.service.merge(world.caller, [answer.customer_id for answer in answers], {})
    return made.merge_id


async def undone(world: World, merge_id: str) -> None:
    await world.service.undo_merge(world.caller, merge_id)


async def seen(world: World, answer: Answer) -> CustomerView:
    return await world.service.customer(world.caller, answer.customer_id)


async def test_a_bridges_merge_is_undone_like_any_other(world: World) -> None:
    one, other = await two_halves(world)
    before = await seen(world, other)
    bridge = await world.ingest(BOTH, external_id="L-3")
    joined = await seen(world, bridge)
    (merge_id,) = joined.merges
    made = await world.service.merge_by_id(world.caller, merge_id)
    assert (made.kind, made.survivor_id) == ("bridge", one.customer_id)
    assert [(step.action, step.external_id, step.keep) for step in made.compensation] == [("merge_rows", "L-2", "L-1")]
    await undone(world, merge_id)
    assert await seen(world, other) == before
    assert {record.record_id for record in (await seen(world, one)).records} == {one.record_id, bridge.record_id}


async def test_the_event_of_a_bridge_names_its_merge(world: World) -> None:
    await two_halves(world)
    joined = await seen(world, await world.ingest(BOTH, external_id="L-3"))
    (event,) = [row for row in await world.rows("outbox") if row["type"] == "customer.joined"]
    assert [json.loads(event["payload_json"])["merge_id"]] == list(joined.merges)


async def test_customers_that_were_taken_apart_are_not_joined_by_a_bridge_again(world: World) -> None:
    one, other = await two_halves(world)
    await undone(world, await merged(world, one, other))
    answer = await world.ingest(BOTH, external_id="L-3")
    assert (answer.decision, answer.reason_code, answer.state) == ("flag", "BRIDGE", "held")
    assert (await seen(world, one)).customer_id != (await seen(world, other)).customer_id
    pairs = [row for row in await world.rows("reviews") if row["customer_a"] != row["customer_b"]]
    assert len(pairs) == 1


async def test_apart_stays_apart_when_one_of_them_is_merged_into_a_third(world: World) -> None:
    one, other = await two_halves(world)
    third = await world.ingest(a_person("李娜", "13900001111"), external_id="L-9")
    await undone(world, await merged(world, one, other))
    await merged(world, third, other)
    assert (await world.ingest(BOTH, external_id="L-3")).reason_code == "BRIDGE"


async def test_a_person_may_merge_what_was_kept_apart_and_that_is_on_record(world: World) -> None:
    one, other = await two_halves(world)
    await undone(world, await merged(world, one, other))
    assert len(await world.rows("kept_apart")) == 1
    again = await merged(world, one, other)
    assert await world.rows("kept_apart") == []
    noted = [json.loads(row["detail_json"]) for row in await world.rows("audit") if row["action"] == "customer.merged"]
    assert [len(detail["kept_apart_no_longer"]) for detail in noted] == [0, 1]
    await undone(world, again)
    assert len(await world.rows("kept_apart")) == 1


async def test_what_arrived_since_stays_with_the_survivor(world: World) -> None:
    one, other = await two_halves(world)
    merge_id = await merged(world, one, other)
    world.clock.advance(2 * DAY)
    since = await world.ingest(a_person("张伟", "", MAILBOX), external_id="L-4")
    assert (since.decision, since.customer_id) == ("link", one.customer_id)
    await undone(world, merge_id)
    record = await world.service.record_by_id(world.caller, since.record_id)
    assert record.customer_id == one.customer_id
    assert {episode.record_id for episode in (await seen(world, other)).episodes} == {other.record_id}


async def test_an_update_after_a_merge_goes_back_with_its_record(world: World) -> None:
    one, other = await two_halves(world)
    merge_id = await merged(world, one, other)
    await world.ingest(a_person("张伟", "", MAILBOX, job_title="经理"), external_id="L-2")
    await undone(world, merge_id)
    assert "经理" in [field.value for field in (await seen(world, other)).golden]
    assert len((await seen(world, one)).records) == 1


async def test_a_chain_of_merges_is_undone_from_its_middle(world: World) -> None:
    one, other = await two_halves(world)
    third = await world.ingest(a_person("李娜", "13900001111"), external_id="L-9")
    inner = await merged(world, one, other)
    outer = await merged(world, third, one)
    assert {(await seen(world, each)).customer_id for each in (one, other, third)} == {third.customer_id}
    await undone(world, inner)
    assert (await seen(world, other)).customer_id == other.customer_id
    assert (await seen(world, one)).customer_id == third.customer_id
    assert (await seen(world, third)).merges == (outer,)
    await undone(world, outer)
    assert [(await seen(world, each)).customer_id for each in (one, third)] == [one.customer_id, third.customer_id]
    assert (await seen(world, one)).merges == ()


async def test_what_hangs_below_a_merged_customer_goes_back_with_it(world: World) -> None:
    people = [
        await world.ingest(a_person(name, f"1390000{at:04d}"), external_id=f"P-{at}") for at, name in enumerate(NAMES)
    ]
    leaf, branch, trunk, root = people
    lower, middle, upper = [await merged(world, *pair) for pair in ((branch, leaf), (trunk, branch), (root, trunk))]
    await undone(world, middle)
    below, above = await seen(world, leaf), await seen(world, trunk)
    assert (below.customer_id, below.merges, len(below.records)) == (branch.customer_id, (lower,), 2)
    assert (above.customer_id, above.merges, len(above.records)) == (root.customer_id, (upper,), 2)


async def test_a_pick_ends_with_its_merge(world: World) -> None:
    one, other = await two_halves(world)
    await world.ingest(a_person("张维", PHONE), external_id="L-1")
    made = await world.service.merge(world.caller, [other.customer_id, one.customer_id], {"name": one.record_id})
    names = [field.value for field in (await seen(world, other)).golden if field.field == "name"]
    assert names == ["张维"]
    await undone(world, made.merge_id)
    names = [field.value for field in (await seen(world, other)).golden if field.field == "name"]
    assert names == ["张伟"]


async def test_the_rulesets_survivorship_makes_the_golden_record(world: World) -> None:
    trusting = await world.tenant(2, survivorship={"default": "trusted_source", "sources": ["erp"]})
    one = await trusting.ingest(a_person("张伟", PHONE), source_system="erp", external_id="E-1")
    await trusting.ingest(a_person("張偉", PHONE), source_system="crm", external_id="L-1")
    names = [field.value for field in (await seen(trusting, one)).golden if field.field == "name"]
    assert names == ["张伟"]


async def test_another_tenants_customers_are_not_there(world: World) -> None:
    one, other = await two_halves(world)
    merge_id = await merged(world, one, other)
    stranger = await world.tenant(2)
    before = await world.dump()
    with pytest.raises(NotFound):
        await merged(stranger, one, other)
    with pytest.raises(NotFound):
        await undone(stranger, merge_id)
    assert await world.dump() == before
