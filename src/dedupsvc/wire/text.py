"""The plain types that bodies are made of: bounded text, and lists that may be written as a single value."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

FIELD_LENGTH = 256
ADDRESS_LENGTH = 512
URL_LENGTH = 2048
LIST_LENGTH = 20
LONG_LIST_LENGTH = 50

BODY = ConfigDict(extra="forbid", hide_input_in_errors=True, regex_engine="rust-regex", allow_inf_nan=False)
"""What all bodies share: a field that is not known is refused, and no error carries what was sent."""

Text = Annotated[str, Field(max_length=FIELD_LENGTH)]
"""A value of the customer, kept exactly as it was said."""

AddressText = Annotated[str, Field(max_length=ADDRESS_LENGTH)]

Key = Annotated[str, StringConstraints(strip_whitespace=True, max_length=FIELD_LENGTH)]
"""A name or id given by the calling system."""


def as_list(value: object) -> object:
    """A list of one may be written without its brackets; null is the empty list."""
    if value is None:
        return []
    return [value] if isinstance(value, str | dict) else value


def as_value(value: object) -> object:
    """A bare text stands for an object that has only its value."""
    return {"value": value} if isinstance(value, str) else value


def as_full(value: object) -> object:
    """A bare text stands for an address written in one line."""
    return {"full": value} if isinstance(value, str) else value


ListOrOne = BeforeValidator(as_list)


def _web_link(url: str) -> str:
    # The console shows it as a link: javascript: and its kind must never get that far.
    if url and not url.lower().startswith(("http://", "https://", "/")):
        raise PydanticCustomError("bad_url", "Must start with http://, https:// or /.")
    return url


Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=URL_LENGTH), AfterValidator(_web_link)]
