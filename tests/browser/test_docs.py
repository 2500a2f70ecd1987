"""The explorer at /docs in a real browser that reaches nothing but this machine: it renders, and trying a request out works."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from tests.concurrency.server import Server, a_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="there is no Chromium here")
PATIENCE = 30_000
"""Milliseconds."""


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder: Path = tmp_path_factory.mktemp("docs")
    async with a_server(f"sqlite:///{folder / 'dedupsvc.sqlite3'}", folder, workers=1) as server:
        yield server


class Complaints:
    """What the browser has to complain of, and which requests would have left this machine."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.outside: list[str] = []

    async def let_through(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            self.outside.append(route.request.url)
            await route.abort()
        else:
            await route.continue_()

    def watch(self, page: Page) -> None:
        page.on(
            "console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.said.append(str(error)))


@asynccontextmanager
async def a_page(complaints: Complaints) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE)
            await page.route("**/*", complaints.let_through)
            # Told by the browser itself, so that nothing blocked stays unnoticed.
            await page.add_init_script(
                "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
            )
            complaints.watch(page)
            yield page
        finally:
            await browser.close()


async def test_a_request_can_be_tried_out_with_nothing_else_than_this_server(server: Server) -> None:
    complaints = Complaints()
    async with a_page(complaints) as page:
        await page.goto(server.address + "/")
        assert page.url == server.address + "/docs"
        operation = page.locator("#operations-decisions_before_the_insert-match")
        await operation.locator(".opblock-summary-control").click()
        await operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table .response").first
        await expect(answer.locator(".response-col_status").first).to_contain_text("200", timeout=PATIENCE)
        await expect(answer).to_contain_text('"decision": "accept"', timeout=PATIENCE)
    assert complaints.said == []
    assert complaints.outside == []


async def test_the_schemas_and_every_operation_are_shown(server: Server) -> None:
    complaints = Complaints()
    async with a_page(complaints) as page:
        await page.goto(server.address + "/docs")
        await page.locator(".opblock").first.wait_for()
        shown = await page.locator(".opblock").count()
        await page.locator("section.models").wait_for()
        for operation in ("ingest", "create_rules", "readyz"):
            await page.locator(f"[id^=operations-][id$=-{operation}] .opblock-summary-control").click()
        await page.locator("section.models button").nth(1).click()
    async with server.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert shown == sum(len(methods) for methods in document["paths"].values())
    assert complaints.said == []


async def test_a_complaint_would_be_heard(server: Server) -> None:
    complaints = Complaints()
    async with a_page(complaints) as page:
        await page.goto(server.address + "/docs")
        await page.locator(".opblock").first.wait_for()
        await page.evaluate(
            "() => { const image = new Image(); image.src = 'https://example.org/a.png'; document.body.append(image);"
            " const script = document.createElement('script'); script.text = '1'; document.body.append(script); }"
        )
        await page.wait_for_timeout(500)
    assert any(said.startswith("CSP img-src") for said in complaints.said)
    assert any(said.startswith("CSP script-src") for said in complaints.said)


async def test_the_pages_own_headers_and_types(server: Server) -> None:
    async with server.client() as client:
        page = await client.get("/docs")
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "http" not in page.text.replace("http-equiv", "")
        for name, kind in (
            ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"),
            ("swagger-ui.css", "text/css"),
            ("favicon.png", "image/png"),
        ):
            asset = await client.get(f"/docs/assets/{name}")
            assert asset.headers["content-type"].startswith(kind)
            assert "max-age" in asset.headers["cache-control"]
        for name in ("redoc.standalone.js", "..%2F__init__.py", "index.html"):
            assert (await client.get(f"/docs/assets/{name}")).status_code == 404
        assert (await client.get("/healthz")).headers["cache-control"] == "no-store"


async def test_the_front_door_leads_to_the_explorer(server: Server) -> None:
    async with server.client() as client:
        reply = await client.get("/")
    assert isinstance(reply, httpx.Response)
    assert (reply.status_code, reply.headers["location"]) == (307, "docs")
