"""三同: the same window, the same scenario, and the decision table that is read from both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupsvc.core.record import Instant
from dedupsvc.core.rules import Rules, Verdict
from dedupsvc.core.score import Same
from dedupsvc.core.threesame import (
    ScenarioSame,
    ThreeSame,
    WindowSame,
    same_scenario,
    same_window,
    three_same,
    verdict_of,
)
from tests.core.rules.build import DAY, HOUR, MINUTE, NOON, an_episode, rules


def at(text: str) -> Instant:
    """A point in UTC, in microseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def is_in(
    one: Instant, other: Instant, given_rules: Rules, scenario: str = "lead", other_scenario: str = "lead"
) -> bool:
    episode = an_episode(other, other_scenario)
    return same_window(one, given_rules.policy(scenario), episode, given_rules.policy(other_scenario))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sliding_window_is_half_open_on_both_sides(sign: int) -> None:
    day = rules({"lead": {"window": {"length": "24h"}}})
    assert is_in(NOON + sign * (DAY - 1), NOON, day)
    assert not is_in(NOON + sign * DAY, NOON, day)


def test_every_named_scenario_ships_with_twenty_four_hours() -> None:
    shipped = rules()
    assert is_in(NOON + DAY - 1, NOON, shipped, "anything", "anything")
    assert not is_in(NOON + DAY, NOON, shipped, "anything", "anything")


def test_a_sliding_window_is_measured_from_the_anchor_whatever_came_since() -> None:
    day = rules()
    renewed = an_episode(NOON, renewed_at=NOON + 20 * HOUR)
    assert not same_window(NOON + 30 * HOUR, day.policy("lead"), renewed, day.policy("lead"))


SESSION = {"mode": "session", "length": "30m", "max_span": "2h"}


@pytest.mark.parametrize(
    ("renewed", "event", "inside"),
    [
        (0, 30 * MINUTE - 1, True),
        (0, 30 * MINUTE, False),
        (0, -30 * MINUTE + 1, True),
        (0, -30 * MINUTE, False),
        (50 * MINUTE, 80 * MINUTE - 1, True),
        (50 * MINUTE, 80 * MINUTE, False),
        (110 * MINUTE, 120 * MINUTE - 1, True),
        (110 * MINUTE, 120 * MINUTE, False),
    ],
)
def test_a_session_is_renewed_by_each_event_up_to_its_greatest_span(renewed: int, event: int, inside: bool) -> None:
    session = rules({"lead": {"window": SESSION}}).policy("lead")
    assert same_window(NOON + event, session, an_episode(NOON, renewed_at=NOON + renewed), session) is inside


@pytest.mark.parametrize(
    ("unit", "timezone", "one", "other", "inside"),
    [
        ("day", "UTC", "2026-06-01 00:00:00", "2026-06-01 23:59:59", True),
        ("day", "UTC", "2026-06-01 23:59:59", "2026-06-02 00:00:00", False),
        # Midnight in Shanghai is 16:00 UTC.
        ("day", "Asia/Shanghai", "2026-06-01 15:59:59", "2026-06-01 16:00:00", False),
        ("day", "Asia/Shanghai", "2026-06-01 16:00:00", "2026-06-02 15:59:59", True),
        # A day of 25 hours, when Berlin sets its clocks back.
        ("day", "Europe/Berlin", "2026-10-24 22:00:00", "2026-10-25 22:59:59", True),
        ("week", "UTC", "2026-06-01 00:00:00", "2026-06-07 23:59:59", True),
        ("week", "UTC", "2026-05-31 23:59:59", "2026-06-01 00:00:00", False),
        ("month", "UTC", "2026-06-01 00:00:00", "2026-06-30 23:59:59", True),
        ("month", "UTC", "2025-06-15 00:00:00", "2026-06-15 00:00:00", False),
    ],
)
def test_a_calendar_window_is_a_named_zones_day_week_or_month(
    unit: str, timezone: str, one: str, other: str, inside: bool
) -> None:
    calendar = rules({"lead": {"window": {"mode": "calendar", "unit": unit, "timezone": timezone}}})
    assert is_in(at(one), at(other), calendar) is inside
    assert is_in(at(other), at(one), calendar) is inside


def test_an_endless_window_holds_any_two_times() -> None:
    endless = rules({"lead": {"window": {"mode": "always"}}})
    assert is_in(0, NOON, endless)
    assert is_in(NOON, 0, endless)


def test_master_data_has_an_endless_window() -> None:
    assert is_in(0, NOON, rules(), "default", "default")


@pytest.mark.parametrize(("one", "other"), [("lead", "order"), ("order", "lead")])
def test_of_two_scenarios_windows_the_larger_one_counts(one: str, other: str) -> None:
    unequal = rules({"lead": {"window": {"length": "1h"}}, "order": {"window": {"length": "7d"}}})
    assert is_in(NOON + 7 * DAY - 1, NOON, unequal, one, other)
    assert not is_in(NOON + 7 * DAY, NOON, unequal, one, other)


@pytest.mark.parametrize(("one", "other"), [("lead", "order"), ("order", "lead")])
def test_windows_of_two_modes_hold_what_either_holds(one: str, other: str) -> None:
    mixed = rules({"lead": {"window": {"length": "1h"}}, "order": {"window": {"mode": "calendar", "unit": "day"}}})
    assert is_in(at("2026-06-01 00:00:00"), at("2026-06-01 23:00:00"), mixed, one, other)
    assert is_in(at("2026-06-01 23:50:00"), at("2026-06-02 00:10:00"), mixed, one, other)
    assert not is_in(at("2026-06-01 20:00:00"), at("2026-06-02 00:10:00"), mixed, one, other)


WINDOWS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"mode": st.just("sliding"), "length": st.sampled_from(["1s", "1h", "24h", "2w"])}),
    st.fixed_dictionaries(
        {
            "mode": st.just("session"),
            "length": st.sampled_from(["10m", "2h"]),
            "max_span": st.sampled_from([None, "1h", "1d"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "mode": st.just("calendar"),
            "unit": st.sampled_from(["day", "week", "month"]),
            "timezone": st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]),
        }
    ),
    st.just({"mode": "always"}),
)
TIMES = st.integers(NOON - 40 * DAY, NOON + 40 * DAY) | st.sampled_from([NOON, NOON - DAY, NOON + DAY, NOON + HOUR])


@given(WINDOWS, WINDOWS, TIMES, TIMES)
def test_two_events_are_in_one_window_whichever_came_first(
    window: dict[str, Any], other_window: dict[str, Any], one: Instant, other: Instant
) -> None:
    given_rules = rules({"lead": {"window": window}, "order": {"window": other_window}})
    assert is_in(one, other, given_rules, "lead", "order") == is_in(other, one, given_rules, "order", "lead")
    assert is_in(one, one, given_rules, "lead", "order")


def kinship(one: str, other: str, scenarios: dict[str, Any] | None = None) -> ScenarioSame:
    """How two paths relate, asserted from either side."""
    given_rules = rules(scenarios)
    found = same_scenario(one, other, given_rules)
    assert same_scenario(other, one, given_rules) is found
    return found


def test_equal_paths_are_the_same_scenario() -> None:
    assert kinship("sales/newbiz/east", "sales/newbiz/east") is ScenarioSame.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sales", "sales/newbiz"),
        ("sales", "sales/newbiz/east"),
        ("sales/newbiz/east", "sales/newbiz/west"),
        ("sales/newbiz", "sales/renewal"),
    ],
)
def test_a_prefix_and_a_common_parent_make_paths_related(one: str, other: str) -> None:
    assert kinship(one, other) is ScenarioSame.RELATED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lead", "order"),  # both hang on the root, as everything does
        ("lead", "leads"),
        ("sales/new", "sales2/new"),
        ("sales/newbiz/east", "sales/renewal"),
        ("sales/newbiz/east", "sales/renewal/east"),
        ("default", "lead"),
    ],
)
def test_a_common_beginning_or_ending_does_not(one: str, other: str) -> None:
    assert kinship(one, other) is ScenarioSame.OTHER


@pytest.mark.parametrize(
    ("across", "same", "not_same"),
    [
        ("self", ["a/b"], ["a/b/c", "a/d", "a", "x"]),
        ("subtree", ["a/b", "a/b/c", "a/b/c/d"], ["a/d", "a", "a/bc", "x"]),
        ("siblings", ["a/b", "a/d"], ["a/d/e", "a/b/c", "a", "x"]),
        (["x", "a/d"], ["a/b", "x", "x/y", "a/d", "a/d/e"], ["a", "a/b/c", "xy"]),
        ("all", ["a/b", "a/b/c", "a/d", "a", "x", "default"], []),
    ],
)
def test_across_widens_what_is_the_same_from_either_side(
    across: str | list[str], same: list[str], not_same: list[str]
) -> None:
    # Only a/b itself says it: what its children would inherit is not the question here.
    scenarios = {"a/b": {"across": across}, "a/b/c": {"across": "self"}, "a/b/c/d": {"across": "self"}}
    assert [path for path in same if kinship("a/b", path, scenarios) is not ScenarioSame.SAME] == []
    assert [path for path in not_same if kinship("a/b", path, scenarios) is ScenarioSame.SAME] == []


def test_top_level_scenarios_are_nobodys_siblings() -> None:
    assert kinship("lead", "order", {"lead": {"across": "siblings"}}) is ScenarioSame.OTHER


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)
ACROSS = st.sampled_from(["self", "subtree", "siblings", "all"]) | st.lists(PATHS, max_size=2)


@given(PATHS, PATHS, st.dictionaries(PATHS, ACROSS.map(lambda across: {"across": across}), max_size=4))
def test_two_paths_relate_alike_from_either_side(one: str, other: str, scenarios: dict[str, Any]) -> None:
    kinship(one, other, scenarios)
    assert kinship(one, one, scenarios) is ScenarioSame.SAME


@given(PATHS, PATHS, WINDOWS, TIMES, TIMES, st.sampled_from(Same))
def test_the_three_same_key_does_not_depend_on_who_came_first(
    one: str, other: str, window: dict[str, Any], then: Instant, now: Instant, customer: Same
) -> None:
    given_rules = rules({"a": {"window": window}, "b": {"across": "subtree"}})
    forwards = three_same(customer, now, one, an_episode(then, other), given_rules)
    backwards = three_same(customer, then, other, an_episode(now, one), given_rules)
    assert forwards == backwards


CONTRACT = {
    (Same.MATCH, WindowSame.IN, ScenarioSame.SAME): Verdict.MERGE,
    (Same.MATCH, WindowSame.IN, ScenarioSame.RELATED): Verdict.FLAG,
    (Same.POSSIBLE, WindowSame.IN, ScenarioSame.SAME): Verdict.FLAG,
    (Same.POSSIBLE, WindowSame.IN, ScenarioSame.RELATED): Verdict.FLAG,
}
OTHERWISE = {Same.MATCH: Verdict.LINK, Same.POSSIBLE: Verdict.ACCEPT, Same.NONE: Verdict.ACCEPT}


@pytest.mark.parametrize("customer", Same)
@pytest.mark.parametrize("window", WindowSame)
@pytest.mark.parametrize("scenario", ScenarioSame)
def test_every_shipped_cell_is_the_contracts(customer: Same, window: WindowSame, scenario: ScenarioSame) -> None:
    expected = CONTRACT.get((customer, window, scenario), OTHERWISE[customer])
    assert verdict_of(ThreeSame(customer, window, scenario), rules().policy("lead")) is expected


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("match_in_same", ThreeSame(Same.MATCH, WindowSame.IN, ScenarioSame.SAME)),
        ("match_in_related", ThreeSame(Same.MATCH, WindowSame.IN, ScenarioSame.RELATED)),
        ("match_otherwise", ThreeSame(Same.MATCH, WindowSame.OUT, ScenarioSame.SAME)),
        ("possible_in_same", ThreeSame(Same.POSSIBLE, WindowSame.IN, ScenarioSame.SAME)),
        ("possible_in_related", ThreeSame(Same.POSSIBLE, WindowSame.IN, ScenarioSame.RELATED)),
        ("possible_otherwise", ThreeSame(Same.POSSIBLE, WindowSame.IN, ScenarioSame.OTHER)),
    ],
)
def test_each_cell_can_be_set_for_a_scenario_and_moves_no_other(cell: str, key: ThreeSame) -> None:
    strict = rules({"lead": {"cells": {cell: "reject"}}})
    assert verdict_of(key, strict.policy("lead")) is Verdict.REJECT
    assert verdict_of(key, strict.policy("order")) is verdict_of(key, rules().policy("lead"))
    rejected = [
        (window, scenario)
        for customer in Same
        for window in WindowSame
        for scenario in ScenarioSame
        if verdict_of(ThreeSame(customer, window, scenario), strict.policy("lead")) is Verdict.REJECT
        and (customer is not key.customer)
    ]
    assert rejected == []
