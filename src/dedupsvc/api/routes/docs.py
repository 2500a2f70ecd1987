"""/docs: the API to look at and try out, from files that ship with the service; nothing is asked of any other host."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

router = APIRouter(include_in_schema=False)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_OURS, _THEIRS = "dedupsvc.api", "fastapi_offline"
_ASSETS = {
    "favicon.png": (_THEIRS, "static/favicon.png", "image/png"),
    "start.js": (_OURS, "explorer/start.js", "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.js": (_THEIRS, "static/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": (_THEIRS, "static/swagger-ui.css", "text/css; charset=utf-8"),
}
"""By name: package, path in it, content type. That package also has a page of its own that calls a CDN; it is not served."""


@router.get("/")
async def root() -> Response:
    return RedirectResponse("docs", 307)


@router.get("/docs")
async def explorer() -> Response:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(_page(), headers=headers, media_type="text/html; charset=utf-8")


@router.api_route("/openapi.json", methods=["GET", "HEAD"])
async def document(request: Request) -> Response:
    """Made in a thread the first time: it takes a third of a second, for which the loop would see to nobody else."""
    return JSONResponse(await asyncio.to_thread(request.app.openapi))


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    if name not in _ASSETS:
        raise HTTPException(404)
    package, path, kind = _ASSETS[name]
    return Response(_read(package, path), headers={"Cache-Control": "public, max-age=604800"}, media_type=kind)


@cache
def _page() -> bytes:
    """With the versions in the assets' addresses: what a browser has kept of an older release must not be mixed in."""
    stamp = f"?{version('dedupsvc')}-{version('fastapi-offline')}"
    text = _read(_OURS, "explorer/index.html").decode()
    for name in _ASSETS:
        text = text.replace(f"docs/assets/{name}", f"docs/assets/{name}{stamp}")
    return text.encode()


@cache
def _read(package: str, path: str) -> bytes:
    return files(package).joinpath(path).read_bytes()
