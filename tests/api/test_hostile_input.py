"""Whatever is sent is answered with a 4xx that names the place and repeats nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.stand_in import StandIn, a_client

MARKER = "Xq7marker"
JSON = {"Content-Type": "application/json"}


def body(**fields: Any) -> bytes:
    return json.dumps({"name": MARKER, **fields}).encode()


def nested(depth: int) -> bytes:
    return b'{"name":' + b"[" * depth + b"]" * depth + b"}"


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "broken JSON": (b'{"name": "' + MARKER.encode(), "body", "NOT_JSON"),
    "nothing": (b" ", "body", "REQUIRED"),
    "no bytes": (b"", "body", "REQUIRED"),
    "null": (b"null", "body", "NOT_AN_OBJECT"),
    "a list": (b'["' + MARKER.encode() + b'"]', "body", "NOT_AN_OBJECT"),
    "a text": (b'"' + MARKER.encode() + b'"', "body", "NOT_AN_OBJECT"),
    "not UTF-8": (b'{"name":"\xff' + MARKER.encode() + b'"}', "body", "NOT_JSON"),
    "UTF-16": (f'{{"name":"{MARKER}"}}'.encode("utf-16"), "body", "NOT_JSON"),
    "NUL": (body(job_title="a\0b"), "job_title", "BAD_CHARACTER"),
    "NUL in a list": (body(phones=[{"value": "1"}, {"value": "\0"}]), "phones.1.value", "BAD_CHARACTER"),
    "NUL in a name": (body(**{"a\0b": 1}), "a?b", "BAD_CHARACTER"),
    "high surrogate": (b'{"name":"\\ud800"}', "name", "BAD_CHARACTER"),
    "low surrogate": (b'{"phones":["\\udc00"]}', "phones.0", "BAD_CHARACTER"),
    "surrogate bytes": (b'{"name":"\xed\xa0\x80"}', "body", "NOT_JSON"),
    "NaN": (body(custom={"key": "k", "value": float("nan")}), "custom.0.value", "NUMBER_RANGE"),
    "Infinity": (body(custom={"key": "k", "value": float("-inf")}), "custom.0.value", "NUMBER_RANGE"),
    "1e999": (b'{"name":"x","custom":{"key":"k","value":1e999}}', "custom.0.value", "NUMBER_RANGE"),
    "2^63": (body(custom=[{"key": "k", "value": 2**63}]), "custom.0.value", "NUMBER_RANGE"),
    "5000 digits": (b'{"name":' + b"9" * 5000 + b"}", "body", "NOT_JSON"),
    "NaN as a name": (b'{"name":NaN}', "name", "NOT_TEXT"),
    "a number as text": (body(phone={"value": 13800001234}), "phone.value", "NOT_TEXT"),
    "a number as list": (body(phones=13800001234), "phones", "NOT_A_LIST"),
    "a number in a list": (body(phones=[13800001234]), "phones.0", "NOT_AN_OBJECT"),
    "an unknown field": (body(nmae=MARKER), "nmae", "UNKNOWN_FIELD"),
    "an unknown field within": (body(emails=[{"value": "a", "kind": MARKER}]), "emails.0.kind", "UNKNOWN_FIELD"),
    "replaces": (body(replaces={"object_type": "lead"}), "replaces.external_id", "REQUIRED"),
    "a repeated key": (b'{"name":"a","name":"' + MARKER.encode() + b'"}', "name", "DUPLICATE_KEY"),
    "no such day": (body(birth_date="2024-02-30"), "birth_date", "BAD_DATE"),
    "no such month": (body(birth_date="31/31/1999"), "birth_date", "BAD_DATE"),
    "no such instant": (body(occurred_at="2024-02-30T00:00:00Z"), "occurred_at", "BAD_INSTANT"),
    "a prose instant": (body(updated_at=MARKER), "updated_at", "BAD_INSTANT"),
    "epoch seconds": (body(occurred_at=1772357400), "occurred_at", "NOT_TEXT"),
    "before 1970": (body(occurred_at="1969-12-31T23:59:59Z"), "occurred_at", "BAD_INSTANT"),
    "after 2200": (body(occurred_at="2201-01-01T00:00:00Z"), "occurred_at", "BAD_INSTANT"),
    "an empty record": (b'{"source_system":"crm"}', "name", "EMPTY_RECORD"),
    "a blank record": (b'{"name":" ","emails":[""],"address":{"city":" "},"phone":null}', "name", "EMPTY_RECORD"),
    "10,000 phones": (body(phones=["1"] * 10_000), "phones", "TOO_MANY"),
    "20 phones and one": (body(phones=["1"] * 20, phone="2"), "phones", "TOO_MANY"),
    "a long name": (body(family_name=MARKER * 40), "family_name", "TOO_LONG"),
    "a long address": (body(address=MARKER * 80), "address.full", "TOO_LONG"),
    "depth 33": (nested(33), "body", "TOO_DEEP"),
    "depth 900": (nested(900), "body", "TOO_DEEP"),
    "depth 100,000": (nested(100_000), "body", "TOO_DEEP"),
    "a script as link": (body(url=f"javascript:{MARKER}"), "url", "BAD_URL"),
    "a foreign word": (body(party_type=MARKER), "party_type", "BAD_VALUE"),
    "a truth value as text": (body(patch="true"), "patch", "NOT_A_BOOLEAN"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_bad_input_is_refused_with_its_path_and_never_repeated(case: str) -> None:
    content, path, code = REFUSED[case]
    service = StandIn()
    async with a_client(service) as client:
        reply = await client.post("/ingest", content=content, headers=JSON)
    assert reply.status_code == 422
    problem = reply.json()
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [(path, code)]
    assert problem["code"] == "INVALID_FIELD"
    assert problem["status"] == 422
    assert MARKER not in reply.text
    assert len(reply.content) <= 4096
    assert service.given == []


@pytest.mark.parametrize("case", REFUSED)
async def test_in_a_batch_it_fails_its_item_or_the_whole_but_never_more(case: str) -> None:
    content, _, _ = REFUSED[case]
    if not content.strip():
        content = b"{}"
    async with a_client() as client:
        reply = await client.post("/ingest/batch", content=b'{"records":[' + content + b"]}", headers=JSON)
    assert reply.status_code in (200, 422)
    assert MARKER not in reply.text
    if reply.status_code == 200:
        assert reply.json()["items"][0]["status"] == 422


async def test_a_chinese_caller_reads_chinese() -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", json={"name": 1}, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    problem = reply.json()
    assert problem["title"] == "请求无效，未写入任何数据。"
    assert problem["errors"][0]["message"] == "须为文本：请加引号发送。"


async def test_at_most_twenty_errors_and_the_rest_is_counted() -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", json={f"field{n}": MARKER for n in range(5000)})
    problem = reply.json()
    assert len(problem["errors"]) == 20
    assert len(problem["errors"]) + problem["errors_left_off"] == 5000
    assert len(reply.content) <= 4096
    assert MARKER not in reply.text


async def test_long_and_invisible_field_names_are_cut_and_made_printable() -> None:
    names = {f"{n}\u202e\n" + "字" * 500: 1 for n in range(30)}
    async with a_client() as client:
        reply = await client.post("/ingest", json={"name": "a", **names}, headers={"Accept-Language": "zh"})
    assert len(reply.content) <= 4096
    problem = reply.json()
    assert problem["errors"]
    assert all(len(error["path"]) <= 64 and error["path"].isprintable() for error in problem["errors"])
    assert len(problem["errors"]) + problem["errors_left_off"] == 30


async def test_two_megabytes_are_too_much() -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", content=body(job_title="x" * 2_000_000), headers=JSON)
    assert reply.status_code == 413
    assert reply.json()["code"] == "BODY_TOO_LARGE"
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["16777217", "9" * 30])
async def test_a_body_that_says_it_is_far_too_large_is_not_read(length: str) -> None:
    read = False

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"{}"

    async with a_client() as client:
        reply = await client.post("/ingest", content=chunks(), headers={**JSON, "Content-Length": length})
    assert reply.status_code == 413
    assert not read


async def test_a_body_of_unknown_length_is_let_finish_so_that_its_sender_reads_the_answer() -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 65_536
            yield b" " * 65_536

    async with a_client() as client:
        reply = await client.post("/ingest", content=chunks(), headers=JSON)
    assert reply.status_code == 413
    assert sent == 100 * 65_536


async def test_who_does_not_stop_sending_is_not_listened_to_for_ever() -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 65_536
            yield b" " * 65_536

    async with a_client() as client:
        reply = await client.post("/ingest", content=chunks(), headers=JSON)
    assert reply.status_code == 413
    assert sent <= 16_777_216 + 2 * 65_536


async def test_a_batch_may_be_larger_than_a_record() -> None:
    content = json.dumps({"records": [{"name": "x" * 250, "job_title": "y" * 250}] * 600}).encode()
    async with a_client() as client:
        assert (await client.post("/ingest/batch", content=content, headers=JSON)).status_code == 200
        assert (await client.post("/ingest/batch", content=content + b" " * 4_194_304, headers=JSON)).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_taken(headers: dict[str, str]) -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", content=body(), headers=headers)
    assert reply.status_code == 415
    assert reply.json()["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_is_known_in_every_spelling(kind: str) -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", content=b"\xef\xbb\xbf" + body(), headers={"Content-Type": kind})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "path", ["/records/%00", "/customers/a%20b", f"/decisions/{'x' * 65}", "/records?source_system=a&external_id=%00"]
)
async def test_ids_that_cannot_be_ours_never_reach_the_store(path: str) -> None:
    service = StandIn()
    async with a_client(service) as client:
        reply = await client.get(path)
    assert reply.status_code == 422
    assert service.given == []


async def test_depth_32_is_still_read() -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", content=nested(31), headers=JSON)
    assert reply.json()["errors"][0]["path"] == "name"


async def test_numbers_of_64_bits_pass() -> None:
    service = StandIn()
    async with a_client(service) as client:
        reply = await client.post(
            "/ingest", json={"name": "a", "custom": [{"key": "k", "value": 2**63 - 1}, {"key": "f", "value": 0.5}]}
        )
    assert reply.status_code == 200
    assert [each.value for each in service.given[1].values.custom] == ["9223372036854775807", "0.5"]
