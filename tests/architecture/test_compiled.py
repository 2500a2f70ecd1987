"""The compiled package is the modules that are named, all of them; and nothing of it lies in a checkout's way.

`make test` runs twice: on the sources, and with DEDUPSVC_EXPECT_COMPILED=1 on what `make compiled` has built.
"""

from __future__ import annotations

import importlib.util
import os
import sysconfig
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import pytest

from dedupsvc.core import is_compiled

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
EXPECTED = os.environ.get("DEDUPSVC_EXPECT_COMPILED") == "1"


def the_hook() -> Any:
    spec = importlib.util.spec_from_file_location("compile_hook", ROOT / ".ci/compile_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOOK = the_hook()


def named() -> list[str]:
    names = (".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in HOOK.modules(SOURCE))
    return [name.removesuffix(".__init__") for name in names]


def test_this_run_is_on_what_it_says() -> None:
    files = {name: str(import_module(name).__file__) for name in named()}
    assert "dedupsvc.core.score" in files
    assert [name for name, file in files.items() if file.endswith(tuple(EXTENSION_SUFFIXES)) is not EXPECTED] == []
    assert is_compiled() is EXPECTED


def test_no_extension_lies_beside_the_sources() -> None:
    assert [path for path in SOURCE.rglob("*") if path.name.endswith(tuple(EXTENSION_SUFFIXES))] == []


@pytest.mark.parametrize("pattern", [*HOOK.COMPILED, *HOOK.INTERPRETED])
def test_each_pattern_names_a_module(pattern: str) -> None:
    assert list(SOURCE.glob(pattern))


@pytest.mark.parametrize("pattern", HOOK.INTERPRETED)
def test_only_what_would_be_compiled_has_a_reason_not_to_be(pattern: str) -> None:
    taken = {path for each in HOOK.COMPILED for path in SOURCE.glob(each)}
    assert set(SOURCE.glob(pattern)) <= taken
    assert HOOK.INTERPRETED[pattern]


def test_without_the_headers_of_python_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(SystemExit, match=r"Python\.h: install python3-dev"):
        HOOK.use_compiler(tmp_path)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Headers, but no compiler."""
    (tmp_path / "Python.h").touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(os, "environ", {"PATH": str(tmp_path)})
    monkeypatch.setattr(HOOK, "find_spec", lambda name: None)
    return tmp_path


def test_without_a_compiler_it_says_so(bare: Path) -> None:
    with pytest.raises(SystemExit, match="C compiler"):
        HOOK.use_compiler(bare)


def test_a_compiler_that_is_named_is_taken(bare: Path) -> None:
    os.environ["CC"] = "mine"
    HOOK.use_compiler(bare)
    assert os.environ["CC"] == "mine"


def test_one_that_is_installed_goes_before_the_one_that_comes_as_a_wheel(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HOOK, "find_spec", lambda name: name == "ziglang")
    HOOK.use_compiler(bare)
    assert "ziglang cc -mcpu=baseline" in os.environ["CC"]
    assert os.environ["LDSHARED"].startswith(os.environ.pop("CC"))
    (bare / "gcc").touch(mode=0o755)
    HOOK.use_compiler(bare)
    assert os.environ["CC"] == "gcc"
