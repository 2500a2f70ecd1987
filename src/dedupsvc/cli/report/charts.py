"""The report's charts as inline SVG: drawn once, sized by the page, with native tooltips instead of scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log10

from dedupsvc.cli.report.content import Bins, Case, Content, is_held_back
from dedupsvc.cli.report.markup import Markup, element, joined
from dedupsvc.cli.report.words import limit
from dedupsvc.core.fields import LABELS
from dedupsvc.core.score import Same, Thresholds, match_weight, probability

WIDTH = 880
_LEFT, _RIGHT = 64, 16
_TICK_EVERY = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of values along one side of a chart."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def histogram_chart(shown: Content) -> Markup:
    """Candidate pairs by match weight: above the axis those that the weight decided, below it those that a limit held back."""
    decided, held = shown.decided, shown.held_back
    count = len(decided.same)
    across = Scale(decided.first, decided.first + count, _LEFT, WIDTH - _RIGHT)
    most = max(10, *decided.same, *decided.different, *held.same, *held.different)
    top, middle, bottom = 34.0, 214.0, 324.0
    up, down = Scale(0, _height(most), middle, top), Scale(0, _height(most), middle, middle + (middle - top))
    bottom = max(bottom, down(_height(max(1, *held.same, *held.different))) + 14)
    return _chart(
        bottom + 44,
        "Candidate pairs by match weight",
        joined(*_count_grid(most, up, down, bottom)),
        joined(*_bars(decided, across, up, "decided by the weight")),
        joined(*_bars(held, across, down, "held back by a limit")),
        element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=middle, y2=middle, class_="axis"),
        _text(0, 12, "↑ decided by the match weight", "note"),
        _text(_LEFT + 6, bottom - 4, "↓ held back by a limit", "note"),
        joined(*_threshold_lines(shown.thresholds, across, 20, bottom)),
        joined(*_weight_axis(across, bottom)),
    )


def _height(count: int) -> float:
    """Counts are drawn on a logarithmic scale, so that five errors are seen beside fifty thousand other pairs."""
    return log10(count) + 0.35 if count else 0.0


def _count_grid(most: int, up: Scale, down: Scale, bottom: float) -> Iterator[Markup]:
    count = 1
    while count <= most:
        for scale in (up, down):
            y = scale(_height(count))
            if y <= bottom:
                yield element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="grid")
                yield _text(_LEFT - 8, y + 4, f"{count:,}", "tick end")
        count *= 10


def _bars(bins: Bins, across: Scale, scale: Scale, how: str) -> Iterator[Markup]:
    width = across(bins.first + 1) - across(bins.first)
    for offset, (same, different) in enumerate(zip(bins.same, bins.different, strict=True)):
        weight = bins.first + offset
        for count, kind, words, place in (
            (same, "true", "one customer in truth", 0.08),
            (different, "false", "two customers in truth", 0.52),
        ):
            if count:
                tip = f"{count:,} {'pair' if count == 1 else 'pairs'}: {words}, match weight {weight} to {weight + 1}, {how}"
                yield _bar(across(weight) + place * width, width * 0.4, scale.start, scale(_height(count)), kind, tip)


def _bar(x: float, width: float, base: float, end: float, kind: str, tip: str) -> Markup:
    return element(
        "rect", element("title", tip), x=x, y=min(base, end), width=width, height=abs(end - base), class_=kind
    )


def curve_chart(shown: Content) -> Markup:
    """Precision, recall and F1 if the match threshold stood elsewhere."""
    across = Scale(shown.curve[0].threshold, shown.curve[-1].threshold, _LEFT, WIDTH - _RIGHT)
    top, bottom = 34.0, 234.0
    up = Scale(0.0, 1.0, bottom, top)
    grid = [
        part
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
        for part in (
            element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=up(share), y2=up(share), class_="grid"),
            _text(_LEFT - 8, up(share) + 4, f"{share:.0%}", "tick end"),
        )
    ]
    lines = [
        element(
            "polyline",
            points=" ".join(f"{across(point.threshold):.1f},{up(getattr(point, name)):.1f}" for point in shown.curve),
            class_=f"curve {name}",
        )
        for name in ("precision", "recall", "f1")
    ]
    return _chart(
        bottom + 44,
        "Precision, recall and F1 over the match threshold",
        joined(*grid),
        joined(*_threshold_lines(shown.thresholds, across, 20, bottom)),
        joined(*lines),
        joined(*_weight_axis(across, bottom)),
    )


def _threshold_lines(thresholds: Thresholds, across: Scale, top: float, bottom: float) -> Iterator[Markup]:
    for name, value, anchor, shift in (
        ("possible", thresholds.possible, "end", -6),
        ("match", thresholds.match, "start", 6),
    ):
        x = across(match_weight(value))
        yield element("line", x1=x, x2=x, y1=top - 12, y2=bottom, class_="threshold")
        sign = f"{name} ≥ {value:.0%} →" if anchor == "start" else f"{name} ≥ {value:.0%}"
        yield _text(x + shift, top, sign, f"label {anchor}")


def _weight_axis(across: Scale, y: float) -> Iterator[Markup]:
    """Match weights, and below them the probabilities that they stand for."""
    first = int(-(-across.low // _TICK_EVERY)) * _TICK_EVERY
    for weight in range(first, int(across.high) + 1, _TICK_EVERY):
        x = across(weight)
        yield element("line", x1=x, x2=x, y1=y, y2=y + 4, class_="axis")
        yield _text(x, y + 17, _signed(weight), "tick middle")
        yield _text(x, y + 32, share_of(probability(weight)), "tick middle faint")


def waterfall(case: Case, thresholds: Thresholds) -> Markup:
    """How the match weight adds up, line by line, and what a limit made of it."""
    left, right, line = 330, 76, 26
    running, spans = 0.0, []
    for row in case.rows:
        spans.append((row, running, running + row.weight))
        running += row.weight
    marks = [match_weight(thresholds.match), match_weight(thresholds.possible), 0.0]
    ends = [end for _, _, end in spans]
    across = Scale(min(*ends, *marks) - 1, max(*ends, *marks) + 1, left, WIDTH - right)
    height = 30 + line * (len(spans) + 1)
    parts: list[Markup] = list(_threshold_lines(thresholds, across, 14, height))
    for place, (row, start, end) in enumerate(spans):
        y = 30 + place * line
        field = f"{LABELS[row.field][1]}: " if row.field else ""
        parts += _step(y, f"{field}{row.label_en}", row.weight, across(start), across(end))
    y = 30 + len(spans) * line
    parts.append(element("line", x1=0, x2=WIDTH, y1=y, y2=y, class_="grid"))
    parts.append(_text(0, y + 17, f"match weight, {share_of(probability(running))} as a probability", "total"))
    parts.append(_text(WIDTH - right + 8, y + 17, _signed(running), "total"))
    if is_held_back(case.score):
        parts.append(_text(across(running) - 8, y + 17, "held back by a limit", "label end"))
    else:
        parts.append(element("rect", x=across(running) - 1.5, y=y + 5, width=3, height=16, class_="mark"))
    return _chart(height + 4, "Match weight of the pair, by comparison", *parts)


def _step(y: float, words: str, weight: float, start: float, end: float) -> Iterator[Markup]:
    kind = "for" if weight > 0 else "against"
    yield _text(0, y + 17, words, "row")
    yield _bar(min(start, end), max(abs(end - start), 1.0), y + 5, y + 21, kind, f"{words}: {_signed(weight)}")
    yield element("line", x1=end, x2=end, y1=y + 21, y2=y + 31, class_="step")
    yield _text(WIDTH - 68, y + 17, _signed(weight), "row")


def bar_chart(lines: Sequence[tuple[str, int]], kind: Callable[[str], str]) -> Markup:
    """Counts by name, the longest first."""
    left, line = 330, 26
    most = max((count for _, count in lines), default=1)
    across = Scale(0, most, left, WIDTH - 90)
    parts: list[Markup] = []
    for place, (name, count) in enumerate(lines):
        y = place * line
        parts.append(_text(0, y + 17, name, "row"))
        parts.append(_bar(left, max(across(count) - left, 1.0), y + 5, y + 21, kind(name), f"{name}: {count:,}"))
        parts.append(_text(max(across(count), left + 1) + 8, y + 17, f"{count:,}", "row"))
    return _chart(line * len(lines) + 6, "Decisions by kind and reason", *parts)


def verdict_words(case: Case) -> str:
    """What came of the pair, in one phrase."""
    words = {
        Same.MATCH: "match: the same customer",
        Same.POSSIBLE: "possible: perhaps the same customer",
        Same.NONE: "none: two customers",
    }[case.score.same]
    return f"{words}; {'; '.join(map(limit, case.score.limits))}" if case.score.limits else words


def share_of(probability: float) -> str:
    """A probability with as many digits as tell it from 0 and from 1."""
    if 0.01 <= probability <= 0.99:
        return f"{probability:.0%}"
    distance = min(probability, 1 - probability)
    if distance < 1e-6:
        return "≈ 100%" if probability > 0.5 else "≈ 0%"
    digits = max(0, -int(log10(distance)) - 1)
    return f"{probability:.{digits}%}"


def _signed(weight: float) -> str:
    text = f"{weight:+.1f}" if isinstance(weight, float) else f"{weight:+d}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _text(x: float, y: float, words: str, class_: str) -> Markup:
    return element("text", words, x=x, y=y, class_=class_)


def _chart(height: float, title: str, *parts: Markup) -> Markup:
    return element(
        "svg", element("title", title), *parts, viewBox=f"0 0 {WIDTH} {height:.0f}", role="img", class_="chart"
    )
