"""The OpenAPI document is what was committed, and tells a reader everything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dedupsvc.api.app import openapi_document

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT = openapi_document()


OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = content["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def test_the_committed_document_is_the_present_one() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == DOCUMENT


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_each_operation_is_summed_up_and_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_each_operation_shows_an_example(operation: dict[str, Any]) -> None:
    success = next(reply for status, reply in operation["responses"].items() if status.startswith("2"))
    if "content" in success:
        assert schema_of(success["content"])["examples"]
    body = operation.get("requestBody", {"content": {}})
    if "application/json" in body["content"]:
        assert schema_of(body["content"])["examples"]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS.values() if each["tags"] != ["health"]])
def test_each_operation_says_what_it_refuses(operation: dict[str, Any]) -> None:
    replies = operation["responses"]
    assert {"401", "422", "500", "503"} <= replies.keys()
    assert all(
        schema_of(replies[status]["content"])["title"] == "ProblemBody" for status in ("401", "422", "500", "503")
    )


def test_operation_ids_are_the_names_of_the_functions() -> None:
    ids = [each["operationId"] for each in OPERATIONS.values()]
    assert all(re.fullmatch("[a-z][a-z_]+", each) for each in ids)
    assert len(set(ids)) == len(ids)
    assert {"match", "ingest", "confirm_claim", "customer", "decision", "create_rules", "readyz"} <= set(ids)


def test_the_body_is_published_exactly() -> None:
    record = DOCUMENT["components"]["schemas"]["RecordBody"]
    assert record["additionalProperties"] is False
    assert {"emails", "email", "occurred_at", "patch", "claim_key"} <= record["properties"].keys()
    batch = DOCUMENT["components"]["schemas"]["IngestBatchBody"]["properties"]["records"]
    assert batch["items"] == {"$ref": "#/components/schemas/RecordBody"}
    assert batch["maxItems"] == 1000


def test_nothing_of_the_frameworks_own_errors_is_left() -> None:
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]
