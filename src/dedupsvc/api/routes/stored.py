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
