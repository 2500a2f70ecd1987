"""/claims: the place that an accepted record holds while the CRM inserts its row."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.deps import Called, GuardedRoute, PublicId, RepeatableCalled
from dedupsvc.api.documented import REPLAYED, leading, refusals
from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.record import ConfirmBody

router = APIRouter(route_class=GuardedRoute, prefix="/claims", tags=["claims"])

CONFIRMED = leading(decision="decision_id", record_by_id="record_id", customer="customer_id")


@router.post(
    "/{claim_id}/confirm",
    response_model=AnswerBody,
    responses={200: {**REPLAYED, "links": CONFIRMED}, **refusals(404, 409, 413, 415, 422)},
    summary="Bind a claim to the row that was inserted",
)
async def confirm_claim(claim_id: PublicId, body: ConfirmBody, call: RepeatableCalled) -> Response:
    """Repeats safely; another external_id than before is a conflict. A late confirm is judged anew, never lost."""
    idempotency = call.idempotency("POST /claims/{claim_id}/confirm", claim_id)
    answer = await call.service.confirm_claim(
        call.caller, claim_id, body.external_id, body.object_type or "", body.url or "", idempotency
    )
    return translate.answered(answer, None)


@router.delete(
    "/{claim_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409, 422),
    summary="Give a claim back",
)
async def release_claim(claim_id: PublicId, call: Called) -> Response:
    """The CRM did not insert the row: the place is free again."""
    await call.service.release_claim(call.caller, claim_id)
    return Response(status_code=204)
