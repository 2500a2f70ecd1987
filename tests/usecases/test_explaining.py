"""What a salesperson is told of a match, of a possible one, and of somebody who is plainly another."""

from __future__ import annotations

from dataclasses import replace

from dedupsvc.core.record import Identifier, Phone, Values
from tests.usecases.builders import World, a_person

MOBILE = (Phone("13812345678"),)


def born(name: str, number: str) -> Values:
    return replace(a_person(name, "", phones=MOBILE), identifiers=(Identifier("resident_id", number),))


async def test_a_match_says_what_agrees_and_its_rows_add_up(world: World) -> None:
    await world.ingest(a_person("张建国", "", phones=MOBILE), external_id="L-1")
    answer = await world.match(a_person("張建國", "", phones=MOBILE))
    assert answer.decision == "merge"
    assert "same phone, name" in answer.message
    assert abs(sum(row.weight for row in answer.explanation) - answer.match_weight) < 0.001
    assert "limit" not in {row.comparison for row in answer.explanation}


async def test_a_possible_one_says_what_keeps_it_from_being_a_match(world: World) -> None:
    await world.ingest(born("张建国", "11010519491231002X"), external_id="L-1")
    answer = await world.match(born("张建国", "440524188001010014"))
    assert answer.decision == "flag"
    assert "but their valid identifiers differ" in answer.message
    (limit,) = [row for row in answer.explanation if row.comparison == "limit"]
    assert (limit.level, limit.label, limit.weight) == ("identifier_conflict", "their valid identifiers differ", 0.0)
    assert abs(sum(row.weight for row in answer.explanation) - answer.match_weight) < 0.001


async def test_who_shares_a_number_and_is_another_is_named_as_that(world: World) -> None:
    await world.ingest(a_person("张建国", "", phones=MOBILE), external_id="L-1")
    answer = await world.match(a_person("李娜", "", phones=MOBILE))
    assert (answer.decision, answer.explanation) == ("accept", ())
    assert answer.message.endswith("same phone, but the names differ: not the same customer.")


async def test_a_stranger_is_told_of_nobody(world: World) -> None:
    await world.ingest(a_person("张建国", "", phones=MOBILE), external_id="L-1")
    answer = await world.match(a_person("李娜", "", phones=(Phone("13900000001"),)))
    assert answer.message == "No duplicate found; the customer can be entered."
