"""A customer's life as three departments see it: one customer, one business, and who is somebody else."""

from __future__ import annotations

from typing import Any

from dedupsvc.core.record import Address, Phone
from tests.usecases.builders import DAY, HOUR, MINUTE, World, a_person

EAST: dict[str, Any] = {"department_id": "d-east", "department_name": "华东销售部"}
MARKETING: dict[str, Any] = {"department_id": "d-mkt", "department_name": "市场部", "locale": "zh"}
ZHANG_WEI = a_person("张伟", "13812345678", "zhang.wei@huaxin-tech.cn")
AGAIN = a_person("張偉", "+86-138-1234-5678", "ＺＨＡＮＧ.ＷＥＩ＠huaxin-tech.cn")


async def test_a_second_department_with_the_same_lead_is_told_who_has_it(world: World) -> None:
    first = await world.ingest(ZHANG_WEI, external_id="L-1", **EAST)
    assert (first.decision, first.state) == ("accept", "accepted")
    world.clock.advance(20 * MINUTE)
    second = await world.ingest(AGAIN, **MARKETING)
    assert second.decision == "merge"
    assert (second.action, second.blocking, second.existing_id) == ("update_existing", True, "L-1")
    assert second.customer_id == first.customer_id
    assert second.existing_department == "华东销售部"
    assert all(part in second.message for part in ("「华东销售部」", "20 分钟前", "手机号", "邮箱"))
    assert {(step.field, step.action) for step in second.merge_plan} >= {("phones", "keep"), ("emails", "keep")}
    assert "138" not in second.message
    assert "张" not in second.message


async def test_another_owner_is_told_of_the_conflict(world: World) -> None:
    await world.ingest(ZHANG_WEI, external_id="L-1", owner_id="li", **EAST)
    world.clock.advance(20 * MINUTE)
    second = await world.ingest(AGAIN, owner_id="wang", **MARKETING)
    assert (second.decision, second.reason_code, second.action) == ("flag", "OWNER_CONFLICT", "hold")
    assert second.blocking
    assert second.review_id
    assert second.message.startswith("撞单")
    assert "「华东销售部」" in second.message


async def test_next_months_order_is_new_business_of_the_known_customer(world: World) -> None:
    first = await world.ingest(ZHANG_WEI, external_id="L-1", **EAST)
    world.clock.advance(30 * DAY)
    order = await world.ingest(AGAIN, object_type="order", scenario="order", external_id="O-1")
    assert (order.decision, order.state, order.blocking) == ("link", "accepted", False)
    assert order.customer_id == first.customer_id
    assert [scenario for scenario, _ in await world.episodes()] == ["lead", "order"]


async def test_an_order_within_the_hour_is_no_duplicate_lead(world: World) -> None:
    first = await world.ingest(ZHANG_WEI, external_id="L-1")
    world.clock.advance(HOUR)
    order = await world.ingest(AGAIN, object_type="order", scenario="order")
    assert (order.decision, order.action, order.customer_id) == ("link", "insert_linked", first.customer_id)


async def test_a_lead_that_comes_exactly_a_window_later_is_new_business(world: World) -> None:
    first = await world.ingest(ZHANG_WEI, external_id="L-1")
    world.clock.advance(DAY)
    later = await world.ingest(AGAIN, external_id="L-2")
    assert (later.decision, later.customer_id) == ("link", first.customer_id)


async def test_a_lead_that_comes_just_before_that_is_not(world: World) -> None:
    await world.ingest(ZHANG_WEI, external_id="L-1")
    world.clock.advance(DAY - 1)
    assert (await world.ingest(AGAIN)).decision == "merge"


async def test_a_colleague_at_the_same_switchboard_is_somebody_else(world: World) -> None:
    switchboard = (Phone("021-50881234"),)
    await world.ingest(a_person("张伟", "", phones=switchboard, company_name="上海华信科技有限公司"), external_id="L-1")
    colleague = await world.ingest(
        a_person("李娜", "", phones=switchboard, company_name="上海华信科技有限公司"), external_id="L-2"
    )
    assert (colleague.decision, colleague.state) == ("accept", "accepted")
    assert len(await world.rows("customers")) == 2


async def test_a_stranger_of_the_same_name_is_somebody_else(world: World) -> None:
    first = await world.ingest(a_person("张伟", "13812345678", addresses=(Address(city="上海"),)), external_id="L-1")
    stranger = await world.ingest(a_person("张伟", "13987654321", addresses=(Address(city="上海"),)), external_id="L-2")
    assert stranger.decision == "accept"
    assert stranger.customer_id != first.customer_id


async def test_master_data_without_a_scenario_is_one_business_for_ever(world: World) -> None:
    first = await world.ingest(ZHANG_WEI, external_id="C-1", scenario="")
    world.clock.advance(3000 * DAY)
    again = await world.ingest(AGAIN, scenario="")
    assert (again.decision, again.existing_id, again.customer_id) == ("merge", "C-1", first.customer_id)
