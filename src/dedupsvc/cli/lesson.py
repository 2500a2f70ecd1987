"""`dedupsvc evaluate --learn`: learns from pairs that truth answers for, and tells what that brings on all the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from dedupsvc.bootstrap import Service
from dedupsvc.core.estimate import Tally
from dedupsvc.core.measure import PairFigures, figures_without
from dedupsvc.usecases import ids
from dedupsvc.usecases.access import DEV_OPEN
from dedupsvc.usecases.evaluate import Run
from dedupsvc.usecases.learn import Learned, LearningReport
from dedupsvc.usecases.survey import Pair

REASONS = {
    "too_few_labels": "Nothing was learned: there are too few labels.",
    "one_sided": "Nothing was learned: nearly all answers are of one kind, the same or not, which tells neither from the other.",
    "no_better": "Nothing was learned: the labels are told apart as well by the weights in force.",
}


class Lesson:
    """One data set fed twice: in the first run something is learned, and the second run follows it."""

    def __init__(self, truth: Mapping[str, str], labels: int) -> None:
        self._truth = truth
        self._labels = labels
        self._learned: Learned | None = None
        self._asked: list[tuple[str, str]] = []

    @property
    def has_learned(self) -> bool:
        return self._learned is not None and self._learned.ruleset is not None

    async def follow(self, service: Service) -> None:
        """Activates what was learned, if anything was."""
        if self._learned is not None and self._learned.ruleset is not None:
            view, _ = await service.create_rules(DEV_OPEN, self._learned.ruleset.model_dump(mode="json"))
            await service.activate_rules(DEV_OPEN, view.version)

    async def study(self, service: Service, run: Run) -> None:
        """Learns from the first run's store; truth is asked about no more pairs than there are to be labels."""
        if self._learned is not None:
            return

        def rows_of(pair: Pair) -> tuple[str, str]:
            left, right = sorted(run.external[ids.public(ids.RECORD, one)] for one in pair)
            return left, right

        def ask(pair: Pair) -> bool:
            left, right = rows_of(pair)
            return self._truth[left] == self._truth[right]

        self._learned = await service.learn_by_asking(DEV_OPEN, ask, self._labels)
        self._asked = [rows_of(pair) for pair, _ in self._learned.asked]

    def tell(self, before: Run, after: Run, out: Path | None) -> None:
        """Prints the report and, with a folder, writes it there beside the ruleset, which POST /rules takes as it is."""
        assert self._learned is not None
        figures = {
            "all_pairs": self._measured(before, after, []),
            "pairs_not_asked_about": self._measured(before, after, self._asked),
        }
        report = self._learned.report
        for line in (*_figure_lines(figures), *report_lines(report)):
            typer.echo(line)
        if out is None:
            return
        write(out / "learning.json", {"figures": figures, "asked": self._asked, **document(report)})
        if self._learned.ruleset is not None:
            write(out / "learned.json", self._learned.ruleset.model_dump(mode="json", exclude_defaults=True))

    def _measured(self, before: Run, after: Run, without: list[tuple[str, str]]) -> dict[str, dict[str, float]]:
        found: dict[str, PairFigures] = {
            name: figures_without(run.clusters, self._truth, without)
            for name, run in (("before", before), ("after", after))
        }
        return {name: one._asdict() for name, one in found.items()}


def _figure_lines(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    yield ""
    yield f"{'pairs in one customer':28} before  after"
    for which, found in figures.items():
        for name in ("precision", "recall", "f1"):
            label = f"{which.replace('_', ' ')}: {name}"
            yield f"{label:34} {found['before'][name]:.4f} {found['after'][name]:.4f}"


def report_lines(report: LearningReport) -> Iterator[str]:
    yield ""
    yield f"{report.labels.labels} labels, {_told(report.labels)}, of {report.pairs} pairs of {report.records} records"
    for name, found in (("before", report.before), ("after", report.after)):
        yield (
            f"  labels told apart {name}: precision {found.precision:.3f}, recall {found.recall:.3f}, "
            f"surprise {found.surprise:.3f} bits (each label judged by weights learned from others)"
        )
    if report.reason:
        yield REASONS[report.reason]
        return
    yield "  threshold, and what is expected of it: precision, recall, F1 (* is the one taken)"
    for point in report.curve:
        taken = " *" if point.threshold == report.threshold else ""
        yield f"    {point.threshold:.2f}  {point.precision:.3f} {point.recall:.3f} {point.f1:.3f}{taken}"
    for held in report.lifted:
        expected = f"of {held.pairs} such pairs {held.share:.1%} are expected to be"
        yield f"  limit lifted: {held.party_type} {held.limit} ({_told(held.labels)}; {expected})"
    yield "  weights in bits: before, after (labels that reached the level)"
    for change in report.weights:
        name = f"{change.party_type} {change.comparison} {change.level}" if change.comparison else "prior"
        if change.before != change.after:
            yield f"    {name:40} {change.before:+7.2f} {change.after:+7.2f}  ({_told(change.labels)})"


def _told(tally: Tally) -> str:
    return f"{tally.same} the same, {tally.other} not"


def document(report: LearningReport) -> dict[str, Any]:
    """Tuples with names become objects."""
    found = {name: getattr(report, name) for name in LearningReport.__slots__}
    return {name: _named(value) for name, value in found.items()}


def _named(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _named(one) for name, one in value._asdict().items()}
    return [_named(one) for one in value] if isinstance(value, tuple) else value


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
