"""A server's processes look again at what they had to leave out: one at a time, each pair once."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from tests.concurrency import checker
from tests.concurrency.server import Server, a_server, an_empty_database, decided

RULES = {
    "name": "ours",
    "thresholds": {"match": 0.9, "possible": 0.3},
    "candidates_per_key": 5,
    "scenarios": {"lead": {"window": {"length": "24h"}}},
}


async def pairs(url: str) -> list[dict[str, Any]]:
    return [row for row in (await checker.read(url))["reviews"] if row["customer_a"] != row["customer_b"]]


async def hidden_duplicates(server: Server) -> None:
    """Six rows of one customer, which is more than a search looks at here, and one more."""
    who = {"name": "张伟", "phone": "13812345678", "source_system": "crm", "scenario": "lead"}
    async with server.client() as client:
        made = await client.post("/rules", json=RULES)
        assert made.status_code == 201, made.text
        await client.post(f"/rules/{made.json()['version']}/activate")
        for number in range(7):
            last = await decided(client, "/ingest", {**who, "external_id": f"L-{number}"})
    assert not last["complete"]


async def all_looked_at(server: Server) -> None:
    for _ in range(300):
        if '"flagged": 1' in server.log.read_text():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing was flagged:\n{server.log.read_text()}")


async def test_two_processes_flag_a_pair_once_and_leave_the_job_to_others_when_they_end(
    maintenance_url: str | None, tmp_path: Path
) -> None:
    async with (
        an_empty_database(maintenance_url, tmp_path) as url,
        a_server(url, tmp_path, workers=2, DEDUPSVC_RECHECK_SHARE="1") as server,
    ):
        await hidden_duplicates(server)
        await all_looked_at(server)
        assert len(await pairs(url)) == 1
        told = [json.loads(line) for line in server.log.read_text().splitlines() if '"job": "recheck"' in line]
        assert told[-1]["waiting"] == 0
        assert server.failures() == []
        await server.stop()
        held = [row for row in (await checker.read(url))["leases"] if row["until"] > time.time_ns() // 1000]
        assert held == []


async def test_who_wants_no_rechecks_has_none(maintenance_url: str | None, tmp_path: Path) -> None:
    async with (
        an_empty_database(maintenance_url, tmp_path) as url,
        a_server(url, tmp_path, workers=1, DEDUPSVC_RECHECK_SHARE="0") as server,
    ):
        await hidden_duplicates(server)
        await asyncio.sleep(1)
        assert await pairs(url) == []
        assert (await checker.read(url))["leases"] == []
