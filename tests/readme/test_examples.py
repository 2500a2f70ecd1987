"""The README's examples, run in their order against a live server on both engines, give what the README says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.concurrency.server import Server, a_server, an_empty_database

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.zh.md"]
ADDRESS = "http://127.0.0.1:8000"
PROGRAM = ".venv/bin/dedupsvc"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    kind: str
    """The word after the opening fence."""
    text: str


def examples(name: str) -> list[Example]:
    return [Example(*found) for found in FENCED.findall((ROOT / name).read_text("utf-8"))]


EXAMPLES = examples("README.md")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    maintenance_url = None if request.param == "sqlite" else request.getfixturevalue("postgresql_server")
    folder = tmp_path_factory.mktemp("readme")
    async with an_empty_database(maintenance_url, folder) as url, a_server(url, folder, workers=1) as server:
        yield server


def requested(command: str) -> dict[str, Any]:
    """A curl command as httpx takes it; an option that is not known here is a failure."""
    program, *words = shlex.split(command)
    assert program == "curl"
    request: dict[str, Any] = {"method": "GET", "headers": {}}
    while words:
        match words:
            case ["-s", *words]:
                pass
            case ["-X", str(method), *words]:
                request["method"] = method
            case ["-H", str(header), *words]:
                request["headers"].update([header.split(": ", 1)])
            case ["-d", str(body), *words]:
                request |= {"method": "POST", "content": body.encode()}
            case [str(url), *words]:
                assert url.startswith(f"{ADDRESS}/")
                request["url"] = url.removeprefix(ADDRESS)
    return request


def run(server: Server, folder: Path, *command: str, typed: str = "") -> str:
    """What a program prints that is run where the README's reader would run it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "DEDUPSVC_DATABASE_URL": server.url,
        "DEDUPSVC_HASH_KEY_FILE": str(server.log.parent / "dedupsvc.key"),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "120",
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


async def answered(server: Server, command: str) -> Any:
    async with server.client() as client:
        reply = await client.request(**requested(command))
    assert reply.is_success, reply.text
    return reply.json()


async def test_the_examples_do_what_they_say(server: Server, tmp_path: Path) -> None:
    last: Any = None
    checked = 0
    for kind, text in EXAMPLES:
        match kind:
            case "sh" if text.startswith("curl"):
                last = await answered(server, text)
            case "python":
                last = run(server, tmp_path, "-c", text.replace(ADDRESS, server.address))
            case "csv":
                (tmp_path / "customers.csv").write_text(text, "utf-8")
            case "json":
                said = json.loads(text)
                assert {name: last[name] for name in said} == said
                checked += 1
            case "text":
                assert last == text
                checked += 1
    assert checked == sum(kind in ("json", "text") for kind, _ in EXAMPLES) > 5
    assert server.failures() == []


async def test_the_first_two_calls_are_answered_as_told(server: Server) -> None:
    """Told in the running text, word for word in both languages. Asked again, an unchanged row is where it was."""
    first, second = (text for kind, text in EXAMPLES if kind == "sh" and "/ingest " in text)
    assert (await answered(server, first))["decision"] == "accept"
    again = await answered(server, second)
    for name in READMES:
        text = (ROOT / name).read_text("utf-8")
        for member in ("decision", "action", "existing_id", "message"):
            assert f'`"{member}": {json.dumps(again[member], ensure_ascii=False)}`' in text


async def test_the_file_is_imported_and_exported_as_told(server: Server, tmp_path: Path) -> None:
    (file,) = (text for kind, text in EXAMPLES if kind == "csv")
    (tmp_path / "customers.csv").write_text(file, "utf-8")
    (commands,) = (text for kind, text in EXAMPLES if kind == "sh" and f"{PROGRAM} import" in text)
    said = []
    for line in commands.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        assert program == PROGRAM
        said.append(run(server, tmp_path, "-m", "dedupsvc", *arguments, typed="y\n"))
    counts = dict(re.findall(r"(\w+) +(\d+)$", said[1], re.MULTILINE))
    assert {end: int(count) for end, count in counts.items() if count != "0"} == {"accepted": 1, "merged": 1, "bad": 1}
    assert "1003" in (tmp_path / "customers.csv.rejected.csv").read_text("utf-8")
    customers = [json.loads(line) for line in (tmp_path / "customers.jsonl").read_text("utf-8").splitlines()]
    assert [each["records"] for each in customers if each.get("name") == "王芳"] == [2]


def test_both_languages_show_the_same_examples() -> None:
    english, chinese = ([each for each in examples(name) if each.kind not in ("mermaid", "sh")] for name in READMES)
    assert english
    assert english == chinese


@pytest.mark.parametrize("command", ["wget -q x", f"curl --insecure {ADDRESS}/rules", "curl http://example.com/"])
def test_a_command_that_cannot_be_run_is_noticed(command: str) -> None:
    with pytest.raises(AssertionError):
        requested(command)
