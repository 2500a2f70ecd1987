"""Phones, e-mail addresses, identifiers, interactions and addresses of a whole record."""

from __future__ import annotations

import pytest

from dedupsvc.core.blocking import blocking_keys
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Identifier, Interaction, Phone, Values
from tests.core.normalize.build import with_address, with_emails, with_identifiers, with_phones


def numbers(*texts: str, address_country: str = "", default: str = "CN") -> list[str]:
    return [phone.number for phone in with_phones(*texts, address_country=address_country, default=default).phones]


@pytest.mark.parametrize("separator", ["/", ";", "；", "、", ",", " / ", " "])
def test_several_numbers_in_one_field_are_several_phones(separator: str) -> None:
    assert numbers(f"13812345678{separator}13912340000") == ["8613812345678", "8613912340000"]


def test_a_number_given_twice_is_one_phone() -> None:
    assert numbers("13812345678", "+86 138 1234 5678") == ["8613812345678"]


def test_the_numbers_own_country_wins_over_address_and_default() -> None:
    assert numbers("+49 170 1234567", address_country="US") == ["491701234567"]


def test_the_address_country_wins_over_the_default() -> None:
    assert numbers("0170 1234567", address_country="Deutschland") == ["491701234567"]


def test_the_phones_own_country_field_wins_over_the_address() -> None:
    values = Values(phones=(Phone("0170 1234567", country="DE"),))
    assert normalize(values, Defaults()).phones[0].number == "491701234567"


def test_the_tail_is_equal_with_and_without_area_code() -> None:
    with_code, without = with_phones("021-61234567", "61234567").phones
    assert with_code.tail == without.tail == "61234567"


@pytest.mark.parametrize(
    "text",
    [
        "手机13812345678 电话010-62345678",
        "Mobile: 13812345678 Tel: 010-62345678",
        "13812345678 010-62345678",
        "M:13812345678,T:(010)62345678",
    ],
)
def test_labels_and_spaces_part_numbers_too(text: str) -> None:
    assert numbers(text) == ["8613812345678", "861062345678"]


@pytest.mark.parametrize("text", ["010-62345678/62345679", "010-62345678、79", "010 6234 5678 6234 5679"])
def test_an_area_code_written_once_counts_for_the_numbers_behind_it(text: str) -> None:
    assert numbers(text) == ["861062345678", "861062345679"]


def test_a_mailbox_named_by_a_mobile_tells_the_number() -> None:
    told = with_emails("13911112222@163.com", "１３９１１１１３３３３＠139.com", "13812345678@wo.cn.example").phones
    assert [(phone.number, phone.kind) for phone in told] == [
        ("8613911112222", "mailbox"),
        ("8613911113333", "mailbox"),
        ("8613812345678", "mailbox"),
    ]
    assert with_emails("12345678901@qq.com", "x13911112222@163.com", "139111122223@163.com").phones == ()
    given = normalize(Values(phones=(Phone("139 1111 2222"),), emails=(Email("13911112222@163.com"),)), Defaults())
    assert [phone.kind for phone in given.phones] == ["mobile"]


def in_city(phone: str, city: str) -> str:
    (found,) = normalize(Values(phones=(Phone(phone),), addresses=(Address(city=city),)), Defaults()).phones
    assert found.tail == phone
    return found.number


@pytest.mark.parametrize(
    ("phone", "city", "number"),
    [
        ("62345678", "北京市", "861062345678"),
        ("62345678", "Beijing", "861062345678"),
        ("87654322", "杭州", "8657187654322"),
        ("5698301", "昆山市", "865125698301"),
        ("5698301", "北京", "5698301"),
        ("62345678", "巴黎", "62345678"),
    ],
)
def test_a_landline_without_area_code_takes_it_from_the_city(phone: str, city: str, number: str) -> None:
    assert in_city(phone, city) == number


def test_a_masked_number_has_no_number() -> None:
    (phone,) = with_phones("138****5678").phones
    assert (phone.number, phone.tail, phone.masked) == ("", "", "138????5678")


@pytest.mark.parametrize(
    "filler",
    [
        "无",
        "暂无",
        "不详",
        "n/a",
        "none",
        "13800138000",
        "00000000000",
        "12345678",
        "123456789",
        "1234567",
        "11111111111",
        "-",
        "123",
        "88888888888",
        "12345",
        "010-12345678",
        "0571-1234567",
        "021-00000000",
        "400-000-0000",
        "000-000-0000",
    ],
)
def test_a_filler_is_no_phone(filler: str) -> None:
    assert with_phones(filler).phones == ()


@pytest.mark.parametrize(
    "filler",
    [
        "无",
        "a@a.com",
        "a@b.com",
        "test@test.com",
        "none@huaxin.cn",
        "@",
        "wei@",
        "@huaxin.cn",
        "wei.huaxin.cn",
        "无@163.com",
        "test@huaxin.cn",
        "noemail@huaxin.cn",
        "123456@qq.com",
        "111111@qq.com",
        "000000@163.com",
        "1@1.com",
        "no@email.com",
        "xxx@xxx.com",
        "unknown@unknown.com",
        "qwe@qwe.com",
        "zanwu@qq.com",
        "n/a",
        "暂无",
    ],
)
def test_a_filler_is_no_email(filler: str) -> None:
    assert with_emails(filler).emails == ()


@pytest.mark.parametrize(
    "text",
    ["wei@huaxin.cn; li@huaxin.cn, Wei@Huaxin.cn", "wei@huaxin.cn或li@huaxin.cn", "邮箱wei@huaxin.cn、li@huaxin.cn"],
)
def test_several_addresses_in_one_field_are_several_emails(text: str) -> None:
    assert [email.address for email in with_emails(text).emails] == ["wei@huaxin.cn", "li@huaxin.cn"]


@pytest.mark.parametrize(
    "filler", ["无", "123456789", "000000000", "12345678901234567X", "91310000XXXXXXXXXX", "n/a", "0"]
)
@pytest.mark.parametrize("scheme", ["uscc", "tax_id", "resident_id", "ein", "duns", "loyalty", "unionid"])
def test_a_filler_is_no_identifier(scheme: str, filler: str) -> None:
    assert with_identifiers((scheme, filler)).identifiers == ()


def test_a_filler_leaves_no_blocking_key() -> None:
    fillers = Values(
        name="测试",
        emails=(Email("a@a.com"),),
        phones=(Phone("13800138000"), Phone("00000000")),
        addresses=(Address(full="无", city="未知", region="n/a"),),
        identifiers=(Identifier("tax_id", "123456789"),),
        birth_date="1900-01-01",
        website="无",
    )
    assert blocking_keys(normalize(fillers, Defaults())) == ()


def test_dots_matter_outside_gmail() -> None:
    assert len({email.address for email in with_emails("a.b@outlook.com", "ab@outlook.com").emails}) == 2


def test_a_credit_code_brings_its_organization_code_along() -> None:
    found = {
        (one.scheme, one.value): one.strong for one in with_identifiers(("uscc", "914403001922038216")).identifiers
    }
    assert found == {("uscc", "914403001922038216"): True, ("cn_org", "192203821"): False}


def test_an_old_tax_number_shares_its_organization_code_with_the_credit_code() -> None:
    old, new = with_identifiers(("税号", "440300192203821")), with_identifiers(("税号", "914403001922038216"))
    assert {one.value for one in old.identifiers} & {one.value for one in new.identifiers} == {"192203821"}


def test_a_resident_id_of_fifteen_digits_is_the_later_one() -> None:
    (old,), (new,) = (
        with_identifiers(("身份证", number)).identifiers for number in ("110105491231002", "11010519491231002X")
    )
    assert old.value == new.value
    assert (old.strong, new.strong) == (False, True)


def test_a_wrong_check_digit_is_kept_but_never_strong() -> None:
    (found,) = with_identifiers(("uscc", "914403001922038217")).identifiers
    assert (found.valid, found.strong) == (False, False)


def test_an_unknown_scheme_is_never_strong() -> None:
    (found,) = with_identifiers(("loyalty", "A-1234567890")).identifiers
    assert (found.scheme, found.strong) == ("other", False)


def test_values_of_two_unknown_schemes_stay_apart() -> None:
    one, other = with_identifiers(("loyalty", "802311"), ("passport", "802311")).identifiers
    assert one.value != other.value


def test_a_wechat_id_keeps_its_case() -> None:
    one, other = with_identifiers(("unionid", "oABCdef1234567"), ("unionid", "oabcdef1234567")).identifiers
    assert one.value != other.value


def test_different_rooms_are_different_units() -> None:
    units = {with_address(f"西湖区文三路23号{room}室").addresses[0].unit for room in (502, 503)}
    assert units == {"502", "503"}


def test_an_address_that_says_nothing_is_none() -> None:
    assert with_address("无").addresses == ()


def test_fields_fill_what_the_line_leaves_out() -> None:
    (address,) = with_address(
        "文三路23号", region="浙江省", city="杭州市", district="西湖区", postal_code="310012"
    ).addresses
    assert address[:4] == ("CN", "浙江", "杭州", "西湖")
    assert (address.street, address.number, address.postcode) == ("文三路", "23", "310012")


def test_an_interaction_is_its_kind_and_number() -> None:
    values = Values(
        interactions=(Interaction("Order", " SO-１００ "), Interaction("order", "so-100"), Interaction("call", ""))
    )
    assert normalize(values, Defaults()).interactions == ("order:so-100",)
