"""POST /match: what would be decided now, with nothing written."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.deps import Called, GuardedRoute
from dedupsvc.api.documented import DECIDED, FOUND, DuplicateStatus, refusals
from dedupsvc.api.errors import REQUEST_ID
from dedupsvc.wire.answer import AnswerBody, BatchBody
from dedupsvc.wire.record import MatchBatchBody, RecordBody

router = APIRouter(route_class=GuardedRoute, tags=["decisions before the insert"])


@router.post(
    "/match",
    response_model=AnswerBody,
    responses={**DECIDED, 200: {"links": FOUND}},
    summary="Look up duplicates",
)
async def match(body: RecordBody, call: Called, duplicate_status: DuplicateStatus = None) -> Response:
    """Answers exactly what /ingest would decide now, also for a row that has an external_id already. Writes nothing."""
    content, blocking = await call.lookups.answer(
        call.caller, call.locale(body.locale), await call.request.body(), body
    )
    return translate.reply(content, blocking, duplicate_status)


@router.post(
    "/match/batch",
    response_model=BatchBody,
    responses=refusals(413, 415, 422),
    summary="Look up duplicates of up to 100 records",
)
async def match_batch(body: MatchBatchBody, call: Called) -> Response:
    """Each record is looked up by itself and has its own status; the order is that of the request."""
    batch = translate.Batch(body.records, call.locale(), call.request.scope[REQUEST_ID])
    return batch.answered(await call.service.match_batch(call.caller, batch.records))
