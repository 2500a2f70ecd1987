"""Every error as one shape, with its status code; what was sent is never repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from dedupsvc.api import locale as locales
from dedupsvc.api.messages import CORE_FIELDS_ZH, FIELDS, OTHER_FIELD, PROBLEMS
from dedupsvc.core.errors import (
    Conflict,
    DedupError,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidField,
    NotFound,
    PreconditionFailed,
    RulesInvalid,
    StoreUnsafe,
    Unavailable,
)
from dedupsvc.usecases.tabular import FileRefused

STATUS: dict[type[DedupError], int] = {
    InvalidField: 422,
    NotFound: 404,
    Conflict: 409,
    IdempotencyMismatch: 422,
    IdempotencyInFlight: 409,
    PreconditionFailed: 412,
    RulesInvalid: 422,
    Unavailable: 503,
    StoreUnsafe: 503,
    FileRefused: 422,
}

REQUEST_ID = "dedupsvc.request_id"
MOST_ERRORS = 20
MOST_BYTES = 3_300
"""Room for the list of errors, so that the whole reply stays below 4 KB."""
LONGEST_NAME = 64


class RequestError(Exception):
    """The HTTP shell refuses a request; `field` is a key of messages.FIELDS and says what is wrong at `path`."""

    def __init__(self, status: int, code: str, path: str = "", field: str = "", **details: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.path = path
        self.field = field
        self.details = details


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the caller's language, ready to be sent as a reply or as one item of a batch."""

    status: int
    code: str
    title: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self, request_id: str) -> bytes:
        """At most 4 KB: what does not fit is counted in `errors_left_off`."""
        shown: list[Mapping[str, str]] = []
        room = MOST_BYTES
        for error in self.errors[:MOST_ERRORS]:
            room -= len(json.dumps(error, ensure_ascii=False).encode()) + 2
            if room < 0:
                break
            shown.append(error)
        members = {
            "type": f"urn:dedupsvc:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:dedupsvc:request:{request_id}",
            "code": self.code,
            "errors": shown,
            "errors_left_off": len(self.errors) - len(shown),
        }
        return json.dumps(members, ensure_ascii=False).encode()


def problem(error: Exception, locale: str) -> Problem:
    """The problem that an error of ours, of pydantic or of the framework amounts to."""
    match error:
        case DedupError():
            return _of_core(error, locale)
        case RequestError():
            return _of_shell(error, locale)
        case RequestValidationError() | ValidationError():
            return _of_fields(fields_of(error, locale), locale)
        case HTTPException():
            return _of_framework(error, locale)
    return named(500, "INTERNAL", locale)


def named(status: int, code: str, locale: str, headers: Mapping[str, str] | None = None) -> Problem:
    said = PROBLEMS[code].in_(locale)
    return Problem(status, code, said, said, headers=headers or {})


def status_of(error: DedupError) -> int:
    """The table's row of the error's class or of the nearest class above it; 500 if it has none."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _of_core(error: DedupError, locale: str) -> Problem:
    title = PROBLEMS.get(error.code, PROBLEMS["ERROR"]).in_(locale)
    errors: list[dict[str, str]] = []
    if isinstance(error, InvalidField):
        chinese = CORE_FIELDS_ZH.get(error.path.partition(".")[0], error.message)
        errors = [
            {"path": printable(error.path), "code": error.code, "message": chinese if locale == "zh" else error.message}
        ]
    if isinstance(error, RulesInvalid):
        chosen = error.chinese if locale == "zh" else {}
        errors = [
            {"path": printable(path), "code": error.code, "message": chosen.get(path, said)}
            for path, said in error.problems
        ]
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, IdempotencyInFlight):
        headers["Retry-After"] = "1"
    detail = title if locale == "zh" else error.message
    return Problem(status_of(error), error.code, title, detail, errors, headers)


def _of_shell(error: RequestError, locale: str) -> Problem:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 413: {"Connection": "close"}}.get(error.status)
    found = named(error.status, error.code, locale, headers)
    if not error.field:
        return found
    row = FIELDS[error.field]
    message = row.said.in_(locale).format_map(error.details)
    return _of_fields([{"path": error.path, "code": row.code, "message": message}], locale)


def _of_fields(errors: Sequence[Mapping[str, str]], locale: str) -> Problem:
    title = PROBLEMS["INVALID_FIELD"].in_(locale)
    return Problem(422, "INVALID_FIELD", title, title, errors)


def _of_framework(error: HTTPException, locale: str) -> Problem:
    code = {404: "NO_SUCH_ROUTE", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    return named(error.status_code, code, locale, error.headers)


def fields_of(error: RequestValidationError | ValidationError, locale: str) -> list[dict[str, str]]:
    """What pydantic found, in our words: its own would name classes, and could repeat what was sent."""
    return [_field_problem(found, locale) for found in error.errors()]


def _field_problem(found: Mapping[str, Any], locale: str) -> dict[str, str]:
    kind, details = found["type"], found.get("ctx") or {}
    if kind in ("string_type", "bad_instant_type"):
        sent = found.get("input")
        numeric = isinstance(sent, int | float) and not isinstance(sent, bool)
        kind = "number_as_text" if numeric else "string_type"
    row = FIELDS.get(kind, OTHER_FIELD)
    location = found["loc"][1:] if found["loc"][:1] == ("body",) else found["loc"]
    path = details.get("path") or ".".join(printable(str(part)) for part in location) or "body"
    return {"path": path, "code": row.code, "message": row.said.in_(locale).format_map(details)}


def printable(name: str) -> str:
    """A name out of a request, safe to show: nothing invisible, and cut."""
    return "".join(c if c.isprintable() else "?" for c in name[:LONGEST_NAME])


def reply(found: Problem, scope: Scope) -> Response:
    return Response(
        found.json(scope.get(REQUEST_ID, "")), found.status, dict(found.headers), media_type="application/json"
    )


async def _handle(request: Request, error: Exception) -> Response:
    return reply(problem(error, locales.of_request(request.scope)), request.scope)


def install(app: FastAPI) -> None:
    for kind in (DedupError, RequestError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)
