"""`dedupsvc evaluate --report`: one file, nothing in it but what is in it, and the numbers that were measured."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from dedupsvc.cli.report.markup import Markup, element
from dedupsvc.cli.report.words import FIGURES, LIMITS, PERCENTAGES
from dedupsvc.core.rules.weights import Limit
from dedupsvc.core.score import CONTRADICTIONS
from tests.cli.commands import dedupsvc, paths

HOSTILE = "</td></main><script>alert('x')</script><img src=https://evil.example/x onerror=alert(1)>&amp;\""
COLUMNS = ("id", "source", "kind", "name", "company", "phone", "email", "address", "birth_date", "scenario", "note")
ZHANG = {"kind": "person", "name": "张伟明", "phone": "13800001234", "email": "zhang.weiming@huaxin.cn"}
SMITH = {"kind": "person", "name": "Mary Harrington", "email": "mary@harrington.co.uk", "birth_date": "1961-04-12"}
MARRIED = {"kind": "person", "phone": "+44 7911 123456", "email": "annabelle77@gmail.com"}
HEAD_OFFICE = {
    "kind": "company",
    "company": "杭州云海科技有限公司",
    "phone": "0571-88886666",
    "address": "杭州市西湖区文三路123号",
}
RECORDS = (
    {"id": "a1", **ZHANG, "note": HOSTILE},
    {"id": "a2", **ZHANG, "name": "张偉明"},
    {"id": "b1", **SMITH},
    {"id": "b2", "kind": "person", "name": "Mary Harrington", "email": "m.h@other.example"},
    {"id": "c1", **HEAD_OFFICE},
    {"id": "c2", **HEAD_OFFICE, "company": "杭州云海科技有限公司上海分公司"},
    {"id": "e1", **MARRIED, "name": "Annabelle Thornton"},
    {"id": "e2", **MARRIED, "name": "Annabelle Kowalczyk"},
    {"id": "d1", "kind": "person", "name": "李娜", "phone": "13911112222"},
    {"id": "d2", "kind": "person", "name": "李娜", "phone": "13911112222"},
)
CUSTOMERS = {
    "a1": "A",
    "a2": "A",
    "b1": "B",
    "b2": "B",
    "c1": "C",
    "c2": "D",
    "d1": "E",
    "d2": "F",
    "e1": "G",
    "e2": "G",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "<b>tiny</b>"
    folder.mkdir(parents=True)
    with (folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({"source": "crm", **row} for row in RECORDS)
    truth = "".join(f"{id},{customer}\n" for id, customer in CUSTOMERS.items())
    (folder / "truth.csv").write_text(f"id,cluster\n{truth}", encoding="utf-8")
    return folder


@pytest.fixture
def page(data: Path, tmp_path: Path) -> str:
    out, report = tmp_path / "out", tmp_path / "report.html"
    done = dedupsvc("evaluate", str(data), "--out", str(out), "--report", str(report), **paths(tmp_path))
    assert done.exit_code == 0, done.output
    return report.read_text(encoding="utf-8")


def tree(page: str) -> ElementTree.Element:
    """The page as a tree; that it can be read at all says that every tag is closed and every value escaped."""
    return ElementTree.fromstring(page.removeprefix("<!doctype html>"))


def texts(page: str, path: str) -> list[str]:
    return ["".join(found.itertext()) for found in tree(page).iterfind(path)]


def test_the_page_runs_nothing_and_asks_nobody(page: str) -> None:
    tags = {found.tag for found in tree(page).iter()}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form", "a"}
    names = {name for found in tree(page).iter() for name in found.attrib}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "href", "srcset", "style"}
    without_values = page.replace(str(element("td", HOSTILE)), "")
    assert not re.search(r"<script|https?://|url\(|@import", without_values, re.IGNORECASE)


def test_hostile_values_are_shown_and_stay_text(page: str, data: Path) -> None:
    assert HOSTILE in texts(page, ".//td")
    assert f"Matching on {data.name}" in texts(page, ".//h1")


def test_the_headline_figures_are_those_of_the_summary(page: str, tmp_path: Path) -> None:
    figures = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["figures"]
    shown = dict(zip(texts(page, ".//dt"), texts(page, ".//dd"), strict=True))
    assert figures["recall"] == pytest.approx(1 / 3)
    for name in PERCENTAGES & figures.keys():
        assert shown[FIGURES[name][0]] == f"{100 * figures[name]:.1f}%"
    assert shown["Largest customer"] == "2"


def test_every_candidate_pair_stands_in_the_histogram_once(page: str, tmp_path: Path) -> None:
    with (tmp_path / "out" / "candidates.csv").open(encoding="utf-8") as file:
        candidates = {(row["id1"], row["id2"]) for row in csv.DictReader(file)}
    tips = [re.match(r"([\d,]+) pairs?: (\w+) customers? in truth", text) for text in texts(page, ".//rect/title")]
    counted = {"one": 0, "two": 0}
    for tip in filter(None, tips):
        counted[tip[2]] += int(tip[1])
    true = sum(CUSTOMERS[one] == CUSTOMERS[other] for one, other in candidates)
    assert counted == {"one": true, "two": len(candidates) - true}
    assert counted["two"] > 0


def test_a_match_a_possible_and_a_veto_are_laid_open(page: str) -> None:
    titles = texts(page, ".//section/article/h3")
    assert [title.split(":")[0] for title in titles] == ["Surely matched", "Possible", "Vetoed"]
    for article in tree(page).iterfind(".//article"):
        labels = [text.text or "" for text in article.iterfind(".//text") if _is_weight(text)]
        *steps, total = (float(label.replace("−", "-")) for label in labels)
        assert sum(steps) == pytest.approx(total, abs=0.06 * len(steps))
    veto = next(one for one in tree(page).iterfind(".//section/article") if "Vetoed" in "".join(one.itertext()))
    assert LIMITS["branch"] in "".join(veto.itertext())


def test_a_pair_that_a_limit_held_back_is_drawn_below_the_axis(page: str) -> None:
    held = [text for text in texts(page, ".//rect/title") if "held back by a limit" in text]
    assert [text for text in held if text.startswith("1 pair: one customer in truth")]


def _is_weight(text: ElementTree.Element) -> bool:
    return text.get("class") in ("row", "total") and bool(re.fullmatch(r"[+−][\d.]+|0", text.text or ""))


def test_errors_are_counted_by_cause(page: str) -> None:
    headings = texts(page, ".//section/h3")
    assert "Missed pairs: 2" in headings
    assert "Wrong pairs: 1" in headings
    causes = [found for found in tree(page).iterfind(".//section/details") if found.get("class") == "cause"]
    assert sum(int((found.findtext("summary/b") or "0").replace(",", "")) for found in causes) == 3
    assert ["d1 and d2" in "".join(found.itertext()) for found in causes] == [False, False, True]


def test_every_decision_is_counted(page: str) -> None:
    section = next(one for one in tree(page).iterfind(".//section") if one.findtext("h2") == "What was decided")
    counts = [int(found.text or "") for found in section.iterfind(".//text") if (found.text or "").isdigit()]
    assert sum(counts) == len(RECORDS)


def test_a_single_record_that_truth_does_not_know_makes_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "records.csv").write_text("id,source,name\na1,crm,Mary Harrington\n")
    (tmp_path / "truth.csv").write_text("id,cluster\n")
    report = tmp_path / "new" / "report.html"
    done = dedupsvc("evaluate", str(tmp_path), "--report", str(report), **paths(tmp_path))
    assert done.exit_code == 0, done.output
    assert "Missed pairs: 0" in texts(report.read_text(encoding="utf-8"), ".//section/h3")


def test_every_limit_is_said_in_words() -> None:
    assert set(get_args(Limit)) | CONTRADICTIONS <= LIMITS.keys()


def test_only_markup_is_left_as_it_is() -> None:
    assert element("p", "<b>", Markup("<br/>"), None, title='"', stroke_width=1.5) == (
        '<p title="&quot;" stroke-width="1.5">&lt;b&gt;<br/></p>'
    )
