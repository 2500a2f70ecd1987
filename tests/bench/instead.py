"""What a team would write instead of this service, behind the same application: trigrams in SQL, or RapidFuzz over all names."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any

import asyncpg
from fastapi import APIRouter
from rapidfuzz import fuzz, process, utils
from starlette.responses import Response

from dedupsvc.api.deps import Called, GuardedRoute
from dedupsvc.settings import Settings
from dedupsvc.wire.answer import AnswerBody
from dedupsvc.wire.record import RecordBody

router = APIRouter(route_class=GuardedRoute)
LIMIT = 20
NAMES = "BENCH_NAMES"
"""Set, the process reads all names of its SQLite store."""
TRIGRAMS = "BENCH_TRIGRAMS_URL"
"""Names a database with the table `customer_names` and pg_trgm, if there is one."""
_SIMILAR = """
SELECT id, name, similarity(name, $1) AS score FROM customer_names WHERE name % $1 ORDER BY score DESC LIMIT 20
"""
_names: dict[int, str] = {}
_pools: list[asyncpg.Pool[Any]] = []


async def prepare(settings: Settings) -> None:
    """The names in memory, or connections for the trigrams, in a server process that is asked for them."""
    if os.environ.get(NAMES):
        connection = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))
        for number, values in connection.execute("SELECT id, values_json FROM records"):
            _names[number] = utils.default_process(name_of(json.loads(values)))
        connection.close()
    if url := os.environ.get(TRIGRAMS):
        _pools.append(await asyncpg.create_pool(url, min_size=4, max_size=4))


def name_of(values: dict[str, Any]) -> str:
    return str(values.get("company_name") or values.get("name") or values.get("family_name", ""))


@router.post("/instead/rapidfuzz", response_model=AnswerBody)
async def rapidfuzz(body: RecordBody, call: Called) -> Response:
    """All names, compared one by one, in the process that answers."""
    asked = utils.default_process(body.company_name or body.name or body.family_name or "")
    found = process.extract(asked, _names, scorer=fuzz.ratio, limit=LIMIT, score_cutoff=60)
    return _answer([(str(number), score / 100) for _, score, number in found])


@router.post("/instead/trigrams", response_model=AnswerBody)
async def trigrams(body: RecordBody, call: Called) -> Response:
    """The database's trigram index, and its twenty most similar names."""
    asked = body.company_name or body.name or body.family_name or ""
    rows = await _pools[0].fetch(_SIMILAR, asked)
    return _answer([(str(row[0]), float(row[2])) for row in rows])


def _answer(found: list[tuple[str, float]]) -> Response:
    best = found[0][1] if found else 0.0
    answer = {
        "decision": "flag" if best > 0.8 else "accept",
        "score": best,
        "candidates": [{"record_id": number, "score": score} for number, score in found],
    }
    return Response(json.dumps(answer), media_type="application/json")
