"""migrate, serve and openapi: they work again when repeated, and what is wrong is said in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from dedupsvc.adapters.sql import migrations
from dedupsvc.api import serving
from dedupsvc.api.app import openapi_document
from dedupsvc.core import is_compiled
from tests.cli.commands import dedupsvc, paths
from tests.concurrency.server import free_port

MIGRATED = f"The database is at revision {migrations.newest()}.\n"


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `serve` would have run, without running it."""
    calls: list[Any] = []
    monkeypatch.setattr(serving, "run", lambda settings, *arguments: calls.append(arguments))
    return calls


def test_the_version_says_whether_it_is_compiled() -> None:
    done = dedupsvc("--version")
    built = "compiled" if is_compiled() else "interpreted"
    assert (done.exit_code, done.output) == (0, f"dedupsvc {version('dedupsvc')}, {built}\n")


def test_migrating_twice_is_migrating_once(tmp_path: Path, database_url: str) -> None:
    for _ in range(2):
        done = dedupsvc("migrate", **paths(tmp_path, database_url))
        assert (done.exit_code, done.output) == (0, MIGRATED)


def test_a_migrated_database_is_served(tmp_path: Path, database_url: str, served: list[Any]) -> None:
    dedupsvc("migrate", **paths(tmp_path, database_url))
    arguments = ("serve", "--host", "::1", "--port", "8001", "--workers", "3")
    done = dedupsvc(*arguments, dev_open=1, **paths(tmp_path, database_url))
    assert done.exit_code == 0, done.output
    assert served == [("::1", 8001, 3)]


def test_a_database_is_migrated_and_served_by_one_command(tmp_path: Path, database_url: str, served: list[Any]) -> None:
    for _ in range(2):
        done = dedupsvc("serve", "--migrate", dev_open=1, **paths(tmp_path, database_url))
        assert (done.exit_code, done.output) == (0, MIGRATED)
    assert served == [("127.0.0.1", 8000, 1)] * 2


def test_what_cannot_be_migrated_is_not_served(tmp_path: Path, served: list[Any]) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'missing' / 'd.sqlite3'}"
    refused = dedupsvc("serve", "--migrate", dev_open=1, **paths(tmp_path, elsewhere))
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert served == []


def test_nobody_is_served_while_nobody_may_call(tmp_path: Path, served: list[Any]) -> None:
    dedupsvc("migrate", **paths(tmp_path))
    for closed in ({}, {"dev_open": 0}):
        refused = dedupsvc("serve", **closed, **paths(tmp_path))
        assert refused.exit_code == 2
        assert "DEDUPSVC_DEV_OPEN=1" in refused.output
    assert served == []


def test_a_database_that_was_not_migrated_is_not_served(tmp_path: Path, database_url: str, served: list[Any]) -> None:
    refused = dedupsvc("serve", dev_open=1, **paths(tmp_path, database_url))
    assert refused.exit_code == 2
    assert "dedupsvc migrate" in refused.output
    assert served == []


def test_another_hash_key_is_neither_served_nor_migrated(tmp_path: Path, database_url: str, served: list[Any]) -> None:
    dedupsvc("migrate", **paths(tmp_path, database_url))
    for command in ("serve", "migrate"):
        refused = dedupsvc(command, database_url=database_url, hash_key_file=tmp_path / "another", dev_open=1)
        assert refused.exit_code == 2
        assert "DEDUPSVC_HASH_KEY_FILE" in refused.output
    assert served == []


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize("place", ["no such folder", "no server"])
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(tmp_path: Path, command: str, place: str) -> None:
    urls = {
        "no such folder": f"sqlite:///{tmp_path / 'missing' / 'd.sqlite3'}",
        "no server": f"postgresql://somebody:secret@127.0.0.1:{free_port()}/d",
    }
    refused = dedupsvc(command, dev_open=1, **paths(tmp_path, urls[place]))
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert refused.output.startswith("The database does not answer")
    assert "secret" not in refused.output


def test_a_hash_key_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = dedupsvc("migrate", **{**paths(tmp_path), "hash_key_file": tmp_path / "missing" / "key"})
    assert refused.exit_code == 2
    assert "DEDUPSVC_HASH_KEY_FILE" in refused.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://root:secret@localhost/d"),
        ("database_url", "postgresql+asyncpg://root:secret@localhost/d"),
        ("dev_open", "perhaps"),
        ("claim_seconds", "0"),
        ("pool_size", "many"),
        ("phone_country", "China"),
        ("locale", "fr"),
        ("log_level", "chatty"),
    ],
)
@pytest.mark.parametrize("command", [("migrate",), ("serve",), ("evaluate", ".")], ids=lambda command: command[0])
def test_a_wrong_setting_is_named_and_its_value_is_not(
    tmp_path: Path, command: tuple[str, ...], name: str, value: str
) -> None:
    (tmp_path / "records.csv").write_text("id,name\n1,A\n")
    arguments = (command[0], str(tmp_path)) if command[0] == "evaluate" else command
    refused = dedupsvc(*arguments, **{**paths(tmp_path), name: value})
    assert refused.exit_code == 2
    assert refused.output.startswith(f"DEDUPSVC_{name.upper()}: ")
    assert value not in refused.output


def test_several_wrong_settings_are_said_at_once(tmp_path: Path) -> None:
    refused = dedupsvc("migrate", **{**paths(tmp_path), "claim_seconds": 0, "locale": "fr"})
    assert [line.partition(":")[0] for line in refused.output.splitlines()] == [
        "DEDUPSVC_CLAIM_SECONDS",
        "DEDUPSVC_LOCALE",
    ]


def test_the_openapi_document_is_printed_whole() -> None:
    printed = dedupsvc("openapi")
    assert printed.exit_code == 0
    assert json.loads(printed.output) == json.loads(json.dumps(openapi_document()))
    assert printed.output.endswith("}\n")


def test_without_a_command_the_help_lists_them() -> None:
    shown = dedupsvc().output
    assert all(command in shown for command in ("serve", "migrate", "openapi", "evaluate"))


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    environment = {**os.environ, **{f"DEDUPSVC_{name.upper()}": str(value) for name, value in paths(tmp_path).items()}}
    command = [sys.executable, "-W", "error", "-m", "dedupsvc", "migrate"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, MIGRATED, "")
