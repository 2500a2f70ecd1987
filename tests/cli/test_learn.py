"""`evaluate --learn` and `learn`, on data small enough to run in a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer.testing

from dedupsvc.core.rules import read_document
from tests.cli.commands import dedupsvc, paths

NAMES = [family + given for family in "王李张刘陈杨" for given in "伟芳娜静"]


def a_data_set(folder: Path) -> Path:
    """Common names that come twice, with another number and the account at another provider: the shipped weights are not sure."""
    folder.mkdir()
    records, truth = ["id,kind,name,email,phone"], ["id,cluster"]
    for number, name in enumerate(NAMES):
        for half, domain in (("a", "163.com"), ("b", "qq.com")):
            phone = f"139{number:04d}{1234 if half == 'a' else 8765}"
            records.append(f"{number}{half},person,{name},account{number}z@{domain},{phone}")
            truth.append(f"{number}{half},{number}")
    (folder / "records.csv").write_text("\n".join(records) + "\n", encoding="utf-8")
    (folder / "truth.csv").write_text("\n".join(truth) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_data_set(tmp_path_factory.mktemp("learn") / "movers")


def evaluate(data: Path, out: Path, *options: str) -> typer.testing.Result:
    done = dedupsvc(
        "evaluate", str(data), "--learn", "--labels", "20", "--out", str(out), *options, **paths(data.parent)
    )
    assert done.exit_code == 0, done.output
    return done


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_is_learned_helps_with_pairs_that_nobody_was_asked_about(data: Path, tmp_path: Path) -> None:
    done = evaluate(data, tmp_path)
    report = read(tmp_path / "learning.json")
    rest = report["figures"]["pairs_not_asked_about"]
    assert rest["before"]["f1"] < 0.5
    assert rest["after"]["f1"] == 1.0
    assert report["labels"] == {"same": 20, "other": 0}
    assert len(report["asked"]) == 20
    assert report["reason"] == ""
    assert f"pairs not asked about: f1{' ' * 9}" in done.output
    assert "1.0000" in done.output


def test_what_is_learned_is_a_ruleset_that_can_be_posted(data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path)
    ruleset = read_document(read(tmp_path / "learned.json"))
    assert ruleset.name == "balanced-learned"
    assert ruleset.weights.person.prior is not None
    assert "20 pairs of one customer" in ruleset.description
    assert read(tmp_path / "summary.json")["ruleset"] == "balanced"
    again = read(tmp_path / "learned" / "summary.json")
    assert (again["ruleset"], again["figures"]["f1"]) == ("balanced-learned", 1.0)


def test_learning_twice_gives_the_same_twice(data: Path, tmp_path: Path) -> None:
    for run in ("first", "second"):
        evaluate(data, tmp_path / run)
    for name in ("learned.json", "learning.json", "learned/clusters.csv"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_where_nothing_can_be_learned_it_says_so(data: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    lines = (data / "records.csv").read_text(encoding="utf-8").splitlines()
    (lonely / "records.csv").write_text("\n".join(lines[:5]) + "\n", encoding="utf-8")
    truth = (data / "truth.csv").read_text(encoding="utf-8").splitlines()
    (lonely / "truth.csv").write_text("\n".join(truth[:5]) + "\n", encoding="utf-8")
    done = evaluate(lonely, tmp_path / "out")
    assert "too few labels" in done.output
    assert not (tmp_path / "out" / "learned.json").exists()
    assert read(tmp_path / "out" / "learning.json")["reason"] == "too_few_labels"


def test_a_store_without_answers_teaches_nothing(tmp_path: Path) -> None:
    assert dedupsvc("migrate", **paths(tmp_path)).exit_code == 0
    done = dedupsvc("learn", "--out", str(tmp_path / "report.json"), **paths(tmp_path))
    assert done.exit_code == 0, done.output
    assert "too few labels" in done.output
    assert read(tmp_path / "report.json")["labels"] == {"same": 0, "other": 0}


def test_a_database_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    refused = dedupsvc("learn", **paths(tmp_path))
    assert refused.exit_code == 2
    assert "migrate" in refused.output
