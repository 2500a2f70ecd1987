"""What a CRM does, field by field, with a row that it has already."""

from __future__ import annotations

from collections.abc import Callable, Collection

from dedupsvc.core.fields import Features
from dedupsvc.core.record import Values
from dedupsvc.core.survivorship.strategies import VALUE_FIELDS, said


def merge_steps(
    row: Values, submitted: Values, known: Features | None = None, new: Features | None = None
) -> tuple[tuple[str, str], ...]:
    """What a CRM does with each submitted field of the row it has: (field, keep | add | replace). Never shows a value.

    With both sides' features, a value that the row has in another spelling is kept as it is there.
    """
    steps = []
    for name in VALUE_FIELDS:
        fresh, old = getattr(submitted, name), getattr(row, name)
        if not said(fresh):
            continue
        respelt = known is not None and new is not None and _is_known(name, known, new)
        steps.append((name, "keep" if respelt else _step(fresh, old)))
    return tuple(steps)


_CANONICAL: dict[str, Callable[[Features], Collection[str]]] = {
    "emails": lambda features: [one.address for one in features.emails],
    "phones": lambda features: [one.number or one.masked for one in features.phones],
    "addresses": lambda features: [one.text for one in features.addresses],
    "identifiers": lambda features: [f"{one.scheme}:{one.value}" for one in features.identifiers],
}


def _is_known(name: str, known: Features, new: Features) -> bool:
    if name not in _CANONICAL:
        return False
    canonical = _CANONICAL[name]
    fresh = canonical(new)
    return bool(fresh) and set(fresh) <= set(canonical(known))


def _step(new: object, old: object) -> str:
    if isinstance(new, tuple) and isinstance(old, tuple):
        return "add" if set(new) - set(old) else "keep"
    return "keep" if said(old) else "replace"
