"""/imports and /exports: whole files of customers in, and everything that is stored out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response, StreamingResponse

from dedupsvc.api import body, translate
from dedupsvc.api.deps import Called, GuardedRoute, PublicId
from dedupsvc.api.documented import Responses, refusals
from dedupsvc.api.errors import RequestError
from dedupsvc.core.errors import InvalidField, NotFound
from dedupsvc.wire.imports import ImportBody

router = APIRouter(route_class=GuardedRoute, tags=["files"])

# None of these can be sent by a web page across sites without asking first, as text/plain and multipart/form-data can.
FILE_TYPES = (
    "application/octet-stream",
    "text/csv",
    "text/tab-separated-values",
    "application/x-ndjson",
    "application/jsonl",
    "application/gzip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(FILE_TYPES, _BINARY),
        "description": "The file itself.",
    }
}
_FILE: Responses = {
    200: {
        "description": "CSV in UTF-8 with a byte order mark; cells that begin with = + - @ have an apostrophe before."
    }
}
_MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}

Name = Annotated[str, Query(min_length=1, max_length=256, pattern=r"^[^\x00/\\]+$", description="It tells the format.")]
Said = Annotated[str, Query(max_length=256, pattern=r"^[^\x00]*$", description="Of rows that name none.")]


@router.post(
    "/imports",
    status_code=202,
    response_model=ImportBody,
    responses=refusals(409, 413, 415, 422),
    openapi_extra=_BODY,
    summary="Import a file of customers",
)
async def start_import(
    request: Request,
    call: Called,
    filename: Name,
    mapping: Annotated[
        str, Query(max_length=16_384, description="JSON object, column to field; goes before what is guessed.")
    ] = "",
    source_system: Said = "default",
    object_type: Said = "customer",
    scenario: Said = "",
    timezone: Annotated[str, Query(max_length=64, description="Of times without a zone.")] = "UTC",
) -> Response:
    """CSV, TSV, JSON lines (.gz too) or XLSX. Each row is decided as `/ingest` would, in the background, in order.

    The same file again has no second effect: it tells how far the import has come, and goes on with one that was broken off.
    """
    if request.headers.get("content-type", "").lower().partition(";")[0].strip() not in FILE_TYPES:
        raise RequestError(415, "UNSUPPORTED_MEDIA_TYPE")
    layout = {
        "columns": _columns(mapping),
        "source_system": source_system,
        "object_type": object_type,
        "scenario": scenario,
        "timezone": timezone,
    }
    limit = request.app.state.settings.max_import_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        raise RequestError(413, "BODY_TOO_LARGE")
    view = await call.service.start_import(call.caller, filename, _chunks(request, limit), layout)
    return translate.viewed(ImportBody, view, 202)


async def _chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise RequestError(413, "BODY_TOO_LARGE")
        yield chunk
        if not message.get("more_body", False):
            return


def _columns(text: str) -> dict[str, str]:
    if not text:
        return {}
    tree = body.parse(text.encode("utf-8", "surrogatepass"))
    if not isinstance(tree, dict) or not all(isinstance(target, str) for target in tree.values()):
        raise InvalidField("mapping", "must be one JSON object of column: field")
    return tree


@router.get(
    "/imports/{import_id}",
    response_model=ImportBody,
    responses=refusals(404, 422),
    summary="How far an import has come",
)
async def import_by_id(import_id: PublicId, call: Called) -> Response:
    """Rows done and what became of them."""
    return translate.viewed(ImportBody, await call.service.import_by_id(call.caller, import_id))


@router.get(
    "/imports/{import_id}/rejected",
    response_class=Response,
    responses={**_FILE, **refusals(404, 422)},
    summary="The rows that could not be read",
)
async def rejected_rows(import_id: PublicId, call: Called) -> Response:
    """Line, code and reason, then the file's own columns: put right, it can be imported as it is.

    It lies on the machine that ran the import.
    """
    path = await call.service.rejected_rows(call.caller, import_id)
    if path is None:
        raise NotFound("No row was rejected, or another machine ran this import.")
    return FileResponse(path, media_type=_MEDIA["csv"], filename=f"{import_id}.rejected.csv")


@router.get(
    "/exports/{what}",
    response_class=Response,
    responses={**_FILE, **refusals(422)},
    summary="Everything that is stored, as a stream",
)
async def export(
    what: Literal["customers", "records", "decisions", "reviews"],
    call: Called,
    form: Annotated[Literal["csv", "jsonl"], Query(alias="format", description="jsonl leaves nothing out.")] = "csv",
) -> Response:
    """Golden records with the record each field comes from, records, decisions, or reviews; in order of their ids."""
    headers = {"Content-Disposition": f'attachment; filename="{what}.{form}"'}
    return StreamingResponse(call.service.export(call.caller, what, form), 200, headers, _MEDIA[form])
