"""What each endpoint takes, gives the service, and answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedupsvc.core.errors import Conflict, InvalidField
from dedupsvc.core.record import Email, Phase, Phone, Record, RecordKey
from dedupsvc.usecases.answers import Health, Idempotency
from tests.api.stand_in import ACCEPTED, FLAGGED, NINE_THIRTY, StandIn, a_client

ZHANG = {"name": "张伟", "phone": "13800001234"}


@pytest.mark.parametrize("path", ["/match", "/ingest"])
async def test_an_answer_is_flat_and_complete(path: str) -> None:
    async with a_client(StandIn(FLAGGED)) as client:
        reply = await client.post(path, json=ZHANG)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == {
        "decision": "flag",
        "action": "hold",
        "blocking": True,
        "reason_code": "POSSIBLE_DUPLICATE",
        "message": "Possible duplicate.",
        "customer_id": "",
        "record_id": "",
        "existing_id": "",
        "existing_department": "",
        "score": 0.97,
        "match_weight": 11.5,
        "review_id": "",
        "claim_id": "",
        "claim_expires_at": None,
        "retry_after_s": None,
        "complete": True,
        "scenario_known": True,
        "occurred_at_assumed": False,
        "rules_version": 0,
        "decision_id": "",
        "state": "",
        "allowed_actions": ["use_existing", "cancel"],
        "three_same": {"customer": "possible", "window": "in", "scenario": "same"},
        "candidates": [
            {
                "customer_id": "cus_1",
                "record_id": "rec_1",
                "existing_id": "",
                "same": "possible",
                "score": 0.97,
                "match_weight": 11.5,
                "matched_fields": ["email"],
                "limits": ["shared_phone"],
            }
        ],
        "explanation": [
            {"field": "email", "comparison": "email", "level": "same", "label": "same e-mail", "weight": 9.25}
        ],
        "merge_plan": [{"field": "phone", "action": "add"}],
        "truncated_keys": ["phone"],
    }


async def test_instants_are_answered_in_utc() -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", json=ZHANG)
    assert reply.json()["claim_expires_at"] == "2026-03-01T09:30:00Z"


async def test_a_flat_body_becomes_values_and_envelope() -> None:
    service = StandIn()
    body = {
        "party_type": "person",
        "name": " 张伟 ",
        "emails": "a@b.cn",
        "email": {"value": "c@d.cn", "type": "work"},
        "phones": [{"value": "1", "country": "CN"}, "2", ""],
        "address": "世纪大道100号",
        "identifiers": {"scheme": "uscc", "value": "x"},
        "custom": [{"key": "vip", "value": True}, {"key": "size", "value": 12}, {"key": "note", "value": "n"}],
        "interactions": [{"kind": "order", "id": "A-1", "occurred_at": "2026-03-01T17:30:00+08:00"}],
        "source_system": "crm",
        "external_id": "L-1",
        "phase": "before",
        "occurred_at": "2026-03-01T09:30:00",
        "patch": True,
    }
    async with a_client(service) as client:
        assert (await client.post("/ingest", json=body)).status_code == 200
    record = service.given[1]
    assert isinstance(record, Record)
    assert record.values.name == " 张伟 "
    assert record.values.emails == (Email("a@b.cn"), Email("c@d.cn", "work"))
    assert record.values.phones == (Phone("1", country="CN"), Phone("2"))
    assert record.values.addresses[0].full == "世纪大道100号"
    assert record.values.interactions[0].occurred_at == NINE_THIRTY
    assert [(each.value, each.type) for each in record.values.custom] == [
        ("true", "boolean"),
        ("12", "number"),
        ("n", "text"),
    ]
    assert record.envelope.key == RecordKey("crm", "customer", "L-1")
    assert record.envelope.phase is Phase.BEFORE
    assert record.envelope.occurred_at == NINE_THIRTY
    assert record.envelope.patch


@pytest.mark.parametrize(
    ("sent", "cleared"),
    [
        ({"job_title": None, "aliases": [], "website": ""}, ("aliases", "job_title", "website")),
        ({"email": None}, ("emails",)),
        ({"email": None, "emails": ["a@b.cn"]}, ()),
        ({"phones": [" "]}, ("phones",)),
        ({"owner_id": None, "scenario": ""}, ()),
        ({"job_title": "CEO"}, ()),
    ],
)
async def test_a_patch_clears_what_was_sent_empty_and_nothing_else(
    sent: dict[str, object], cleared: tuple[str, ...]
) -> None:
    service = StandIn()
    row = {"source_system": "crm", "external_id": "L-1"}
    async with a_client(service) as client:
        assert (await client.post("/ingest", json={**row, **sent, "patch": True})).status_code == 200
        assert service.given[1].envelope.cleared == cleared
        await client.post("/ingest", json={**row, **sent, "name": "张伟"})
        assert service.given[1].envelope.cleared == ()


async def test_blocking_answers_are_409_only_for_those_who_ask() -> None:
    async with a_client(StandIn(FLAGGED)) as client:
        usual = await client.post("/ingest", json=ZHANG)
        asked = await client.post("/ingest?duplicate_status=409", json=ZHANG)
    assert (usual.status_code, asked.status_code) == (200, 409)
    assert usual.content == asked.content


async def test_an_answer_that_does_not_block_is_never_409() -> None:
    async with a_client(StandIn(ACCEPTED)) as client:
        assert (await client.post("/match?duplicate_status=409", json=ZHANG)).status_code == 200


async def test_duplicate_status_takes_409_only() -> None:
    async with a_client() as client:
        reply = await client.post("/match?duplicate_status=410", json=ZHANG)
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["path"] == "query.duplicate_status"


async def test_the_fingerprint_is_that_of_the_meaning_not_of_the_spelling() -> None:
    service = StandIn()
    seen: list[Idempotency] = []
    async with a_client(service) as client:
        for content in ('{"name":"张伟","phone":"1"}', '{ "phone": "1", "name": "\\u5f20\\u4f1f" }', '{"name":"张玮"}'):
            headers = {"Idempotency-Key": "k 1", "Content-Type": "application/json"}
            await client.post("/ingest", content=content.encode(), headers=headers)
            seen.append(service.given[2])
    assert seen[0] == seen[1]
    assert seen[0].fingerprint != seen[2].fingerprint
    assert (seen[0].key, seen[0].route, len(seen[0].fingerprint)) == ("k 1", "POST /ingest", 64)


async def test_no_key_means_no_idempotency() -> None:
    service = StandIn()
    async with a_client(service) as client:
        await client.post("/ingest", json=ZHANG)
    assert service.given[2] is None


@pytest.mark.parametrize("key", [b"", "ключ".encode(), b"k" * 256, b"a\tb"])
async def test_a_key_is_printable_ascii_of_at_most_255(key: bytes) -> None:
    async with a_client() as client:
        reply = await client.post("/ingest", json=ZHANG, headers=[(b"Idempotency-Key", key)])
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["path"] == "header.Idempotency-Key"


async def test_a_replayed_answer_says_so_in_a_header() -> None:
    async with a_client(StandIn(replace(ACCEPTED, replayed=True))) as client:
        replayed = await client.post("/ingest", json=ZHANG, headers={"Idempotency-Key": "k"})
    async with a_client(StandIn(ACCEPTED)) as client:
        first = await client.post("/ingest", json=ZHANG, headers={"Idempotency-Key": "k"})
    assert replayed.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert replayed.content == first.content


@pytest.mark.parametrize("path", ["/match/batch", "/ingest/batch"])
async def test_a_wrong_item_fails_alone_and_the_order_is_kept(path: str) -> None:
    service = StandIn(item_errors={1: Conflict("Another row has this id.")})
    records = [{"name": "a"}, {"name": 7}, {"name": "b"}, "no object", {"name": "c"}]
    async with a_client(service) as client:
        reply = await client.post(path, json={"records": records})
    assert reply.status_code == 200
    items = reply.json()["items"]
    assert [(item["index"], item["status"]) for item in items] == [(0, 200), (1, 422), (2, 409), (3, 422), (4, 200)]
    assert [record.values.name for record in service.given[1]] == ["a", "b", "c"]
    assert (items[0]["message"], items[4]["message"]) == ("a", "c")
    assert items[1]["error"]["errors"][0] == {
        "path": "name",
        "code": "NOT_TEXT",
        "message": "Must be text: send it in quotes.",
    }
    assert items[2]["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(("path", "most"), [("/match/batch", 100), ("/ingest/batch", 1000)])
async def test_a_batch_has_an_end(path: str, most: int) -> None:
    async with a_client() as client:
        full = await client.post(path, json={"records": [ZHANG] * most})
        more = await client.post(path, json={"records": [ZHANG] * (most + 1)})
    assert len(full.json()["items"]) == most
    assert more.status_code == 422
    assert more.json()["errors"] == [
        {"path": "records", "code": "TOO_MANY", "message": f"Has more than {most} items."},
    ]


async def test_an_empty_batch_is_answered_empty() -> None:
    async with a_client() as client:
        assert (await client.post("/match/batch", json={"records": []})).json() == {"items": []}


async def test_a_claim_is_confirmed_with_the_new_row() -> None:
    service = StandIn()
    async with a_client(service) as client:
        reply = await client.post(
            "/claims/clm_1/confirm",
            json={"external_id": "L-1", "object_type": "lead", "url": "https://crm.example/L-1"},
            headers={"Idempotency-Key": "k"},
        )
    assert reply.json()["decision"] == "accept"
    assert service.given[1:5] == ["clm_1", "L-1", "lead", "https://crm.example/L-1"]
    assert service.given[5].route == "POST /claims/{claim_id}/confirm"


async def test_one_key_on_two_claims_has_two_fingerprints() -> None:
    service = StandIn()
    fingerprints = set()
    async with a_client(service) as client:
        for claim in ("clm_1", "clm_2"):
            await client.post(f"/claims/{claim}/confirm", json={"external_id": "L-1"}, headers={"Idempotency-Key": "k"})
            fingerprints.add(service.given[5].fingerprint)
    assert len(fingerprints) == 2


async def test_a_claim_is_given_back() -> None:
    service = StandIn()
    async with a_client(service) as client:
        reply = await client.delete("/claims/clm_1")
    assert (reply.status_code, reply.content) == (204, b"")
    assert service.given[1] == "clm_1"


async def test_a_record_is_found_by_id_and_by_key() -> None:
    service = StandIn()
    async with a_client(service) as client:
        by_id = await client.get("/records/rec_1")
        by_key = await client.get("/records?source_system=crm&external_id=L-1")
    assert service.given[1] == RecordKey("crm", "customer", "L-1")
    assert by_id.json() == by_key.json()
    found = by_id.json()
    assert found["values"]["phones"] == [{"value": "138 0000 1234", "type": "", "country": "CN", "extension": ""}]
    assert found["values"]["interactions"][0]["occurred_at"] == "2026-03-01T09:30:00Z"
    assert found["envelope"]["occurred_at"] == found["received_at"] == "2026-03-01T09:30:00Z"
    assert found["versions"][0]["version"] == 1


async def test_a_caller_with_one_system_need_not_name_it() -> None:
    service = StandIn()
    async with a_client(service) as client:
        await client.post("/ingest", json={"name": "张伟", "external_id": "L-1"})
        record = service.given[1]
        await client.get("/records?external_id=L-1")
        key = service.given[1]
        reply = await client.get("/records")
    assert record.envelope.key == key == RecordKey("default", "customer", "L-1")
    assert reply.json()["errors"][0] == {"path": "query.external_id", "code": "REQUIRED", "message": "Is required."}


async def test_a_customer_shows_where_its_values_come_from() -> None:
    async with a_client() as client:
        found = (await client.get("/customers/cus_9")).json()
    assert found["customer_id"] == "cus_1"
    assert found["merged_from"] == ["cus_9"]
    assert found["golden"] == [
        {"field": "company_name", "value": "上海华信科技有限公司", "record_id": "rec_1"},
        {
            "field": "phones",
            "value": [{"value": "138 0000 1234", "type": "", "country": "CN", "extension": ""}],
            "record_id": "rec_1",
        },
    ]
    assert found["episodes"][0]["anchor_at"] == "2026-03-01T09:30:00Z"
    assert found["records"][0]["record_id"] == "rec_1"


async def test_a_decision_is_shown_as_made_and_as_it_stands() -> None:
    async with a_client() as client:
        found = (await client.get("/decisions/dec_1")).json()
    assert found["answer"]["state"] == "claimed"
    assert found["current_state"] == "accepted"


async def test_health_needs_no_caller() -> None:
    service = StandIn()
    async with a_client(service, dev_open=False) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).status_code == 200
        service.health_now = Health(False, {"store": "down"})
        unready = await client.get("/readyz")
    assert unready.status_code == 503
    assert unready.json() == {"ready": False, "checks": {"store": "down"}}


async def test_the_service_is_closed_with_the_app() -> None:
    service = StandIn()
    async with a_client(service):
        assert not service.closed
    assert service.closed


async def test_what_the_core_refuses_has_its_path() -> None:
    service = StandIn(error=InvalidField("occurred_at", "Lies more than 5 minutes in the future."))
    async with a_client(service) as client:
        reply = await client.post("/ingest", json={**ZHANG, "occurred_at": "2199-01-01T00:00:00Z"})
    assert reply.status_code == 422
    assert reply.json()["errors"] == [
        {"path": "occurred_at", "code": "INVALID_FIELD", "message": "Lies more than 5 minutes in the future."}
    ]
