"""The body of a record takes what callers write, and refuses the rest by name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dedupsvc.wire.record import RecordBody
from dedupsvc.wire.text import LIST_LENGTH, LONG_LIST_LENGTH


def a_body(**fields: Any) -> RecordBody:
    return RecordBody.model_validate({"name": "张伟", **fields})


def refused_at(**fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        a_body(**fields)
    return [".".join(map(str, error["loc"])) for error in refused.value.errors()]


@pytest.mark.parametrize(
    "emails", ["a@b.cn", {"value": "a@b.cn"}, ["a@b.cn"], [{"value": "a@b.cn"}], [{"value": "a@b.cn", "type": None}]]
)
def test_a_list_of_one_may_be_written_in_any_way(emails: Any) -> None:
    assert [email.value for email in a_body(emails=emails).all_emails()] == ["a@b.cn"]


def test_singular_and_plural_are_both_kept() -> None:
    body = a_body(phones=["1"], phone="2", email="e", addresses="x", address={"city": "上海"})
    assert [phone.value for phone in body.all_phones()] == ["1", "2"]
    assert [email.value for email in body.all_emails()] == ["e"]
    assert [(address.full, address.city) for address in body.all_addresses()] == [("x", None), (None, "上海")]


def test_null_is_taken_everywhere_as_not_said() -> None:
    body = a_body(**dict.fromkeys(RecordBody.model_fields.keys() - {"name"}, None))
    assert not any((body.all_emails(), body.aliases, body.custom))


@pytest.mark.parametrize(
    "field",
    ["given_name", "family_name", "company_name", "contact_name", "website", "aliases", "email", "phone", "address"],
)
def test_one_field_to_compare_by_is_enough(field: str) -> None:
    RecordBody.model_validate({field: "x"})
    with pytest.raises(ValidationError, match="at least one"):
        RecordBody.model_validate({field: " "})


def test_an_identifier_or_an_order_is_enough() -> None:
    RecordBody.model_validate({"identifiers": {"scheme": "uscc", "value": "x"}})
    RecordBody.model_validate({"interactions": {"kind": "order", "id": "x"}})


def test_only_a_row_that_has_its_id_takes_the_place_of_another() -> None:
    lead = {"object_type": "lead", "external_id": "L-1"}
    body = a_body(external_id="A-1", replaces=lead)
    assert body.replaces is not None
    assert (body.replaces.object_type, body.replaces.external_id) == ("lead", "L-1")
    with pytest.raises(ValidationError, match="external_id"):
        a_body(replaces=lead)
    assert refused_at(external_id="A-1", replaces={"object_type": "lead"}) == ["replaces.external_id"]
    assert refused_at(external_id="A-1", replaces={**lead, "source_system": "erp"}) == ["replaces.source_system"]


def test_a_patch_of_a_known_row_may_say_anything() -> None:
    RecordBody.model_validate({"patch": True, "source_system": "crm", "external_id": "1", "job_title": "CEO"})
    with pytest.raises(ValidationError):
        RecordBody.model_validate({"patch": True, "job_title": "CEO"})


@pytest.mark.parametrize(
    ("field", "most"),
    [
        ("emails", LIST_LENGTH),
        ("aliases", LIST_LENGTH),
        ("custom", LONG_LIST_LENGTH),
        ("interactions", LONG_LIST_LENGTH),
    ],
)
def test_lists_have_an_end(field: str, most: int) -> None:
    item: Any = {"custom": {"key": "k", "value": "v"}, "interactions": {"kind": "order", "id": "1"}}.get(field, "x")
    assert len(getattr(a_body(**{field: [item] * most}), field)) == most
    assert refused_at(**{field: [item] * (most + 1)}) == [field]


@pytest.mark.parametrize(("field", "most"), [("name", 256), ("external_id", 256), ("url", 2048), ("website", 2048)])
def test_texts_have_an_end(field: str, most: int) -> None:
    text = "/" + "x" * (most - 1)
    assert getattr(a_body(source_system="crm", **{field: text}), field) == text
    assert refused_at(source_system="crm", **{field: text + "x"}) == [field]


def test_an_address_in_one_line_may_be_longer() -> None:
    assert a_body(address="x" * 512).address
    assert refused_at(address="x" * 513) == ["address.full"]


def test_keys_lose_their_outer_spaces_and_values_keep_them() -> None:
    body = a_body(source_system=" crm ", external_id=" 1 ", name=" 张伟 ")
    assert (body.source_system, body.external_id, body.name) == ("crm", "1", " 张伟 ")


@pytest.mark.parametrize("url", ["https://crm.example/1", "HTTP://crm.example", "/lead/1", ""])
def test_links_may_be_followed(url: str) -> None:
    assert a_body(url=url).url == url


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " javascript:x", "crm.example"])
def test_anything_else_is_no_link(url: str) -> None:
    assert refused_at(url=url) == ["url"]


@pytest.mark.parametrize("field", ["name", "external_id", "birth_date", "owner_id", "scenario"])
@pytest.mark.parametrize("value", [1, 1.5, True, [], {}])
def test_text_must_be_sent_as_text(field: str, value: Any) -> None:
    assert refused_at(source_system="crm", **{field: value}) == [field]


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("a", "a", "text"),
        (1, "1", "number"),
        (-0.5, "-0.5", "number"),
        (True, "true", "boolean"),
        (False, "false", "boolean"),
    ],
)
def test_a_custom_value_becomes_text_with_its_type(value: Any, text: str, kind: str) -> None:
    custom = a_body(custom={"key": "k", "value": value}).custom[0]
    assert (custom.value, custom.type) == (text, kind)


def test_a_custom_type_of_the_callers_stays() -> None:
    assert a_body(custom={"key": "k", "value": "2026-01-01", "type": "date"}).custom[0].type == "date"


@pytest.mark.parametrize("field", ["replaces", "override_reason", "nmae"])
def test_unknown_fields_are_refused_by_name(field: str) -> None:
    assert refused_at(**{field: "x"}) == [field]
