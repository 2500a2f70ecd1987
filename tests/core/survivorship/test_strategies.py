"""Each strategy, per field: what is trusted, what is newest, what says most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dedupsvc.core.entity import StoredRecord
from dedupsvc.core.record import Email
from dedupsvc.core.rules import Ruleset
from dedupsvc.core.rules.model import Strategy, SurvivorshipRule
from dedupsvc.core.survivorship import STRATEGIES, Survivorship, golden
from tests.core.rules.build import DAY, NOON
from tests.core.survivorship.test_golden import a_record, customers


def said_by(system: str, record: StoredRecord) -> StoredRecord:
    return replace(record, place=record.place._replace(source_system=system))


OLD = said_by("erp", a_record(1, NOON, name="张伟", job_title="经理", emails=(Email("a@b.cn"),)))
NEW = said_by("crm", a_record(2, NOON + DAY, name="张玮"))


def named(survivorship: Survivorship, *records: StoredRecord) -> object:
    return next(one.value for one in golden(records, survivorship) if one.field == "name")


def test_the_newest_record_speaks_first_unless_told_otherwise() -> None:
    assert named(Survivorship(), OLD, NEW) == "张玮"


def test_the_most_complete_record_speaks_first_however_old() -> None:
    assert named(Survivorship("most_complete"), OLD, NEW) == "张伟"


def test_the_trusted_source_speaks_first() -> None:
    assert named(Survivorship("trusted_source", ("erp", "crm")), OLD, NEW) == "张伟"
    assert named(Survivorship("trusted_source", ("crm", "erp")), OLD, NEW) == "张玮"


def test_a_source_that_nobody_named_comes_after_the_named_ones() -> None:
    assert named(Survivorship("trusted_source", ("erp",)), OLD, NEW) == "张伟"


def test_without_trusted_sources_the_newest_speaks() -> None:
    assert named(Survivorship("trusted_source"), OLD, NEW) == "张玮"


def test_what_the_trusted_source_does_not_say_another_one_may() -> None:
    values = {one.field: one.record_id for one in golden([OLD, NEW], Survivorship("trusted_source", ("crm",)))}
    assert (values["name"], values["job_title"]) == (2, 1)


def test_a_field_may_have_a_strategy_of_its_own() -> None:
    assert named(Survivorship("newest", fields={"name": "most_complete"}), OLD, NEW) == "张伟"


def test_a_pick_that_says_nothing_any_longer_is_as_good_as_none() -> None:
    assert golden([OLD, NEW], picks={"job_title": 2, "name": 99}) == golden([OLD, NEW])


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(records=customers(), random=st.randoms(use_true_random=False))
def test_no_strategy_depends_on_the_order_of_the_records(
    strategy: str, records: list[StoredRecord], random: Any
) -> None:
    survivorship = Survivorship(strategy, ("crm",))
    first = golden(records, survivorship)
    random.shuffle(records)
    assert golden(records, survivorship) == first


def test_a_ruleset_can_name_every_strategy_and_no_other() -> None:
    assert set(get_args(Strategy)) == STRATEGIES.keys()
    with pytest.raises(ValidationError):
        SurvivorshipRule.model_validate({"default": "loudest"})
    with pytest.raises(ValidationError):
        SurvivorshipRule.model_validate({"fields": {"nickname": "newest"}})


def test_a_ruleset_that_says_nothing_of_survivorship_keeps_the_newest() -> None:
    ruleset = Ruleset.model_validate({"name": "x", "thresholds": {"match": 0.9, "possible": 0.3}})
    assert (ruleset.survivorship.default, ruleset.survivorship.fields) == ("newest", {})
