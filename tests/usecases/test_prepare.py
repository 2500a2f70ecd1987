"""Records prepared together are what each is by itself."""

from __future__ import annotations

import pytest

from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.record import Email, Envelope, Phone, Record, Values
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.preparation import Preparation
from dedupsvc.usecases.prepare import Prepared, prepare, prepare_each
from dedupsvc.usecases.tabular import Fault, Row

KEYED = Preparation(Layout({"name": "name", "at": "occurred_at"}), 1, "f", b"s" * 32, Defaults())


def a_record(name: str, scenario: str = "") -> Record:
    values = Values(name=name, emails=(Email(f"{name}@x.org"),), phones=(Phone("+41 44 123 45 67"),))
    return Record(values, Envelope(source_system="crm", scenario=scenario))


def test_each_is_what_it_is_alone_and_whoever_cannot_be_keeps_his_place() -> None:
    records = [a_record("Ada"), a_record("Bob", "order//service"), a_record("Cyd", " Order "), a_record("Ada")]
    first, refused, third, again = prepare_each(KEYED, 1, records, history=True)
    assert isinstance(refused, InvalidField)
    assert refused.path == "scenario"
    with pytest.raises(InvalidField):
        prepare(KEYED, 1, records[1])
    assert first == again == prepare(KEYED, 1, records[0], history=True)
    assert third == prepare(KEYED, 1, records[2], history=True)
    assert isinstance(third, Prepared)
    assert third.record.envelope.scenario == "order"
    assert third.keys
    assert prepare_each(KEYED, 1, []) == []


def test_rows_that_cannot_be_read_are_told_among_the_others_in_the_files_order() -> None:
    rows = [
        Row(2, {"name": "Ada"}),
        Row(3, {"name": "Bob", "at": "yesterday"}),
        Row(4, {}, Fault("BROKEN_ROW", "is broken")),
        Row(5, {"name": "Cyd"}),
    ]
    found = KEYED.of_each(rows)
    assert [row for row, _ in found] == rows
    names = [one.record.values.name if isinstance(one, Prepared) else one.message.split()[0] for _, one in found]
    assert names == ["Ada", "occurred_at", "is", "Cyd"]
