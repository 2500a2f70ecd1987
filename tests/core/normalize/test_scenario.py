"""Scenario paths."""

from __future__ import annotations

import pytest

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import normalize_scenario


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "default"),
        ("  ", "default"),
        ("Sales", "sales"),
        ("Sales / NewBiz", "sales/newbiz"),
        ("销售／新客", "销售/新客"),
    ],
)
def test_a_path_has_one_spelling(path: str, canonical: str) -> None:
    assert normalize_scenario(path) == canonical


def test_eight_segments_are_allowed() -> None:
    assert normalize_scenario("/".join("abcdefgh")) == "a/b/c/d/e/f/g/h"


@pytest.mark.parametrize("path", ["/".join("abcdefghi"), "a//b", "/a", "a/", "/"])
def test_too_many_or_empty_segments_are_refused(path: str) -> None:
    with pytest.raises(InvalidField) as refused:
        normalize_scenario(path)
    assert refused.value.path == "scenario"
