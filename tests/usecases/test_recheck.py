"""What a search had to leave out is looked at again later, and put before a steward once."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dedupsvc.adapters.rechecking import Rechecks
from dedupsvc.usecases import ids, recheck
from dedupsvc.usecases.answers import Answer
from dedupsvc.usecases.resources import Resources
from dedupsvc.usecases.stored import Recheck
from tests.usecases.builders import MINUTE, World, a_person

ROOT = Path(__file__).parents[2]
RUNNER, OTHER = 901, 902
NAMES = ("李娜", "王芳", "刘洋", "陈静", "杨磊", "赵敏", "周杰")
MAILBOX = "zhangwei1988@163.com"


async def a_small_tenant(world: World, number: int = 2) -> World:
    """Where more than five records behind a key are too many."""
    return await world.tenant(number, candidates_per_key=5)


async def a_hidden_duplicate(world: World) -> tuple[Answer, Answer]:
    """A customer with six rows, and a seventh that could not be seen to be the same: all it shares is too common."""
    first = await world.ingest(external_id="L-1")
    for number in range(2, 7):
        await world.ingest(external_id=f"L-{number}")
    hidden = await world.ingest(external_id="L-7")
    assert (hidden.complete, hidden.candidates, hidden.state) == (False, (), "held")
    return first, hidden


async def the_wait(world: World, runner: int = RUNNER) -> tuple[Recheck, ...]:
    return await recheck.take(world.service.resources, world.caller.tenant_id, runner, 100)


async def rechecked(world: World) -> int:
    """Everything that waits is looked at again; how many pairs went to a steward."""
    resources, tenant = world.service.resources, world.caller.tenant_id
    flagged = 0
    for one in await the_wait(world):
        flagged += await recheck.flag(resources, tenant, one, await recheck.look(resources, tenant, one))
    return flagged


async def pairs(world: World) -> list[tuple[str, tuple[str, str]]]:
    """The reviews between two customers: what kind, and which."""
    return [
        (row["kind"], (ids.public(ids.CUSTOMER, row["customer_a"]), ids.public(ids.CUSTOMER, row["customer_b"])))
        for row in await world.rows("reviews")
        if row["customer_a"] != row["customer_b"]
    ]


async def test_a_duplicate_that_shared_no_usable_key_goes_to_a_steward(world: World) -> None:
    small = await a_small_tenant(world)
    first, hidden = await a_hidden_duplicate(small)
    assert await pairs(small) == []
    records = await small.rows("records")
    assert await rechecked(small) == 1
    assert await pairs(small) == [("case", (first.customer_id, hidden.customer_id))]
    assert await small.rows("records") == records
    assert await the_wait(small) == ()


async def test_who_is_somebody_else_is_not_flagged(world: World) -> None:
    small = await a_small_tenant(world)
    for number, name in enumerate(NAMES):
        await small.ingest(a_person(name, "02150881234", f"{number}@{number}x.example"), external_id=f"L-{number}")
    assert await the_wait(small)
    assert await rechecked(small) == 0
    assert [pair for pair in await pairs(small) if pair[0] == "case"] == []


async def test_a_complete_search_is_not_looked_at_again(world: World) -> None:
    await world.ingest(external_id="L-1")
    await world.ingest(external_id="L-2")
    assert await world.rows("rechecks") == []


async def test_a_question_leaves_nothing_to_look_at(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    before = await small.rows("rechecks")
    asked = await small.match(a_person(), external_id="L-9")
    assert not asked.complete
    assert await small.rows("rechecks") == before


async def test_the_flag_its_audit_row_and_its_event_are_written_together_and_without_values(world: World) -> None:
    small = await a_small_tenant(world)
    _, hidden = await a_hidden_duplicate(small)
    await rechecked(small)
    (audit,) = [row for row in await small.rows("audit") if row["action"] == "review.opened"]
    (event,) = [row for row in await small.rows("outbox") if row["type"] == "review.opened"]
    (review,) = [row for row in await small.rows("reviews") if row["customer_a"] != row["customer_b"]]
    assert (audit["actor"], audit["subject_id"]) == ("recheck", review["id"])
    assert ids.public(ids.DECISION, audit["decision_id"]) == hidden.decision_id
    assert ids.public(ids.DECISION, review["decision_id"]) == hidden.decision_id
    payload = json.loads(event["payload_json"])
    assert payload["review_id"] == ids.public(ids.REVIEW, review["id"])
    assert "张伟" not in repr((audit, event, review))


async def test_a_pair_is_flagged_once_however_many_of_its_records_are_looked_at(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    assert await rechecked(small) == 1
    await small.ingest(a_person(email=MAILBOX), external_id="L-7")
    await small.ingest(a_person(email=MAILBOX), external_id="L-1")
    assert await the_wait(small)
    assert await rechecked(small) == 0
    assert len(await pairs(small)) == 1


async def test_a_pair_that_a_steward_is_done_with_is_not_flagged_again(world: World) -> None:
    small = await a_small_tenant(world)
    first, hidden = await a_hidden_duplicate(small)
    made = await small.service.merge(small.caller, [first.customer_id, hidden.customer_id], {})
    await small.service.undo_merge(small.caller, made.merge_id)
    assert await the_wait(small)
    assert await rechecked(small) == 0
    assert await pairs(small) == []


async def test_what_was_merged_meanwhile_is_one_customer(world: World) -> None:
    small = await a_small_tenant(world)
    first, hidden = await a_hidden_duplicate(small)
    resources, tenant = small.service.resources, small.caller.tenant_id
    looked = [(one, await recheck.look(resources, tenant, one)) for one in await the_wait(small)]
    assert any(found for _, found in looked)
    await small.service.merge(small.caller, [first.customer_id, hidden.customer_id], {})
    assert [await recheck.flag(resources, tenant, one, found) for one, found in looked] == [0] * len(looked)
    assert await pairs(small) == []


async def test_two_that_looked_at_the_same_record_flag_it_once(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    resources, tenant = small.service.resources, small.caller.tenant_id
    looked = [(one, await recheck.look(resources, tenant, one)) for one in await the_wait(small)]
    assert sum([await recheck.flag(resources, tenant, one, found) for one, found in looked + looked]) == 1
    assert len(await pairs(small)) == 1


async def test_what_was_looked_at_and_not_flagged_before_a_crash_is_looked_at_again(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    resources, tenant = small.service.resources, small.caller.tenant_id
    for one in await the_wait(small):
        await recheck.look(resources, tenant, one)
    assert await the_wait(small, OTHER) == ()
    small.clock.advance(2 * MINUTE)
    assert await the_wait(small, OTHER)
    small.clock.advance(2 * MINUTE)
    assert await rechecked(small) == 1


async def test_one_process_at_a_time_has_a_tenants_rechecks(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    assert await the_wait(small, RUNNER)
    assert await the_wait(small, OTHER) == ()
    await recheck.give_back(small.service.resources, small.caller.tenant_id, OTHER)
    assert await the_wait(small, OTHER) == ()
    await recheck.give_back(small.service.resources, small.caller.tenant_id, RUNNER)
    assert await the_wait(small, OTHER)
    assert await the_wait(small, RUNNER) == ()


async def test_a_tenants_rechecks_find_nothing_of_another_tenant(world: World) -> None:
    one, other = await a_small_tenant(world), await a_small_tenant(world, 3)
    await other.ingest(external_id="L-1")
    await a_hidden_duplicate(one)
    assert await the_wait(other) == ()
    await rechecked(one)
    assert await pairs(other) == []
    assert len(await other.rows("reviews")) == 0


async def test_a_record_that_is_gone_is_no_reason_to_stop(world: World) -> None:
    small = await a_small_tenant(world)
    for number, name in enumerate(NAMES):
        claimed = await small.ingest(
            a_person(name, "02150881234"), external_id="" if name == NAMES[-1] else f"L-{number}"
        )
    await small.release(claimed)
    assert ids.internal(ids.RECORD, claimed.record_id) in {row["record_id"] for row in await small.rows("rechecks")}
    await rechecked(small)
    assert await the_wait(small) == ()


KILLED = """
import asyncio, os, signal, sys
from dedupsvc.usecases import recheck
from tests.usecases.builders import a_world

async def main():
    world = await a_world(sys.argv[1])
    resources, tenant = world.service.resources, 2
    looked = [await recheck.look(resources, tenant, one) for one in await recheck.take(resources, tenant, 901, 100)]
    assert any(looked)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_process_killed_between_the_look_and_the_flag_loses_nothing(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, world.url], cwd=ROOT, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert await pairs(small) == []
    assert await the_wait(small, OTHER) == ()
    small.clock.advance(2 * MINUTE)
    assert await rechecked(small) == 1
    assert len(await pairs(small)) == 1


def a_worker(world: World) -> Rechecks:
    return Rechecks(world.service.resources, [world.caller.tenant_id], share=1, idle=0.01)


async def until_nothing_waits(world: World) -> None:
    for _ in range(1_000):
        if not await world.rows("rechecks"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("something still waits to be looked at again")


async def test_the_worker_looks_flags_and_says_how_far_it_is(world: World, caplog: pytest.LogCaptureFixture) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    with caplog.at_level(logging.INFO, "dedupsvc.recheck"):
        worker = a_worker(small)
        worker.start()
        await until_nothing_waits(small)
        await worker.aclose()
    assert len(await pairs(small)) == 1
    told = [json.loads(line) for line in caplog.messages]
    assert sum(one["flagged"] for one in told) == 1
    assert sum(one["looked"] for one in told) >= 1
    assert told[-1]["waiting"] == 0


async def test_a_worker_that_ends_leaves_its_work_to_the_next_one_at_once(world: World) -> None:
    small = await a_small_tenant(world)
    await a_hidden_duplicate(small)
    worker = Rechecks(small.service.resources, [small.caller.tenant_id], share=0.001)
    worker.start()
    for _ in range(1_000):
        if await small.rows("leases"):
            break
        await asyncio.sleep(0.01)
    await worker.aclose()
    next_one = a_worker(small)
    next_one.start()
    await until_nothing_waits(small)
    await next_one.aclose()
    assert len(await pairs(small)) == 1


async def test_two_workers_flag_once_while_records_go_on_coming(world: World) -> None:
    small = await a_small_tenant(world)
    workers = [a_worker(small), a_worker(small)]
    for worker in workers:
        worker.start()
    await a_hidden_duplicate(small)
    await until_nothing_waits(small)
    for worker in workers:
        await worker.aclose()
    assert len(await pairs(small)) == 1


async def test_a_record_that_cannot_be_looked_at_is_given_up_and_the_others_are_not(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small = await a_small_tenant(world)
    for number, name in enumerate(NAMES):
        await small.ingest(a_person(name, "02150881234"), external_id=f"M-{number}")
    broken = {row["id"] for row in await small.rows("rechecks")}
    await a_hidden_duplicate(small)
    look = recheck.look

    async def stumbles(resources: Resources, tenant_id: int, one: Recheck) -> tuple[recheck.Pair, ...]:
        if one.decision_id in broken:
            raise ValueError("张伟")
        return await look(resources, tenant_id, one)

    monkeypatch.setattr(recheck, "look", stumbles)
    worker = a_worker(small)
    worker.start()
    await until_nothing_waits(small)
    await worker.aclose()
    assert [pair for pair in await pairs(small) if pair[0] == "case"]
    assert len(caplog.messages) == len(broken) > 0
    assert "张伟" not in caplog.text
