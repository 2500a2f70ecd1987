"""Reads a JSON body under a size limit and refuses the broken, the too deep, repeated keys and bad characters."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from dedupsvc.api.errors import RequestError, printable

DEEPEST = 32
DRAINED = 16 * 1024 * 1024
"""Bytes of a refused body that are still taken in; beyond that the connection is closed on whoever goes on sending."""

_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""NUL or half a surrogate pair as JSON escapes; half of a good pair looks like it too."""


async def read(request: Request, limit: int) -> bytes:
    """The body's bytes; refused as soon as it is known to be larger than `limit`, whether or not it says its length."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        if len(announced) <= 18 and int(announced) <= DRAINED:
            await _drain(request, 0)
        raise RequestError(413, "BODY_TOO_LARGE")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            if message.get("more_body", False):
                await _drain(request, size)
            raise RequestError(413, "BODY_TOO_LARGE")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _drain(request: Request, size: int) -> None:
    """Takes in what is under way and forgets it: most clients read an answer only when they have sent everything."""
    more = True
    while more and size <= DRAINED:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


def require_json(content_type: str, content_encoding: str) -> None:
    """Only plain JSON in UTF-8: browsers cannot send that across sites without asking first."""
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().partition("charset=")[2].strip(' "')
    if (
        kind.strip() != "application/json"
        or charset not in ("", "utf-8", "utf8")
        or content_encoding.lower() not in ("", "identity")
    ):
        raise RequestError(415, "UNSUPPORTED_MEDIA_TYPE")


def parse(raw: bytes) -> Any:
    """The JSON value, at most 32 deep, without a repeated key, NUL or half a surrogate pair."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse("body", "not_utf8")
    if not text.strip():
        _refuse("body", "empty_body")
    try:
        tree = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        _refuse("body", "too_deep")
    except json.JSONDecodeError as error:
        _refuse("body", "not_json", line=error.lineno, column=error.colno)
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        _refuse("body", "not_json", line=1, column=1)
    # Bad characters can only come as escapes, and what has few brackets cannot be deep: nearly all bodies are done.
    if _SUSPICIOUS.search(text) or text.count("{") + text.count("[") > DEEPEST:
        _inspect(tree)
    return tree


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                _refuse(printable(key), "duplicate_key")
            seen.add(key)
    return found


def _inspect(tree: Any) -> None:
    """Walks without recursion; a node's path is a chain of (parent, name), spelled out only when it is refused."""
    pending: list[tuple[Any, tuple[Any, Any] | None, int]] = [(tree, None, 0)]
    while pending:
        node, path, depth = pending.pop()
        if isinstance(node, str):
            if not _clean(node):
                _refuse(_spelled(path), "bad_character")
            continue
        if not isinstance(node, dict | list):
            continue
        if depth >= DEEPEST:
            _refuse("body", "too_deep")
        for name, child in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(name, str) and not _clean(name):
                _refuse(_spelled((path, name)), "bad_character")
            if isinstance(child, str | dict | list):
                pending.append((child, (path, name), depth + 1))


def _clean(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _spelled(path: tuple[Any, Any] | None) -> str:
    parts: list[str] = []
    while path is not None:
        path, name = path
        parts.append(printable(str(name)))
    return ".".join(reversed(parts)) or "body"


def _refuse(path: str, field: str, **details: object) -> NoReturn:
    raise RequestError(422, "INVALID_FIELD", path, field, **details)
