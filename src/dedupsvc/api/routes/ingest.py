"""POST /ingest: decide and store in one atomic step."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.deps import GuardedRoute, RepeatableCalled
from dedupsvc.api.documented import DECIDED, REPLAYED, DuplicateStatus, refusals
from dedupsvc.api.errors import REQUEST_ID
from dedupsvc.wire.answer import AnswerBody, BatchBody
from dedupsvc.wire.record import IngestBatchBody, RecordBody

router = APIRouter(route_class=GuardedRoute, tags=["decisions before the insert"])


@router.post("/ingest", response_model=AnswerBody, responses=DECIDED, summary="Decide and store a record")
async def ingest(body: RecordBody, call: RepeatableCalled, duplicate_status: DuplicateStatus = None) -> Response:
    """Checks and writes in one atomic step, and says what to do with the row: insert, update another one, hold, or not.

    A repeat of the same record has no second effect, with or without an Idempotency-Key.
    """
    record = translate.record(body, call.locale(body.locale))
    answer = await call.service.ingest(call.caller, record, call.idempotency("POST /ingest"))
    return translate.answered(answer, duplicate_status)


@router.post(
    "/ingest/batch",
    response_model=BatchBody,
    responses={200: REPLAYED, **refusals(409, 413, 415, 422)},
    summary="Decide and store up to 1,000 records",
)
async def ingest_batch(body: IngestBatchBody, call: RepeatableCalled) -> Response:
    """Each record is atomic and has its own status, in the order of the request; shuffling changes no decision."""
    batch = translate.Batch(body.records, call.locale(), call.request.scope[REQUEST_ID])
    idempotency = call.idempotency("POST /ingest/batch")
    return batch.answered(await call.service.ingest_batch(call.caller, batch.records, idempotency))
