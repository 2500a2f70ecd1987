"""Names of persons, pair by pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.names import NAME_CODES, best_name, name_level
from dedupsvc.core.fields import PersonName
from tests.core.compare.build import WANG_HAO, WANG_JIANGUO, ZHANG_WEI, a_name, a_person, an_email

JOHN_DOE = a_name("doe", "john")


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        (WANG_JIANGUO, WANG_JIANGUO, "equal"),
        (ZHANG_WEI, ZHANG_WEI, "equal_common"),
        (a_name("smith", "john"), a_name("smith", "john"), "equal_common"),
        (JOHN_DOE, JOHN_DOE, "equal"),
        (WANG_JIANGUO, a_name("wang", "jianguo"), "transliterated"),
        (WANG_JIANGUO, a_name("jianguo", "wang"), "transliterated"),
        (a_name("陈", "大文", "chen", "da wen"), a_name("chan", "tai man"), "transliterated"),
        (a_name("许", "志明", "xu", "zhi ming"), a_name("hsu", "chih ming"), "transliterated"),
        (a_name("李", "小明", "li", "xiao ming"), a_name("wong", "siu ming"), "different"),
        (a_name("王", "晴", "wang", "qing"), a_name("王", "睛", "wang", "jing"), "similar"),
        (a_name("侯", "明", "hou", "ming"), a_name("候", "明", "hou", "ming"), "homophone"),
        (a_name("王", "晴", "wang", "qing"), a_name("王", "芳", "wang", "fang"), "other_given"),
        (ZHANG_WEI, a_name("张", "玮", "zhang", "wei"), "homophone"),
        (JOHN_DOE, a_name("john", "doe"), "swapped"),
        (WANG_JIANGUO, a_name("王", "国建", "wang", "guo jian"), "similar"),
        (a_name("smith", "jonathan"), a_name("smith", "jonathon"), "similar"),
        (a_name("sondergeld", "deakin"), a_name("sondergled", "deakin"), "similar"),
        (JOHN_DOE, a_name("doe", "j"), "initials"),
        (a_name("doe", "bob"), a_name("doe", "robert"), "nickname"),
        (a_name("doe", "jack"), JOHN_DOE, "nickname"),
        (a_name("doe", "jack"), a_name("doe", "robert"), "other_given"),
        (WANG_JIANGUO, a_name("wang", "j g"), "initials"),
        (a_name("doe", "mary ann"), a_name("doe", "mary"), "part"),
        (WANG_JIANGUO, a_name("王", "", "wang", ""), "family_common"),
        (a_name("smith", "jane"), a_name("smith", ""), "family_common"),
        (a_name("harper", "jane"), a_name("harper", ""), "family_only"),
        (a_name("", "grace"), a_name("kelly", "grace"), "part"),
        (JOHN_DOE, a_name("miller", "john"), "other_family"),
        (a_name("doe", "paul"), a_name("doe", "paula"), "resembling"),
        (a_name("rossi", "mario"), a_name("rossi", "maria"), "resembling"),
        (a_name("owen", "jessica"), a_name("owen", "aessicj"), "resembling"),
        (a_name("", "oscar"), a_name("oscar", "ahmed"), "part"),
        (a_name("", "isla"), a_name("price", ""), "missing"),
        (WANG_JIANGUO, a_name("wang", "jack"), "other_script"),
        (WANG_JIANGUO, WANG_HAO, "other_given"),
        (WANG_JIANGUO, a_name("李", "娜", "li", "na"), "different"),
        (JOHN_DOE, a_name("doe", "karl"), "other_given"),
    ],
)
def test_two_names_reach_their_level_from_both_sides(name: PersonName, other: PersonName, level: str) -> None:
    assert NAME_CODES[best_name((name,), (other,))] == level
    assert NAME_CODES[best_name((other,), (name,))] == level


def test_one_syllable_is_never_a_slip_of_another() -> None:
    xiaoming, xiaoliang = a_name("张", "小明", "zhang", "xiao ming"), a_name("张", "小亮", "zhang", "xiao liang")
    assert NAME_CODES[best_name((xiaoming,), (xiaoliang,))] == "other_given"


def test_a_chinese_given_name_is_not_part_of_a_longer_one() -> None:
    xiao, xiaoming = a_name("张", "晓", "zhang", "xiao"), a_name("张", "晓明", "zhang", "xiao ming")
    assert NAME_CODES[best_name((xiao,), (xiaoming,))] == "other_given"


def test_the_best_alias_speaks() -> None:
    assert NAME_CODES[best_name((JOHN_DOE, WANG_JIANGUO), (WANG_JIANGUO,))] == "equal"


parts = st.text("abeo nx", max_size=6).map(str.strip)
names = st.builds(
    PersonName,
    parts,
    parts,
    st.just(""),
    parts,
    parts,
    st.sampled_from(["han", "latin", "other"]),
    st.booleans(),
)


@given(names, names)
def test_whatever_the_names_the_level_is_symmetric(name: PersonName, other: PersonName) -> None:
    assert best_name((name,), (other,)) == best_name((other,), (name,))


@given(names)
def test_a_name_never_contradicts_itself(name: PersonName) -> None:
    assert NAME_CODES[best_name((name,), (name,))] in (
        "missing",
        "equal",
        "equal_common",
        "part",
        "family_only",
        "family_common",
    )


def test_no_name_is_no_evidence() -> None:
    assert NAME_CODES[best_name((), (JOHN_DOE,))] == "missing"


def test_an_unordered_name_may_be_read_the_other_way_round() -> None:
    unordered = a_name("jonathan", "doe", ordered=False)
    assert NAME_CODES[best_name((unordered,), (a_name("doe", "jonathon"),))] == "similar"


@pytest.mark.parametrize(
    ("name", "mailbox", "level"),
    [
        (a_name("jones", "oliver"), "oliver.jones82@bond.biz", "mailbox"),
        (a_name("jones", "oliver"), "jones_oliver@bond.biz", "mailbox"),
        (WANG_JIANGUO, "wangjianguo1980@qq.com", "mailbox"),
        (a_name("jones", "oliver"), "ojones@bond.biz", "mailbox_initial"),
        (a_name("jones", "oliver"), "oliverj@bond.biz", "mailbox_initial"),
        (a_name("jones", "oliver"), "oliver@bond.biz", "missing"),
        (a_name("jones", "oliver"), "olivia.jones@bond.biz", "missing"),
        (a_name("li", "na"), "lina@bond.biz", "missing"),
        (a_name("jones", ""), "jones@bond.biz", "missing"),
    ],
)
def test_who_gives_no_name_may_write_it_in_the_mailbox(name: PersonName, mailbox: str, level: str) -> None:
    named, nameless = a_person(name), a_person(emails=(an_email(mailbox, "corporate"),))
    assert NAME_CODES[name_level(named, nameless)] == level
    assert NAME_CODES[name_level(nameless, named)] == level


@pytest.mark.parametrize(
    ("mailbox", "level"),
    [
        ("lynnev491@yahoo.com", "mailbox"),
        ("vincent.lynne@yahoo.com", "mailbox"),
        ("lvincent@yahoo.com", "initials"),
        ("laurav491@yahoo.com", "initials"),
    ],
)
def test_the_mailbox_says_what_an_initial_stands_for(mailbox: str, level: str) -> None:
    full = a_person(a_name("vincent", "lynne"))
    short = a_person(a_name("vincent", "l"), emails=(an_email(mailbox),))
    assert NAME_CODES[name_level(full, short)] == level
    assert NAME_CODES[name_level(short, full)] == level


def test_ones_own_mailbox_says_nothing_of_who_gives_an_initial() -> None:
    full = a_person(a_name("vincent", "lynne"), emails=(an_email("lynnev491@yahoo.com"),))
    assert NAME_CODES[name_level(full, a_person(a_name("vincent", "l")))] == "initials"


def test_a_mailbox_says_nothing_where_both_give_their_names() -> None:
    left = a_person(a_name("jones", "oliver"))
    right = a_person(a_name("miller", "emma"), emails=(an_email("oliver.jones@bond.biz", "corporate"),))
    assert NAME_CODES[name_level(left, right)] == "different"
