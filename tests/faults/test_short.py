"""A short campaign on each engine, and the proof that it would have found something; `make faults` runs the long ones."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.record import Address, Email, Phone, Values
from dedupsvc.core.score import Same, score_pair
from tests.concurrency.history import tag_in
from tests.faults import crashes, drain, mutants, people, report
from tests.faults.__main__ import BUGS as BUGS_CAMPAIGN
from tests.faults.__main__ import CAMPAIGNS
from tests.faults.bugs import BUGS
from tests.faults.claims import a_pair_of_claims
from tests.faults.crowd import a_crowd
from tests.faults.duplicates import a_round
from tests.faults.merging import a_merge
from tests.faults.postgresql import Postgres
from tests.faults.world import Result, a_world


async def test_a_short_campaign_on_postgresql_finds_nothing(postgres: Postgres) -> None:
    async with a_world("short", "postgresql", 1, postgres=postgres) as world:
        for number, clients in enumerate((8, 13, 21)):
            await a_round(world, number, clients, careless=0.2)
        await a_pair_of_claims(world, 100, random.Random(1))
        await a_merge(world, 100)
        async with a_crowd(world, "short", clients=4):
            await crashes.terminate(world)
            await crashes.restart(world)
            await crashes.terminate(world)
        assert await world.examine(), world.result.found


async def test_a_short_campaign_on_sqlite_finds_nothing() -> None:
    async with a_world("short", "sqlite", 1, settings={"DEDUPSVC_DRAIN_SECONDS": "1"}) as world:
        for number, clients in enumerate((8, 13, 21)):
            await a_round(world, number, clients, careless=0.2)
        await a_pair_of_claims(world, 100, random.Random(1))
        await a_merge(world, 100)
        async with a_crowd(world, "short", clients=4):
            await crashes.kill(world)
        assert await world.examine(), world.result.found
        await drain.a_stop(world, 0)
        assert world.result.found == {}


@pytest.mark.parametrize("bug", ["no lock"])
async def test_a_bug_on_purpose_is_caught(bug: str, postgres: Postgres) -> None:
    result = await mutants.hunt(bug, mutants.HUNTS[bug], postgres, seed=1)
    assert (result.done["caught"], result.found) == (1, {})


def test_every_bug_is_hunted() -> None:
    assert set(mutants.HUNTS) == set(BUGS)
    assert len(BUGS) >= 12


@pytest.mark.parametrize("number", [0, 1, 17, 123, 4_567])
def test_a_person_is_one_customer_however_written(number: int) -> None:
    """Without that, the campaigns' own idea of who is whom would be wrong."""
    written = [_features(people.a_person(number, variant)) for variant in range(people.VARIANTS)]
    assert len(set(written)) > 1
    for one, other in itertools.combinations(dict.fromkeys(written), 2):
        assert score_pair(one, other).same is Same.MATCH


@pytest.mark.parametrize("number", [0, 17, 4_567])
def test_neighbours_are_other_customers(number: int) -> None:
    mine = _features(people.a_person(number, 0))
    for other in (number + 1, number + 20, number + 400, number + people.NAMES):
        assert score_pair(mine, _features(people.a_person(other, 0))).same is not Same.MATCH


@given(st.integers(0, 1_000_000), st.integers(1, 300), st.sampled_from(range(1, people.VARIANTS, 4)))
@example(0, 1, 1)
@example(7_819 + 14 * people.NAMES, 2, 1)  # was one digit from a namesake
def test_namesakes_resemble_each_other_in_nothing_else(number: int, further: int, variant: int) -> None:
    """Flagging one for the other would look as if somebody was known only from himself."""
    one, other = (people.a_person(who, variant) for who in (number, number + further * people.NAMES))
    assert (one["name"], one["address"]) == (other["name"], other["address"])
    assert score_pair(_features(one), _features(other)).same is Same.NONE


def _features(body: dict[str, str]) -> Features:
    places = (Address(full=body["address"]),) if "address" in body else ()
    values = Values(name=body["name"], phones=(Phone(body["phone"]),), emails=(Email(body["email"]),), addresses=places)
    return normalize(values, Defaults())


def test_an_entry_says_whom_it_is_about_where_the_service_does_not_compare() -> None:
    entry = people.entered(5, "5-a", random.Random(1), row=True, mixed=True)
    assert tag_in(entry["url"]) == (5, "5-a")
    assert entry["external_id"] == "5-a"


def test_the_report_tells_of_breaches_and_of_bugs_that_nothing_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(report, "REPORT", tmp_path / "REPORT.md")
    good = Result("duplicates", "sqlite", 4, Counter(rounds=1_000), {"recovery": [0.5, 1.5]})
    bad = Result("kill -9 of a worker", "postgresql", 5, Counter(faults=3), found={"I4": ["it is lost"] * 3})
    caught = Result("bug: no lock", "postgresql", 6, Counter(caught=1), notes=["by I1 in step 1", "for example"])
    for result in (good, bad, caught):
        report.keep(result)
    report.write()
    text = report.REPORT.read_text("utf-8")
    assert "| duplicates | sqlite | 4 | 1,000 rounds; 0 s | none |" in text
    assert "- kill -9 of a worker, postgresql, I4 (3): it is lost" in text
    assert "| recovery | sqlite | 2 | 1.000 | 1.500 | 1.500 |" in text
    assert "| no lock | postgresql | by I1 in step 1 | for example | 0 |" in text
    assert "| late outbox | | not run | | |" in text
    assert f"1 of {len(BUGS)} bugs" in text
    assert report.kept() == [caught, good, bad]


def test_every_campaign_has_its_rounds() -> None:
    assert BUGS_CAMPAIGN not in CAMPAIGNS
    assert all(rounds > 0 for campaign in CAMPAIGNS.values() for rounds in campaign.rounds.values())
