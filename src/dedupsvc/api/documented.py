"""The replies that operations have in common, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Query

from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.problem import ProblemBody

Responses: TypeAlias = dict[int | str, dict[str, Any]]

_WORDS = {
    401: "The caller is not known.",
    404: "There is nothing of that id for this caller.",
    409: "The request contradicts what is stored, or the first one with this Idempotency-Key is still running.",
    412: "What If-Match names is no longer the present state.",
    413: "The body is too large.",
    415: "The body is not application/json in UTF-8.",
    422: "The request is not valid; `errors` names the fields. Nothing was stored.",
    500: "Something went wrong on our side.",
    503: "The check cannot be made now; `Retry-After` says when to try again.",
}


def refusals(*statuses: int) -> Responses:
    """The error replies of an operation; 401, 500 and 503 any can have."""
    return {
        status: {"model": ProblemBody, "description": _WORDS[status]} for status in sorted({*statuses, 401, 500, 503})
    }


REPLAYED = {
    "headers": {
        "Idempotent-Replayed": {
            "description": "`true` if this is the first answer to the Idempotency-Key, given again.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    }
}


def leading(**operations: str) -> dict[str, Any]:
    """Links from a member of the reply to the operation that takes it: ``decision="decision_id"``."""
    return {
        operation: {"operationId": operation, "parameters": {member: f"$response.body#/{member}"}}
        for operation, member in operations.items()
    }


FOUND = leading(customer="customer_id")
"""Where an answer that stored nothing leads on to; its customer is empty if there is none."""
STORED = {
    **leading(decision="decision_id", record_by_id="record_id", customer="customer_id"),
    **leading(confirm_claim="claim_id", release_claim="claim_id"),
}
"""Where a stored answer leads on to; its claim is empty unless it holds a place."""

DuplicateStatus = Annotated[
    Literal["409"] | None,
    Query(description="409: blocking answers come with that status instead of 200, with the same body."),
]

DECIDED: Responses = {
    200: {**REPLAYED, "links": STORED},
    **refusals(409, 413, 415, 422),
    409: {
        "model": AnswerBody | ProblemBody,
        "description": "A blocking answer, if `duplicate_status=409` asked for that. Else: " + _WORDS[409],
    },
}
