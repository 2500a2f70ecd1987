"""Every error has one shape, a status, words in both languages, and nothing of what was sent."""

from __future__ import annotations

import importlib
import string

import pytest

from dedupsvc.api import errors
from dedupsvc.api.messages import FIELDS, PROBLEMS
from dedupsvc.core.errors import (
    Conflict,
    DedupError,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidField,
    NotFound,
    RulesInvalid,
    StoreUnsafe,
    Unavailable,
)
from tests.api.stand_in import StandIn, a_client

RAISED: list[tuple[DedupError, int]] = [
    (InvalidField("phones.0.value", "No."), 422),
    (NotFound("No such record."), 404),
    (Conflict("Another row."), 409),
    (IdempotencyMismatch("Another body."), 422),
    (IdempotencyInFlight("Still running."), 409),
    (RulesInvalid((("levels.0", "No such level."),)), 422),
    (Unavailable("The store is busy.", retry_after=7), 503),
    (StoreUnsafe("fsync is off."), 503),
]


def every_error(kind: type[DedupError] = DedupError) -> set[type[DedupError]]:
    importlib.import_module("dedupsvc.bootstrap")  # and with it all that raises
    below = set(kind.__subclasses__())
    return below.union(*(every_error(each) for each in below))


def test_each_error_has_a_status_of_its_own_or_of_the_kind_it_is() -> None:
    assert set(DedupError.__subclasses__()) == set(errors.STATUS)
    assert all(any(issubclass(kind, listed) for listed in errors.STATUS) for kind in every_error())


def test_an_error_of_a_listed_kind_has_its_status() -> None:
    class Busier(Unavailable):
        pass

    assert errors.status_of(Busier("Busy.")) == 503


def test_each_error_of_the_core_has_words() -> None:
    assert {kind.code for kind in every_error()} <= PROBLEMS.keys()


@pytest.mark.parametrize(("error", "status"), RAISED, ids=lambda value: type(value).__name__)
async def test_what_the_service_raises_has_the_one_shape(error: DedupError, status: int) -> None:
    async with a_client(StandIn(error=error)) as client:
        reply = await client.get("/records/rec_1")
    problem = reply.json()
    assert reply.status_code == problem["status"] == status
    assert reply.headers["content-type"] == "application/json"
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "errors", "errors_left_off"}
    assert problem["code"] == error.code
    assert problem["type"] == f"urn:dedupsvc:problem:{error.code}"
    assert problem["detail"] == error.message
    assert problem["instance"].endswith(reply.headers["x-request-id"])


async def test_unavailable_says_when_to_try_again() -> None:
    async with a_client(StandIn(error=Unavailable("Busy.", retry_after=7))) as client:
        reply = await client.get("/records/rec_1")
    assert reply.headers["retry-after"] == "7"


async def test_a_ruleset_problem_is_named_by_its_path() -> None:
    async with a_client(StandIn(error=RulesInvalid((("levels.0", "No such level."),)))) as client:
        reply = await client.get("/records/rec_1")
    assert reply.json()["errors"] == [{"path": "levels.0", "code": "RULES_INVALID", "message": "No such level."}]


async def test_the_body_says_the_language_of_its_own_errors() -> None:
    async with a_client(StandIn(error=InvalidField("occurred_at", "In the future."))) as client:
        reply = await client.post("/ingest", json={"name": "a", "locale": "zh-CN"}, headers={"Accept-Language": "en"})
    assert reply.json()["errors"][0]["message"] == "时间无效或过于靠后。"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/Xq7marker", 404, "NO_SUCH_ROUTE"),
        ("GET", "/ingest/", 404, "NO_SUCH_ROUTE"),
        ("GET", "/redoc", 404, "NO_SUCH_ROUTE"),
        ("GET", "/ingest", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_unknown_addresses_and_methods_have_the_same_shape(
    method: str, path: str, status: int, code: str
) -> None:
    async with a_client() as client:
        reply = await client.request(method, path)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert "Xq7marker" not in reply.text


async def test_a_wrong_method_says_which_are_right() -> None:
    async with a_client() as client:
        assert (await client.get("/ingest")).headers["allow"] == "POST"


async def test_a_crash_is_answered_without_any_detail(caplog: pytest.LogCaptureFixture) -> None:
    async with a_client(StandIn(error=RuntimeError("Xq7marker"))) as client:
        reply = await client.get("/records/rec_1")
    assert (reply.status_code, reply.json()["code"]) == (500, "INTERNAL")
    assert "Xq7marker" not in reply.text
    assert "Xq7marker" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert reply.headers["x-request-id"] in caplog.text


@pytest.mark.parametrize("kind", FIELDS)
def test_both_languages_are_filled_with_the_same_details(kind: str) -> None:
    said = FIELDS[kind].said
    assert said.en
    assert said.zh
    named = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in said]
    assert named[0] == named[1]
    # Pydantic's own details besides these could repeat what was sent.
    assert named[0] <= {"max_length", "expected", "line", "column"}


def test_many_long_errors_still_fit() -> None:
    many = [{"path": "字" * 64, "code": "UNKNOWN_FIELD", "message": "未知字段。"}] * 50
    problem = errors.Problem(422, "INVALID_FIELD", "t", "d", many)
    assert len(problem.json("0" * 64)) <= 4096
