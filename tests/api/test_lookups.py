"""/match is answered by a process beside the service's own, alike in every way, and by the service itself where there is none."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from dedupsvc import bootstrap
from dedupsvc.api import lookups
from dedupsvc.api.app import create_app
from dedupsvc.api.serving import lookup_processes
from dedupsvc.settings import Settings
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.wire.record import RecordBody

ZHANG = {"name": "张伟", "phone": "13800001234", "email": "zhang.wei@huaxin.cn", "source_system": "crm"}
ASKED: list[dict[str, Any]] = [
    ZHANG,
    {**ZHANG, "locale": "zh"},
    {**ZHANG, "external_id": "L-1"},
    {**ZHANG, "scenario": "a//b"},
    {**ZHANG, "phone": {"value": 7}},
    {"name": "李娜", "phone": "13900001111", "occurred_at": "2099-01-01T00:00:00Z"},
    {"name": "王芳", "email": "wang.fang@163.com"},
]


@asynccontextmanager
async def served(database_url: str, folder: Path, processes: int) -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    settings = Settings(database_url=database_url, hash_key_file=str(folder / "key"), dev_open=True, pool_size=2)
    await bootstrap.migrate(settings)
    app = create_app(lambda: bootstrap.open_service(settings), settings, processes)
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client, app.state.lookups


async def until(so: Callable[[], bool]) -> None:
    for _ in range(6000):
        if so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it takes longer than a minute")


async def answers(client: httpx.AsyncClient) -> list[tuple[int, dict[str, Any]]]:
    """To all that is asked, at the same time; without what differs from one answer to the next."""
    replies = await asyncio.gather(*(client.post("/match?duplicate_status=409", json=one) for one in ASKED))
    return [(one.status_code, {key: said for key, said in one.json().items() if key != "instance"}) for one in replies]


@pytest.fixture
async def known(database_url: str, tmp_path: Path) -> list[tuple[int, dict[str, Any]]]:
    """What the service answers by itself, once it knows 张伟."""
    async with served(database_url, tmp_path, 0) as (client, _):
        assert (await client.post("/ingest", json={**ZHANG, "external_id": "L-1"})).json()["decision"] == "accept"
        found = await answers(client)
    assert {status for status, _ in found} == {200, 409, 422}
    return found


async def test_the_process_beside_answers_as_the_service_does(
    known: list[tuple[int, dict[str, Any]]], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(database_url, tmp_path, 1) as (client, looked):
        (beside,) = looked._beside
        assert await answers(client) == known  # before it is ready
        await until(lambda: beside.is_up)
        here: list[int] = []
        look = looked._here

        async def noted(tenant_id: int, asked: Any) -> Any:
            here.append(len(asked))
            return await look(tenant_id, asked)

        monkeypatch.setattr(looked, "_here", noted)
        assert await answers(client) == known
        # What is to be told of an error, the service finds out itself: a scenario that is none, a time in the future. Of the
        # others it takes one or two, while the process beside is busy.
        assert 2 <= sum(here) <= 4
        await client.post("/ingest", json={"name": "李娜", "phone": "13900001111", "external_id": "L-2"})
        found = (await client.post("/match", json={"name": "李娜", "phone": "139 0000 1111"})).json()
        assert found["existing_id"] == "L-2"
        pid = beside.pid
    await until(lambda: not os.path.exists(f"/proc/{pid}"))


async def test_when_it_is_killed_nobody_is_left_without_an_answer_and_it_is_started_again(
    known: list[tuple[int, dict[str, Any]]], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "RESTART_SECONDS", 0.1)
    async with served(database_url, tmp_path, 1) as (client, looked):
        (beside,) = looked._beside
        for _ in range(2):
            await until(lambda: beside.is_up)
            os.kill(beside.pid, signal.SIGSTOP)
            asked = asyncio.create_task(answers(client))
            await until(lambda: beside.waiting > 0)
            os.kill(beside.pid, signal.SIGKILL)
            assert await asked == known
            assert await answers(client) == known


async def test_what_it_cannot_keep_up_with_is_answered_here(
    known: list[tuple[int, dict[str, Any]]], database_url: str, tmp_path: Path
) -> None:
    async def asked(body: dict[str, Any]) -> int:
        return (await client.post("/match?duplicate_status=409", json=body)).status_code

    async with served(database_url, tmp_path, 1) as (client, looked):
        (beside,) = looked._beside
        await until(lambda: beside.is_up)
        os.kill(beside.pid, signal.SIGSTOP)
        waiting = [asyncio.create_task(asked(ZHANG)) for _ in range(lookups.ENOUGH)]
        await until(lambda: beside.waiting == lookups.ENOUGH)
        assert await asked(ZHANG) == 409
        assert await asked(ASKED[-1]) == 200
        assert not any(one.done() for one in waiting)
        os.kill(beside.pid, signal.SIGCONT)
        assert await asyncio.gather(*waiting) == [409] * lookups.ENOUGH


async def test_a_process_that_says_nothing_any_more_is_ended_and_keeps_nobody_waiting(
    known: list[tuple[int, dict[str, Any]]], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(lookups, "GLANCE_SECONDS", 0.05)
    async with served(database_url, tmp_path, 1) as (client, looked):
        (beside,) = looked._beside
        await until(lambda: beside.is_up)
        stopped = beside.pid
        os.kill(stopped, signal.SIGSTOP)
        assert await answers(client) == known
        await until(lambda: not os.path.exists(f"/proc/{stopped}"))


@pytest.mark.parametrize(
    ("wanted", "workers", "cores", "found"),
    [(1, 1, 1, 0), (1, 1, 2, 1), (1, 2, 2, 0), (1, 2, 4, 1), (3, 1, 8, 3), (0, 1, 8, 0)],
)
def test_no_process_beside_only_takes_turns_with_others_on_a_core(
    wanted: int, workers: int, cores: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert lookup_processes(wanted, workers) == found


async def test_a_fault_of_its_own_ends_it_at_once_and_what_it_was_asked_is_looked_up_here(
    known: list[tuple[int, dict[str, Any]]], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PATIENCE_SECONDS", 1000.0)
    async with served(database_url, tmp_path, 1) as (client, looked):
        (beside,) = looked._beside
        await until(lambda: beside.is_up)
        pid = beside.pid
        (answer,) = beside.ask(1, [lookups.Asked(DEV_OPEN, "en", b"no JSON", RecordBody.model_validate(ZHANG))])
        async with asyncio.timeout(60):
            assert await answer is None
        await until(lambda: not os.path.exists(f"/proc/{pid}"))
        assert await answers(client) == known
