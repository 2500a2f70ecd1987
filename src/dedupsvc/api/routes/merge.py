"""/merge: several customers made one, and taken apart again."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.deps import Called, GuardedRoute, PublicId, RepeatableCalled
from dedupsvc.api.documented import REPLAYED, leading, refusals
from dedupsvc.wire.merge import MergeBody, MergeRequestBody, UndoBody

router = APIRouter(route_class=GuardedRoute, prefix="/merge", tags=["merges"])

LINKS = leading(merge_by_id="merge_id", undo_merge="merge_id")
"""Where a merge leads on to; a dry run has no id."""


@router.post(
    "",
    response_model=MergeBody,
    responses={200: {**REPLAYED, "links": LINKS}, **refusals(404, 409, 413, 415, 422)},
    summary="Merge customers",
)
async def merge(body: MergeRequestBody, call: RepeatableCalled) -> Response:
    """Everything of the customers goes to the first one; the answer says what the CRM has to do with its rows.

    Episodes keep their anchors, and the ids of merged customers answer with the survivor. It can be undone at any time.
    """
    idempotency = call.idempotency("POST /merge")
    made = await call.service.merge(call.caller, body.customer_ids, body.picks, body.dry_run, idempotency)
    return translate.viewed(MergeBody, made, replayed=made.replayed)


@router.get(
    "/{merge_id}", response_model=MergeBody, responses=refusals(404, 422), summary="A merge, and whether it still holds"
)
async def merge_by_id(merge_id: PublicId, call: Called) -> Response:
    """Requested ones, and those that a record brought about which matched several customers."""
    return translate.viewed(MergeBody, await call.service.merge_by_id(call.caller, merge_id))


@router.post(
    "/{merge_id}/undo",
    response_model=UndoBody,
    responses={200: REPLAYED, **refusals(404, 409, 422)},
    summary="Undo a merge",
)
async def undo_merge(merge_id: PublicId, call: RepeatableCalled) -> Response:
    """The exact inverse: each customer has its own records, episodes and golden record again, and what it got since.

    Merges can be undone in any order. No record will join these customers again, unless a person merges them. Repeats safely.
    """
    idempotency = call.idempotency("POST /merge/{merge_id}/undo", merge_id)
    undone = await call.service.undo_merge(call.caller, merge_id, idempotency)
    return translate.viewed(UndoBody, undone, replayed=undone.replayed)
