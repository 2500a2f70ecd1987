"""The verdict on a pair: what agrees, what is shared by right, and what no agreement can outweigh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.fields import Features
from dedupsvc.core.score import (
    CONTRADICTIONS,
    SHIPPED,
    Same,
    Thresholds,
    match_weight,
    probability,
    score_each,
    score_pair,
)
from tests.core.compare.build import (
    HOME,
    HUAXIN,
    MOBILE,
    SWITCHBOARD,
    WANG_HAO,
    WANG_JIANGUO,
    ZHANG_WEI,
    a_company,
    a_company_name,
    a_date,
    a_name,
    a_person,
    a_phone,
    an_address,
    an_email,
    an_identifier,
)

LI_NA = a_name("李", "娜", "li", "na")
MAILBOX = an_email("shanli88@163.com")
OFFICE = an_address("中关村大街", "1", city="北京")
USCC = an_identifier("91310115MA1H0YFB3G")
OTHER_USCC = an_identifier("91110108MA01D0XT7N")


def verdict(left: Features, right: Features) -> Same:
    assert score_pair(left, right) == score_pair(right, left)
    return score_pair(left, right).same


def test_a_name_and_a_mobile_make_a_match() -> None:
    assert verdict(a_person(WANG_JIANGUO, phones=(MOBILE,)), a_person(WANG_JIANGUO, phones=(MOBILE,))) is Same.MATCH


def test_a_common_name_and_a_mobile_make_a_match() -> None:
    assert verdict(a_person(ZHANG_WEI, phones=(MOBILE,)), a_person(ZHANG_WEI, phones=(MOBILE,))) is Same.MATCH


def test_a_name_in_pinyin_and_a_mailbox_make_a_match() -> None:
    pinyin = a_name("wang", "jianguo", ordered=False)
    assert verdict(a_person(WANG_JIANGUO, emails=(MAILBOX,)), a_person(pinyin, emails=(MAILBOX,))) is Same.MATCH


def test_a_homophone_with_the_same_mobile_and_home_is_a_match() -> None:
    homophone = a_name("王", "健国", "wang", "jian guo")
    left = a_person(WANG_JIANGUO, phones=(MOBILE,), addresses=(HOME,))
    assert verdict(left, a_person(homophone, phones=(MOBILE,), addresses=(HOME,))) is Same.MATCH


def test_a_surname_with_a_title_and_the_same_mobile_is_a_match() -> None:
    boss = a_person(a_name("王", "", "wang", ""), phones=(MOBILE,))
    assert verdict(a_person(WANG_JIANGUO, phones=(MOBILE,)), boss) is Same.MATCH


def test_a_name_and_the_flat_where_one_lives_make_a_match() -> None:
    assert verdict(a_person(WANG_JIANGUO, addresses=(HOME,)), a_person(WANG_JIANGUO, addresses=(HOME,))) is Same.MATCH


@pytest.mark.parametrize(
    "shared",
    [
        {"phones": (SWITCHBOARD,)},
        {"phones": (SWITCHBOARD,), "companies": (HUAXIN,), "addresses": (OFFICE,), "website": "huaxin.cn"},
        {"emails": (an_email("info@huaxin.cn", "role"),), "companies": (HUAXIN,)},
        {"companies": (HUAXIN,)},
        {"website": "huaxin.cn"},
    ],
)
def test_what_colleagues_share_makes_no_match_even_of_namesakes(shared: dict[str, object]) -> None:
    assert verdict(a_person(ZHANG_WEI, **shared), a_person(ZHANG_WEI, **shared)) is not Same.MATCH


@pytest.mark.parametrize(
    "shared",
    [
        {"phones": (SWITCHBOARD,), "companies": (HUAXIN,), "addresses": (OFFICE,), "website": "huaxin.cn"},
        {"phones": (MOBILE,)},
        {"phones": (MOBILE,), "addresses": (HOME,)},
        {"emails": (MAILBOX,), "addresses": (HOME,)},
        {"interactions": ("order:1",)},
    ],
)
@pytest.mark.parametrize("other", [WANG_HAO, LI_NA])
def test_colleagues_relatives_and_next_owners_are_others(other: object, shared: dict[str, object]) -> None:
    assert isinstance(other, tuple)
    assert verdict(a_person(WANG_JIANGUO, **shared), a_person(other, **shared)) is Same.NONE  # type: ignore[arg-type]


def test_relatives_who_share_everything_are_for_a_steward_at_most() -> None:
    shared = {"phones": (MOBILE,), "emails": (MAILBOX,), "addresses": (HOME,)}
    assert verdict(a_person(WANG_JIANGUO, **shared), a_person(WANG_HAO, **shared)) is not Same.MATCH


def test_a_very_common_name_with_nothing_else_is_another_person() -> None:
    left = a_person(ZHANG_WEI, phones=(MOBILE,), addresses=(an_address(city="北京"),))
    right = a_person(ZHANG_WEI, phones=(a_phone("8615998765432"),), addresses=(an_address(city="广州"),))
    assert verdict(left, right) is Same.NONE
    assert verdict(a_person(ZHANG_WEI), a_person(ZHANG_WEI)) is Same.NONE


def test_a_common_name_and_a_city_are_for_a_steward_if_nothing_contradicts() -> None:
    chengdu = (an_address(city="成都"),)
    left, right = a_person(ZHANG_WEI, addresses=chengdu), a_person(ZHANG_WEI, addresses=chengdu, emails=(MAILBOX,))
    assert verdict(left, right) is Same.POSSIBLE


def test_father_and_son_of_one_name_are_for_a_steward() -> None:
    father = a_person(WANG_JIANGUO, addresses=(HOME,), phones=(MOBILE,), birth_dates=(a_date(1950, 1, 2),))
    found = score_pair(father, father._replace(birth_dates=(a_date(1980, 5, 6),)))
    assert found.same is Same.POSSIBLE
    assert found.limits == ("generation",)


def test_marriage_changes_a_surname_not_a_customer() -> None:
    shared = {"emails": (MAILBOX,), "birth_dates": (a_date(1985, 3, 4),)}
    assert verdict(a_person(a_name("miller", "anna"), **shared), a_person(a_name("fischer", "anna"), **shared)) is (
        Same.MATCH
    )


def test_a_married_woman_is_known_by_her_home_and_date_of_birth() -> None:
    left = a_person(a_name("brown", "isabella"), addresses=(HOME,), birth_dates=(a_date(1980, 5, 6),))
    right = a_person(a_name("shandley", "isabella"), addresses=(HOME,), birth_dates=(a_date(1980, 5, 6),))
    assert score_pair(left, right).same is Same.MATCH
    later = right._replace(birth_dates=(a_date(1999, 2, 28),))
    assert score_pair(left, later).same is not Same.MATCH


def test_a_whole_name_at_one_landline_is_a_match_and_a_common_one_among_colleagues_is_not() -> None:
    left, right = a_person(WANG_JIANGUO, phones=(SWITCHBOARD,)), a_person(WANG_JIANGUO, phones=(SWITCHBOARD,))
    assert score_pair(left, right).same is Same.MATCH
    colleague = a_person(ZHANG_WEI, phones=(SWITCHBOARD,), companies=(HUAXIN,))
    assert score_pair(colleague, colleague).same is not Same.MATCH


def test_without_a_name_a_mailbox_needs_a_date_of_birth_beside_it() -> None:
    mailbox = (an_email("shanli88@163.com"),)
    nameless = a_person(emails=mailbox, birth_dates=(a_date(1992, 7, 5),))
    assert score_pair(nameless, a_person(emails=mailbox)).same is Same.POSSIBLE
    assert score_pair(nameless, a_person(emails=mailbox, birth_dates=(a_date(1992, 6, 4),))).same is Same.MATCH
    assert score_pair(nameless, a_person(emails=mailbox, birth_dates=(a_date(1964, 3, 9),))).same is not Same.MATCH


def test_a_misspelt_name_needs_a_fact_beside_the_date_of_birth() -> None:
    left, right = a_name("hall", "charlie"), a_name("hall", "cahlrae")
    mailbox = (an_email("charlieh@mail.com"),)
    one = a_person(left, emails=mailbox, birth_dates=(a_date(2018, 6, 26),))
    other = a_person(right, emails=mailbox, birth_dates=(a_date(2019, 7, 26),))
    assert score_pair(one, other).same is Same.MATCH
    assert score_pair(one, other._replace(emails=())).same is not Same.MATCH


def test_twins_who_share_phone_and_home_are_no_match() -> None:
    shared = {"phones": (MOBILE,), "addresses": (HOME,), "birth_dates": (a_date(1985, 3, 4),)}
    assert verdict(a_person(WANG_JIANGUO, **shared), a_person(WANG_HAO, **shared)) is not Same.MATCH


def test_a_number_mistyped_in_the_middle_is_one_persons_and_the_next_number_a_twins() -> None:
    shared = {"addresses": (HOME,), "birth_dates": (a_date(1979, 1, 21),)}
    kieren = a_person(
        a_name("reid", "kieren"), **shared, identifiers=(an_identifier("2428295", "other", strong=False),)
    )
    allegra = a_person(a_name("reid", "allegra"), **shared)
    mistyped = allegra._replace(identifiers=(an_identifier("2438295", "other", strong=False),))
    twin = allegra._replace(identifiers=(an_identifier("2428296", "other", strong=False),))
    assert verdict(kieren, mistyped) is Same.MATCH
    assert verdict(kieren, twin) is Same.POSSIBLE


def test_who_married_is_known_by_an_own_number_and_the_street() -> None:
    number = {"identifiers": (an_identifier("6831450", "other", strong=False),)}
    street = an_address("mctaggart cres", city="hamilton")
    before = a_person(a_name("brooker", "nicole"), addresses=(street,), **number)
    after = a_person(a_name("bridgeland", "nicole"), addresses=(street,), **number)
    elsewhere = after._replace(addresses=(an_address("main st", city="leeds"),))
    assert verdict(before, after) is Same.MATCH
    assert verdict(before, elsewhere) is not Same.MATCH


def test_an_initial_and_the_mailbox_that_spells_it_are_a_whole_name() -> None:
    lynne = a_person(a_name("vincent", "lynne"), addresses=(HOME,))
    short = a_person(a_name("vincent", "l"), addresses=(HOME,))
    assert verdict(lynne, short._replace(emails=(an_email("lynnev491@yahoo.com"),))) is Same.MATCH
    assert verdict(lynne, short._replace(emails=(an_email("lvincent@yahoo.com"),))) is Same.POSSIBLE


def test_two_records_that_share_nothing_but_a_name_do_not_contradict_each_other() -> None:
    found = score_pair(a_person(WANG_JIANGUO, phones=(MOBILE,)), a_person(WANG_JIANGUO, emails=(MAILBOX,)))
    assert found.same is Same.NONE
    assert found.limits == ()


def test_a_room_next_door_is_another_household() -> None:
    next_door = HOME._replace(unit="502")
    assert verdict(a_person(ZHANG_WEI, addresses=(HOME,)), a_person(ZHANG_WEI, addresses=(next_door,))) is Same.NONE


def test_a_conflict_of_strong_identifiers_caps_at_possible() -> None:
    left = a_person(WANG_JIANGUO, phones=(MOBILE,), emails=(MAILBOX,), addresses=(HOME,), identifiers=(USCC,))
    found = score_pair(left, left._replace(identifiers=(OTHER_USCC,)))
    assert found.same is Same.POSSIBLE
    assert found.limits == ("identifier_conflict",)
    assert found.score < SHIPPED.match


def test_a_strong_identifier_and_a_name_make_a_match() -> None:
    left = a_person(WANG_JIANGUO, identifiers=(an_identifier("11010119800101001X", "resident_id"),))
    assert verdict(left, left) is Same.MATCH


def test_a_strong_identifier_under_another_name_is_for_a_steward() -> None:
    left = a_person(WANG_JIANGUO, identifiers=(an_identifier("11010119800101001X", "resident_id"),))
    assert verdict(left, left._replace(names=(LI_NA,))) is Same.POSSIBLE


def test_a_person_is_never_a_company() -> None:
    employee = a_person(WANG_JIANGUO, companies=(HUAXIN,), phones=(SWITCHBOARD,), identifiers=(USCC,))
    employer = a_company(HUAXIN, contacts=(WANG_JIANGUO,), phones=(SWITCHBOARD,), identifiers=(USCC,))
    assert verdict(employee, employer) is Same.NONE
    assert score_pair(employee, employer).limits == ("party_type",)


def test_a_registered_name_makes_a_match() -> None:
    assert verdict(a_company(HUAXIN), a_company(HUAXIN._replace(full="华信科技上海"))) is Same.MATCH


def test_a_short_name_needs_the_switchboard() -> None:
    short = a_company_name("华信", key="huaxin")
    assert verdict(a_company(HUAXIN, phones=(SWITCHBOARD,)), a_company(short, phones=(SWITCHBOARD,))) is Same.MATCH
    assert verdict(a_company(HUAXIN), a_company(short)) is Same.NONE


def test_a_branch_is_not_the_company() -> None:
    branch = HUAXIN._replace(branch="北京分公司", full=HUAXIN.full + "北京分公司")
    shared = {"phones": (SWITCHBOARD,), "emails": (an_email("info@huaxin.cn", "role"),), "website": "huaxin.cn"}
    found = score_pair(a_company(HUAXIN, **shared), a_company(branch, **shared))
    assert found.same is Same.NONE
    assert "branch" in found.limits


@pytest.mark.parametrize(
    "sister",
    [
        a_company_name("华信", "贸易", region="上海", key="huaxinmaoyi"),
        a_company_name("华信", "科技", region="北京", key="huaxinkeji"),
    ],
)
def test_a_sister_company_with_the_same_address_and_phone_is_no_match(sister: object) -> None:
    shared = {"phones": (SWITCHBOARD,), "addresses": (OFFICE,), "website": "huaxin.cn"}
    assert isinstance(sister, tuple)
    assert verdict(a_company(HUAXIN, **shared), a_company(sister, **shared)) is not Same.MATCH  # type: ignore[arg-type]


def test_two_tenants_of_one_building_are_two_companies() -> None:
    other = a_company_name("新光", "教育", region="上海", key="xinguangjiaoyu")
    next_door = OFFICE._replace(unit="9901")
    assert verdict(a_company(HUAXIN, addresses=(OFFICE,)), a_company(other, addresses=(OFFICE,))) is Same.NONE
    here, there = (
        a_company(name, phones=(SWITCHBOARD,), addresses=(place,))
        for name, place in ((HUAXIN, OFFICE), (other, next_door))
    )
    assert verdict(here, there) is Same.NONE


def test_another_name_at_the_same_number_and_door_is_for_a_steward_at_most() -> None:
    other = a_company_name("新光", "教育", region="上海", key="xinguangjiaoyu")
    shared = {"phones": (SWITCHBOARD,), "addresses": (OFFICE,)}
    assert verdict(a_company(HUAXIN, **shared), a_company(other, **shared)) is not Same.MATCH


def test_a_site_that_bears_its_carriers_name_is_the_same_only_at_the_same_door() -> None:
    carrier = a_company_name("crane league north austin", script="latin")
    site = a_company_name("north austin", script="latin")
    here, elsewhere = (an_address("n mason", number, city="chicago") for number in ("1500", "2817"))
    left = a_company(carrier, phones=(SWITCHBOARD,), addresses=(here,))
    assert verdict(left, a_company(site, phones=(SWITCHBOARD,), addresses=(here,))) is Same.MATCH
    assert verdict(left, a_company(site, phones=(SWITCHBOARD,), addresses=(elsewhere,))) is not Same.MATCH


HERE, NEXT_DOOR, ELSEWHERE = (
    an_address(street, number, city="chicago")
    for street, number in (("n mason", "1500"), ("n mason", "1502"), ("w lake", "2817"))
)
WINES = a_company_name("vintage harbour wines", script="latin")


def test_an_equal_name_at_another_place_needs_more_than_the_switchboard() -> None:
    here, there = (a_company(WINES, phones=(SWITCHBOARD,), addresses=(place,)) for place in (HERE, ELSEWHERE))
    assert verdict(here, there) is Same.POSSIBLE
    assert verdict(here, here) is Same.MATCH
    assert verdict(here, there._replace(addresses=(NEXT_DOOR,))) is Same.MATCH


@pytest.mark.parametrize(
    "kept",
    [
        {"phones": (MOBILE,)},
        {"emails": (an_email("jo@wines.com", "corporate"),), "phones": (SWITCHBOARD,)},
        {"contacts": (WANG_JIANGUO,), "phones": (SWITCHBOARD,)},
        {"companies": (WINES._replace(form="ltd"),), "phones": (SWITCHBOARD,)},
    ],
)
def test_a_company_that_moved_is_known_by_what_its_sites_would_not_share(kept: dict[str, tuple[object, ...]]) -> None:
    here, there = (a_company(WINES, addresses=(place,))._replace(**kept) for place in (HERE, ELSEWHERE))  # type: ignore[arg-type]
    assert verdict(here, there) is Same.MATCH


def test_two_shops_of_one_chain_are_not_one() -> None:
    here, there = (
        a_company(WINES, phones=(a_phone(number, "landline"),), addresses=(place,))
        for number, place in (("13125550101", HERE), ("17735550199", ELSEWHERE))
    )
    assert verdict(here, there) is Same.NONE


def test_a_company_without_a_name_is_for_a_steward_at_most_wherever_it_is() -> None:
    for place in (HERE, ELSEWHERE):
        unnamed = a_company(phones=(MOBILE,), emails=(MAILBOX,), addresses=(place,))
        assert (
            verdict(a_company(WINES, phones=(MOBILE,), emails=(MAILBOX,), addresses=(HERE,)), unnamed) is Same.POSSIBLE
        )


def test_half_a_name_at_another_place_is_another_site() -> None:
    site = a_company_name("vintage harbour wines lakeview depot", script="latin")
    here = a_company(WINES, phones=(SWITCHBOARD,), addresses=(HERE,))
    assert verdict(here, a_company(site, phones=(SWITCHBOARD,), addresses=(ELSEWHERE,))) is Same.NONE
    assert verdict(here, a_company(site, phones=(SWITCHBOARD,), addresses=(NEXT_DOOR,))) is Same.POSSIBLE
    assert verdict(here, a_company(site, phones=(SWITCHBOARD,), addresses=(HERE,))) is Same.MATCH


def test_one_owners_two_firms_share_his_mobile() -> None:
    firm = a_company_name("vintage harbour tyres and brakes", script="latin")
    here, there = (
        a_company(name, phones=(MOBILE,), addresses=(place,)) for name, place in ((WINES, HERE), (firm, ELSEWHERE))
    )
    assert verdict(here, there) is not Same.MATCH


@pytest.mark.parametrize("other", ["north", "2"])
def test_another_number_or_side_in_the_name_is_no_match_even_at_the_same_door(other: str) -> None:
    names = (
        a_company_name(f"harbour school {which}", script="latin")
        for which in ("south" if other == "north" else "1", other)
    )
    one, two = (a_company(name, phones=(SWITCHBOARD,), addresses=(HERE,)) for name in names)
    assert verdict(one, two) is not Same.MATCH


def test_contradictions_are_named_even_if_nothing_else_agrees() -> None:
    left, right = a_company(HUAXIN, identifiers=(USCC,)), a_company(HUAXIN, identifiers=(OTHER_USCC,))
    assert CONTRADICTIONS.intersection(score_pair(left, right).limits)


names = st.sampled_from(
    [WANG_JIANGUO, WANG_HAO, ZHANG_WEI, LI_NA, a_name("wang", "hao"), a_name("hao", "wang", ordered=False)]
)
phones = st.sampled_from([MOBILE, SWITCHBOARD, a_phone("8613500009998"), a_phone("88886666", "landline")])
emails = st.sampled_from([MAILBOX, an_email("info@huaxin.cn", "role"), an_email("shanli89@163.com")])
places = st.sampled_from([HOME, OFFICE, HOME._replace(unit="502"), HOME._replace(unit=""), an_address(city="上海")])
companies = st.sampled_from([HUAXIN, HUAXIN._replace(branch="北京分公司"), a_company_name("华信", key="huaxin")])
parties = st.builds(
    Features,
    st.sampled_from(["person", "company"]),
    st.lists(names, max_size=2).map(tuple),
    st.lists(companies, max_size=2).map(tuple),
    st.lists(names, max_size=1).map(tuple),
    st.lists(emails, max_size=2).map(tuple),
    st.lists(phones, max_size=2).map(tuple),
    st.lists(places, max_size=2).map(tuple),
    st.lists(st.sampled_from([USCC, OTHER_USCC]), max_size=1).map(tuple),
    st.lists(st.sampled_from([a_date(1980, 5, 6), a_date(1980, 6, 5), a_date(1980)]), max_size=1).map(tuple),
    st.sampled_from(["", "huaxin.cn", "other.cn"]),
    st.lists(st.sampled_from(["order:1", "order:2"]), max_size=2).map(tuple),
)


@given(parties, st.lists(parties, max_size=4))
def test_scoring_several_is_scoring_each_by_itself(left: Features, others: list[Features]) -> None:
    assert score_each(left, others) == [score_pair(left, other) for other in others]


@given(parties, parties)
def test_the_score_is_symmetric_and_never_contradicts_the_verdict(left: Features, right: Features) -> None:
    found = score_pair(left, right)
    assert found == score_pair(right, left)
    assert (found.same is Same.MATCH) == (found.score >= SHIPPED.match)
    assert (found.same is Same.NONE) == (found.score < SHIPPED.possible)


@given(parties, parties, st.floats(0.5, 0.999), st.floats(0.01, 0.5))
def test_stricter_thresholds_never_raise_a_verdict(
    left: Features, right: Features, match: float, possible: float
) -> None:
    order = [Same.NONE, Same.POSSIBLE, Same.MATCH]
    strict = score_pair(left, right, Thresholds(match, possible)).same
    lax = score_pair(left, right, Thresholds(match * 0.9, possible * 0.9)).same
    assert order.index(strict) <= order.index(lax)


@given(st.floats(-30, 30))
def test_probability_and_match_weight_are_inverse(weight: float) -> None:
    assert match_weight(probability(weight)) == pytest.approx(weight, abs=1e-4)


def test_probabilities_stay_between_the_bounds() -> None:
    assert 0 < probability(-1000) < 0.5 < probability(1000) < 1
