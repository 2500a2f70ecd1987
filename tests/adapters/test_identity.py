"""Ids without a database: never twice, and in the order of time."""

from __future__ import annotations

import time

import pytest

from dedupsvc.adapters.identity import counted_ids, random_ids


def test_a_hundred_thousand_ids_are_all_different_and_fit() -> None:
    new_id = random_ids()
    made = [new_id() for _ in range(100_000)]
    assert len(set(made)) == len(made)
    assert all(0 < one < 1 << 63 for one in made)


def test_later_ids_are_greater() -> None:
    new_id = random_ids()
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)


def test_an_id_of_a_later_millisecond_is_greater_whichever_process_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    early = [random_ids()() for _ in range(100)]
    monkeypatch.setattr(time, "time_ns", lambda: now + 1_000_000)
    late = [random_ids()() for _ in range(100)]
    assert max(early) < min(late)


def test_ids_stay_different_while_the_clock_stands_still_or_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    new_id = random_ids()
    made = [new_id() for _ in range(10_000)]
    monkeypatch.setattr(time, "time_ns", lambda: now - 60_000_000_000)
    made += [new_id() for _ in range(10_000)]
    assert len(set(made)) == len(made)


def test_counted_ids_are_the_same_in_every_run() -> None:
    first, second = counted_ids(), counted_ids()
    assert [first() for _ in range(3)] == [second() for _ in range(3)] == [1, 2, 3]
