"""Who is refused at the door: told as everybody else is told, on a connection that goes on, and counted once."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from dedupsvc.api.admission import Gates
from dedupsvc.api.door import DOOR, Door, Doorkeeper
from dedupsvc.api.messages import PROBLEMS
from dedupsvc.settings import Settings
from tests.concurrency.server import Server, a_server, an_empty_database
from tests.faults.connection import send

BODY = b'{"name": "Ada Byron", "email": "ada@analytical.example"}'
PLACES, ROOM = 2, 3


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """With few places, and nobody gives up waiting for one."""
    folder: Path = tmp_path_factory.mktemp("door")
    settings = {
        "DEDUPSVC_CONCURRENT_REQUESTS": str(PLACES),
        "DEDUPSVC_QUEUED_REQUESTS": str(ROOM),
        "DEDUPSVC_QUEUE_SECONDS": "30",
    }
    async with an_empty_database(None, folder) as url, a_server(url, folder, workers=1, **settings) as started:
        yield started


async def connected(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = server.address.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


def request(path: str = "/match", method: str = "POST", body: bytes = BODY, headers: str = "") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


@asynccontextmanager
async def a_full_house(server: Server) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """All places taken by callers whose bodies never come, and all room to wait."""
    guests = [await connected(server) for _ in range(PLACES + ROOM)]
    for _, writer in guests:
        writer.write(request()[:-1])
    async with asyncio.timeout(10):
        while (await send(server.address, "POST", "/match", BODY)).status != 503:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
    try:
        yield guests
    finally:
        for _, writer in guests:
            writer.transport.abort()
        await asyncio.sleep(0.1)


def test_the_server_still_begins_requests_where_the_door_stands() -> None:
    """A name that uvicorn does not promise; under another one, all would be let in and refused by a task, dearly."""
    assert callable(vars(HttpToolsProtocol)["_start_asgi_task"])


async def test_the_refusal_is_the_one_of_the_service(server: Server) -> None:
    async with a_full_house(server):
        reader, writer = await connected(server)
        writer.write(request(headers="X-Request-Id: mine-7\r\nAccept-Language: zh\r\n"))
        status, headers, content = await answer(reader)
        told = json.loads(content)
        writer.transport.abort()
    assert (status, told["code"], told["status"], headers["retry-after"]) == (503, "OVERLOADED", 503, "1")
    assert headers["x-request-id"] == "mine-7"
    assert headers["cache-control"] == "no-store"
    assert told["title"] == PROBLEMS["OVERLOADED"].in_("zh")
    logged = [line for line in server.log.read_text().splitlines() if '"mine-7"' in line]
    assert [json.loads(line)["status"] for line in logged] == [503]


async def test_the_connection_goes_on(server: Server) -> None:
    async with a_full_house(server) as guests:
        reader, writer = await connected(server)
        refused = []
        for _ in range(3):
            writer.write(request())
            refused.append((await answer(reader))[0])
        writer.write(request(body=b"x" * 100_000))  # a body that comes in parts, of which nobody takes notice
        refused.append((await answer(reader))[0])
        writer.write(request("/healthz", "GET", b""))
        healthy = (await answer(reader))[0]
        for other, guest in guests:
            guest.write(BODY[-1:])
            assert (await answer(other))[0] == 200
        writer.write(request())
        taken = (await answer(reader))[0]
        writer.transport.abort()
    assert (refused, healthy, taken) == ([503] * 4, 200, 200)


async def test_whoever_wants_no_more_is_told_so_and_let_go(server: Server) -> None:
    async with a_full_house(server):
        for last in (request(headers="Connection: close\r\n"), request().replace(b"HTTP/1.1", b"HTTP/1.0")):
            reader, writer = await connected(server)
            writer.write(last)
            status, headers, _ = await answer(reader)
            assert (status, headers["connection"], await reader.read()) == (503, "close", b"")
            writer.close()


async def test_a_refused_connection_that_asks_no_more_is_closed(server: Server) -> None:
    async with a_full_house(server):
        reader, writer = await connected(server)
        writer.write(request())
        assert (await answer(reader))[0] == 503
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("/%68ealthz", "GET", b""), 200),
        (request("/readyz?now=1", "GET", b""), 200),
        (b"no such thing\r\n\r\n", 400),
        (b"POST /match HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 503),
        (request("/m\u00e4tch"), 400),
    ],
)
async def test_what_is_sent_to_a_full_house(server: Server, sent: bytes, status: int) -> None:
    async with a_full_house(server):
        reader, writer = await connected(server)
        writer.write(sent)
        assert (await answer(reader))[0] == status
        writer.transport.abort()


async def test_an_answer_to_head_has_no_body(server: Server) -> None:
    async with a_full_house(server):
        reader, writer = await connected(server)
        writer.write(request("/records/rec_1", "HEAD", b"", "Connection: close\r\n"))
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert (head.split()[1], content) == (b"503", b"")


@asynccontextmanager
async def a_door(body: bytes) -> AsyncIterator[tuple[socket.socket, asyncio.BaseTransport, ServerState, list[str]]]:
    """One that lets nobody in, in this process: the caller's end, the other one, the server's state, and what was refused so far."""
    refused: list[str] = []

    async def refusal(scope: Scope, receive: Receive, send: Send) -> None:
        refused.append(scope["path"])
        await Response(body, 503)(scope, receive, send)

    gates = Gates(Settings(concurrent_requests=1, queued_requests=0))
    assert gates.of("/match").enter_at_once()
    app_state, server_state = {DOOR: Doorkeeper(gates, refusal)}, ServerState()
    here, there = socket.socketpair()
    there.setblocking(False)
    door = partial(Door, Config(refusal), server_state, app_state)
    transport, _ = await asyncio.get_running_loop().connect_accepted_socket(door, here)
    try:
        async with asyncio.timeout(20):
            yield there, transport, server_state, refused
    finally:
        transport.close()
        there.close()
        await asyncio.sleep(0)


async def test_whoever_reads_no_answer_gets_no_heap_of_them() -> None:
    loop, sent, told = asyncio.get_running_loop(), 0, b""
    async with a_door(b"x" * 4096) as (caller, transport, _, refused):
        while not transport.is_closing():
            await loop.sock_sendall(caller, request())
            sent += 1
            while len(refused) < sent:  # noqa: ASYNC110 - of several at once the server would have to take care
                await asyncio.sleep(0)
        while part := await loop.sock_recv(caller, 1 << 20):
            told += part
    assert told.count(b"HTTP/1.1 503") == sent > 1
    assert told.count(b"connection: close") == 1


async def test_a_server_that_ends_ends_who_was_refused() -> None:
    loop = asyncio.get_running_loop()
    async with a_door(b"come again") as (caller, _, state, _):
        await loop.sock_sendall(caller, request())
        assert (await loop.sock_recv(caller, 4096)).endswith(b"come again")
        assert len(state.connections) == 1
        for one in list(state.connections):
            one.shutdown()
        assert await loop.sock_recv(caller, 4096) == b""
        await asyncio.sleep(0)
        assert not state.connections


async def test_of_requests_in_one_line_each_is_answered_in_its_turn(server: Server) -> None:
    async with a_full_house(server):
        reader, writer = await connected(server)
        writer.write(request("/healthz", "GET", b"") + request() + request("/healthz", "GET", b"") + request())
        told = [(await answer(reader))[0] for _ in range(4)]
        writer.transport.abort()
    assert told == [200, 503, 200, 503]


async def test_no_place_is_lost_to_those_who_come_all_at_once_or_go_away(server: Server) -> None:
    for _ in range(5):
        crowd = [await connected(server) for _ in range(40)]
        for number, (_, writer) in enumerate(crowd):
            writer.write(request())
            if number % 3 == 0:
                writer.transport.abort()
        for number, (reader, writer) in enumerate(crowd):
            if number % 3:
                assert (await answer(reader))[0] in (200, 503)
            writer.transport.abort()
    await asyncio.sleep(0.2)
    guests = [await connected(server) for _ in range(PLACES + ROOM)]
    for _, writer in guests:
        writer.write(request())
    assert [(await answer(reader))[0] for reader, _ in guests] == [200] * (PLACES + ROOM)
    for _, writer in guests:
        writer.transport.abort()


@pytest.mark.skipif(sys.platform != "linux", reason="what the system does with silent connections is its own affair")
async def test_who_connects_and_says_nothing_costs_the_process_nothing(server: Server) -> None:
    def files() -> int:
        return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))

    before = files()
    silent = [await connected(server) for _ in range(50)]
    assert (await send(server.address, "GET", "/healthz")).status == 200
    assert files() < before + 10
    for reader, writer in silent:
        writer.write(request("/healthz", "GET", b""))
        assert (await answer(reader))[0] == 200
        writer.transport.abort()
