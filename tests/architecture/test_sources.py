"""House rules that a reader of the sources would otherwise have to remember."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/dedupsvc"
PACKAGE_INDEX = re.compile(r"://[^\s/]*(?:pypi|pythonhosted|npmjs|artifactory|nexus)|(?:extra-)?index-url *=", re.I)
SOMEONES_HOME = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/")
# Above the HTTP shell is only the server, which would log the message of a driver's error, and so a customer's values.
LAST_RESORTS = {"adapters/rechecking.py": 1, "api/middleware.py": 1}
CLOCKS = {"now", "utcnow", "today"}
TEXT_SUFFIXES = {
    "",
    ".cfg",
    ".ini",
    ".json",
    ".lock",
    ".mako",
    ".md",
    ".py",
    ".sh",
    ".toml",
    ".tsv",
    ".txt",
    ".yaml",
    ".yml",
}


def modules(package: Path) -> list[Path]:
    return [path for path in sorted(package.rglob("*.py")) if path.read_text("utf-8").strip()]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def broad_handlers(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "BaseException"
            if re.search(r"\b(Base)?Exception\b", caught) and not reraises(node):
                yield node.lineno


def reraises(handler: ast.ExceptHandler) -> bool:
    """Tidying up and raising on is no swallowing."""
    return isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None


def own_texts() -> Iterator[tuple[str, str]]:
    """Every file of the repository; what starts with a dot is a tool's, .ci and .gitignore excepted, and build/ is made by commands."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name == ".ci" or not name.startswith((".", "__pycache__", "build"))]
        for path in (Path(folder, name) for name in files):
            if path.suffix in TEXT_SUFFIXES and path != Path(__file__):
                yield named(path), path.read_text("utf-8", errors="replace")


@pytest.mark.parametrize("path", modules(SOURCE), ids=named)
def test_a_module_opens_with_a_sentence_that_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    assert re.search(r"[.:。](\s|$)", docstring)


@pytest.mark.parametrize("path", modules(SOURCE), ids=named)
def test_only_outermost_loops_catch_every_exception(path: Path) -> None:
    if SOURCE / "worker" not in path.parents:
        caught = list(broad_handlers(ast.parse(path.read_text("utf-8"))))
        assert len(caught) == LAST_RESORTS.get(path.relative_to(SOURCE).as_posix(), 0)


@pytest.mark.parametrize("path", modules(SOURCE / "core"), ids=named)
def test_core_never_asks_what_time_it_is(path: Path) -> None:
    called = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert [f.attr for f in called if isinstance(f, ast.Attribute) and f.attr in CLOCKS] == []


@pytest.mark.parametrize("path", modules(SOURCE / "core"), ids=named)
def test_core_opens_no_file(path: Path) -> None:
    called = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert [f.id for f in called if isinstance(f, ast.Name) and f.id in {"open", "print", "input"}] == []


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "common", "misc"])
def test_no_module_is_named_after_nothing(word: str) -> None:
    assert [named(path) for path in SOURCE.rglob("*") if path.stem == word or path.stem.endswith(f"_{word}")] == []


def test_no_file_names_a_package_index() -> None:
    assert [name for name, text in own_texts() if PACKAGE_INDEX.search(text)] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert [name for name, text in own_texts() if SOMEONES_HOME.search(text)] == []


@pytest.mark.parametrize("forbidden", ["try: f()\nexcept Exception: g()", "try: f()\nexcept: g()"])
def test_a_broad_handler_would_be_found(forbidden: str) -> None:
    assert list(broad_handlers(ast.parse(forbidden)))


def test_a_handler_that_raises_on_is_allowed() -> None:
    assert list(broad_handlers(ast.parse("try: f()\nexcept BaseException:\n    g()\n    raise"))) == []
