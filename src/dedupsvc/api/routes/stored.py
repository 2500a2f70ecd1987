"""/records, /customers, /decisions: what is stored, as it stands now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from dedupsvc.api import translate
from dedupsvc.api.deps import Called, GuardedRoute, PublicId
from dedupsvc.api.documented import leading, refusals
from dedupsvc.core.record import RecordKey
from dedupsvc.wire.view import CustomerBody, DecisionBody, StoredRecordBody

router = APIRouter(route_class=GuardedRoute, tags=["what is stored"])

KeyPart = Annotated[str, Query(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]


@router.get(
    "/records/{record_id}",
    response_model=StoredRecordBody,
    responses={200: {"links": leading(customer="customer_id", decision="decision_id")}, **refusals(404, 422)},
    summary="A record by its id",
)
async def record_by_id(record_id: PublicId, call: Called) -> Response:
    """The record as it stands, with every version of its values, newest first."""
    return translate.viewed(StoredRecordBody, await call.service.record_by_id(call.caller, record_id))


@router.get(
    "/records",
    response_model=StoredRecordBody,
    responses={200: {"links": leading(customer="customer_id", decision="decision_id")}, **refusals(404, 422)},
    summary="A record by its row in the source system",
)
async def record_by_key(
    call: Called, external_id: KeyPart, source_system: KeyPart = "default", object_type: KeyPart = "customer"
) -> Response:
    """The record of one row of one object type of one source system."""
    key = RecordKey(source_system.strip(), object_type.strip(), external_id.strip())
    return translate.viewed(StoredRecordBody, await call.service.record_by_key(call.caller, key))


@router.delete(
    "/records/{record_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 422),
    summary="Retire a record by its id",
)
async def retire_by_id(record_id: PublicId, call: Called) -> Response:
    """The row is gone from its source: nobody is matched with it any longer, its history stays. Repeats safely.

    Business that it opened goes on in the oldest record that joined it; where none did, the place is free again. An open claim is
    given back, and review cases about the record are closed.
    """
    await call.service.retire_by_id(call.caller, record_id)
    return Response(status_code=204)


@router.delete(
    "/records",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 422),
    summary="Retire a record by its row in the source system",
)
async def retire_by_key(
    call: Called, external_id: KeyPart, source_system: KeyPart = "default", object_type: KeyPart = "customer"
) -> Response:
    """As by its id. Once it is retired there is no record of this row, and the same id may come again as a new one."""
    key = RecordKey(source_system.strip(), object_type.strip(), external_id.strip())
    await call.service.retire_by_key(call.caller, key)
    return Response(status_code=204)


@router.get(
    "/customers/{customer_id}",
    response_model=CustomerBody,
    responses=refusals(404, 422),
    summary="A customer with its golden record",
)
async def customer(customer_id: PublicId, call: Called) -> Response:
    """The golden record with provenance, the linked records and the episodes; a merged id answers with the survivor."""
    return translate.viewed(CustomerBody, await call.service.customer(call.caller, customer_id))


@router.get(
    "/decisions/{decision_id}",
    response_model=DecisionBody,
    responses=refusals(404, 422),
    summary="A decision, as made and as it stands",
)
async def decision(decision_id: PublicId, call: Called) -> Response:
    """The answer that was given then, and the present state of its record."""
    return translate.viewed(DecisionBody, await call.service.decision(call.caller, decision_id))
