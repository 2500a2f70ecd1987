"""Records prepared together are what each is by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedupsvc.core.blocking import ALONE
from dedupsvc.core.errors import InvalidField
from dedupsvc.core.normalize import Defaults
from dedupsvc.core.record import Address, Email, Envelope, PartyType, Phone, Record, Values
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


SHOP = Values(party_type=PartyType.COMPANY, company_name="Hall & Dixon Systems Corp.")
STREET = Address(full="1274 2nd St, Philadelphia, PA 19103", country="US")
BY_NAME = Values(party_type=PartyType.PERSON, name="Ouyang Xiaoming", addresses=(Address(city="Philadelphia"),))


@pytest.mark.parametrize(
    ("values", "few", "all_kept"),
    [
        (SHOP, [], ["company"]),
        (replace(SHOP, addresses=(Address(city="Philadelphia"),)), ["company_city"], ["company"]),
        (replace(SHOP, addresses=(STREET,)), ["address", "company", "company_city"], []),
        (BY_NAME, ["name_letters"], []),
        (
            replace(BY_NAME, birth_date="1988-03-04"),
            ["birth_date_initial", "birth_year_city", "name_letters"],
            ["birth_date_initial"],
        ),
    ],
)
def test_what_strangers_share_by_chance_leaves_out_only_whom_other_keys_cover_for(
    values: Values, few: list[str], all_kept: list[str]
) -> None:
    prepared = prepare(KEYED, 1, Record(values, Envelope(source_system="crm")))
    alone = prepared.search(50).alone
    by_chance = {one: key.kind for one, key in prepared.keys.items() if key.kind in ALONE}
    assert sorted(by_chance[one] for one in alone) == few
    assert sorted(kind for one, kind in by_chance.items() if one not in alone) == all_kept
    assert all(ALONE[by_chance[one]] == most for one, most in alone.items())
    assert prepared.is_covered(frozenset(alone))
    assert not any(prepared.is_covered(frozenset((*alone, one))) for one in by_chance if one not in alone)
    assert prepared.search(50, thinned=False).alone == {}
