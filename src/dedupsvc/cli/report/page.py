"""The report as one HTML page: no script, nothing from any other host, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedupsvc.cli.report import charts
from dedupsvc.cli.report.content import Case, Cause, Content
from dedupsvc.cli.report.markup import Markup, element
from dedupsvc.cli.report.style import STYLE
from dedupsvc.cli.report.words import DECISIONS, FIGURES, PERCENTAGES, limit, spoken

SAMPLES = {
    "match": "Surely matched",
    "possible": "Possible: a steward decides",
    "veto": "Vetoed: held back in spite of what agrees",
}
CAUSES = {
    "never_compared": "Never compared: they share no blocking key",
    "too_little": "Compared, and too little agreed",
    "possible": "Pointed out as possible; a steward would join them",
    "matched_apart": "Matched one by one, yet left in two customers",
    "matched": "Matched outright",
    "through_others": "Joined through other records of the same customer",
}


def page(summary: Mapping[str, Any], shown: Content) -> str:
    """``summary`` is what summary.json holds."""
    name = summary["data"]
    body = (
        _head(summary),
        _figures(summary["figures"]),
        _scores(shown),
        _samples(shown),
        _errors(shown),
        _decisions(shown),
    )
    return "<!doctype html>\n" + element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", f"Matching on {name}"),
            element("style", Markup(STYLE)),
        ),
        element("body", element("main", *body)),
        lang="en",
    )


def _head(summary: Mapping[str, Any]) -> Markup:
    thresholds = summary["thresholds"]
    return element(
        "header",
        element("h1", f"Matching on {summary['data']}"),
        element(
            "p",
            f"{summary['figures']['records']:,} records, fed one by one in order of arrival through the decision of /ingest into "
            f"an empty {summary['engine']} store. Ruleset “{summary['ruleset']}”, version {summary['rules_version']}: a match "
            f"from {thresholds['match']:.0%} on, a possible one from {thresholds['possible']:.0%} on. A pair is any two records.",
        ),
        element(
            "p",
            "This page shows values of the records as the file has them: keep it as safe as the file.",
            class_="care",
        ),
    )


def _figures(figures: Mapping[str, float]) -> Markup:
    tiles = [
        element(
            "div",
            element("dt", title),
            element("dd", _figure(name, figures[name])),
            element("p", words),
            class_="tile",
        )
        for name, (title, words) in FIGURES.items()
        if name in figures
    ]
    return _section("In short", element("dl", *tiles, class_="tiles"))


def _figure(name: str, value: float) -> str:
    if name in PERCENTAGES:
        return f"{100 * value:.1f}%"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


def _scores(shown: Content) -> Markup:
    listed = [
        element(
            "tr",
            element("td", f"{point.threshold:.0%}"),
            *(element("td", f"{100 * value:.1f}%") for value in (point.precision, point.recall, point.f1)),
            class_="chosen" if point.threshold == shown.thresholds.match else None,
        )
        for point in shown.listed
    ]
    return _section(
        "How the pairs score",
        element(
            "p",
            "The match weight counts doublings of the odds: +1 makes it twice as likely that two records are one customer, "
            "−1 half as likely; below it stands the probability. Heights are logarithmic: each line is ten times more pairs.",
        ),
        _legend(("true", "one customer in truth"), ("false", "two customers in truth")),
        charts.histogram_chart(shown),
        element(
            "p",
            "Above the axis, orange to the right of “match” is wrongly matched; blue to its left is missed, or left to a steward. "
            "Below the axis are pairs that a limit holds back whatever their weight: orange to the right of a threshold is an "
            "error that it prevented, blue is what that costs.",
        ),
        element("h3", "If the match threshold stood elsewhere"),
        _legend(("precision", "precision"), ("recall", "recall"), ("f1", "F1")),
        charts.curve_chart(shown),
        element(
            "table",
            element(
                "thead", element("tr", *(element("th", name) for name in ("threshold", "precision", "recall", "F1")))
            ),
            element("tbody", *listed),
            class_="numbers",
        ),
        element(
            "p",
            "These are single pairs, before customers are formed. The figures in short above count what was formed, so that "
            "a wrong join costs all the pairs it makes.",
        ),
    )


def _samples(shown: Content) -> Markup:
    laid_open = [element("article", element("h3", SAMPLES[kind]), *_case(case, shown)) for kind, case in shown.samples]
    return _section(
        "Pairs laid open" if laid_open else "No pair to lay open",
        element("p", "Each comparison adds its match weight; fields that one side does not have say nothing."),
        *laid_open,
    )


def _case(case: Case, shown: Content) -> tuple[Markup, ...]:
    english, chinese = case.sentences
    earlier, later = case.sides
    cells = [
        element("tr", element("th", column), *(element("td", side.cells.get(column, "")) for side in case.sides))
        for column in dict.fromkeys((*earlier.cells, *later.cells))
    ]
    return (
        element(
            "p",
            element("strong", charts.verdict_words(case)),
            f". In truth {'one customer' if case.true else 'two customers'}. "
            f"Decision on the later record: {case.decision}.",
        ),
        element("blockquote", english, element("br"), element("span", chinese, lang="zh")) if english else Markup(""),
        charts.waterfall(case, shown.thresholds),
        element(
            "table",
            element(
                "thead",
                element("tr", element("th", ""), element("th", "earlier record"), element("th", "later record")),
            ),
            element("tbody", *cells),
            class_="records",
        ),
    )


def _errors(shown: Content) -> Markup:
    missed, wrong = (sum(cause.count for cause in causes) for causes in (shown.missed, shown.wrong))
    return _section(
        "Where it errs",
        element("h3", f"Missed pairs: {missed:,}"),
        element("p", "One customer in truth that ended in two."),
        *(_cause(cause, shown) for cause in shown.missed),
        element("h3", f"Wrong pairs: {wrong:,}"),
        element("p", "Two customers in truth that ended in one."),
        *(_cause(cause, shown) for cause in shown.wrong),
    )


def _cause(cause: Cause, shown: Content) -> Markup:
    words = CAUSES.get(cause.code) or f"Held back: {limit(cause.code)}"
    return element(
        "details",
        element("summary", element("b", f"{cause.count:,}"), " ", words),
        *(
            element("details", element("summary", _alike(case, count)), element("article", *_case(case, shown)))
            for case, count in cause.cases
        ),
        class_="cause",
    )


def _alike(case: Case, count: int) -> str:
    weight = f"match weight {case.score.match_weight:+.1f}".replace("-", "−")
    others = f"; {count - 1:,} more with the same levels" if count > 1 else ""
    return f"{case.sides[0].id} and {case.sides[1].id}: {weight}{others}"


def _decisions(shown: Content) -> Markup:
    lines = [(f"{decision}: {spoken(reason)}", count) for decision, reason, count in shown.decisions]
    words = "; ".join(f"{name}: {DECISIONS[name]}" for name in dict.fromkeys(one[0] for one in shown.decisions))
    return _section(
        "What was decided",
        element("p", f"{words[:1].upper()}{words[1:]}."),
        charts.bar_chart(lines, lambda name: "flag" if name.startswith("flag") else "plain"),
    )


def _legend(*entries: tuple[str, str]) -> Markup:
    return element(
        "p", *(element("span", element("i", class_=kind), words) for kind, words in entries), class_="legend"
    )


def _section(title: str, *parts: Markup) -> Markup:
    return element("section", element("h2", title), *parts)
