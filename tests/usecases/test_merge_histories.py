"""Any history of arrivals, merges and undos, against a model that is a plain dict; afterwards every merge is taken back."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupsvc.adapters.sql.tables import metadata
from dedupsvc.core.errors import Conflict
from dedupsvc.usecases import ids
from tests.usecases.builders import World, a_person

TENANTS = itertools.count(100)
NAMES = ("张伟", "李娜", "王芳", "刘洋", "陈静")
STEPS = st.lists(
    st.tuples(st.sampled_from(["arrive", "merge", "merge", "undo"]), st.integers(0, 30), st.integers(0, 30)),
    min_size=8,
    max_size=24,
)


@dataclass
class Model:
    """Who a record was linked to first, and who each customer was merged into, by which merge."""

    homes: dict[str, str] = field(default_factory=dict)
    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    merges: dict[str, bool] = field(default_factory=dict)
    """Whether it holds."""
    customers: list[str] = field(default_factory=list)

    def root(self, customer: str) -> str:
        while customer in self.parents:
            customer = self.parents[customer][0]
        return customer

    def merge(self, merge_id: str, survivor: str, absorbed: list[str]) -> None:
        self.merges[merge_id] = True
        for one in absorbed:
            self.parents[one] = (survivor, merge_id)

    def undo(self, merge_id: str) -> None:
        self.merges[merge_id] = False
        self.parents = {one: edge for one, edge in self.parents.items() if edge[1] != merge_id}


async def arrive(world: World, model: Model, person: int, row: int) -> None:
    """Writing it down differently each time makes bridges of those who were taken apart."""
    number = person % len(NAMES)
    answer = await world.ingest(
        a_person(NAMES[number], f"138{number:08d}", f"buyer.{number:04d}@huaxin.cn"), external_id=f"{number}-{row}"
    )
    for made in await world.rows("merges"):  # a bridge's, perhaps
        merge_id = ids.public(ids.MERGE, made["id"])
        if merge_id not in model.merges:
            absorbed = [ids.public(ids.CUSTOMER, int(one)) for one in json.loads(made["moved_json"])]
            model.merge(merge_id, ids.public(ids.CUSTOMER, made["survivor_id"]), absorbed)
    model.homes.setdefault(answer.record_id, answer.customer_id)
    if answer.customer_id not in model.customers:
        model.customers.append(answer.customer_id)


async def merge(world: World, model: Model, one: int, other: int) -> None:
    if not model.customers:
        return
    pair = [model.customers[at % len(model.customers)] for at in (one, other)]
    roots = [model.root(customer) for customer in pair]
    try:
        made = await world.service.merge(world.caller, pair, {})
    except Conflict:
        assert roots[0] == roots[1]
        return
    assert roots[0] != roots[1]
    assert (made.survivor_id, made.merged_from) == (roots[0], (roots[1],))
    model.merge(made.merge_id, roots[0], [roots[1]])


async def undo(world: World, model: Model, at: int) -> None:
    if not model.merges:
        return
    merge_id = list(model.merges)[at % len(model.merges)]
    await world.service.undo_merge(world.caller, merge_id)
    model.undo(merge_id)


async def stored_now(world: World) -> dict[str, list[dict[str, Any]]]:
    """This tenant's customers, records and episodes at one moment."""
    dump = await world.dump()
    named = {
        name: [column.name for column in metadata.tables[name].columns] for name in ("customers", "records", "episodes")
    }
    found = {name: [dict(zip(columns, row, strict=True)) for row in dump[name]] for name, columns in named.items()}
    mine = world.caller.tenant_id
    return {name: [row for row in rows if row["tenant_id"] == mine] for name, rows in found.items()}


async def compare(world: World, model: Model) -> None:
    """What is stored is what the model says: in one hop, with no knot, each record in one living customer."""
    tables = await stored_now(world)
    merged = {row["id"]: row["merged_into"] for row in tables["customers"]}
    expected = {ids.internal(ids.CUSTOMER, one): ids.internal(ids.CUSTOMER, model.root(one)) for one in model.customers}
    assert {one: into or one for one, into in merged.items()} == expected
    stored = {row["id"]: row["customer_id"] for row in tables["records"]}
    assert stored == {
        ids.internal(ids.RECORD, record): ids.internal(ids.CUSTOMER, model.root(home))
        for record, home in model.homes.items()
    }
    for episode in tables["episodes"]:
        assert episode["customer_id"] == stored[episode["record_id"]]


async def golden_of(world: World, customer: str) -> Any:
    return (await world.service.customer(world.caller, customer)).golden


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, seed=st.integers(0, 1 << 32))
async def test_any_history_leaves_what_the_model_says_and_can_be_taken_back(
    world: World, steps: list[tuple[str, int, int]], seed: int
) -> None:
    world, model = await world.tenant(next(TENANTS)), Model()
    rows = itertools.count()
    for person in range(len(NAMES)):
        await arrive(world, model, person, next(rows))
    alone = {each: await golden_of(world, each) for each in model.customers}
    for what, one, other in steps:
        if what == "arrive":
            await arrive(world, model, one, next(rows))
        elif what == "merge":
            await merge(world, model, one, other)
        else:
            await undo(world, model, one)
        await compare(world, model)
        if what == "arrive":
            alone = (
                {} if any(model.merges.values()) else {each: await golden_of(world, each) for each in model.customers}
            )
    # A seed and no drawn randomness: what is drawn inside a task could end the example there.
    for merge_id in random.Random(seed).sample(list(model.merges), len(model.merges)):
        await world.service.undo_merge(world.caller, merge_id)
        model.undo(merge_id)
        await compare(world, model)
    assert {record: model.root(home) for record, home in model.homes.items()} == model.homes
    for customer, golden in alone.items():
        assert await golden_of(world, customer) == golden
