"""What dedupsvc answers about one record, flat at the top for callers that can only read scalars."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from dedupsvc.wire.dates import InstantOut
from dedupsvc.wire.problem import ProblemBody

ANSWER = ConfigDict(from_attributes=True)
"""Answers are read off the use cases' plain objects, attribute by attribute."""


class ThreeSameBody(BaseModel):
    """Same customer, same time window, same scenario."""

    model_config = ANSWER

    customer: Annotated[str, Field(description="match | possible | none")]
    window: Annotated[str, Field(description="in | out | none")]
    scenario: Annotated[str, Field(description="same | related | other | none")]


class CandidateBody(BaseModel):
    """A customer that was found, best first. Never the other side's values."""

    model_config = ANSWER

    customer_id: str
    record_id: str
    existing_id: str
    same: Annotated[str, Field(description="match | possible | none")]
    score: float
    match_weight: float
    matched_fields: list[str]
    limits: Annotated[list[str], Field(description="Why the verdict is not stronger.")]


class ExplanationBody(BaseModel):
    """One comparison with the best candidate; the weights add up to match_weight. `limit` rows weigh nothing: they say what
    keeps the pair from being a match."""

    model_config = ANSWER

    field: str
    comparison: str
    level: str
    label: str
    weight: float


class MergeStepBody(BaseModel):
    """What to do with one field of the existing row."""

    model_config = ANSWER

    field: str
    action: Annotated[str, Field(description="keep | add | replace")]


ANSWER_EXAMPLE: JsonDict = {
    "decision": "flag",
    "action": "hold",
    "blocking": True,
    "reason_code": "POSSIBLE_DUPLICATE",
    "message": "疑似重复客户：已由「华东销售部」于 2 小时前录入（邮箱、手机号一致）。",
    "customer_id": "cus_05k9wz3m7r2tv",
    "record_id": "rec_0b6h1xq8n4ye3",
    "existing_id": "",
    "existing_department": "华东销售部",
    "score": 0.97,
    "match_weight": 11.4,
    "review_id": "rev_02v7d9s5k1mgp",
    "claim_id": "",
    "claim_expires_at": None,
    "retry_after_s": None,
    "complete": True,
    "scenario_known": True,
    "occurred_at_assumed": False,
    "rules_version": 1,
    "decision_id": "dec_0c8p4j6zt2wna",
    "state": "held",
    "allowed_actions": ["use_existing", "create_anyway", "cancel"],
    "three_same": {"customer": "possible", "window": "in", "scenario": "same"},
    "candidates": [
        {
            "customer_id": "cus_05k9wz3m7r2tv",
            "record_id": "rec_03q5f8x1r9hkb",
            "existing_id": "",
            "same": "possible",
            "score": 0.97,
            "match_weight": 11.4,
            "matched_fields": ["email", "phone"],
            "limits": [],
        }
    ],
    "explanation": [{"field": "email", "comparison": "email", "level": "same", "label": "same e-mail", "weight": 9.1}],
    "merge_plan": [],
    "truncated_keys": [],
}


class AnswerBody(BaseModel):
    """The decision on one record. Empty text means: none."""

    model_config = ConfigDict(**ANSWER, json_schema_extra={"examples": [ANSWER_EXAMPLE]})

    decision: Annotated[str, Field(description="accept | link | merge | flag | reject")]
    action: Annotated[str, Field(description="What the caller does now: insert, update_existing, hold, deny, wait …")]
    blocking: Annotated[bool, Field(description="Whether the caller must not insert the row now.")]
    reason_code: str
    message: Annotated[str, Field(description="A sentence for a salesperson, in the locale asked for.")]
    customer_id: str
    record_id: str
    existing_id: Annotated[str, Field(description="A row in the caller's source_system and object_type.")]
    existing_department: str
    score: Annotated[float, Field(description="Match probability, 0 to 1.")]
    match_weight: Annotated[float, Field(description="Sum of the match weights, prior included, in bits.")]
    review_id: str
    claim_id: str
    claim_expires_at: InstantOut | None
    retry_after_s: int | None
    complete: Annotated[bool, Field(description="False: some keys were too common to search by.")]
    scenario_known: bool
    occurred_at_assumed: Annotated[bool, Field(description="No occurred_at came; the time of receipt stands in.")]
    rules_version: int
    decision_id: str
    state: Annotated[str, Field(description="accepted | claimed | joined | held, empty if nothing was stored")]
    allowed_actions: list[str]
    three_same: ThreeSameBody
    candidates: list[CandidateBody]
    explanation: list[ExplanationBody]
    merge_plan: list[MergeStepBody]
    truncated_keys: list[str]


class AnsweredItem(AnswerBody):
    """One item of a batch that was decided."""

    model_config = ConfigDict(json_schema_extra={"examples": []})

    index: int
    status: Literal[200]


class FailedItem(BaseModel):
    """One item of a batch that was refused; the others are not affected."""

    index: int
    status: Annotated[int, Field(ge=400, le=599)]
    error: ProblemBody


class BatchBody(BaseModel):
    """The items in the order in which they were sent."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"index": 0, "status": 200, **ANSWER_EXAMPLE}]}]}
    )

    items: list[AnsweredItem | FailedItem]
