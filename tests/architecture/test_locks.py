"""A fresh clone installs what was tested: exact versions, verified by hash, from whichever index the machine uses."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-compile.lock"]
PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;]+)", re.IGNORECASE)


def entries(lock: str) -> list[str]:
    """Each requirement with its continuation lines joined."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pins(lock: str) -> dict[str, str]:
    return {canonical(found[1]): found[2] for entry in entries(lock) if (found := PIN.match(entry))}


def imported() -> Iterator[str]:
    """The packages that the sources cannot do without; what may be missing is imported under `except ImportError`."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        optional = {node for attempt in ast.walk(tree) if may_fail(attempt) for node in ast.walk(attempt)}
        for node in ast.walk(tree):
            match node:
                case _ if node in optional:
                    continue
                case ast.Import(names=names):
                    yield from (name.name.partition(".")[0] for name in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module.partition(".")[0]


def may_fail(node: ast.AST) -> bool:
    return isinstance(node, ast.Try) and any(
        isinstance(handler.type, ast.Name) and handler.type.id == "ImportError" for handler in node.handlers
    )


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;! ]", name)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    assert entries(lock)
    assert [entry for entry in entries(lock) if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"://|^-|@ |(?<![\w-])/", text, re.MULTILINE) == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    runtime = {canonical(name) for name in [*project["project"]["dependencies"], *groups["build"]]}
    assert runtime <= pins("requirements.lock").keys()
    assert {canonical(name) for name in groups.pop("compile")} <= pins("requirements-compile.lock").keys()
    assert {canonical(name) for group in groups.values() for name in group} <= pins("requirements-dev.lock").keys()


def test_tests_run_with_the_versions_that_are_served() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_what_compiles_is_of_the_versions_that_check_types() -> None:
    checked = pins("requirements-dev.lock")
    compiling = pins("requirements-compile.lock")
    assert {name: checked[name] for name in compiling.keys() & checked.keys()}.items() <= compiling.items()
    assert "mypy" in checked.keys() & compiling.keys()


def test_whatever_the_sources_import_is_installed_with_them() -> None:
    outside = set(imported()) - sys.stdlib_module_names - {"dedupsvc"}
    homes = packages_distributions()
    installed = {
        name for name in outside if pins("requirements.lock").keys() & {canonical(home) for home in homes.get(name, [])}
    }
    assert outside - installed == set()
