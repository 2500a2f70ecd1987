"""Names of companies, pair by pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.compare.companies import COMPANY_CODES, company_level
from dedupsvc.core.fields import CompanyName
from dedupsvc.core.normalize.company import company_name
from tests.core.compare.build import HUAXIN, a_company, a_company_name

ACME = a_company_name("acme summit", "technologies", script="latin")


def level_of(name: str, other: str) -> str:
    """Of two names as people write them; the same from both sides."""
    one, two = company_name(name.casefold()), company_name(other.casefold())
    assert one is not None
    assert two is not None
    level = company_level(a_company(one), a_company(two))
    assert level == company_level(a_company(two), a_company(one))
    return COMPANY_CODES[level]


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        (HUAXIN, a_company_name("华信", "科技", region="上海", key="huaxinkeji"), "same_registered"),
        (HUAXIN, a_company_name("华信", "科技", key="huaxinkeji"), "same"),
        (HUAXIN, a_company_name("华鑫", "科技", region="上海", key="huaxinkeji"), "same_sound_long"),
        (HUAXIN, a_company_name("华鑫", "科技", key="huaxinkeji"), "same_sound"),
        (HUAXIN, a_company_name("huaxin keji", script="latin", key="huaxinkeji"), "same_sound"),
        (HUAXIN, a_company_name("华信", region="上海", key="huaxin"), "short"),
        (HUAXIN, a_company_name("华信", "网络科技", region="上海", key="huaxinwangluokeji"), "similar"),
        (HUAXIN, a_company_name("华信", "科技", region="北京", key="huaxinkeji"), "other_region"),
        (HUAXIN, a_company_name("华信", "贸易", region="上海", key="huaxinmaoyi"), "other_industry"),
        (HUAXIN, HUAXIN._replace(branch="北京分公司", full=HUAXIN.full + "北京分公司"), "other_branch"),
        (HUAXIN, a_company_name("新光", "教育", region="上海", key="xinguangjiaoyu"), "different"),
        (ACME, a_company_name("acme sumit", "technologies", script="latin"), "similar_long"),
        (a_company_name("gould", script="latin"), a_company_name("goulld", script="latin"), "similar"),
        (ACME, a_company_name("acme summit", script="latin"), "short"),
        (ACME, a_company_name("blue river", "technologies", script="latin"), "different"),
    ],
)
def test_two_names_reach_their_level_from_both_sides(name: CompanyName, other: CompanyName, level: str) -> None:
    assert COMPANY_CODES[company_level(a_company(name), a_company(other))] == level
    assert COMPANY_CODES[company_level(a_company(other), a_company(name))] == level


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Harvest Growth Fund II LP", "Harvest Growth Fund III LP"),
        ("Teddy Bear Nursery 1", "Teddy Bear Nursery V"),
        ("Second Presbyterian Church", "Third Presbyterian Church"),
        ("Enerparc Wind Park A GmbH", "Enerparc Wind Park B GmbH"),
        ("Mary Crane Center (North)", "Mary Crane Center (East)"),
        ("Firman House West", "Firman House East"),
        ("Renew Wind (Pune)", "Renew Wind (Surat)"),
        ("Hilltop Dental Leeds", "Hilltop Dental Sheffield"),
        ("杭州市第一人民医院", "杭州市第二人民医院"),
        ("绿地东湖花园酒店", "绿地西湖花园酒店"),
    ],
)
def test_another_number_or_place_in_the_name_is_another_company(name: str, other: str) -> None:
    assert level_of(name, other) == "other_site"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Teddy Bear Nursery 2", "Teddy Bear Nursery II"),
        ("Fifth Avenue Deli", "5th Avenue Deli"),
        ("Wind Park Nord 04", "Wind Park Nord 4"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(name: str, other: str) -> None:
    assert level_of(name, other).startswith(("same", "similar"))


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        ("Path Wave SpA", "Path Wave Consulting SpA", "other_industry"),
        ("Path Wave", "Path Wave Consulting SpA", "short"),
        ("上海华信有限公司", "上海华信科技有限公司", "other_industry"),
        ("华信", "上海华信科技有限公司", "short"),
        ("华信公司", "上海华信科技有限公司", "short"),
        ("上海华信网络科技有限公司", "上海华信科技有限公司", "other_industry"),
        ("Van der Kroon Beheer BV", "Van der Kroon BV", "other_industry"),
        ("Ford Foundation", "Ford", "other_industry"),
        ("Vintage Harbour Wines Ltd", "Vintage Harbour Wines (Surat) Ltd", "other_industry"),
        ("Vintage Harbour Wines", "Vintage Harbour Wines (Surat) Ltd", "part_long"),
        ("Jindal Sterling Tirupati Ltd", "Jindal Sterling Ludhiana Ltd", "other_industry"),
    ],
)
def test_a_registered_name_is_not_short_for_another(name: str, other: str, level: str) -> None:
    assert level_of(name, other) == level


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        ("Tanuki", "Restaurant Tanuki", "short"),
        ("Hartwell Ashbourne", "Northern Relief Society - Hartwell Ashbourne", "part_long"),
        ("Palmer Delicatessen", "Palmer's Deli", "similar"),
        ("De Latour", "Boston Public Schools DeLatour, Ellen", "part"),
        ("Hartwell Ashbourne - Kimball", "Hartwell Ashbourne Quarry", "related"),
        ("Grand-Meridian Cafe", "Grand-Meridian Dining Room", "other_kind"),
        ("St. Lucy's Church", "St. Lucy's School", "other_kind"),
        ("Lucy Preschool", "Lucy Day Care Center", "part"),
        ("GE Power", "GE Dorval Hydraulics", "other_kind"),
        ("The Steak House", "Steak House", "same"),
        ("Metropolitan Youth Services", "Metropolitan Youth Services Midway", "part"),
        ("Metropolitan Youth Services", "Metropolitan School", "different"),
        ("Boston Child Care Society", "Boston Public Library", "different"),
    ],
)
def test_a_place_goes_by_its_carrier_its_house_or_its_trade(name: str, other: str, level: str) -> None:
    assert level_of(name, other) == level


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        (
            "Honeywell (Guangzhou) Friction Materials Co Ltd",
            "Honeywell (Wuxi) Friction Materials Co Ltd",
            "other_region",
        ),
        ("Vintage Harbour Wines Inc", "Vintage Harbour Wines, Inc.", "same_registered"),
        ("Vintage Harbour Wines", "Vintage Harbour Wines", "same_long"),
        ("Lincoln Elementary School", "Lincoln Elementary School", "same_full"),
        ("Green Consulting PLC", "Green Consulting PLC", "same_full"),
        ("Iron SpA", "Iron Srl", "other_form"),
        ("青岛精志隆科技公司", "青岛精志隆科技有限公司", "same_registered"),
        ("青岛精志隆科技公司", "青岛精志隆科技厂", "same_registered"),
        ("青岛精志隆科技厂", "青岛精志隆科技有限公司", "other_form"),
    ],
)
def test_region_and_legal_form_tell_equal_names_apart(name: str, other: str, level: str) -> None:
    assert level_of(name, other) == level


@pytest.mark.parametrize(
    ("name", "other", "level"),
    [
        ("IBM", "International Business Machines Corp", "part"),
        ("BMW", "Bayerische Motoren Werke AG", "part"),
        ("华信", "上海华信天成科技有限公司", "part"),
        ("中建三局", "中国建筑第三工程局有限公司", "part"),
        ("中建三局", "中国建筑第四工程局有限公司", "different"),
        ("上海华信有限公司", "上海华信天成科技有限公司", "different"),
        ("Huaxin Technology (Shanghai) Co., Ltd.", "上海华信科技有限公司", "same_sound_long"),
        ("Huaxin Technology", "上海华信科技有限公司", "same_sound"),
        ("Huaxin", "上海华信科技有限公司", "short"),
        ("Beijing Huaxin Technology Co., Ltd.", "上海华信科技有限公司", "other_region"),
        ("Xinguang Technology", "上海华信科技有限公司", "different"),
    ],
)
def test_short_names_and_english_names_are_heard(name: str, other: str, level: str) -> None:
    assert level_of(name, other) == level


def test_one_character_in_a_brand_of_two_is_another_brand() -> None:
    other = a_company_name("华通", "科技", region="上海", key="huatongkeji")
    assert COMPANY_CODES[company_level(a_company(HUAXIN), a_company(other))] == "different"


def test_a_former_name_given_as_alias_speaks() -> None:
    former = a_company_name("旧名", "科技", key="jiumingkeji")
    assert COMPANY_CODES[company_level(a_company(former, HUAXIN), a_company(HUAXIN))] == "same_registered"


parts = st.lists(
    st.sampled_from(
        (
            "acme",
            "summit",
            "sumit",
            "the",
            "center",
            "school",
            "ii",
            "2",
            "north",
            "leeds",
            "b",
            "holding",
            "deli",
            "delicate",
        )
    ),
    max_size=5,
).map(" ".join)
regions = st.sampled_from(["", "上海", "北京"])
forms = st.sampled_from(["", "ltd", "jsc", "co"])
scripts = st.sampled_from(["han", "latin", "other"])
texts = st.text("abco nx", max_size=8).map(str.strip)
names = st.one_of(
    [
        st.builds(CompanyName, each, each, regions, each, forms, st.sampled_from(["", "分公司"]), each, scripts)
        for each in (parts, texts)
    ]
)


@given(names, names)
def test_whatever_the_names_the_level_is_symmetric(name: CompanyName, other: CompanyName) -> None:
    assert company_level(a_company(name), a_company(other)) == company_level(a_company(other), a_company(name))


def test_no_name_is_no_evidence() -> None:
    assert company_level(a_company(), a_company(HUAXIN)) == 0
