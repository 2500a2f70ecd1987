"""Phones, e-mail addresses, identifiers, interactions and addresses of a whole record."""

from __future__ import annotations

import pytest

from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Interaction, Phone, Values
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


def test_a_masked_number_has_no_number() -> None:
    (phone,) = with_phones("138****5678").phones
    assert (phone.number, phone.tail, phone.masked) == ("", "", "138????5678")


@pytest.mark.parametrize(
    "filler", ["无", "13800138000", "00000000000", "12345678", "11111111111", "-", "123", "88888888888"]
)
def test_a_filler_is_no_phone(filler: str) -> None:
    assert with_phones(filler).phones == ()


@pytest.mark.parametrize(
    "filler", ["无", "a@a.com", "test@test.com", "none@huaxin.cn", "@", "wei@", "@huaxin.cn", "wei.huaxin.cn"]
)
def test_a_filler_is_no_email(filler: str) -> None:
    assert with_emails(filler).emails == ()


def test_several_addresses_in_one_field_are_several_emails() -> None:
    found = [email.address for email in with_emails("wei@huaxin.cn; li@huaxin.cn, Wei@Huaxin.cn").emails]
    assert found == ["wei@huaxin.cn", "li@huaxin.cn"]


def test_dots_matter_outside_gmail() -> None:
    assert len({email.address for email in with_emails("a.b@outlook.com", "ab@outlook.com").emails}) == 2


def test_a_credit_code_brings_its_organization_code_along() -> None:
    found = {
        (one.scheme, one.value): one.strong for one in with_identifiers(("uscc", "914403001922038216")).identifiers
    }
    assert found == {("uscc", "914403001922038216"): True, ("cn_org", "192203821"): False}


def test_a_wrong_check_digit_is_kept_but_never_strong() -> None:
    (found,) = with_identifiers(("uscc", "914403001922038217")).identifiers
    assert (found.valid, found.strong) == (False, False)


def test_an_unknown_scheme_is_never_strong() -> None:
    (found,) = with_identifiers(("loyalty", "A-1234567890")).identifiers
    assert (found.scheme, found.strong) == ("other", False)


def test_values_of_two_unknown_schemes_stay_apart() -> None:
    one, other = with_identifiers(("loyalty", "123456"), ("passport", "123456")).identifiers
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
