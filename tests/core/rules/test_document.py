"""Reading a document: what is wrong is said where it is wrong, in words of ours, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.errors import RulesInvalid
from dedupsvc.core.rules import TEMPLATES, read_document
from tests.core.rules.build import a_ruleset

LONG_PATH = "a/b/c/d/e/f/g/h/i"


def a_document(**said: Any) -> dict[str, Any]:
    return {"name": "test", "thresholds": {"match": 0.9, "possible": 0.25}, **said}


def refusal(tree: object) -> RulesInvalid:
    with pytest.raises(RulesInvalid) as refused:
        read_document(tree)
    return refused.value


def test_a_good_document_is_the_ruleset_it_says() -> None:
    assert read_document(a_document(scenarios={"A / b": {"across": ["C"]}})) == a_ruleset(
        scenarios={"a/b": {"across": ["c"]}}
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_document(name: str) -> None:
    assert read_document(TEMPLATES[name].model_dump(mode="json")) == TEMPLATES[name]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"name": 1}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"windw": {}}, "windw"),
        ({"thresholds": {"match": "0.9", "possible": 0.1}}, "thresholds.match"),
        ({"thresholds": {"match": True, "possible": 0.1}}, "thresholds.match"),
        ({"thresholds": {"match": 1, "possible": 0.1}}, "thresholds.match"),
        ({"thresholds": {"match": 0.1, "possible": 0.2}}, "thresholds"),
        ({"thresholds": {"match": 0.1}}, "thresholds.possible"),
        ({"window": {"length": "soon"}}, "window.length"),
        ({"window": {"timezone": "Mars"}}, "window.timezone"),
        ({"window": []}, "window"),
        ({"across": "everything"}, "across"),
        ({"across": ["a", "b//c"]}, "across.1"),
        ({"scenarios": []}, "scenarios"),
        ({"scenarios": {"lead": 3}}, "scenarios.lead"),
        ({"scenarios": {"Lead": {}, "lead": {}}}, "scenarios"),
        ({"scenarios": {LONG_PATH: {}}}, f"scenarios.{LONG_PATH}"),
        ({"scenarios": {" ": {}}}, "scenarios. "),
        ({"scenarios": {"lead": {"window": {"length": "1y"}}}}, "scenarios.lead.window.length"),
        ({"scenarios": {"lead": {"across": 3}}}, "scenarios.lead.across"),
        ({"scenarios": {"across": {"across": ["//"]}}}, "scenarios.across.across.0"),
        ({"scenarios": {"lead": {"cells": {"match_in_same": "burn"}}}}, "scenarios.lead.cells.match_in_same"),
        ({"candidates_per_key": 1.5}, "candidates_per_key"),
        ({"candidates_per_key": 201}, "candidates_per_key"),
        ({"candidates_per_key": 4}, "candidates_per_key"),
        ({"survivorship": {"fields": {"salary": "newest"}}}, "survivorship.fields"),
    ],
)
def test_a_problem_has_one_path_and_a_sentence_in_both_languages(said: dict[str, Any], path: str) -> None:
    error = refusal(a_document(**said))
    assert [where for where, _ in error.problems] == [path]
    message = dict(error.problems)[path]
    assert message.endswith(".")
    assert "{" not in message
    assert error.chinese[path].endswith("。")


@pytest.mark.parametrize("tree", [None, 1, "x", [], [a_document()]])
def test_what_is_no_object_is_no_document(tree: object) -> None:
    assert refusal(tree).problems == (("document", "Must be an object."),)


def test_all_problems_are_said_at_once() -> None:
    error = refusal({"thresholds": {}, "scenarios": {"a": {"window": {"length": ""}}, "b": {"x": 1}}})
    assert [path for path, _ in error.problems] == [
        "name",
        "scenarios.a.window.length",
        "scenarios.b.x",
        "thresholds.match",
        "thresholds.possible",
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("sales/east"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(a_ruleset().model_dump())), VALUES, max_size=4))
def test_any_json_is_read_or_refused(said: dict[str, Any]) -> None:
    try:
        found = read_document(a_document(**said))
    except RulesInvalid as error:
        problems = error.problems
    else:
        problems = ()
        assert read_document(found.model_dump(mode="json")) == found
    assert all(path and message for path, message in problems)
