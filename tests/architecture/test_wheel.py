"""What is installed from the wheel is complete: it runs far away from this repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return set(ZipFile(wheel).namelist())


def below(folder: Path, *suffixes: str) -> list[str]:
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in suffixes and path.is_file())
    return [path.relative_to(folder).as_posix() for path in files]


def test_the_wheel_holds_every_module_and_every_table(packed: set[str]) -> None:
    sources = below(ROOT / "src", ".py", ".tsv", ".html", ".js", ".css")
    assert [name for name in sources if name not in packed] == []
    assert any(name.endswith(".tsv") for name in sources)


def test_the_wheel_holds_the_migrations(packed: set[str]) -> None:
    migrations = below(ROOT / "alembic", ".py", ".mako")
    assert migrations
    assert [name for name in migrations if f"dedupsvc/migrations/{name}" not in packed] == []


def test_the_wheel_holds_the_licence_and_nothing_of_the_tests(packed: set[str]) -> None:
    assert any(name.endswith("/LICENSE") for name in packed)
    assert [name for name in packed if not name.startswith(("dedupsvc/", "dedupsvc-"))] == []
