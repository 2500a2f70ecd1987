"""Pairs that no set has enough of: customers of the small sets, changed into what one limit or comparison is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

from dedupsvc.core import judge
from dedupsvc.core.fields import Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.rules import BALANCED, Rules
from dedupsvc.core.score import Same
from dedupsvc.usecases.mapping import COLUMNS, record_of
from tests.quality.measuring import Result, rows
from tests.quality.sets import DataSet
from tests.quality.switches import switches

Pair = tuple[Features, Features]
GENERATION = 28
"""Years between a father and his son."""
FREQUENT = ("张伟", "王芳", "李娜", "刘洋", "John Smith", "David Miller", "Maria Garcia", "James Williams")


def _father_and_son(one: Features, stranger: Features) -> Pair | None:
    """One name, one home and its number."""
    if not (one.birth_dates and stranger.birth_dates and one.addresses and one.phones):
        return None
    son = one._replace(emails=(), companies=(), identifiers=())
    year, day = son.birth_dates[0].year - GENERATION, stranger.birth_dates[0]
    return son._replace(birth_dates=(day._replace(year=year),)), son


def _namesakes_at_work(one: Features, stranger: Features) -> Pair | None:
    """A frequent name, one office with its number; in one record a mailbox of his own, in the other a mobile."""
    office = tuple(phone for phone in one.phones if phone.kind == "landline")
    mobiles = tuple(phone for phone in stranger.phones if phone.kind == "mobile")
    if not (one.companies and one.addresses and one.emails and office and mobiles):
        return None
    name = FREQUENT[len(one.addresses[0].text) % len(FREQUENT)]
    first = one._replace(names=_features({"name": name}).names, phones=office, birth_dates=(), identifiers=())
    return first, first._replace(emails=(), phones=office + mobiles)


def _founded_anew(one: Features, stranger: Features) -> Pair | None:
    """One name, one place, one number: the firm that took over when the first one was struck off the register."""
    mine, theirs = (tuple(number for number in each.identifiers if number.strong) for each in (one, stranger))
    if not (mine and theirs) or mine[0].scheme != theirs[0].scheme or mine[0].value == theirs[0].value:
        return None
    return one._replace(identifiers=mine[:1]), one._replace(identifiers=theirs[:1])


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two customers who share nearly everything."""

    title: str
    party: str
    made: Callable[[Features, Features], Pair | None]
    """Of a customer and a stranger two customers; None where too little is known of them."""
    switch: str
    """What tells them apart."""


CONTRASTS = (
    Contrast("father and son of one name", "person", _father_and_son, "limit generation"),
    Contrast("two of a frequent name at one employer", "person", _namesakes_at_work, "comparison person: company"),
    Contrast("a firm founded anew", "company", _founded_anew, "limit identifier_conflict"),
)


def run(sets: Iterable[DataSet]) -> Result:
    """By contrast: pairs, those that match as shipped, those that match with the switch thrown."""
    counted: Result = {contrast.title: [0, 0, 0] for contrast in CONTRASTS}
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for one in sets:
            for at, contrast in enumerate(CONTRASTS):
                shipped, without = (pool.apply(_matching, (one, at, thrown)) for thrown in (False, True))
                found = (*shipped, without[1])
                counted[contrast.title] = [sum(both) for both in zip(counted[contrast.title], found, strict=True)]
    return counted


def pairs(contrast: Contrast, customers: Sequence[Features]) -> list[Pair]:
    """Each customer with a stranger from the other half of the set."""
    mine = [one for one in customers if one.party_type == contrast.party]
    half = len(mine) // 2
    made = (contrast.made(one, stranger) for one, stranger in zip(mine, mine[half:] + mine[:half], strict=True))
    return [pair for pair in made if pair is not None]


def _matching(one: DataSet, at: int, thrown: bool) -> tuple[int, int]:
    """Pairs, and those that match; throws the switch for the rest of this process."""
    contrast = CONTRASTS[at]
    made = pairs(contrast, [_features(row) for row in rows(one.folder / "records.csv")])
    if thrown:
        next(switch for switch in switches() if switch.title == contrast.switch).throw()
    models, score_pair = Rules(BALANCED, 1).models, vars(judge)["score_pair"]  # by the name that is switched
    return len(made), sum(score_pair(*pair, models=models).same is Same.MATCH for pair in made)


def _features(row: Mapping[str, str]) -> Features:
    return normalize(record_of(row, COLUMNS).values, Defaults())
