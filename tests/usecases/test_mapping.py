"""Columns to fields and rows to records, in both languages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dedupsvc.core import lexicon
from dedupsvc.core.errors import InvalidField
from dedupsvc.core.record import Address, Custom, Email, Identifier, PartyType, Phone
from dedupsvc.usecases import mapping
from dedupsvc.usecases.mapping import COLUMNS, guess, guessed, instant, record_of

NOON = 1_709_640_000_000_000
"""2024-03-05 12:00 UTC"""


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("客户名称", "name"),
        ("姓名", "name"),
        ("公司", "company_name"),
        ("公司名称", "company_name"),
        ("手机", "phone"),
        ("手机号码（必填）", "phone"),
        ("电话", "phone"),
        ("邮箱", "email"),
        ("地址", "address.full"),
        ("省", "address.region"),
        ("市", "address.city"),
        ("区", "address.district"),
        ("邮编", "address.postal_code"),
        ("统一社会信用代码", "identifier.uscc"),
        ("税号", "identifier"),
        ("身份证号", "identifier.resident_id"),
        ("生日", "birth_date"),
        ("来源", "custom"),
        ("部门", "department_name"),
        ("负责人", "owner_name"),
        ("创建时间", "occurred_at"),
        ("场景", "scenario"),
        ("备注", "custom"),
        ("Name", "name"),
        ("Full Name", "name"),
        ("First Name", "given_name"),
        ("LAST_NAME", "family_name"),
        ("Company", "company_name"),
        ("Account Name", "company_name"),
        ("E-mail Address", "email"),
        ("Mobile Phone", "phone"),
        ("Street", "address.street"),
        ("City", "address.city"),
        ("State/Province", "address.region"),
        ("Zip", "address.postal_code"),
        ("Country", "address.country"),
        ("Tax ID", "identifier"),
        ("Birthday", "birth_date"),
        ("Owner", "owner_name"),
        ("Department", "department_name"),
        ("Created At", "occurred_at"),
        ("Last Modified Date", "updated_at"),
        ("Record ID", "external_id"),
        ("phones.2.value", "phone"),
        ("addresses.2.city", "address2.city"),
        ("favourite colour", "custom"),
    ],
)
def test_a_heading_is_understood(heading: str, field: str) -> None:
    assert guess(heading) == field


def test_every_field_of_the_table_is_a_field_and_every_heading_says_one() -> None:
    rows = list(lexicon.rows("columns"))
    assert [field for field, _ in rows if not mapping.is_field(field)] == []
    headings = [heading for _, listed in rows for heading in listed.split(",")]
    assert sorted({heading for heading in headings if headings.count(heading) > 1}) == []


def test_evaluation_and_import_understand_the_columns_of_a_data_set_alike() -> None:
    assert guessed(COLUMNS) == dict(COLUMNS)


def test_a_field_of_one_value_is_filled_once_and_a_list_by_many() -> None:
    found = guessed(["姓名", "客户名称", "手机", "电话"])
    assert found == {"姓名": "name", "客户名称": "custom", "手机": "phone", "电话": "phone"}


def test_what_is_given_goes_before_what_is_guessed() -> None:
    assert guessed(["姓名", "客户名称"], {"客户名称": "name"}) == {"客户名称": "name", "姓名": "custom"}


def test_our_own_names_go_before_what_only_sounds_like_them() -> None:
    assert guessed(["customer_id", "external_id"])["external_id"] == "external_id"


@pytest.mark.parametrize("target", ["nonsense", "address.planet", "name.first", "emails.value"])
def test_a_column_cannot_be_mapped_to_nothing(target: str) -> None:
    with pytest.raises(InvalidField, match="no field"):
        mapping.check({"a": target})


def test_a_row_becomes_the_record_that_a_crm_would_send() -> None:
    row = {
        "编号": "C-1",
        "姓名": " 张伟 ",
        "类型": "企业",
        "手机": "13812345678; 13900001111",
        "邮箱": "a@b.cn",
        "省": "浙江",
        "市": "杭州",
        "税号": "91310115MA1K3YT123",
        "备注": "老客户",
        "创建时间": "2024/3/5 20:00",
        "空": "",
    }
    columns = guessed(row, {"类型": "party_type"})
    record = record_of(row, columns, zone=ZoneInfo("Asia/Shanghai"))
    values, envelope = record.values, record.envelope
    assert (values.name, values.party_type, envelope.external_id) == ("张伟", PartyType.COMPANY, "C-1")
    assert values.phones == (Phone("13812345678"), Phone("13900001111"))
    assert values.emails == (Email("a@b.cn"),)
    assert values.addresses == (Address(region="浙江", city="杭州"),)
    assert values.identifiers == (Identifier("uscc", "91310115MA1K3YT123"),)
    assert values.custom == (Custom("备注", "老客户"),)
    assert envelope.occurred_at == NOON


def test_two_addresses_stay_two() -> None:
    row = {"Billing City": "Berlin", "Shipping City": "Hamburg", "Billing Street": "A 1"}
    values = record_of(row, guessed(row)).values
    assert values.addresses == (Address(city="Berlin", street="A 1"), Address(city="Hamburg"))


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 12:00",
        "2024-03-05T12:00:00Z",
        "2024/3/5 12:00:00",
        "2024年3月5日 12时00分",
        "2024-03-05T20:00:00+08:00",
    ],
)
def test_a_time_is_read_as_people_write_it(text: str) -> None:
    assert instant("occurred_at", text) == NOON


@pytest.mark.parametrize("text", ["03/05/2024", "2024-13-01", "yesterday", "0001-01-01", "9999-01-01", "2024-02-30"])
def test_a_time_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as caught:
        instant("occurred_at", text)
    assert caught.value.path == "occurred_at"
    assert text not in caught.value.message
