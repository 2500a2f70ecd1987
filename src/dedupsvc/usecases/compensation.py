"""What a CRM has to do after a merge, in public ids and ready to be stored or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dedupsvc.core.entity import Id
from dedupsvc.core.merge import Step
from dedupsvc.usecases import ids
from dedupsvc.usecases.answers import CompensationStep


def shown(steps: Sequence[Step]) -> tuple[CompensationStep, ...]:
    return tuple(
        CompensationStep(
            step.action,
            step.source_system,
            step.object_type,
            step.external_id,
            step.keep,
            ids.public(ids.CUSTOMER, step.customer_id),
            ids.public(ids.RECORD, step.record_id),
        )
        for step in steps
    )


def told(merge_id: Id, survivor: Id, others: Sequence[Id], steps: Sequence[CompensationStep]) -> dict[str, Any]:
    """A merge as an event tells it: ids only."""
    return {
        "merge_id": ids.public(ids.MERGE, merge_id),
        "survivor": ids.public(ids.CUSTOMER, survivor),
        "absorbed": [ids.public(ids.CUSTOMER, one) for one in others],
        "compensation": [asdict(step) for step in steps],
    }
