"""The ruleset document: what a scenario inherits, what is refused, and how far its windows reach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dedupsvc.core.rules import BALANCED, DEFAULT_SCENARIO, TEMPLATES, Rules, Ruleset, Verdict, Window, microseconds
from tests.core.rules.build import DAY, HOUR, MINUTE, SECOND, a_ruleset, rules


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("1s", SECOND),
        ("30m", 30 * MINUTE),
        ("24h", DAY),
        ("7d", 7 * DAY),
        ("2w", 14 * DAY),
        ("999999s", 999_999 * SECOND),
    ],
)
def test_a_length_is_a_number_and_a_unit(length: str, expected: int) -> None:
    assert microseconds(length) == expected
    assert Window(length=length).length == length


@pytest.mark.parametrize(
    "length", ["", "0h", "24", "h", "-1h", "1.5h", "24H", "1y", "1000000s", " 1h", "1h ", "1h\n", "٣h"]
)
def test_anything_else_is_no_length(length: str) -> None:
    with pytest.raises(ValidationError):
        Window(length=length)


def test_a_scenario_inherits_what_it_leaves_out_from_its_nearest_ancestor() -> None:
    given_rules = rules(
        {
            "sales": {"window": {"length": "7d"}, "across": "subtree", "allowed_lateness": "2d"},
            "sales/newbiz": {"window": {"length": "1h"}, "cells": {"match_in_same": "reject"}},
        }
    )
    inherited = given_rules.policy("sales/newbiz/east")
    assert inherited.window.length == "1h"
    assert inherited.cells.match_in_same is Verdict.REJECT
    assert inherited.across == "subtree"
    assert inherited.allowed_lateness == 2 * DAY
    assert given_rules.policy("sales/renewal").window.length == "7d"


def test_an_ancestor_is_a_whole_segment() -> None:
    given_rules = rules({"sales": {"window": {"length": "7d"}}})
    assert given_rules.policy("salesforce").window.length == "24h"


def test_cells_are_inherited_one_by_one() -> None:
    given_rules = rules(
        {"a": {"cells": {"match_in_same": "reject"}}, "a/b": {"cells": {"match_in_related": "merge"}}},
        cells={"possible_in_same": "reject"},
    )
    cells = given_rules.policy("a/b").cells
    assert (cells.match_in_same, cells.match_in_related, cells.possible_in_same) == ("reject", "merge", "reject")
    assert cells.match_otherwise is Verdict.LINK


def test_thresholds_can_be_a_scenarios_own() -> None:
    given_rules = rules({"lead": {"thresholds": {"match": 0.99, "possible": 0.5}}})
    assert given_rules.policy("lead/web").match_threshold == 0.99
    assert given_rules.policy("order").match_threshold == 0.9


@pytest.mark.parametrize(
    ("path", "known"), [("sales", True), ("sales/east", False), ("order", False), (DEFAULT_SCENARIO, True)]
)
def test_only_a_path_of_the_ruleset_is_known(path: str, known: bool) -> None:
    assert rules({"sales": {}}).policy(path).known is known


def test_missing_scenario_is_master_data_and_never_ends() -> None:
    assert rules(window={"length": "1h"}).policy(DEFAULT_SCENARIO).window.mode == "always"
    assert rules(window={"length": "1h"}).policy(DEFAULT_SCENARIO).length is None


def test_a_ruleset_may_say_otherwise_of_master_data() -> None:
    own = rules({DEFAULT_SCENARIO: {"window": {"length": "7d"}}})
    assert own.policy(DEFAULT_SCENARIO).length == 7 * DAY


def test_lateness_is_not_limited_unless_a_scenario_says_so() -> None:
    assert rules({"lead": {}}).policy("lead").allowed_lateness is None


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"windw": {}}, ("windw",)),
        ({"window": {"length": "1 day"}}, ("window", "length")),
        ({"window": {"mode": "tumbling"}}, ("window", "mode")),
        ({"window": {"mode": "calendar", "timezone": "Mars/Olympus"}}, ("window", "timezone")),
        ({"window": {"timezone": "../../etc/passwd"}}, ("window", "timezone")),
        (
            {"scenarios": {"lead": {"cells": {"match_in_same": "delete"}}}},
            ("scenarios", "lead", "cells", "match_in_same"),
        ),
        ({"scenarios": {"lead": {"cells": {"none": "accept"}}}}, ("scenarios", "lead", "cells", "none")),
        (
            {"scenarios": {"lead": {"thresholds": {"match": 2, "possible": 0.1}}}},
            ("scenarios", "lead", "thresholds", "match"),
        ),
        ({"thresholds": {"match": 0.2, "possible": 0.9}}, ("thresholds",)),
        ({"on_bridge": "ask"}, ("on_bridge",)),
        ({"candidates_per_key": 1}, ("candidates_per_key",)),
        ({"name": ""}, ("name",)),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_path(said: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        a_ruleset(**said)
    assert path in [error["loc"] for error in refused.value.errors()]


@pytest.mark.parametrize("path", ["", "/lead", "lead/", "a/b/c/d/e/f/g/h/i", "a//b", " "])
def test_what_no_scenario_path_looks_like_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        a_ruleset(scenarios={path: {}})


def test_paths_are_compared_in_the_form_that_records_have() -> None:
    given_rules = rules({" Ｓales / East": {"window": {"length": "7d"}, "across": ["Order"]}})
    assert given_rules.policy("sales/east").length == 7 * DAY
    assert given_rules.policy("sales/east").across == ("order",)


def test_one_path_has_one_rule() -> None:
    with pytest.raises(ValidationError):
        a_ruleset(scenarios={"sales": {}, "SALES": {}})


def test_a_ruleset_says_what_it_was_read_from() -> None:
    for ruleset in (*TEMPLATES.values(), a_ruleset(scenarios={"a/b": {"across": ["x", "y"]}})):
        assert Ruleset.model_validate_json(ruleset.model_dump_json()) == ruleset


def test_the_shipped_ruleset_is_the_contracts() -> None:
    assert (BALANCED.on_bridge, BALANCED.on_owner_conflict, BALANCED.on_flag) == ("join", "flag", "hold")
    for path in BALANCED.scenarios:
        policy = Rules(BALANCED, 1).policy(path)
        assert (policy.window.mode, policy.length, policy.across) == ("sliding", DAY, "self")
        assert policy.allowed_lateness is None


@pytest.mark.parametrize(
    ("window", "reach"),
    [
        ({"length": "1h"}, HOUR),
        ({"mode": "session", "length": "30m", "max_span": "2h"}, 2 * HOUR),
        ({"mode": "session", "length": "30m"}, 5 * HOUR),
        ({"mode": "calendar", "unit": "month"}, 31 * DAY),
        ({"mode": "always"}, None),
    ],
)
def test_the_reach_is_the_furthest_of_all_named_windows(window: dict[str, Any], reach: int | None) -> None:
    assert rules(window=window).reach == reach
    assert rules({"a/b": {"window": window}, "c": {}}, window={"length": "1s"}).reach == reach


@given(st.sampled_from(["lead", "a/b", "default", "x/y/z"]))
def test_a_policy_is_the_same_each_time_it_is_asked_for(path: str) -> None:
    given_rules = rules({"a": {"across": "all"}})
    assert given_rules.policy(path) == given_rules.policy(path)
    assert given_rules.policy(path).path == path
