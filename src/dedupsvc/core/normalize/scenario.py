"""Scenario paths in canonical form."""

from __future__ import annotations

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize.text import clean

DEFAULT = "default"
MAX_SEGMENTS = 8


def normalize_scenario(path: str) -> str:
    """``Sales / NewBiz`` to ``sales/newbiz``; "" to ``default``. Raises InvalidField on empty or too many segments."""
    path = clean(path)
    if not path:
        return DEFAULT
    segments = [segment.strip() for segment in path.split("/")]
    if len(segments) > MAX_SEGMENTS:
        raise InvalidField("scenario", f"A scenario has at most {MAX_SEGMENTS} segments.")
    if not all(segments):
        raise InvalidField("scenario", "A segment of the scenario is empty.")
    return "/".join(segments)
