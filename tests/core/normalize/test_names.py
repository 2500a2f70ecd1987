"""Names from several fields, and which party a record is."""

from __future__ import annotations

import pytest

from tests.core.normalize.build import company, person, unknown


def keys(**fields: str) -> tuple[str, str]:
    (name,) = person(**fields).names
    return name.family_key, name.given_key


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Ouyang Xiaoming"},
        {"name": "歐陽 曉明"},
        {"name": "OUYANG, Xiao Ming"},
        {"family_name": "欧阳", "given_name": "晓明"},
        {"family_name": "晓明", "given_name": "欧阳"},
        {"family_name": "欧阳", "given_name": "欧阳晓明"},
        {"family_name": "Ouyang", "given_name": "Xiaoming"},
        {"family_name": "Xiaoming", "given_name": "Ouyang"},
        {"family_name": "欧阳晓明"},
        {"contact_name": "欧阳晓明"},
    ],
)
def test_a_chinese_name_has_equal_keys_in_every_script_and_field(other: dict[str, str]) -> None:
    assert keys(**other) == keys(name="欧阳晓明")


@pytest.mark.parametrize("other", ["Mueller, Jürgen", "Jurgen Muller", "Juergen Müller", "Herr Dr. JÜRGEN MÜLLER"])
def test_an_umlaut_may_be_written_out_or_left_out(other: str) -> None:
    assert keys(name=other) == keys(name="Jürgen Müller")


def test_homophones_share_keys_but_not_the_name() -> None:
    (wei,), (other_wei,) = person(name="张伟").names, person(name="张玮").names
    assert wei.given_key == other_wei.given_key
    assert wei.given != other_wei.given


def test_one_name_in_two_fields_is_one_name() -> None:
    assert len(person(name="Wei Zhang", family_name="Zhang", given_name="Wei").names) == 1


def test_a_different_name_in_the_one_field_is_kept_too() -> None:
    assert len(person(name="李娜", family_name="王", given_name="芳").names) == 2


def test_characters_and_latin_letters_in_one_field_are_two_names() -> None:
    han, latin = person(name="张伟 David Zhang").names
    assert (han.family, han.given) == ("张", "伟")
    assert (latin.family, latin.given) == ("zhang", "david")


def test_two_surnames_may_stand_in_either_order() -> None:
    (name,) = person(name="Li Shan").names
    assert not name.ordered


def test_a_comma_settles_the_order() -> None:
    (name,) = person(name="Li, Shan").names
    assert (name.family, name.ordered) == ("li", True)


def test_name_order_settles_the_order() -> None:
    (name,) = person(name="Nagy Peter", name_order="family_first").names
    assert (name.family, name.given, name.ordered) == ("nagy", "peter", True)


def test_an_initial_is_no_part_of_the_given_name() -> None:
    (name,) = person(given_name="John Q.", family_name="Smith").names
    assert (name.given_key, name.middle) == ("john", "q")


def test_na_is_a_given_name() -> None:
    assert keys(given_name="Na", family_name="Li") == ("li", "na")


@pytest.mark.parametrize("filler", ["", "无", "未知", "N/A", "-", "test", "测试", "null", "xxx", "？？"])
def test_a_filler_is_no_name(filler: str) -> None:
    assert person(name=filler).names == ()
    assert company(company_name=filler).companies == ()


def test_a_given_name_alone_stays_a_given_name() -> None:
    (name,) = person(given_name="Mary Ann").names
    assert (name.family, name.given) == ("", "mary ann")


@pytest.mark.parametrize("name", ["云海科技有限公司", "Acme GmbH", "Acme Trading LLC", "招商银行杭州西湖支行"])
def test_a_legal_form_or_branch_makes_an_unknown_party_a_company(name: str) -> None:
    assert unknown(name=name).party_type == "company"


@pytest.mark.parametrize("name", ["张伟", "Wei Zhang", "Andrea Co", "王厂", "Kim Se"])
def test_a_persons_name_makes_an_unknown_party_a_person(name: str) -> None:
    assert unknown(name=name).party_type == "person"


def test_a_company_without_a_persons_name_is_a_company() -> None:
    assert unknown(company_name="云海").party_type == "company"


def test_a_person_with_an_employer_is_a_person() -> None:
    features = unknown(name="张伟", company_name="云海科技有限公司")
    assert features.party_type == "person"
    assert features.companies[0].brand == "云海"


def test_a_companys_name_may_stand_in_name_company_name_or_both() -> None:
    names = [
        company(name="云海科技有限公司").companies,
        company(company_name="云海科技有限公司").companies,
        company(name="云海科技有限公司", company_name="云海科技有限公司").companies,
    ]
    assert names[0] == names[1] == names[2]


def test_a_companys_contact_is_no_name_of_the_company() -> None:
    features = company(company_name="云海科技有限公司", contact_name="周经理")
    assert features.names == ()
    assert [contact.family for contact in features.contacts] == ["周"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海华信科技有限公司", "华信科技（上海）有限责任公司"),
        ("Acme Trading Ltd.", "ACME TRADING LIMITED"),
        ("Smith & Jones Inc", "The Smith and Jones, Incorporated"),
        ("Müller GmbH & Co. KG", "MUELLER GMBH & CO KG"),
    ],
)
def test_a_company_keeps_brand_and_form_in_every_spelling(one: str, other: str) -> None:
    (left,), (right,) = company(name=one).companies, company(name=other).companies
    assert (left.key, left.form, left.region) == (right.key, right.form, right.region)


def test_a_site_named_in_brackets_stays_in_the_full_name_and_out_of_the_key() -> None:
    (center,), (site,) = (company(name=f"Crane Center{tail}").companies for tail in ("", " (East)"))
    assert site.full == f"{center.full} east"
    assert (site.key, site.branch) == (center.key, center.branch)


def test_a_branch_differs_from_its_company_only_in_the_branch() -> None:
    (head,), (branch,) = (company(name=f"华信科技有限公司{tail}").companies for tail in ("", "北京分公司"))
    assert head.branch != branch.branch
    assert (head.key, head.form) == (branch.key, branch.form)
