"""Rows to what the core works with, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement

from dedupsvc.adapters.codec import (
    decode_envelope,
    decode_features,
    decode_values,
    encode_envelope,
    encode_features,
    encode_values,
)
from dedupsvc.adapters.sql.tables import decisions, merges, records
from dedupsvc.core.assess import Candidate
from dedupsvc.core.entity import ClaimState, Episode, Id, Place, State, StoredRecord
from dedupsvc.core.fields import Features
from dedupsvc.core.record import Instant
from dedupsvc.usecases.stored import Encoded, Event, Review, StoredDecision, StoredMerge

_new = tuple.__new__
"""A named tuple's own constructor costs twice as much, and a search makes dozens."""
_STATES = {state.value: state for state in State}
_r = records.c

PLACE_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _r.id,
    _r.customer_id,
    _r.state,
    _r.source_system,
    _r.object_type,
    _r.external_id,
    _r.owner_id,
    _r.department_id,
    _r.department_name,
    _r.scenario,
    _r.occurred_at,
    _r.received_at,
    _r.claim_id,
    _r.claim_key,
    _r.claim_expires_at,
)
PLACE_WIDTH = len(PLACE_COLUMNS)
CANDIDATE_COLUMNS = (*PLACE_COLUMNS, _r.features)
RECORD_COLUMNS = (
    *PLACE_COLUMNS,
    _r.values_json,
    _r.envelope_json,
    _r.version,
    _r.updated_at,
    _r.decision_id,
    _r.claim_state,
)
_d = decisions.c
DECISION_COLUMNS = (
    _d.id,
    _d.record_id,
    _d.customer_id,
    _d.decided_at,
    _d.rules_version,
    _d.verdict,
    _d.reason_code,
    _d.stored,
    _d.input_json,
    _d.answer_json,
)
_m = merges.c
MERGE_COLUMNS = (
    _m.id,
    _m.survivor_id,
    _m.moved_json,
    _m.created_at,
    _m.kind,
    _m.actor,
    _m.picks_json,
    _m.plan_json,
    _m.undone_at,
    _m.undone_by,
    _m.undone_json,
)


def place(row: Sequence[Any]) -> Place:
    return _new(Place, (row[0], row[1], _STATES[row[2]], *row[3:PLACE_WIDTH]))


def candidate(row: Sequence[Any]) -> Candidate:
    return Candidate(place(row), decode_features(row[PLACE_WIDTH]))


def stored_record(row: Sequence[Any]) -> StoredRecord:
    values, envelope, version, updated_at, decision_id, claim_state = row[PLACE_WIDTH:]
    return StoredRecord(
        place(row),
        decode_values(values),
        decode_envelope(envelope),
        version,
        updated_at,
        decision_id,
        ClaimState(claim_state),
    )


def stored_decision(row: Sequence[Any]) -> StoredDecision:
    return StoredDecision(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bool(row[7]), row[8], row[9])


def stored_merge(row: Sequence[Any]) -> StoredMerge:
    moved, picks = json.loads(row[2]), json.loads(row[6])
    return StoredMerge(row[0], row[1], tuple(int(one) for one in moved), row[3], row[4], row[5], picks, *row[7:])


def merge_row(tenant_id: int, merge: StoredMerge, decision_id: Id, moved: dict[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": merge.merge_id,
        "survivor_id": merge.survivor,
        "decision_id": decision_id,
        "created_at": merge.created_at,
        "moved_json": json.dumps(moved),
        "kind": merge.kind,
        "actor": merge.actor,
        "picks_json": json.dumps(dict(merge.picks)),
        "plan_json": merge.plan,
        "undone_at": 0,
        "undone_by": "",
        "undone_json": "",
    }


def encoded(record: StoredRecord, features: Features) -> Encoded:
    return Encoded(encode_features(features), encode_values(record.values), encode_envelope(record.envelope))


def record_row(tenant_id: int, record: StoredRecord, made: Encoded, keys: Sequence[int]) -> dict[str, Any]:
    at = record.place
    return {
        "tenant_id": tenant_id,
        "id": at.record_id,
        "customer_id": at.customer_id,
        "state": at.state.value,
        "source_system": at.source_system,
        "object_type": at.object_type,
        "external_id": at.external_id,
        "owner_id": at.owner_id,
        "department_id": at.department_id,
        "department_name": at.department_name,
        "scenario": at.scenario,
        "occurred_at": at.occurred_at,
        "received_at": at.received_at,
        "claim_id": at.claim_id,
        "claim_key": at.claim_key,
        "claim_expires_at": at.claim_expires_at,
        "claim_state": record.claim_state.value,
        "updated_at": record.updated_at,
        "version": record.version,
        "decision_id": record.decision_id,
        "features": made.features,
        "values_json": made.values,
        "envelope_json": made.envelope,
        "home_id": 0,
        "keys_json": f"[{','.join(map(str, keys))}]",
    }


def decision_row(tenant_id: int, decision: StoredDecision) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": decision.decision_id,
        "record_id": decision.record_id,
        "customer_id": decision.customer_id,
        "decided_at": decision.decided_at,
        "rules_version": decision.rules_version,
        "verdict": decision.verdict,
        "reason_code": decision.reason_code,
        "stored": int(decision.stored),
        "input_json": decision.input,
        "answer_json": decision.answer,
    }


def customer_row(tenant_id: int, customer_id: Id, created_at: Instant) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "id": customer_id, "merged_into": 0, "created_at": created_at, "merge_id": 0}


def episode_row(tenant_id: int, episode: Episode, record_id: Id) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": episode.episode_id,
        "customer_id": episode.customer_id,
        "record_id": record_id,
        "scenario": episode.scenario,
        "anchor_at": episode.anchor_at,
        "renewed_at": episode.renewed_at,
    }


def review_row(tenant_id: int, review: Review, decision: StoredDecision) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": review.review_id,
        "kind": review.kind,
        "state": "open",
        "decision_id": decision.decision_id,
        "record_id": review.record_id,
        "customer_a": review.customer_a,
        "customer_b": review.customer_b,
        "reason_code": review.reason_code,
        "created_at": decision.decided_at,
    }


def event_row(tenant_id: int, event_id: Id, event: Event, created_at: Instant) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": event_id,
        "type": event.type,
        "subject_id": event.subject_id,
        "payload_json": event.payload,
        "created_at": created_at,
    }


def audit_row(
    tenant_id: int,
    audit_id: Id,
    actor: str,
    action: str,
    subject: Id,
    at: Instant,
    decision: StoredDecision | None,
    detail: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Who did what to what, and by which decision; codes and ids, never a value of a record."""
    told = json.dumps(detail or {}) if decision is None else _why(decision.reason_code, decision.rules_version)
    return {
        "tenant_id": tenant_id,
        "id": audit_id,
        "at": at,
        "actor": actor,
        "action": action,
        "subject_id": subject,
        "decision_id": decision.decision_id if decision else 0,
        "detail_json": told,
    }


@lru_cache(maxsize=256)
def _why(reason_code: str, rules_version: int) -> str:
    """Most decisions of a day say one of a dozen things."""
    return json.dumps({"reason_code": reason_code, "rules_version": rules_version})
