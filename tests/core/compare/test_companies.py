"""Names of companies, pair by pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.companies import COMPANY_CODES, company_level
from dedupsvc.core.fields import CompanyName
from tests.core.compare.build import HUAXIN, a_company, a_company_name

ACME = a_company_name("acme summit", "technologies", script="latin")
CHILDREN = a_company_name("north austin children", script="latin")


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        (HUAXIN, a_company_name("华信", "科技", region="上海", key="huaxinkeji"), "same_registered"),
        (HUAXIN, a_company_name("华信", "科技", key="huaxinkeji"), "same"),
        (HUAXIN, a_company_name("华鑫", "科技", region="上海", key="huaxinkeji"), "same_sound"),
        (HUAXIN, a_company_name("huaxin keji", script="latin", key="huaxinkeji"), "same_sound"),
        (HUAXIN, a_company_name("华信", region="上海", key="huaxin"), "short"),
        (HUAXIN, a_company_name("华信", "网络科技", region="上海", key="huaxinwangluokeji"), "similar"),
        (HUAXIN, a_company_name("华信", "科技", region="北京", key="huaxinkeji"), "other_region"),
        (HUAXIN, a_company_name("华信", "贸易", region="上海", key="huaxinmaoyi"), "other_industry"),
        (HUAXIN, HUAXIN._replace(branch="北京分公司", full=HUAXIN.full + "北京分公司"), "other_branch"),
        (HUAXIN, a_company_name("新光", "教育", region="上海", key="xinguangjiaoyu"), "different"),
        (ACME, a_company_name("acme sumit", "technologies", script="latin"), "similar_long"),
        (a_company_name("gould", script="latin"), a_company_name("goulld", script="latin"), "similar"),
        (CHILDREN, a_company_name("hull house north austin", "services", script="latin"), "related"),
        (CHILDREN, a_company_name("north austin", script="latin"), "part_long"),
        (CHILDREN, a_company_name("hull house bridgeport", script="latin"), "different"),
        (ACME, a_company_name("acme summit", script="latin"), "short"),
        (ACME, a_company_name("blue river", "technologies", script="latin"), "different"),
    ],
)
def test_two_names_reach_their_level_from_both_sides(name: CompanyName, other: CompanyName, level: str) -> None:
    assert COMPANY_CODES[company_level(a_company(name), a_company(other))] == level
    assert COMPANY_CODES[company_level(a_company(other), a_company(name))] == level


def test_sites_named_in_brackets_are_not_the_same() -> None:
    center = a_company_name("crane center", script="latin")
    east, north = (center._replace(full=f"crane center {site}") for site in ("east", "north"))
    assert COMPANY_CODES[company_level(a_company(east), a_company(north))] == "related"
    assert COMPANY_CODES[company_level(a_company(east), a_company(center))] == "same"


def test_one_character_in_a_brand_of_two_is_another_brand() -> None:
    other = a_company_name("华通", "科技", region="上海", key="huatongkeji")
    assert COMPANY_CODES[company_level(a_company(HUAXIN), a_company(other))] == "different"


def test_a_former_name_given_as_alias_speaks() -> None:
    former = a_company_name("旧名", "科技", key="jiumingkeji")
    assert COMPANY_CODES[company_level(a_company(former, HUAXIN), a_company(HUAXIN))] == "same_registered"


parts = st.text("abco nx", max_size=8).map(str.strip)
names = st.builds(
    CompanyName,
    parts,
    parts,
    st.sampled_from(["", "上海", "北京"]),
    parts,
    st.sampled_from(["", "ltd", "jsc"]),
    st.sampled_from(["", "分公司"]),
    parts,
    st.sampled_from(["han", "latin", "other"]),
)


@given(names, names)
def test_whatever_the_names_the_level_is_symmetric(name: CompanyName, other: CompanyName) -> None:
    assert company_level(a_company(name), a_company(other)) == company_level(a_company(other), a_company(name))


def test_no_name_is_no_evidence() -> None:
    assert company_level(a_company(), a_company(HUAXIN)) == 0
