"""What too many share no longer finds anybody: the answer says so, and says whether it matters."""

from __future__ import annotations

from dedupsvc.core.blocking import ALONE
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.record import Address, Email, Phone, Values
from dedupsvc.core.rules import Verdict
from dedupsvc.usecases.examine import Examination, examine
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.preparation import Preparation
from dedupsvc.usecases.prepare import prepare
from tests.usecases.builders import World, a_key, a_person, a_record

SWITCHBOARD = Phone("021-50881234")
FAMILIES = "王李张刘陈杨赵黄周吴"
GIVEN = ("安平", "宝华", "德明", "芳菲", "国强", "海燕")
WANGS = (*GIVEN, "志远", "文博", "晓峰")
STAFF = [family + given for family in FAMILIES for given in GIVEN]


def a_colleague(name: str, mobile: str = "") -> Values:
    phones = (SWITCHBOARD, Phone(mobile)) if mobile else (SWITCHBOARD,)
    return a_person(name, "", phones=phones)


async def a_busy_switchboard(world: World) -> None:
    """A tenant's switchboard that six people share, where five are the most that a key may bring."""
    for index, name in enumerate(STAFF[:7]):
        await world.ingest(a_colleague(name, f"1390000111{index}"), external_id=f"L-{index}")


async def test_sixty_colleagues_at_one_switchboard_are_sixty_customers(world: World) -> None:
    answers = [
        await world.ingest(a_colleague(name), external_id=f"L-{index}") for index, name in enumerate(STAFF, start=1)
    ]
    assert {answer.decision for answer in answers} == {"accept"}
    assert all(answer.complete for answer in answers)
    assert answers[50].truncated_keys == ()
    assert "phone" in answers[-1].truncated_keys
    assert len(await world.rows("customers")) == 60
    hot = await world.rows("hot_keys")
    assert len(hot) == len(answers[-1].truncated_keys) == 1
    nameless = await world.ingest(Values(phones=(SWITCHBOARD,)), external_id="L-99")
    assert (nameless.decision, nameless.reason_code, nameless.complete) == ("flag", "SEARCH_INCOMPLETE", False)
    assert (nameless.state, nameless.truncated_keys) == ("held", ("phone",))


async def test_who_comes_again_is_found_by_the_number_and_the_name_together(world: World) -> None:
    small = await world.tenant(2, candidates_per_key=5)
    await a_busy_switchboard(small)
    again = await small.ingest(a_colleague(STAFF[0], "13900001110"))
    assert (again.decision, again.existing_id, again.complete) == ("merge", "L-0", True)
    assert again.truncated_keys == ("phone",)


async def test_a_hot_key_neither_retrieves_nor_cools_down(world: World) -> None:
    small = await world.tenant(2, candidates_per_key=5)
    await a_busy_switchboard(small)
    hot = await small.rows("hot_keys")
    claimed = await small.ingest(a_colleague(STAFF[20], "13900002222"))
    await small.release(claimed)
    assert await small.rows("hot_keys") == hot
    nameless = await small.ingest(Values(phones=(SWITCHBOARD,)))
    assert (nameless.decision, nameless.complete, nameless.candidates) == ("flag", False, ())
    assert (nameless.action, nameless.blocking) == ("hold", True)


async def test_asking_what_is_hot_makes_nothing_hot(world: World) -> None:
    small = await world.tenant(2, candidates_per_key=5)
    for index, name in enumerate(STAFF[:6]):
        await small.ingest(a_colleague(name), external_id=f"L-{index}")
    before = await small.dump()
    asked = await small.match(Values(phones=(SWITCHBOARD,)))
    assert (asked.decision, asked.complete, asked.truncated_keys) == ("flag", False, ("phone",))
    assert await small.dump() == before
    told = await small.ingest(Values(phones=(SWITCHBOARD,)), key=a_key())
    assert (told.decision, told.reason_code) == (asked.decision, asked.reason_code)
    assert len(await small.rows("hot_keys")) == 1


async def test_one_tenants_hot_key_is_not_anothers(world: World) -> None:
    small, other = await world.tenant(2, candidates_per_key=5), await world.tenant(3, candidates_per_key=5)
    await a_busy_switchboard(small)
    quiet = await other.ingest(Values(phones=(SWITCHBOARD,)))
    assert (quiet.decision, quiet.complete, quiet.truncated_keys) == ("accept", True, ())


def born_on_one_day(name: str, last: int) -> Values:
    return a_person(name, f"139{last * 9_176_543 % 100_000_000:08}", birth_date="1981-09-12")


async def compared(world: World, values: Values) -> Examination:
    resources, tenant_id = world.service.resources, world.caller.tenant_id
    async with resources.store.reading(tenant_id) as reads:
        return await examine(reads, prepare(resources, tenant_id, a_record(values)), resources, tenant_id)


async def test_of_many_who_share_a_birthday_and_an_initial_only_who_shares_more_is_compared(world: World) -> None:
    limit = ALONE["birth_date_initial"]
    for index, given in enumerate(WANGS):
        if index == limit:
            few = await compared(world, born_on_one_day("王铁柱", 99))
            assert len(few.assessment.scored) == limit
        await world.ingest(born_on_one_day(f"王{given}", index), external_id=f"L-{index}")
    many = await compared(world, born_on_one_day("王铁柱", 99))
    assert (many.assessment.scored, many.complete, many.retrieval.truncated) == ((), True, frozenset())
    again = await compared(world, born_on_one_day("王志原", WANGS.index("志远")))
    assert (again.judgement.verdict, len(again.assessment.scored)) == (Verdict.MERGE, 1)


async def test_of_many_who_share_a_birthday_all_are_compared_with_who_has_no_whole_name(world: World) -> None:
    """Nothing else of the record would find them."""
    for index, given in enumerate(WANGS):
        await world.ingest(born_on_one_day(f"王{given}", index), external_id=f"L-{index}")
    asked = await compared(world, born_on_one_day("王", 99))
    assert (asked.complete, len(asked.assessment.scored)) == (True, len(WANGS))


def within(*names: str) -> dict[str, set[str]]:
    """Kinds of keys that need not be looked up where others bring all of theirs; of a customer with a number, a mailbox and a city."""
    values = Values(
        name=names[0],
        aliases=names[1:],
        phones=(Phone("13900001111"),),
        emails=(Email("jp@qq.com"),),
        addresses=(Address(city="York"),),
    )
    prepared = prepare(Preparation(Layout({}), 1, "", b"s" * 32, Defaults()), 1, a_record(values))
    kinds = {one: key.kind for one, key in prepared.keys.items()}
    return {kinds[one]: {kinds[wider] for wider in others} for one, others in prepared.search(50).within.items()}


def test_of_a_record_of_one_name_what_is_looked_up_by_it_is_within_its_letters() -> None:
    narrower = {"phone_name": {"phone"}, "email_name": {"email"}}
    assert within("Jonathan Prescott") == {**narrower, "name_city": {"name_letters"}}
    assert within("Jonathan Prescott", "Jo Lee") == narrower
    assert within("Jo Lee") == narrower
