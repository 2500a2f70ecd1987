"""Whatever is submitted, in whatever order: what must hold of the store after every step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from itertools import combinations, count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupsvc.core.errors import Conflict
from dedupsvc.core.record import Phase
from dedupsvc.usecases.answers import Answer
from tests.usecases.builders import DAY, HOUR, MINUTE, World, a_person

TENANTS = count(100)
VALUES = [
    a_person("张伟", "13812345678"),
    a_person("张伟", "13812345678", "zhangwei1988@163.com"),
    a_person("张伟", "", "zhangwei1988@163.com"),
    a_person("李娜", "13900001111"),
    a_person("李娜", "021-50881234"),
    a_person("王芳", "021-50881234"),
]
ENVELOPES = st.fixed_dictionaries(
    {"scenario": st.sampled_from(["", "lead", "lead", "lead/web", "order"])},
    optional={
        "external_id": st.sampled_from(["1", "2", "3"]),
        "owner_id": st.sampled_from(["li", "wang"]),
        "claim_key": st.just("tab-1"),
        "source_system": st.sampled_from(["crm", "erp"]),
        "phase": st.sampled_from(Phase),
    },
)
SUBMISSIONS = st.tuples(
    st.just("ingest"), st.sampled_from(VALUES), ENVELOPES, st.sampled_from([0, HOUR, DAY - 1, 3 * DAY])
)
PAUSES = st.tuples(st.just("pause"), st.sampled_from([MINUTE, 10 * MINUTE, HOUR, DAY]))
ENDINGS = st.tuples(st.sampled_from(["confirm", "release"]), st.integers(0, 20), st.sampled_from(["7", "8"]))
STEPS = st.lists(st.one_of(SUBMISSIONS, SUBMISSIONS, PAUSES, ENDINGS), max_size=12)


async def take(world: World, step: Any, claims: list[Answer]) -> None:
    match step:
        case ("pause", length):
            world.clock.advance(length)
        case ("ingest", values, envelope, age):
            answer = await world.ingest(values, **envelope, occurred_at=world.clock.now - age)
            if answer.claim_id:
                claims.append(answer)
        case (ending, chosen, external_id) if claims:
            claim = claims[chosen % len(claims)]
            # It may be confirmed with another id already, or the id may be another customer's row.
            with contextlib.suppress(Conflict):
                await (world.confirm(claim, external_id) if ending == "confirm" else world.release(claim))


def same_business(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one["customer_id"] != other["customer_id"] or one["scenario"] != other["scenario"]:
        return False
    distance: int = abs(one["anchor_at"] - other["anchor_at"])
    return one["scenario"] == "default" or distance < DAY


def joined_later(one: dict[str, Any], other: dict[str, Any], moved: Iterable[str]) -> bool:
    """Two customers' episodes that a join brought together were each the only one when they were opened."""
    return any(f"{episode['id']}" in text for episode in (one, other) for text in moved)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_what_is_stored_never_contradicts_itself(world: World, steps: list[Any]) -> None:
    world = await world.tenant(next(TENANTS))
    claims: list[Answer] = []
    for step in steps:
        await take(world, step, claims)
    records = {row["id"]: row for row in await world.rows("records")}
    customers = {row["id"]: row for row in await world.rows("customers")}
    episodes, keys = await world.rows("episodes"), await world.rows("blocking_keys")
    moved = [row["moved_json"] for row in await world.rows("merges")]
    twice = [
        (one, other)
        for one, other in combinations(episodes, 2)
        if same_business(one, other) and not joined_later(one, other, moved)
    ]
    assert twice == []
    for row in records.values():
        assert customers[row["customer_id"]]["merged_into"] == 0
        assert (row["state"] == "claimed") == (row["claim_state"] == "open")
    for episode in episodes:
        opener = records[episode["record_id"]]
        assert opener["state"] in ("accepted", "claimed")
        assert opener["customer_id"] == episode["customer_id"]
    alive = {number for number, row in records.items() if row["state"] != "retired"}
    assert {key["record_id"] for key in keys} == alive
    opened = {episode["record_id"] for episode in episodes}
    assert {number for number in alive if records[number]["state"] in ("accepted", "claimed")} == opened


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_the_same_submissions_are_decided_alike_again(world: World, steps: list[Any]) -> None:
    told = []
    for _ in range(2):
        tenant = await world.tenant(next(TENANTS))
        begun = tenant.clock.now
        claims: list[Answer] = []
        for step in steps:
            await take(tenant, step, claims)
        tenant.clock.now = begun
        told.append([(row["verdict"], row["reason_code"]) for row in sorted(await tenant.rows("decisions"), key=by_id)])
    assert told[0] == told[1]


def by_id(row: dict[str, Any]) -> int:
    return int(row["id"])
