"""The README files describe the settings and the endpoints that there are."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from dedupsvc.api.app import openapi_document
from dedupsvc.settings import Settings

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.zh.md"]


@pytest.mark.parametrize("name", READMES)
def test_the_settings_table_is_the_one_make_readme_writes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert runpy.run_path(str(ROOT / ".ci/make_readme.py"))["with_table"](text) == text


@pytest.mark.parametrize("name", READMES)
def test_each_setting_is_listed_once(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert all(text.count(f"| `DEDUPSVC_{setting.upper()}` |") == 1 for setting in Settings.model_fields)


def test_each_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", READMES)
def test_the_endpoints_are_all_listed_and_no_others(name: str) -> None:
    paths = openapi_document()["paths"]
    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    text = (ROOT / name).read_text("utf-8")
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", text)) == served


def test_both_languages_show_the_same_examples() -> None:
    blocks = [re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.S) for name in READMES]
    assert [b for b in blocks[0] if "curl" in b] == [b for b in blocks[1] if "curl" in b]
