"""The decision on a record, cell by cell of the contract: from whom it may be to what is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.assess import (
    Assessment,
    Candidate,
    Finding,
    Subject,
    assess,
    effective,
    own_claims,
    with_known,
    without_customer,
)
from dedupsvc.core.entity import Episode, Place, State
from dedupsvc.core.explain import explanation
from dedupsvc.core.fields import Features
from dedupsvc.core.judge import Judgement, Reason, judge
from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Rules, Verdict
from dedupsvc.core.score import PairScore, Same
from dedupsvc.core.threesame import ScenarioSame, WindowSame
from tests.core.compare.build import MOBILE, WANG_JIANGUO, ZHANG_WEI, a_date, a_name, a_person, a_phone, an_identifier
from tests.core.rules.build import DAY, HOUR, MINUTE, NOON, a_place, an_episode, rules

ZHANG = a_person(ZHANG_WEI, phones=(MOBILE,))
STRANGER = a_person(WANG_JIANGUO, phones=(a_phone("8613911112222"),))
SAMES = {Same.MATCH: 10.0, Same.POSSIBLE: 1.0, Same.NONE: -10.0}


def a_subject(at: Instant = NOON, scenario: str = "lead", **said: Any) -> Subject:
    return Subject(**{"features": ZHANG, "scenario": scenario, "at": at, "now": max(at, NOON), **said})


def seen(place: Place, same: Same = Same.MATCH, weight: float = 0.0, features: Features = ZHANG) -> Finding:
    """A customer found by this record, without asking what scoring thinks of it."""
    score = PairScore(SAMES[same] + weight, 0.5, same, (), ())
    return Finding(place.customer_id, same, score, Candidate(place, features))


def found(*findings: Finding) -> Assessment:
    return Assessment(tuple(findings), tuple((one.best, one.score) for one in findings))


def opened_by(*places: Place) -> list[Episode]:
    return [an_episode(place.occurred_at, place.scenario, place=place) for place in places]


def decide(subject: Subject, *findings: Finding, given_rules: Rules | None = None, complete: bool = True) -> Judgement:
    """The judgement when each finding's record has opened an episode, unless it is held or joined."""
    opening = [one.best.place for one in findings if one.best.place.state in (State.ACCEPTED, State.CLAIMED)]
    return judge(subject, found(*findings), opened_by(*opening), given_rules or rules(), complete)


def test_nobody_alike_is_a_new_customer() -> None:
    judgement = decide(a_subject())
    assert (judgement.verdict, judgement.reason, judgement.chosen) == (Verdict.ACCEPT, Reason.NEW_CUSTOMER, None)
    assert (judgement.key.customer, judgement.key.window) == (Same.NONE, WindowSame.NONE)


@pytest.mark.parametrize(
    ("same", "age", "scenario", "verdict", "reason"),
    [
        (Same.MATCH, HOUR, "sales/new", Verdict.MERGE, Reason.SAME_BUSINESS),
        (Same.MATCH, DAY - 1, "sales/new", Verdict.MERGE, Reason.SAME_BUSINESS),
        (Same.MATCH, DAY, "sales/new", Verdict.LINK, Reason.NEW_BUSINESS),
        (Same.MATCH, HOUR, "sales/old", Verdict.FLAG, Reason.RELATED_SCENARIO),
        (Same.MATCH, HOUR, "sales", Verdict.FLAG, Reason.RELATED_SCENARIO),
        (Same.MATCH, DAY, "sales/old", Verdict.LINK, Reason.NEW_BUSINESS),
        (Same.MATCH, HOUR, "order", Verdict.LINK, Reason.NEW_BUSINESS),
        (Same.MATCH, DAY, "order", Verdict.LINK, Reason.NEW_BUSINESS),
        (Same.POSSIBLE, HOUR, "sales/new", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE),
        (Same.POSSIBLE, HOUR, "sales/old", Verdict.FLAG, Reason.POSSIBLE_DUPLICATE),
        (Same.POSSIBLE, DAY, "sales/new", Verdict.ACCEPT, Reason.POSSIBLE_ELSEWHERE),
        (Same.POSSIBLE, HOUR, "order", Verdict.ACCEPT, Reason.POSSIBLE_ELSEWHERE),
        (Same.POSSIBLE, DAY, "order", Verdict.ACCEPT, Reason.POSSIBLE_ELSEWHERE),
    ],
)
def test_each_cell_of_the_table(same: Same, age: int, scenario: str, verdict: Verdict, reason: Reason) -> None:
    place = a_place(scenario=scenario, occurred_at=NOON - age)
    judgement = decide(a_subject(scenario="sales/new"), seen(place, same))
    assert (judgement.verdict, judgement.reason) == (verdict, reason)
    assert judgement.key.customer is same


def test_the_gravest_of_a_customers_episodes_decides() -> None:
    old, related, same = (
        a_place(1, scenario="sales/new", occurred_at=NOON - 9 * DAY),
        a_place(2, scenario="sales/old", occurred_at=NOON - HOUR),
        a_place(3, scenario="sales/new", occurred_at=NOON - HOUR),
    )
    subject = a_subject(scenario="sales/new")
    assert judge(subject, found(seen(old)), opened_by(old), rules()).verdict is Verdict.LINK
    assert judge(subject, found(seen(old)), opened_by(old, same), rules()).verdict is Verdict.MERGE
    assert judge(subject, found(seen(old)), opened_by(old, same, related), rules()).verdict is Verdict.FLAG


def test_of_equally_grave_episodes_the_nearest_in_time_is_named() -> None:
    far, near = a_place(1, occurred_at=NOON - 20 * HOUR), a_place(2, occurred_at=NOON - HOUR)
    judgement = judge(a_subject(), found(seen(far)), opened_by(near, far), rules())
    assert judgement.episode is not None
    assert judgement.episode.place is near


def test_a_known_customer_without_any_episode_is_new_business() -> None:
    judgement = judge(a_subject(), found(seen(a_place())), (), rules())
    assert (judgement.verdict, judgement.reason) == (Verdict.LINK, Reason.NEW_BUSINESS)
    assert judgement.key.window is not WindowSame.IN


def test_a_late_earlier_event_is_told_from_a_later_one() -> None:
    judgement = decide(a_subject(NOON - HOUR), seen(a_place(occurred_at=NOON)))
    assert (judgement.verdict, judgement.reason) == (Verdict.MERGE, Reason.PRECEDENCE_CONFLICT)


def test_another_owners_customer_is_an_owner_conflict() -> None:
    theirs = a_place(source_system="crm", owner_id="li", occurred_at=NOON - HOUR)
    judgement = decide(a_subject(source_system="crm", owner_id="wang"), seen(theirs))
    assert (judgement.verdict, judgement.reason) == (Verdict.FLAG, Reason.OWNER_CONFLICT)


def test_one_owner_id_in_two_systems_is_two_owners() -> None:
    theirs = a_place(source_system="erp", owner_id="7", occurred_at=NOON - HOUR)
    assert decide(a_subject(source_system="crm", owner_id="7"), seen(theirs)).verdict is Verdict.FLAG


@pytest.mark.parametrize(("theirs", "mine"), [("li", "li"), ("", "li"), ("li", ""), ("", "")])
def test_the_same_owner_or_none_is_no_conflict(theirs: str, mine: str) -> None:
    place = a_place(source_system="crm", owner_id=theirs, occurred_at=NOON - HOUR)
    assert decide(a_subject(source_system="crm", owner_id=mine), seen(place)).verdict is Verdict.MERGE


def test_departments_do_not_matter() -> None:
    place = a_place(department_id="east", department_name="华东销售部", occurred_at=NOON - HOUR)
    assert decide(a_subject(), seen(place)).verdict is Verdict.MERGE


def test_an_owner_conflict_can_be_merged_by_rule() -> None:
    theirs = a_place(source_system="crm", owner_id="li", occurred_at=NOON - HOUR)
    subject = a_subject(source_system="crm", owner_id="wang")
    assert (
        decide(subject, seen(theirs), given_rules=rules(on_owner_conflict="merge_keep_owner")).verdict is Verdict.MERGE
    )


def test_possibles_beside_one_match_only_queue_suggestions() -> None:
    match = a_place(1, 100, occurred_at=NOON - 9 * DAY)
    others = [a_place(2, 200, occurred_at=NOON - HOUR), a_place(3, 300, occurred_at=NOON - HOUR)]
    judgement = decide(a_subject(), seen(match), *(seen(other, Same.POSSIBLE) for other in others))
    assert judgement.verdict is Verdict.LINK
    assert [one.customer_id for one in judgement.suggested] == [200, 300]
    assert (judgement.joined, judgement.contested) == ((), ())


def test_a_possible_customer_elsewhere_is_accepted_and_suggested() -> None:
    judgement = decide(a_subject(), seen(a_place(scenario="order", occurred_at=NOON - HOUR), Same.POSSIBLE))
    assert judgement.verdict is Verdict.ACCEPT
    assert judgement.chosen is None
    assert [one.customer_id for one in judgement.suggested] == [100]


def test_of_several_possibles_the_gravest_cell_decides() -> None:
    elsewhere = seen(a_place(1, 100, scenario="order", occurred_at=NOON - HOUR), Same.POSSIBLE, weight=0.9)
    here = seen(a_place(2, 200, occurred_at=NOON - HOUR), Same.POSSIBLE)
    judgement = decide(a_subject(), elsewhere, here)
    assert judgement.verdict is Verdict.FLAG
    assert judgement.chosen is here
    assert [one.customer_id for one in judgement.suggested] == [100]


def a_bridge(**second: Any) -> tuple[Finding, Finding]:
    one = a_place(1, 100, occurred_at=NOON - HOUR)
    other = a_place(2, **{"customer_id": 200, "occurred_at": NOON - 2 * HOUR, **second})
    return seen(one, weight=1.0), seen(other)


def test_two_matching_customers_are_joined() -> None:
    judgement = decide(a_subject(), *a_bridge())
    assert judgement.verdict is Verdict.MERGE
    assert judgement.chosen is not None
    assert {judgement.chosen.customer_id, *judgement.joined} == {100, 200}
    assert judgement.contested == ()


def test_new_business_joins_the_customers_that_it_shows_to_be_one() -> None:
    one, other = a_place(1, 100, occurred_at=NOON - 9 * DAY), a_place(2, 200, occurred_at=NOON - 8 * DAY)
    judgement = decide(a_subject(), seen(one, weight=1.0), seen(other))
    assert (judgement.verdict, judgement.joined) == (Verdict.LINK, (200,))


def test_the_episodes_of_all_joined_customers_count() -> None:
    one, other = a_place(1, 100, occurred_at=NOON - 9 * DAY), a_place(2, 200, occurred_at=NOON - HOUR)
    assert decide(a_subject(), seen(one, weight=1.0), seen(other)).verdict is Verdict.MERGE


def assert_contested(judgement: Judgement, best: int, pairs: set[tuple[int, int]]) -> None:
    assert judgement.verdict is Verdict.FLAG
    assert judgement.chosen is not None
    assert judgement.chosen.customer_id == best
    assert judgement.joined == ()
    assert set(judgement.contested) == pairs


def test_a_bridge_can_be_left_to_a_steward_by_rule() -> None:
    judgement = decide(a_subject(), *a_bridge(), given_rules=rules(on_bridge="flag"))
    assert judgement.reason is Reason.BRIDGE
    assert_contested(judgement, 100, {(100, 200)})


def test_an_incomplete_search_joins_nobody() -> None:
    assert_contested(decide(a_subject(), *a_bridge(), complete=False), 100, {(100, 200)})


def test_customers_of_two_owners_are_not_joined() -> None:
    one, other = a_bridge(owner_id="li", source_system="crm")
    one = seen(one.best.place._replace(owner_id="wang", source_system="crm"), weight=1.0)
    assert_contested(decide(a_subject(), one, other), 100, {(100, 200)})


def test_the_records_own_owner_vetoes_too() -> None:
    bridge = a_bridge(owner_id="li", source_system="crm")
    assert_contested(decide(a_subject(owner_id="wang", source_system="crm"), *bridge), 100, {(100, 200)})


def test_customers_with_conflicting_identifiers_are_not_joined() -> None:
    one, other = a_bridge()
    first = a_person(ZHANG_WEI, phones=(MOBILE,), identifiers=(an_identifier("11010519491231002X", "resident_id"),))
    second = a_person(ZHANG_WEI, phones=(MOBILE,), identifiers=(an_identifier("440524188001010014", "resident_id"),))
    one = seen(one.best.place, weight=1.0, features=first)
    other = seen(other.best.place, features=second)
    assert_contested(decide(a_subject(), one, other), 100, {(100, 200)})


def test_one_badly_written_record_of_a_person_does_not_keep_two_customers_apart() -> None:
    born = (a_date(1980, 5, 17),)
    anna, mary = a_name("harper", "anna"), a_name("harper", "mary")
    first, second = a_place(1, 100), a_place(2, 200)
    one, other = (
        seen(first, weight=1.0, features=a_person(anna, birth_dates=born)),
        seen(second, features=a_person(mary, phones=(MOBILE,))),
    )
    assert_contested(decide(a_subject(), one, other), 100, {(100, 200)})
    assessment = found(one, other)
    mate = Candidate(second._replace(record_id=3), a_person(anna, phones=(MOBILE,), birth_dates=born))
    heard = replace(assessment, scored=(*assessment.scored, (mate, one.score)))
    judgement = judge(a_subject(), heard, opened_by(first, second), rules())
    assert judgement.chosen is not None
    assert {judgement.chosen.customer_id, *judgement.joined} == {100, 200}


def test_a_bridge_that_came_too_late_is_a_stewards_case() -> None:
    tight = rules({"lead": {"allowed_lateness": "1h"}})
    judgement = decide(a_subject(NOON - 2 * HOUR, now=NOON), *a_bridge(), given_rules=tight)
    assert_contested(judgement, 100, {(100, 200)})


def test_each_further_customer_of_a_bridge_gets_its_pair() -> None:
    third = seen(a_place(3, 50, occurred_at=NOON - 3 * HOUR), weight=-1.0)
    judgement = decide(a_subject(), *a_bridge(), third, given_rules=rules(on_bridge="flag"))
    assert_contested(judgement, 100, {(100, 200), (50, 100)})


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], Verdict.FLAG),
        ([seen(a_place(occurred_at=NOON - HOUR))], Verdict.FLAG),
        ([seen(a_place(occurred_at=NOON - 9 * DAY))], Verdict.FLAG),
        ([seen(a_place(scenario="order", occurred_at=NOON - HOUR), Same.POSSIBLE)], Verdict.FLAG),
    ],
)
def test_an_incomplete_search_is_at_least_flagged(findings: list[Finding], verdict: Verdict) -> None:
    judgement = decide(a_subject(), *findings, complete=False)
    assert (judgement.verdict, judgement.reason) == (verdict, Reason.SEARCH_INCOMPLETE)


def test_an_incomplete_search_does_not_soften_a_rejection() -> None:
    strict = rules(cells={"match_in_same": "reject"})
    judgement = decide(a_subject(), seen(a_place(occurred_at=NOON - HOUR)), given_rules=strict, complete=False)
    assert judgement.verdict is Verdict.REJECT


@pytest.mark.parametrize(("late", "verdict"), [(HOUR, Verdict.ACCEPT), (HOUR + 1, Verdict.FLAG)])
def test_what_is_reported_later_than_allowed_is_at_least_flagged(late: int, verdict: Verdict) -> None:
    tight = rules({"lead": {"allowed_lateness": "1h"}})
    judgement = decide(a_subject(NOON - late, now=NOON), given_rules=tight)
    assert judgement.verdict is verdict
    if verdict is Verdict.FLAG:
        assert judgement.reason is Reason.LATE_ARRIVAL


def test_without_a_limit_nothing_is_late() -> None:
    assert decide(a_subject(NOON - 9000 * DAY, now=NOON)).verdict is Verdict.ACCEPT


def test_a_held_record_in_the_window_is_a_reason_to_flag() -> None:
    held = a_place(state=State.HELD, occurred_at=NOON - HOUR)
    judgement = decide(a_subject(), seen(held))
    assert (judgement.verdict, judgement.reason) == (Verdict.FLAG, Reason.UNDER_REVIEW)


def test_what_repeats_accepted_business_merges_although_another_repeat_is_under_review() -> None:
    accepted = a_place(1, customer_id=7, occurred_at=NOON - 2 * HOUR)
    held = a_place(2, customer_id=7, state=State.HELD, occurred_at=NOON - HOUR)
    assessment = found(seen(accepted), seen(held))
    judgement = judge(a_subject(), assessment, opened_by(accepted), rules())
    assert (judgement.verdict, judgement.reason) == (Verdict.MERGE, Reason.SAME_BUSINESS)


def test_a_held_record_elsewhere_is_none() -> None:
    held = a_place(state=State.HELD, occurred_at=NOON - 2 * DAY)
    assert decide(a_subject(), seen(held)).verdict is Verdict.LINK


def test_a_held_record_that_does_not_match_says_nothing() -> None:
    held = a_place(2, state=State.HELD, occurred_at=NOON - HOUR)
    own = a_place(1, occurred_at=NOON - 2 * DAY)
    assessment = Assessment(
        (seen(own),), ((seen(own).best, seen(own).score), (seen(held).best, seen(held, Same.NONE).score))
    )
    assert judge(a_subject(), assessment, opened_by(own), rules()).verdict is Verdict.LINK


def a_claim(**said: Any) -> Place:
    fields = {"state": State.CLAIMED, "occurred_at": NOON, "claim_id": 9, "claim_expires_at": NOON + 10 * MINUTE}
    return a_place(**{**fields, **said})


def test_somebodys_claim_on_the_same_business_is_pending() -> None:
    assert decide(a_subject(), seen(a_claim())).pending
    assert not decide(a_subject(), seen(a_place())).pending


def test_somebodys_claim_on_other_business_is_not_in_the_way() -> None:
    judgement = decide(a_subject(scenario="order"), seen(a_claim()))
    assert (judgement.verdict, judgement.pending) == (Verdict.LINK, False)


def test_two_owners_after_one_claim_are_told_to_wait() -> None:
    theirs = a_claim(source_system="crm", owner_id="li")
    assert decide(a_subject(source_system="crm", owner_id="wang"), seen(theirs)).pending


def lapsed(place: Place, **said: Any) -> bool:
    counting, gone = effective([Candidate(place, ZHANG)], a_subject(**said))
    assert len(counting) + len(gone) == 1
    return gone == (place,)


def test_a_claim_lapses_when_its_time_is_up() -> None:
    assert not lapsed(a_claim(), now=NOON + 10 * MINUTE - 1)
    assert lapsed(a_claim(), now=NOON + 10 * MINUTE)


def test_a_confirmed_place_never_lapses() -> None:
    assert not lapsed(a_place(claim_expires_at=NOON), now=NOON + DAY)


@pytest.mark.parametrize(
    ("system", "key", "gone"),
    [("crm", "tab-1", True), ("erp", "tab-1", False), ("crm", "tab-2", False), ("crm", "", False)],
)
def test_a_claimer_who_comes_again_gives_up_the_claim(system: str, key: str, gone: bool) -> None:
    claim = a_claim(source_system="crm", claim_key="tab-1")
    assert lapsed(claim, source_system=system, claim_key=key) is gone


def test_claims_without_a_key_are_not_one_claimers() -> None:
    assert not lapsed(a_claim(source_system="crm"), source_system="crm")


def given_up(place: Place, same: Same = Same.MATCH, **said: Any) -> bool:
    return own_claims(found(seen(place, same)), a_subject(source_system="crm", **said)) == (place,)


def test_an_owner_who_asks_again_gives_up_the_claim() -> None:
    mine = a_claim(source_system="crm", owner_id="li")
    assert given_up(mine, owner_id="li")
    assert not given_up(mine, owner_id="wang")
    assert not given_up(mine)
    assert not given_up(mine, Same.POSSIBLE, owner_id="li")
    assert not given_up(a_claim(source_system="crm"), owner_id="li")
    assert not given_up(a_claim(source_system="erp", owner_id="li"), owner_id="li")


def test_an_owners_two_claim_keys_are_two_attempts() -> None:
    assert not given_up(a_claim(source_system="crm", owner_id="li", claim_key="a"), owner_id="li", claim_key="b")


def test_the_records_own_row_is_no_candidate() -> None:
    counting, gone = effective([Candidate(a_place(7), ZHANG)], a_subject(record_id=7))
    assert (counting, gone) == ((), ())


def test_the_strongest_record_speaks_for_its_customer() -> None:
    weak = Candidate(a_place(1), a_person(ZHANG_WEI))
    strong = Candidate(a_place(2), ZHANG)
    assessment = assess(a_subject(), [weak, strong], rules())
    assert [one.best.place.record_id for one in assessment.findings] == [2]
    assert assessment.matches == assessment.findings
    assert len(assessment.scored) == 2


def test_the_records_of_one_person_are_heard_together_where_one_alone_leaves_a_doubt() -> None:
    full, surname = a_name("smith", "philip"), a_name("smith", "")
    born, line = a_date(1980, 5, 17), a_phone("442032824087", "landline")
    subject = a_subject(features=a_person(full, birth_dates=(born,), phones=(line,)))
    with_date = Candidate(a_place(1), a_person(surname, birth_dates=(born,)))
    with_phone = a_person(surname, phones=(line,))
    assert assess(subject, [with_date], rules()).matches == ()
    (heard,) = assess(subject, [with_date, Candidate(a_place(2), with_phone)], rules()).matches
    assert sum(row.weight for row in explanation(subject.features, heard.best.features)) == pytest.approx(
        heard.score.match_weight
    )
    stranger = Candidate(a_place(2, customer_id=200), with_phone)
    assert assess(subject, [with_date, stranger], rules()).matches == ()


def test_a_record_that_contradicts_keeps_its_persons_records_from_being_heard_together() -> None:
    full, surname = a_name("smith", "philip"), a_name("smith", "")
    born, line = a_date(1980, 5, 17), a_phone("442032824087", "landline")
    subject = a_subject(features=a_person(full, birth_dates=(born,), phones=(line,)))
    with_date = Candidate(a_place(1), a_person(surname, birth_dates=(born,)))
    brother = Candidate(a_place(2), a_person(a_name("smith", "george"), phones=(line,)))
    assert assess(subject, [with_date, brother], rules()).matches == ()


def test_who_is_plainly_another_is_no_finding() -> None:
    assert assess(a_subject(), [Candidate(a_place(), STRANGER)], rules()).findings == ()


def test_new_business_on_a_row_keeps_its_customer_whatever_its_values_say() -> None:
    own = Candidate(a_place(1, 100, occurred_at=NOON - 9 * DAY), STRANGER)
    known = with_known(found(), own, a_subject(known_customer=100), rules())
    judgement = judge(a_subject(known_customer=100), known, opened_by(own.place), rules())
    assert (judgement.verdict, judgement.chosen and judgement.chosen.customer_id) == (Verdict.LINK, 100)


def test_new_business_on_a_row_joins_others_to_its_own_customer() -> None:
    own, other = (
        Candidate(a_place(2, 200, occurred_at=NOON - 9 * DAY), ZHANG),
        a_place(1, 100, occurred_at=NOON - 9 * DAY),
    )
    subject = a_subject(known_customer=200)
    judgement = judge(
        subject, with_known(found(seen(other)), own, subject, rules()), opened_by(own.place, other), rules()
    )
    assert (judgement.chosen and judgement.chosen.customer_id, judgement.joined) == (200, (100,))


def test_an_update_is_not_held_against_its_own_customer() -> None:
    assessment = found(seen(a_place(1, 100)), seen(a_place(2, 200), Same.POSSIBLE))
    assert [one.customer_id for one in without_customer(assessment, 100).findings] == [200]


MOBILES = [a_phone(f"861380013800{digit}") for digit in range(3)]
PEOPLE = [a_person(name, phones=(phone,)) for name in (ZHANG_WEI, WANG_JIANGUO) for phone in MOBILES]
STATES = st.sampled_from([State.ACCEPTED, State.CLAIMED, State.JOINED, State.HELD])


@st.composite
def stores(draw: st.DrawFn) -> list[Candidate]:
    """Up to six stored records of up to three customers."""
    count = draw(st.integers(1, 6))
    return [
        Candidate(
            a_place(
                record_id,
                100 * draw(st.integers(1, 3)),
                state=draw(STATES),
                scenario=draw(st.sampled_from(["lead", "lead/web", "order"])),
                occurred_at=NOON - draw(st.sampled_from([0, HOUR, DAY - 1, DAY, 9 * DAY])),
                owner_id=draw(st.sampled_from(["", "li", "wang"])),
                source_system="crm",
                claim_expires_at=NOON + 2 * HOUR,
            ),
            draw(st.sampled_from(PEOPLE)),
        )
        for record_id in range(1, count + 1)
    ]


@given(stores(), st.randoms(use_true_random=False), st.sampled_from(["join", "flag"]), st.booleans())
def test_the_order_of_rows_changes_no_judgement(
    candidates: list[Candidate], random: Any, on_bridge: str, complete: bool
) -> None:
    given_rules = rules({"lead": {"across": "subtree"}}, on_bridge=on_bridge)
    subject = a_subject(NOON + HOUR, source_system="crm", owner_id="li")
    episodes = opened_by(*(one.place for one in candidates if one.place.state in (State.ACCEPTED, State.CLAIMED)))
    first = judge(subject, assess(subject, candidates, given_rules), episodes, given_rules, complete)
    random.shuffle(candidates)
    random.shuffle(episodes)
    assert judge(subject, assess(subject, candidates, given_rules), episodes, given_rules, complete) == first


@given(stores())
def test_nothing_is_accepted_beside_the_same_business(candidates: list[Candidate]) -> None:
    """Invariant 1, for one decision: a match in the window and scenario is never let through as new."""
    subject = a_subject(NOON + HOUR, source_system="crm")
    episodes = opened_by(*(one.place for one in candidates if one.place.state in (State.ACCEPTED, State.CLAIMED)))
    assessment = assess(subject, candidates, rules())
    judgement = judge(subject, assessment, episodes, rules())
    matching = {one.customer_id for one in assessment.matches}
    same = any(
        one.customer_id in matching and one.scenario == "lead" and abs(subject.at - one.anchor_at) < DAY
        for one in episodes
    )
    if same:
        assert judgement.verdict in (Verdict.MERGE, Verdict.FLAG)
    if not assessment.findings:
        assert judgement.verdict is Verdict.ACCEPT
    if matching:
        assert judgement.verdict is not Verdict.ACCEPT
        assert judgement.chosen is not None
        assert judgement.chosen.customer_id in matching
        assert judgement.key.scenario in ScenarioSame
