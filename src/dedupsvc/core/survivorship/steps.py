"""What a CRM does, field by field, with a row that it has already."""

from __future__ import annotations

from dedupsvc.core.record import Values
from dedupsvc.core.survivorship.strategies import VALUE_FIELDS, said


def merge_steps(row: Values, submitted: Values) -> tuple[tuple[str, str], ...]:
    """What a CRM does with each submitted field of the row it has: (field, keep | add | replace). Never shows a value."""
    steps = []
    for name in VALUE_FIELDS:
        new, old = getattr(submitted, name), getattr(row, name)
        if not said(new):
            continue
        steps.append((name, _step(new, old)))
    return tuple(steps)


def _step(new: object, old: object) -> str:
    if isinstance(new, tuple) and isinstance(old, tuple):
        return "add" if set(new) - set(old) else "keep"
    return "keep" if said(old) else "replace"
