"""/rules: what counts as the same business, by version: write, look at, activate."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query
from pydantic import PlainValidator
from starlette.responses import JSONResponse, Response

from dedupsvc.api import translate
from dedupsvc.api.deps import Called, GuardedRoute
from dedupsvc.api.documented import leading, refusals
from dedupsvc.core.rules import TEMPLATES, Ruleset
from dedupsvc.usecases.rules import RulesView
from dedupsvc.wire.rules import (
    RulesHistoryBody,
    RulesSummaryBody,
    RulesVersionBody,
    TemplateBody,
    TemplatesBody,
)

router = APIRouter(route_class=GuardedRoute, prefix="/rules", tags=["rules"])

Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="The version's number.", examples=[1])]
Note = Annotated[
    str,
    Query(max_length=256, pattern=r"^[^\x00]*$", description="Why, in a few words; kept with the version's history."),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1024,
        description="The ETag of the version that you take for the active one; 412 if another has become active.",
    ),
]
# Read by the core, which says what is wrong with a ruleset in a ruleset's terms.
Sent = Annotated[Any, Body(), PlainValidator(lambda sent: sent, json_schema_input_type=Ruleset)]

TAGGED: dict[str, Any] = {
    "headers": {
        "ETag": {"description": "Names the version; for If-Match of an activation.", "schema": {"type": "string"}}
    }
}
LOCATED: dict[str, Any] = {
    "headers": {
        **TAGGED["headers"],
        "Location": {"description": "Where the version is.", "schema": {"type": "string"}},
    },
    "links": leading(rules_version="version", activate_rules="version"),
}


@router.get("", response_model=RulesHistoryBody, responses=refusals(422), summary="All versions of the rules")
async def list_rules(call: Called) -> Response:
    """Every version without its document, newest first; which one is active; and when each was activated by whom."""
    found = await call.service.rules_history(call.caller)
    return translate.viewed(
        RulesHistoryBody,
        RulesHistoryBody(
            active=found.active,
            versions=[RulesSummaryBody.model_validate(_members(each)) for each in found.versions],
            activations=list(found.activations),  # type: ignore[arg-type]
        ),
    )


@router.post(
    "",
    response_model=RulesVersionBody,
    status_code=201,
    responses={
        201: LOCATED,
        200: {"model": RulesVersionBody, "description": "The newest version says the very same already.", **LOCATED},
        **refusals(413, 415, 422),
    },
    summary="Write a new version of the rules",
)
async def create_rules(document: Sent, call: Called, note: Note = "") -> Response:
    """The document becomes the next version, a draft that no decision follows until it is activated. It never changes.

    Scenario paths are stored as records' scenarios are compared: Sales / East becomes sales/east.
    """
    view, is_new = await call.service.create_rules(call.caller, document, note)
    reply = _shown(view, 201 if is_new else 200)
    reply.headers["Location"] = f"/rules/{view.version}"
    return reply


@router.get(
    "/active",
    response_model=RulesVersionBody,
    responses={200: TAGGED, **refusals(422)},
    summary="The active version of the rules",
)
async def active_rules(call: Called) -> Response:
    """The version that decisions follow now; its ETag is what an activation's If-Match is compared with."""
    return _shown(await call.service.active_rules(call.caller))


@router.get(
    "/schema",
    response_model=dict[str, Any],
    responses={
        200: {"content": {"application/json": {"schema": {"examples": [{"title": "Ruleset", "type": "object"}]}}}},
        **refusals(422),
    },
    summary="The JSON schema of a ruleset",
)
async def rules_schema(call: Called) -> Response:
    """What a ruleset can say, each part described; generated from what the service itself reads rulesets with."""
    return JSONResponse(_schema())


@router.get("/templates", response_model=TemplatesBody, responses=refusals(422), summary="Rulesets to begin with")
async def rules_templates(call: Called) -> Response:
    """The shipped rulesets: change what you like and post it to /rules."""
    templates = [
        TemplateBody.model_validate({"name": each.name, "description": each.description, "document": each})
        for each in TEMPLATES.values()
    ]
    return translate.viewed(TemplatesBody, TemplatesBody(templates=templates))


@router.get(
    "/{version}",
    response_model=RulesVersionBody,
    responses={200: TAGGED, **refusals(404, 422)},
    summary="One version of the rules",
)
async def rules_version(version: Version, call: Called) -> Response:
    """The document as it was written, with its defaults filled in, and what has become of it."""
    return _shown(await call.service.rules_version(call.caller, version))


@router.post(
    "/{version}/activate",
    response_model=RulesVersionBody,
    responses={200: TAGGED, **refusals(404, 412, 422)},
    summary="Make decisions follow a version of the rules",
)
async def activate_rules(version: Version, call: Called, if_match: IfMatch = None, note: Note = "") -> Response:
    """Each decision follows the version that is active when it is committed; earlier decisions keep theirs.

    Any version can be activated, older ones too (that is how to roll back), and repeating it has no second effect.
    """
    return _shown(await call.service.activate_rules(call.caller, version, _versions(if_match), note))


def _members(view: RulesView) -> dict[str, Any]:
    shown = {name: getattr(view, name) for name in RulesSummaryBody.model_fields if hasattr(view, name)}
    return {**shown, "name": view.ruleset.name, "description": view.ruleset.description}


def _shown(view: RulesView, status: int = 200) -> Response:
    body = RulesVersionBody.model_validate({**_members(view), "document": view.ruleset})
    reply = translate.viewed(RulesVersionBody, body, status)
    reply.headers["ETag"] = f'"rules-{view.version}"'
    return reply


def _versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that an If-Match header names; None for any. What is no ETag of ours names none."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = (tag.strip() for tag in if_match.split(","))
    found = (re.fullmatch(r'"rules-([1-9]\d{0,9})"', tag, re.ASCII) for tag in tags)
    return frozenset(int(one[1]) for one in found if one)


@cache
def _schema() -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Ruleset.model_json_schema()}
