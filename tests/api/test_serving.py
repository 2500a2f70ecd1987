"""A worker that is ready has read its tables, made its routes and told the collector so: no caller waits for any of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from fastapi.utils import create_model_field

from tests.api.stand_in import a_client

SCRIPT = """
import asyncio, gc, sys
from dedupsvc.api import startup
from dedupsvc.core.blocking import blocking_keys
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Phone, Values
from dedupsvc.settings import Settings

async def nothing(settings):
    return None

startup.open_service = nothing
asyncio.run(startup.settled(Settings()))
assert gc.get_freeze_count() > 10_000
assert gc.get_threshold() == startup.GARBAGE_THRESHOLDS
opened = []
sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
for values in (
    Values(name="欧阳娜娜", phones=(Phone("138 1234 5678"),), emails=(Email("Ouyang@QQ.com"),)),
    Values(name="李娜", addresses=(Address("广东省深圳市南山区科技园路5号3栋502室"),)),
    Values(company_name="深圳市远大科技有限公司北京分公司", phones=(Phone("0755-26001234"),)),
    Values(name="Dr. Bob O'Neil Jr.", addresses=(Address("12 High Street, Leeds LS1 4AB", country="GB"),)),
    Values(company_name="Müller & Söhne GmbH", emails=(Email("info@mueller.example"),)),
):
    blocking_keys(normalize(values, Defaults()))
print(*opened, sep="\\n")
"""


def test_after_the_start_no_record_makes_a_worker_read_a_table() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    assert told.split() == []


async def test_no_route_is_made_for_whoever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def making(name: str, *given: Any, **named: Any) -> Any:
        made.append(name)
        return create_model_field(name, *given, **named)

    monkeypatch.setattr("fastapi.routing.create_model_field", making)
    async with a_client() as client:
        at_start = len(made)
        for path in ("/match", "/ingest", "/merge", "/claims/clm_1/confirm"):
            assert (await client.post(path, json={})).status_code != 404
        for path in ("/records/rec_1", "/rules", "/readyz", "/docs", "/exports/customers"):
            await client.get(path)
    assert at_start > 10
    assert made[at_start:] == []
