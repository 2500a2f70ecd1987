"""What a merge does before anything is stored: who survives, which values win, what a CRM has to do, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.entity import Id, State, StoredRecord
from dedupsvc.core.errors import Conflict, InvalidField
from dedupsvc.core.merge import Branch, Member, MergePlan, cut, plan_merge, reversal
from dedupsvc.core.record import Envelope, Phone, Values
from dedupsvc.core.survivorship import Survivorship
from tests.core.rules.build import NOON, a_place

ONE, OTHER = Phone("13800138000"), Phone("13900139000")


def a_row(record_id: Id, row: str = "", state: State = State.ACCEPTED, **values: object) -> StoredRecord:
    """``row`` is ``system/type/id``."""
    system, kind, external_id = row.split("/") if row else ("crm", "lead", "")
    place = a_place(
        record_id,
        state=state,
        source_system=system,
        object_type=kind,
        external_id=external_id,
        received_at=NOON + record_id,
    )
    return StoredRecord(place, Values(**values), Envelope(), version=1, updated_at=NOON + record_id, decision_id=1)  # type: ignore[arg-type]


def a_plan(*members: Member, picks: dict[str, Id] | None = None, earlier: dict[str, Id] | None = None) -> MergePlan:
    return plan_merge(members, picks or {}, Survivorship(), earlier or {})


LEFT = Member(1, (a_row(11, "crm/lead/A", name="张伟", phones=(ONE,)),))
RIGHT = Member(2, (a_row(21, "crm/lead/B", name="张玮", phones=(OTHER,)), a_row(22, "erp/account/C")))


def test_the_first_customer_survives_and_takes_in_the_others() -> None:
    plan = a_plan(RIGHT, LEFT)
    assert (plan.survivor, plan.absorbed) == (2, (1,))


def test_rows_are_merged_where_the_survivor_has_one_and_relinked_where_it_has_none() -> None:
    steps = [
        (step.action, step.source_system, step.external_id, step.keep) for step in a_plan(LEFT, RIGHT).compensation
    ]
    assert steps == [("merge_rows", "crm", "B", "A"), ("relink", "erp", "C", "")]


def test_the_survivors_oldest_row_is_kept() -> None:
    survivor = Member(1, (a_row(13, "crm/lead/young"), a_row(12, "crm/lead/old")))
    assert a_plan(survivor, RIGHT).compensation[0].keep == "old"


@pytest.mark.parametrize("state", [State.HELD, State.RETIRED, State.CLAIMED])
def test_a_row_that_does_not_stand_is_not_kept(state: State) -> None:
    survivor = Member(1, (a_row(11, "crm/lead/A", state),))
    assert [step.action for step in a_plan(survivor, RIGHT).compensation] == ["relink", "relink"]


def test_a_picked_record_wins_alone_even_where_lists_are_united() -> None:
    without = {one.field: (one.value, one.record_id) for one in a_plan(LEFT, RIGHT).golden}
    picked = {one.field: (one.value, one.record_id) for one in a_plan(LEFT, RIGHT, picks={"phones": 11}).golden}
    assert without["phones"] == ((OTHER, ONE), 21)
    assert picked["phones"] == ((ONE,), 11)


def test_picks_of_earlier_merges_stay_unless_picked_anew() -> None:
    earlier = {"name": 11, "phones": 11}
    golden = {one.field: one.record_id for one in a_plan(LEFT, RIGHT, picks={"phones": 21}, earlier=earlier).golden}
    assert (golden["name"], golden["phones"]) == (11, 21)


@pytest.mark.parametrize(
    ("picks", "path"),
    [
        ({"nickname": 11}, "picks.nickname"),
        ({"name": 99}, "picks.name"),
        ({"job_title": 11}, "picks.job_title"),
    ],
)
def test_a_pick_that_no_record_can_fill_names_its_path(picks: dict[str, Id], path: str) -> None:
    with pytest.raises(InvalidField) as refused:
        a_plan(LEFT, RIGHT, picks=picks)
    assert refused.value.path == path


def test_a_held_record_cannot_be_picked() -> None:
    with pytest.raises(InvalidField):
        a_plan(LEFT, Member(2, (a_row(21, state=State.HELD, name="张玮"),)), picks={"name": 21})


def test_a_customer_is_not_merged_with_itself() -> None:
    with pytest.raises(Conflict):
        a_plan(LEFT, LEFT)


@pytest.mark.parametrize("count", [0, 1, 21])
def test_two_to_twenty_customers_are_merged(count: int) -> None:
    with pytest.raises(InvalidField) as refused:
        a_plan(*(Member(number, ()) for number in range(1, count + 1)))
    assert refused.value.path == "customer_ids"


def test_the_way_back_splits_what_was_merged_and_relinks_the_rest() -> None:
    merged = {step.record_id: step.keep for step in a_plan(LEFT, RIGHT).compensation if step.keep}
    steps = reversal([RIGHT], merged)
    assert [(step.action, step.external_id, step.keep, step.customer_id) for step in steps] == [
        ("split_rows", "B", "A", 2),
        ("relink", "C", "", 2),
    ]


def test_a_branch_is_cut_off_with_all_that_hangs_below_it() -> None:
    tree = (Branch(2, 91, 1), Branch(3, 92, 2), Branch(4, 93, 1), Branch(5, 91, 1))
    assert cut(tree, 91) == {2: {2, 3}, 5: {5}}
    assert cut(tree, 92) == {3: {3}}
    assert cut(tree, 99) == {}


@st.composite
def forests(draw: st.DrawFn) -> list[Branch]:
    """Each customer hangs below a lesser one; neighbours may have been merged together."""
    size = draw(st.integers(1, 12))
    parents = [draw(st.integers(1, number - 1)) for number in range(2, size + 2)]
    return [Branch(number, 100 + parent, parent) for number, parent in enumerate(parents, start=2)]


@given(forests(), st.data())
def test_cutting_divides_the_tree_without_losing_anyone(tree: list[Branch], data: st.DataObject) -> None:
    merge_id = data.draw(st.sampled_from(tree)).merge_id
    parts = cut(tree, merge_id)
    below = [one for part in parts.values() for one in part]
    assert len(below) == len(set(below))
    parents = {branch.customer_id: branch for branch in tree}
    for branch in tree:
        roots = [root for root, part in parts.items() if branch.customer_id in part]
        above, ancestors = branch, [branch]
        while above.parent_id in parents:
            above = parents[above.parent_id]
            ancestors.append(above)
        cut_off = [one.customer_id for one in ancestors if one.merge_id == merge_id]
        assert roots == cut_off[:1]
