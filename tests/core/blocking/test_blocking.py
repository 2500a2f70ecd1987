"""Blocking keys: who becomes a candidate for whom, and what a hot key leaves findable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.blocking import ALONE, AT_MOST, KEY_FUNCTIONS, MAX_KEYS, WITHIN, BlockingKey, blocking_keys, covered
from dedupsvc.core.fields import Features
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
    a_masked_phone,
    a_name,
    a_person,
    a_phone,
    an_address,
    an_email,
    an_identifier,
)
from tests.core.test_score import parties

KINDS = {entry.kind for entry in KEY_FUNCTIONS}


def shared_kinds(left: Features, right: Features) -> set[str]:
    return {key.kind for key in set(blocking_keys(left)) & set(blocking_keys(right))}


@given(parties)
def test_keys_are_deterministic_without_repeats_and_bounded(features: Features) -> None:
    keys = blocking_keys(features)
    assert keys == blocking_keys(features)
    assert len(set(keys)) == len(keys) <= MAX_KEYS
    assert {key.kind for key in keys} <= KINDS


@given(parties, parties)
def test_a_person_never_meets_a_company(left: Features, right: Features) -> None:
    if left.party_type != right.party_type:
        assert not shared_kinds(left, right)


def test_a_record_of_very_many_values_keeps_its_strongest_kinds() -> None:
    phones = tuple(a_phone(f"86138000{number:05d}") for number in range(200))
    keys = blocking_keys(a_person(WANG_JIANGUO, phones=phones, identifiers=(an_identifier("11010119800101001X"),)))
    assert len(keys) == MAX_KEYS
    assert keys[0].kind == "identifier"


def test_the_kinds_are_listed_once_and_covered_by_listed_kinds() -> None:
    assert len(KINDS) == len(KEY_FUNCTIONS)
    for entry in KEY_FUNCTIONS:
        assert set(entry.covered_by) <= KINDS - {entry.kind}


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (a_person(phones=(MOBILE,)), a_person(phones=(a_phone("13500009999", "unknown"),)), "phone"),
        (a_person(WANG_JIANGUO, phones=(MOBILE,)), a_person(a_name("jianguo", "wang"), phones=(MOBILE,)), "phone_name"),
        (
            a_person(WANG_JIANGUO, phones=(MOBILE,)),
            a_person(WANG_JIANGUO, phones=(a_phone("8613511109999"),)),
            "phone_tail_name",
        ),
        (
            a_person(WANG_JIANGUO, phones=(MOBILE,)),
            a_person(WANG_JIANGUO, phones=(a_masked_phone("135????9999"),)),
            "phone_tail_name",
        ),
        (
            a_person(WANG_JIANGUO, phones=(MOBILE,)),
            a_person(WANG_JIANGUO, phones=(a_phone("8613500009989"),)),
            "phone_head_name",
        ),
        (
            a_person(a_name("berger", "achim"), emails=(an_email("aberger791@icloud.com"),)),
            a_person(a_name("achim", "beregr"), addresses=(an_address(city="berlin"),)),
            "name_letters",
        ),
        (
            a_person(a_name("griffiths", "alfie"), addresses=(an_address(city="plymouth"),)),
            a_person(a_name("grifihs", "alfie"), addresses=(an_address(city="plymouth"),)),
            "name_word_city",
        ),
        (
            a_person(ZHANG_WEI, emails=(an_email("zhang.w@163.com"),)),
            a_person(ZHANG_WEI, emails=(an_email("zhang.w@163.con"),)),
            "email_local_name",
        ),
        (
            a_person(emails=(an_email("li.na@acme.cn", "corporate"),)),
            a_person(ZHANG_WEI, emails=(an_email("li.na@acme.cn", "corporate"),)),
            "email",
        ),
        (
            a_person(WANG_JIANGUO, birth_dates=(a_date(1980, 5, 6),)),
            a_person(a_name("王", "", "wang", ""), birth_dates=(a_date(1980, 6, 5),)),
            "birth_date_initial",
        ),
        (
            a_person(WANG_JIANGUO, addresses=(an_address(city="上海"),)),
            a_person(a_name("wang", "jianguo"), addresses=(HOME,)),
            "name_city",
        ),
        (
            a_person(WANG_JIANGUO, addresses=(HOME,)),
            a_person(WANG_JIANGUO, addresses=(HOME._replace(number="123", unit="4-501", city=""),)),
            "address_name",
        ),
        (a_company(HUAXIN), a_company(a_company_name("华信", "科技", key="huaxinkeji")), "company"),
        (
            a_company(HUAXIN),
            a_company(a_company_name("华信", key="huaxin"), addresses=(an_address(city="上海"),)),
            "company_city",
        ),
        (a_company(addresses=(HOME,)), a_company(HUAXIN, addresses=(HOME,)), "address"),
        (
            a_company(HUAXIN, addresses=(an_address("evergreen", "1329"),)),
            a_company(HUAXIN, addresses=(an_address("vrgreen", "1329"),)),
            "number_name",
        ),
        (
            a_company(HUAXIN, addresses=(an_address("mill lane", "14", postcode="60626"),)),
            a_company(addresses=(an_address("mull lane", "14", postcode="60626"),)),
            "number_postcode",
        ),
        (
            a_company(HUAXIN, website="huaxin.cn"),
            a_company(HUAXIN, emails=(an_email("info@huaxin.cn", "role"),)),
            "domain_name",
        ),
        (a_person(interactions=("order:1",)), a_person(interactions=("order:1",)), "interaction"),
    ],
)
def test_one_wrong_or_missing_field_hides_nobody(left: Features, right: Features, kind: str) -> None:
    assert kind in shared_kinds(left, right)


def test_an_employer_or_a_surname_alone_makes_no_candidate() -> None:
    left, right = a_person(WANG_JIANGUO, companies=(HUAXIN,)), a_person(WANG_HAO, companies=(HUAXIN,))
    assert not shared_kinds(left, right)


def test_neighbours_and_namesakes_elsewhere_are_no_candidates() -> None:
    left = a_person(ZHANG_WEI, addresses=(HOME,))
    assert not shared_kinds(left, a_person(ZHANG_WEI, addresses=(an_address(city="广州"),)))
    assert not shared_kinds(left, a_person(a_name("li", "na"), addresses=(HOME,)))


def test_a_short_name_finds_no_namesakes_elsewhere_and_a_name_alone_only_rare_ones() -> None:
    mailbox = (an_email("one@mail.com"),)
    assert "name_letters" not in {key.kind for key in blocking_keys(a_person(ZHANG_WEI, emails=mailbox))}
    assert "name_letters" in {key.kind for key in blocking_keys(a_person(WANG_JIANGUO, emails=mailbox))}
    assert not blocking_keys(a_person(ZHANG_WEI))
    assert {key.kind for key in blocking_keys(a_person(WANG_JIANGUO))} == {"mailbox_letters"}
    assert "mailbox_letters" in AT_MOST


def test_beside_a_number_only_a_city_makes_a_word_of_a_name_worth_looking_up() -> None:
    holmes = a_person(
        a_name("holmes", "frederick"),
        birth_dates=(a_date(1990, 5, 17),),
        addresses=(an_address(city="peterborough"),),
        emails=(an_email("fh1@bond.biz", "corporate"), an_email("frederick1990@mail.com")),
    )
    without = {key.kind for key in blocking_keys(holmes)}
    beside = {key.kind for key in blocking_keys(holmes._replace(phones=(MOBILE,)))}
    assert without - beside == {"name_word", "birth_date", "birth_year_town", "mail_domain", "mailbox_letters"}
    assert "name_word_city" in beside


def test_a_frequent_name_is_covered_by_what_stands_beside_it() -> None:
    keys = blocking_keys(a_person(WANG_JIANGUO, emails=(an_email("one@mail.com"),)))
    assert covered([key for key in keys if key.kind == "name_letters"], keys)


def test_a_usual_record_has_about_a_dozen_keys() -> None:
    usual = a_person(
        WANG_JIANGUO,
        companies=(HUAXIN,),
        phones=(MOBILE,),
        emails=(an_email("wang88@163.com"),),
        addresses=(HOME,),
    )
    assert len(blocking_keys(usual)) <= 13


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (a_person(a_name("holmes", "")), a_person(a_name("hsmel", "freddie")), "name_word"),
        (
            a_person(a_name("armstrong", ""), addresses=(an_address(city="peterborough"),)),
            a_person(a_name("eva", "armstrong"), addresses=(an_address(city="peterborouhg"),)),
            "name_word_city",
        ),
        (a_person(birth_dates=(a_date(1981, 9, 2),)), a_person(birth_dates=(a_date(1981, 2, 9),)), "birth_date"),
        (
            a_person(a_name("jones", "oliver")),
            a_person(emails=(an_email("oliverjones82@bond.biz", "corporate"),)),
            "mailbox_letters",
        ),
    ],
)
def test_what_is_badly_written_is_found_while_its_words_are_rare(left: Features, right: Features, kind: str) -> None:
    assert kind in shared_kinds(left, right)
    assert kind in AT_MOST


def test_a_search_does_not_rely_on_what_only_finds_while_rare() -> None:
    record = a_person(
        a_name("holmes", "freddie"),
        addresses=(an_address(city="york"),),
        birth_dates=(a_date(1981, 9, 2),),
        emails=(an_email("f.holmes@moorgate.example", "corporate"),),
    )
    bonus = [key for key in blocking_keys(record) if key.kind in AT_MOST]
    assert {key.kind for key in bonus} == set(AT_MOST)
    assert covered(bonus, bonus)


def test_what_chance_makes_many_share_has_other_keys_that_make_up_for_it() -> None:
    assert ALONE.keys().isdisjoint(AT_MOST)
    assert all(entry.covered_by for entry in KEY_FUNCTIONS if entry.alone is not None)


names = st.builds(a_name, st.sampled_from(["prescott", "wang"]), st.sampled_from(["jonathan", "hao", ""]))
known = st.builds(
    a_person,
    names,
    phones=st.lists(st.sampled_from([MOBILE, SWITCHBOARD, a_masked_phone("138****5678")]), max_size=3).map(tuple),
    emails=st.lists(st.sampled_from([an_email("jp@qq.com"), an_email("info@bond.biz", "role")]), max_size=2).map(tuple),
    addresses=st.lists(st.sampled_from([HOME, an_address(city="york", postcode="yo1")]), max_size=2).map(tuple),
    companies=st.sampled_from([(), (HUAXIN,)]),
    birth_dates=st.sampled_from([(), (a_date(1981, 9, 2),), (a_date(1981, 0, 0),)]),
)


@given(known, known)
def test_whoever_is_found_by_a_narrower_kind_is_found_by_the_wider_one(left: Features, right: Features) -> None:
    has = {key.kind for key in blocking_keys(left)}
    shared = shared_kinds(left, right)
    for narrow, wide in WITHIN.items():
        if narrow in shared and wide in has:
            assert wide in shared


def test_a_wider_kind_comes_before_those_within() -> None:
    order = [entry.kind for entry in KEY_FUNCTIONS]
    assert all(order.index(wide) < order.index(narrow) for narrow, wide in WITHIN.items())


def keys_of(features: Features, kind: str) -> list[BlockingKey]:
    return [key for key in blocking_keys(features) if key.kind == kind]


def test_a_hot_switchboard_is_covered_by_the_name_beside_it() -> None:
    record = a_person(WANG_JIANGUO, phones=(SWITCHBOARD,))
    assert covered(keys_of(record, "phone"), blocking_keys(record))


def test_a_hot_switchboard_without_a_name_is_not_covered() -> None:
    record = a_person(phones=(SWITCHBOARD,))
    assert not covered(keys_of(record, "phone"), blocking_keys(record))


def test_one_phone_with_a_name_does_not_cover_another_phone() -> None:
    record = a_person(WANG_JIANGUO, phones=(SWITCHBOARD, MOBILE))
    hot = keys_of(record, "phone")[:1] + keys_of(record, "phone_name")[:1] + keys_of(record, "phone_tail_name")
    assert not covered(hot, blocking_keys(record))


def test_a_hot_covering_key_covers_nothing() -> None:
    record = a_company(HUAXIN)
    assert covered(keys_of(record, "company"), blocking_keys(record))
    assert not covered(blocking_keys(record), blocking_keys(record))


def test_nothing_hot_is_always_covered() -> None:
    assert covered((), blocking_keys(a_person(WANG_JIANGUO)))
    assert covered((), ())
