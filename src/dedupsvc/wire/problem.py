"""The one shape of every error, with the members of RFC 9457; it never repeats what was sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

PROBLEM_EXAMPLE: JsonDict = {
    "type": "urn:dedupsvc:problem:INVALID_FIELD",
    "title": "The request is not valid; nothing was stored.",
    "status": 422,
    "detail": "The request is not valid; nothing was stored.",
    "instance": "urn:dedupsvc:request:0f8fad5bd9cb469fa165",
    "code": "INVALID_FIELD",
    "errors": [{"path": "phones.0.value", "code": "NOT_TEXT", "message": "Must be text: send it in quotes."}],
    "errors_left_off": 0,
}


class FieldProblem(BaseModel):
    """What is wrong with one field; `path` is dotted, such as phones.0.value."""

    path: str
    code: str
    message: str


class ProblemBody(BaseModel):
    """An error: `code` is stable, `title` and `detail` are for people, in the language asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROBLEM_EXAMPLE]})

    type: str
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="The request, as in the header X-Request-Id.")]
    code: str
    errors: Annotated[list[FieldProblem], Field(description="Only with status 422.")] = []
    errors_left_off: Annotated[int, Field(description="How many more there were.")] = 0
