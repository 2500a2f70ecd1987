"""Reads a ruleset document, or says everything that is wrong with it, each problem with its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dedupsvc.core.errors import RulesInvalid
from dedupsvc.core.rules.model import Ruleset

_ACROSS = "Must be self, subtree, siblings, all, or a list of scenario paths."
_SAID = {
    "missing": "Is required.",
    "extra_forbidden": "Is not a part of a ruleset.",
    "string_type": "Must be text.",
    "string_too_short": "Must not be empty.",
    "string_too_long": "Has more than {max_length} characters.",
    "float_type": "Must be a number.",
    "int_type": "Must be a whole number.",
    "greater_than": "Must be above {gt}.",
    "greater_than_equal": "Must not be below {ge}.",
    "less_than": "Must be below {lt}.",
    "less_than_equal": "Must not be above {le}.",
    "model_type": "Must be an object.",
    "dict_type": "Must be an object.",
    "tuple_type": "Must be a list.",
    "too_long": "Has more than {max_length} items.",
    "literal_error": "Must be one of: {expected}.",
    "enum": "Must be one of: {expected}.",
}
"""By pydantic's type of the error. Its own words would name Python's types and could repeat what was sent."""


def read_document(tree: object) -> Ruleset:
    """The ruleset that a JSON value says.

    Raises:
        RulesInvalid: with every problem's path, such as ``scenarios.lead.window.length``.
    """
    try:
        return Ruleset.model_validate(tree)
    except ValidationError as error:
        problems = dict(_problem(found) for found in reversed(error.errors(include_url=False, include_input=False)))
        raise RulesInvalid(tuple(sorted(problems.items()))) from None


def _problem(found: Mapping[str, Any]) -> tuple[str, str]:
    path, is_choice = _path(found["loc"])
    details = found.get("ctx", {})
    if is_choice:
        said = _ACROSS
    elif found["type"] == "value_error":
        said = str(details["error"])
    else:
        said = _SAID.get(found["type"], "Is not valid.").format_map(details)
    return ".".join(path) or "document", said


def _path(location: tuple[int | str, ...]) -> tuple[list[str], bool]:
    """The location without what pydantic adds to it, and whether it is `across` itself, which may be one of two things."""
    at = 2 if location[:1] == ("scenarios",) else 0
    parts = [part for part in location if part != "[key]"]
    is_choice = False
    if parts[at : at + 1] == ["across"]:
        is_choice = len(parts) == at + 2
        del parts[at + 1 : at + 2]
    return [str(part) for part in parts], is_choice
