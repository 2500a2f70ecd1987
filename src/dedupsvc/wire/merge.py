"""What is sent to merge customers, and what dedupsvc shows of merges and their undoing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from dedupsvc.wire.answer import ANSWER
from dedupsvc.wire.dates import InstantOut
from dedupsvc.wire.text import BODY, Key
from dedupsvc.wire.view import GoldenFieldBody

STEP_EXAMPLE: JsonDict = {
    "action": "merge_rows",
    "source_system": "crm",
    "object_type": "account",
    "external_id": "0015g00000B7x9z",
    "keep": "0015g00000A1b2c",
    "customer_id": "cus_7Q2",
    "record_id": "rec_2AB",
}
MERGE_EXAMPLE: JsonDict = {
    "merge_id": "mrg_4D1",
    "survivor_id": "cus_7Q2",
    "merged_from": ["cus_8R3"],
    "kind": "requested",
    "picks": {"company_name": "rec_2AB"},
    "golden": [{"field": "company_name", "value": "上海华信科技有限公司", "record_id": "rec_2AB"}],
    "compensation": [STEP_EXAMPLE],
    "merged_at": "2026-03-01T09:30:02.114000Z",
    "undone_at": None,
    "dry_run": False,
}


class MergeRequestBody(BaseModel):
    """The customers to be made one; the first survives."""

    model_config = ConfigDict(
        **BODY,
        json_schema_extra={
            "examples": [
                {"customer_ids": ["cus_7Q2", "cus_8R3"], "picks": {"company_name": "rec_2AB"}, "dry_run": True}
            ]
        },
    )

    customer_ids: Annotated[
        list[Key],
        Field(min_length=2, max_length=20, description="Two to twenty; a merged id stands for its survivor."),
    ]
    picks: Annotated[
        dict[str, Key],
        Field(
            max_length=50,
            description="By field the record whose value wins; all other fields follow the ruleset's survivorship.",
        ),
    ] = {}
    dry_run: Annotated[bool, Field(strict=True, description="Show what would be, and write nothing.")] = False


class CompensationBody(BaseModel):
    """What the CRM does with one of its rows."""

    model_config = ANSWER

    action: Annotated[
        Literal["relink", "merge_rows", "split_rows"],
        Field(
            description="relink: the row belongs to customer_id now. merge_rows: merge it into the row keep. "
            "split_rows: that merge of rows is to be taken back."
        ),
    ]
    source_system: str
    object_type: str
    external_id: Annotated[str, Field(description="The row.")]
    keep: Annotated[str, Field(description="The survivor's row in the same system and object type, empty for relink.")]
    customer_id: str
    record_id: str


class MergeBody(BaseModel):
    """Several customers made one."""

    model_config = ConfigDict(**ANSWER, json_schema_extra={"examples": [MERGE_EXAMPLE]})

    merge_id: Annotated[str, Field(description="Empty for a dry run.")]
    survivor_id: str
    merged_from: list[str]
    kind: Annotated[str, Field(description="requested | bridge (a record matched all of them)")]
    picks: dict[str, str]
    golden: Annotated[list[GoldenFieldBody], Field(description="As it stands; of a dry run, as it would be.")]
    compensation: list[CompensationBody]
    merged_at: InstantOut | None
    undone_at: InstantOut | None
    dry_run: bool


class UndoBody(BaseModel):
    """A merge taken back."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {
                    "merge_id": "mrg_4D1",
                    "survivor_id": "cus_7Q2",
                    "restored": ["cus_8R3"],
                    "compensation": [{**STEP_EXAMPLE, "action": "split_rows", "customer_id": "cus_8R3"}],
                    "undone_at": "2026-03-02T08:00:00Z",
                }
            ]
        },
    )

    merge_id: str
    survivor_id: Annotated[str, Field(description="The customer that keeps what has arrived since.")]
    restored: list[str]
    compensation: list[CompensationBody]
    undone_at: InstantOut
