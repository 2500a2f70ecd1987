"""Learning in the store: what stewards decided becomes a draft, which nothing follows, on both engines alike."""

from __future__ import annotations

import pytest

from dedupsvc.core.estimate import Tally
from dedupsvc.core.rules import Rules, read_document
from dedupsvc.usecases import learn as learning
from dedupsvc.usecases.answers import Answer
from dedupsvc.usecases.stored import Apart
from dedupsvc.usecases.survey import Pair, steward_answers, survey
from tests.usecases.builders import World, a_person

NAMES = ("李娜", "王芳", "刘洋", "陈静", "杨帆", "赵敏", "黄磊", "周杰", "吴倩", "徐磊", "孙丽", "马超", "胡歌", "郭靖")


async def twice(world: World, name: str, number: int, mailbox: str) -> tuple[Answer, Answer]:
    """One name in two records that have the part before the @ in common, and no more."""
    phones = (f"1391234{number:04d}", f"1388765{number:04d}")
    one = await world.ingest(a_person(name, phones[0], f"{mailbox}@163.com"), external_id=f"{name}-1")
    other = await world.ingest(a_person(name, phones[1], f"{mailbox}@qq.com"), external_id=f"{name}-2")
    return one, other


async def decided(world: World, name: str, number: int, same: bool) -> None:
    one, other = await twice(world, name, number, f"mail{number}x")
    assert one.customer_id != other.customer_id
    made = await world.service.merge(world.caller, [one.customer_id, other.customer_id], {})
    if not same:
        await world.service.undo_merge(world.caller, made.merge_id)


async def strangers(world: World) -> None:
    """Pairs of two names that a steward merged and took apart again."""
    for number, (name, other_name) in enumerate((("诸葛亮", "司马懿"), ("上官婉", "令狐冲"), ("欧阳修", "尉迟恭"))):
        one = await world.ingest(a_person(name, "", f"box{number}y@163.com"), external_id=name)
        other = await world.ingest(a_person(other_name, "", f"box{number}y@qq.com"), external_id=other_name)
        made = await world.service.merge(world.caller, [one.customer_id, other.customer_id], {})
        await world.service.undo_merge(world.caller, made.merge_id)


async def active(world: World) -> Rules:
    async with world.service.resources.store.reading(world.caller.tenant_id) as reads:
        return await world.service.resources.rules_of(reads, world.caller.tenant_id, await reads.active_version())


async def answers(world: World) -> Tally:
    found = [same async for _, same in steward_answers(world.service.resources, world.caller, await active(world))]
    return Tally(found.count(True), found.count(False))


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "FEWEST_LABELS", 4)


async def test_what_stewards_merged_is_the_same_and_what_they_took_apart_is_not(world: World) -> None:
    await decided(world, "李娜", 1, True)
    await decided(world, "王芳", 2, True)
    await decided(world, "刘洋", 3, False)
    assert await answers(world) == Tally(2, 1)


async def test_what_the_service_joined_by_itself_is_nobodys_answer(world: World) -> None:
    await world.ingest(a_person("张伟", "13812345678"), external_id="1")
    await world.ingest(a_person("张伟", "", "zhangwei1988@163.com"), external_id="2")
    await world.ingest(a_person("张伟", "13812345678", "zhangwei1988@163.com"), external_id="3")
    assert [row["kind"] for row in await world.rows("merges")] == ["bridge"]
    assert await answers(world) == Tally(0, 0)


async def test_answers_beyond_one_page_are_all_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedupsvc.usecases.survey.PAGE", 1)
    for number, name in enumerate(NAMES[:5]):
        await decided(world, name, number, same=number % 2 == 0)
    assert await answers(world) == Tally(3, 2)


async def test_pairs_kept_apart_are_listed_in_order_from_any_place(world: World) -> None:
    for number, name in enumerate(NAMES[:3]):
        await decided(world, name, number, same=False)
    async with world.service.resources.store.reading(world.caller.tenant_id) as reads:
        every = await reads.apart_after((0, 0), 10)
        assert every == tuple(sorted(every, key=lambda pair: (pair.record_a, pair.record_b)))
        assert len(every) == 3
        assert await reads.apart_after((every[0].record_a, every[0].record_b), 1) == every[1:2]
        assert await reads.apart_after((every[1].record_a, 0), 10) == every[1:]
        assert await reads.apart_after((every[2].record_a, every[2].record_b), 10) == ()
        assert all(isinstance(pair, Apart) for pair in every)
        assert [one.merge_id for one in await reads.merges_after(0, 2)] == sorted(
            row["id"] for row in await world.rows("merges")
        )[:2]


async def test_a_survey_sees_each_candidate_pair_once(world: World) -> None:
    for number in range(3):
        await world.ingest(a_person("欧阳建国", "13812345678"), external_id=str(number))
    await world.ingest(a_person("李娜", "13911112222"), external_id="other")
    found = await survey(world.service.resources, world.caller, await active(world))
    ids = sorted(row["id"] for row in await world.rows("records") if row["external_id"] != "other")
    pairs = [pair for pairs in found.pairs.values() for pair in pairs]
    assert sorted(pairs) == [Pair(ids[0], ids[1]), Pair(ids[0], ids[2]), Pair(ids[1], ids[2])]
    assert found.records == 4
    assert sum(found.counts.values()) == 3


@pytest.mark.usefixtures("few_are_enough")
async def test_what_was_learned_is_a_draft_that_nothing_follows(world: World) -> None:
    for number, name in enumerate(NAMES[:12]):
        await decided(world, name, number, same=True)
    await strangers(world)
    before = await world.match(a_person(NAMES[12], "13600000000"))
    learned = await world.service.learn(world.caller)
    assert learned.draft is not None
    assert learned.ruleset is not None
    assert (learned.draft.version, learned.draft.status) == (2, "draft")
    assert learned.report.labels == Tally(12, 3)
    assert learned.report.after.surprise < learned.report.before.surprise
    stored = await world.service.rules_version(world.caller, 2)
    assert stored.ruleset == learned.ruleset
    assert read_document(stored.ruleset.model_dump(mode="json")) == stored.ruleset
    assert (await world.service.active_rules(world.caller)).version == 1
    assert (await world.match(a_person(NAMES[12], "13600000000"))).rules_version == before.rules_version == 1


@pytest.mark.usefixtures("few_are_enough")
async def test_a_draft_decides_as_the_stewards_did_once_it_is_activated(world: World) -> None:
    for number, name in enumerate(NAMES[:12]):
        await decided(world, name, number, same=True)
    await strangers(world)
    learned = await world.service.learn(world.caller)
    assert learned.draft is not None
    one, other = await twice(world, NAMES[12], 70, "mail70x")
    assert one.customer_id != other.customer_id
    await world.service.activate_rules(world.caller, learned.draft.version)
    first, second = await twice(world, NAMES[13], 80, "mail80x")
    assert first.customer_id == second.customer_id
    assert sum(row.weight for row in second.explanation) == pytest.approx(second.match_weight, abs=0.001)
    assert second.rules_version == learned.draft.version


@pytest.mark.usefixtures("few_are_enough")
async def test_answers_of_one_kind_teach_nothing(world: World) -> None:
    for number, name in enumerate(NAMES[:12]):
        await decided(world, name, number, same=True)
    learned = await world.service.learn(world.caller)
    assert (learned.ruleset, learned.draft, learned.report.reason) == (None, None, "one_sided")
    assert len(await world.rows("rulesets")) == 1


async def test_a_handful_of_answers_teaches_nothing(world: World) -> None:
    await decided(world, "李娜", 1, True)
    learned = await world.service.learn(world.caller)
    assert (learned.ruleset, learned.draft, learned.report.reason) == (None, None, "too_few_labels")
    assert len(await world.rows("rulesets")) == 1


@pytest.mark.usefixtures("few_are_enough")
async def test_a_tenant_learns_from_its_own_answers_only(world: World) -> None:
    other = await world.tenant(2)
    for number, name in enumerate(NAMES[:6]):
        await decided(world, name, number, same=True)
    assert await answers(other) == Tally(0, 0)
    learned = await other.service.learn(other.caller)
    assert (learned.report.records, learned.report.pairs, learned.draft) == (0, 0, None)


async def test_asking_asks_as_often_as_it_may_and_stores_nothing(world: World) -> None:
    for number, name in enumerate(NAMES):
        await twice(world, name, number, f"mail{number}x")
    before = await world.dump()
    seen: list[Pair] = []

    def ask(pair: Pair) -> bool:
        seen.append(pair)
        return True

    learned = await world.service.learn_by_asking(world.caller, ask, 10)
    assert len(seen) == len(set(seen)) == 10
    assert [pair for pair, _ in learned.asked] == seen
    assert learned.report.labels == Tally(10, 0)
    assert await world.dump() == before
