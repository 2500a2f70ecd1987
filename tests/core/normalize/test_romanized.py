"""Chinese names as they are spelt outside the mainland, and trade words across languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedupsvc.core import lexicon
from dedupsvc.core.normalize import romanized_name, trades
from dedupsvc.core.normalize.text import is_placeholder, reading_key
from tests.core.normalize.build import company, person

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "romanized.tsv").read_text(encoding="utf-8").splitlines()[1:]
]


@pytest.mark.parametrize(("latin", "han", "spelled"), CASES)
def test_a_spelling_from_abroad_is_known(latin: str, han: str, spelled: str) -> None:
    (one,), (other,) = person(name=latin).names, person(name=han).names
    assert romanized_name.spells(one, other) == (spelled == "yes")


# 空 is a surname, and what people write for none.
SURNAMES = [surname for surname, _ in lexicon.rows("surnames") if not is_placeholder(surname)]


@given(st.sampled_from(SURNAMES), st.sampled_from("伟明华芳"))
def test_pinyin_is_a_spelling_of_every_surname(surname: str, character: str) -> None:
    assume(character != surname)  # one name in both fields is one name
    (han,) = person(family_name=surname, given_name=character).names
    assert romanized_name.spells(han._replace(script="latin"), han)


def test_every_surname_abroad_is_a_surname() -> None:
    known = {surname for surname, _ in lexicon.rows("surnames")}
    assert {surname for surname, _ in lexicon.rows("surnames_abroad")} <= known


def test_a_wade_giles_spelling_belongs_to_pinyin() -> None:
    assert {syllable for syllable, _ in lexicon.rows("wade_giles")} <= lexicon.syllables() | {"e"}


def test_an_english_given_name_is_no_pinyin_surname() -> None:
    names = {name for _, listed in lexicon.rows("given_names") for name in listed.split(",")}
    assert not [name for name in names if romanized_name.is_common(name)]


@pytest.mark.parametrize(
    ("han", "latin"),
    [
        ("上海华信网络科技有限公司", "Shanghai Huaxin Network Technology Co., Ltd."),
        ("北京华信国际贸易有限公司", "Huaxin International Trading (Beijing) Company Limited"),
        ("华为技术有限公司", "Huawei Technologies Co., Ltd."),
        ("宁波云海进出口有限公司", "Ningbo Yunhai Imp. & Exp. Co., Ltd."),
        ("苏州云海精密机械有限公司", "Suzhou Yunhai Precision Machinery Co., Ltd."),
        ("香港华信贸易有限公司", "Hong Kong Huaxin Trading Limited"),
        ("上海华信科技有限公司", "Shanghai Huaxin Keji Youxian Gongsi"),
    ],
)
def test_a_chinese_company_has_one_key_in_both_languages(han: str, latin: str) -> None:
    (one,), (other,) = company(name=han).companies, company(name=latin).companies
    assert one.key == other.key
    assert one.region == other.region


@pytest.mark.parametrize(
    "name", ["Panda Express Inc", "Human Resources Institute", "Titan Consulting Limited", "Acme Trading Ltd"]
)
def test_a_western_company_keeps_its_trade(name: str) -> None:
    (found,) = company(name=name).companies
    assert reading_key(found.full).startswith(found.key)


def test_a_trade_word_means_one_thing() -> None:
    words = [word for cells in lexicon.rows("trades") for cell in cells for word in cell.split(",")]
    assert len(words) == len(set(words))


@given(st.text("科技网络贸易进出口abc", max_size=30))
def test_what_is_no_trade_word_is_kept_as_it_is_read(text: str) -> None:
    key = trades.key_of_chinese(text)
    assert key.isascii()
    assert bool(key) == bool(text)
