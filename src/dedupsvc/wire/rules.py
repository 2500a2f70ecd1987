"""What dedupsvc shows of its rules: versions, the switches between them, and templates to begin with."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from dedupsvc.wire.answer import ANSWER
from dedupsvc.wire.dates import InstantOut

RULES_EXAMPLE: JsonDict = {
    "name": "our-crm",
    "thresholds": {"match": 0.9, "possible": 0.3},
    "window": {"mode": "sliding", "length": "24h"},
    "scenarios": {
        "lead": {"window": {"length": "24h"}},
        "sales/newbiz": {"window": {"length": "30d"}, "across": "subtree"},
    },
}
SUMMARY_EXAMPLE: JsonDict = {
    "version": 2,
    "status": "active",
    "name": "our-crm",
    "description": "A lead is new again after a day, new business after a month.",
    "created_at": "2026-03-01T09:30:02.114000Z",
    "created_by": "dev-open",
    "note": "agreed with sales",
    "activated_at": "2026-03-01T10:00:00Z",
    "activated_by": "dev-open",
    "activation_note": "",
}


def _as_json(ruleset: Any) -> Any:
    return ruleset.model_dump(mode="json") if isinstance(ruleset, BaseModel) else ruleset


Document = Annotated[
    dict[str, JsonValue],
    BeforeValidator(_as_json),
    Field(description="The ruleset with all its defaults; its JSON schema is at /rules/schema."),
]


class RulesSummaryBody(BaseModel):
    """One version of the rules, without its document."""

    model_config = ConfigDict(**ANSWER, json_schema_extra={"examples": [SUMMARY_EXAMPLE]})

    version: int
    status: Annotated[str, Field(description="draft | active | retired: not active yet, now, or no longer")]
    name: str
    description: str
    created_at: InstantOut
    created_by: Annotated[str, Field(description="Empty: shipped with the service.")]
    note: str
    activated_at: Annotated[InstantOut | None, Field(description="When it was last activated.")]
    activated_by: str
    activation_note: str


class RulesVersionBody(RulesSummaryBody):
    """One version of the rules."""

    model_config = ConfigDict(
        **ANSWER, json_schema_extra={"examples": [{**SUMMARY_EXAMPLE, "document": RULES_EXAMPLE}]}
    )

    document: Document


class ActivationBody(BaseModel):
    """A switch to a version; it held until the next one."""

    model_config = ANSWER

    number: int
    version: int
    at: InstantOut
    actor: str
    note: str


class RulesHistoryBody(BaseModel):
    """Every version and every activation, newest first."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {
                    "active": 2,
                    "versions": [SUMMARY_EXAMPLE],
                    "activations": [
                        {"number": 2, "version": 2, "at": "2026-03-01T10:00:00Z", "actor": "dev-open", "note": ""}
                    ],
                }
            ]
        },
    )

    active: Annotated[int, Field(description="The version that decisions follow now.")]
    versions: list[RulesSummaryBody]
    activations: list[ActivationBody]


class TemplateBody(BaseModel):
    """A ruleset to begin with: change what you like and post it to /rules."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [{"name": "our-crm", "description": "What it is for.", "document": RULES_EXAMPLE}]
        },
    )

    name: str
    description: str
    document: Document


class TemplatesBody(BaseModel):
    """The shipped rulesets."""

    model_config = ConfigDict(
        **ANSWER,
        json_schema_extra={
            "examples": [
                {"templates": [{"name": "balanced", "description": "What it is for.", "document": RULES_EXAMPLE}]}
            ]
        },
    )

    templates: list[TemplateBody]
