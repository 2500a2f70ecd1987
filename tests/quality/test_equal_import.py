"""An import that prepares its rows elsewhere decides as one row after the other; where it does not, that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedupsvc.adapters.identity import counted_ids
from dedupsvc.bootstrap import throwaway_service
from dedupsvc.settings import Settings
from dedupsvc.usecases.layout import Layout
from dedupsvc.usecases.mapping import guessed
from tests.quality import equal_import
from tests.quality.equal_import import Told, compared, differences, one_by_one
from tests.usecases import made_up
from tests.usecases.builders import MONDAY

ROWS = 600


def a_list(folder: Path) -> Path:
    """With rows of every fault in between."""
    made = list(made_up.rows(ROWS))
    made[40] |= {"occurred_at": "03/04/2025"}
    made[300] |= {"occurred_at": "2199-01-01"}
    made[301] |= {"name": "长" * 300}
    made[599] |= dict.fromkeys(("name", "company", "phone", "email", "city"), "")
    path = made_up.write(folder / "list.csv", made)
    lines = path.read_text("utf-8").splitlines()
    lines[120] += ",too,much"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("rows_per_long_unit", [0, 500])
async def test_an_import_decides_as_one_row_after_the_other(tmp_path: Path, rows_per_long_unit: int) -> None:
    said: list[str] = []
    assert await compared(a_list(tmp_path), said.append, rows_per_long_unit) == []
    assert [one.split(" in ")[0] for one in said] == ["imported: 595 decisions", "one by one: 595 decisions"]


async def test_an_import_into_the_other_engine_decides_as_one_row_after_the_other(
    tmp_path: Path, postgresql_url: str
) -> None:
    assert await compared(a_list(tmp_path), database=postgresql_url) == []


async def told_of(path: Path, folder: Path) -> Told:
    service = await throwaway_service(
        Settings.model_construct(), f"sqlite:///{folder / path.stem}.sqlite3", counted_ids(), lambda: MONDAY
    )
    try:
        return await one_by_one(service, path, Layout(guessed(made_up.COLUMNS)))
    finally:
        await service.aclose()


async def test_another_decision_is_found(tmp_path: Path) -> None:
    first = {"id": "A-1", "name": "王伟", "phone": "13812345678", "occurred_at": "2025-01-01"}
    same = made_up.write(tmp_path / "same.csv", [first, first | {"id": "A-2"}])
    other = made_up.write(
        tmp_path / "other.csv", [first, first | {"id": "A-2", "phone": "13900001111", "name": "李四"}]
    )
    bad = made_up.write(tmp_path / "bad.csv", [first, first | {"id": "A-2", "occurred_at": "soon"}])
    told = {path.stem: await told_of(path, tmp_path) for path in (same, other, bad)}
    found = {line.split(maxsplit=1)[0] for line in differences(told["same"], told["other"])}
    assert found == {"decision", "rows", "pair", "candidate"}
    assert "count bad rows: 0 imported, 1 one by one" in list(differences(told["same"], told["bad"]))


def test_the_first_rows_are_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text('name,note\n王伟,"one\ntwo"\n李四,\n赵六,\n', "utf-8")
    path = equal_import.first_rows(tmp_path / "list.csv", 2, tmp_path / "first.csv")
    assert path.read_text("utf-8").splitlines() == ["name,note", '王伟,"one', 'two"', "李四,"]
