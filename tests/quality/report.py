"""Writes what was measured as Markdown: figures beside targets and peers, seeds beside each other, what falls short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.quality import targets
from tests.quality.explained import section
from tests.quality.findings import SEED_FIGURES, Measured, best_at_default, judged, pooled, spreads
from tests.quality.targets import Target

TITLES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "match_or_possible_recall": "match or possible",
    "three_same_24h_f1": "three-same 24 h F1",
    "three_same_24h_precision": "three-same 24 h precision",
    "flagged_share": "flagged",
    "pair_completeness": "pair completeness",
    "candidates_per_record": "candidates per record",
    "bcubed_f1": "B-cubed F1",
    "largest_customer": "largest customer",
}
WEAKEST = 10
"""Corruptions listed of each profile."""
RARE = 20
"""Of fewer pairs no share is worth telling."""


def written(measured: Measured, ablation: str) -> str:
    return "\n".join(
        (
            "# How well it matches",
            "",
            "Written by `make quality`; `make ablation` adds the last section. Default configuration, default thresholds, nothing",
            "learned. Precision, recall and F1 are over pairs of records that end in one customer, each record decided when it",
            "arrives. The data folder's own metrics were run on the same output and agree.",
            "",
            *_reservations(measured),
            *_short(measured),
            *_against_targets(measured),
            *_peers(measured),
            *(_synthetic(measured) if measured.seeds else ()),
            *_cost(measured),
            *section(measured.explained),
            ablation,
        )
    )


def _reservations(measured: Measured) -> list[str]:
    """What keeps this from being one whole campaign."""
    results = [*measured.public.values(), *(one for seeds in measured.seeds.values() for one in seeds.values())]
    sources = sorted({result["content"].split()[0] for result in results})
    lines = [f"Source: `{sources[0]}`, a digest of the modules that decide.", ""]
    if len(sources) > 1:
        lines = ["**The source changed while this was measured: the sets below are not all of one version.**", ""]
    if not measured.seeds:
        lines += ["**Public sets only: crm_cn and crm_intl have not been measured.**", ""]
    return lines


def _synthetic(measured: Measured) -> list[str]:
    return [*_look_alikes(measured), *_seeds(measured), *_corruptions(measured)]


def shown(figure: str, value: float) -> str:
    if figure in ("candidates_per_record", "largest_customer"):
        return f"{value:.1f}" if figure == "candidates_per_record" else f"{value:.0f}"
    return f"{value:.4f}" if figure not in ("flagged_share",) else f"{100 * value:.1f} %"


def _short(measured: Measured) -> list[str]:
    missed = [line for line in judged(measured) if not line[1].reached(line[3])]
    look_alikes = [line for line in pooled(measured) if line.share > line.bound] if measured.seeds else []
    apart = [line for line in spreads(measured) if line[2] > targets.SPREAD]
    lines = ["## What falls short", ""]
    lines += [
        f"- {name}: {TITLES[target.figure]} {shown(target.figure, value)}, to reach {_bound(target)}"
        + (f" (mean {shown(target.figure, mean)})" if mean != value else "")
        for name, target, mean, value in missed
    ]
    lines += [f"- {one.title} matched: {_rate(one.share)}, to reach ≤ {_rate(one.bound)}" for one in look_alikes]
    lines += [
        f"- {profile}: seeds differ by {100 * spread:.2f} points in {TITLES[figure]}, to reach ≤ {100 * targets.SPREAD:.0f}"
        for profile, figure, spread in apart
    ]
    for name, result in measured.public.items():
        mine, peer = result["figures"]["f1"], best_at_default(measured, name)
        if peer is not None and peer.default[2] > mine:
            lines.append(
                f"- {name}: {peer.system} is ahead at its default threshold, F1 {peer.default[2]:.3f} against {mine:.3f}"
            )
    return [*(lines if len(lines) > 2 else [*lines, "Nothing: every target is reached."]), ""]


def _bound(target: Target) -> str:
    return f"{'≤' if target.at_most else '≥'} {shown(target.figure, target.bound)}"


def _against_targets(measured: Measured) -> list[str]:
    rows = []
    for name, target, mean, value in judged(measured):
        reached = "yes" if target.reached(value) else "**no**"
        beyond = targets.BEYOND.get(target.figure)
        if name in measured.seeds and beyond is not None and value >= beyond:
            reached = "yes, and beyond"
        rows.append(
            (
                name,
                TITLES[target.figure],
                _bound(target),
                shown(target.figure, mean),
                shown(target.figure, value),
                reached,
            )
        )
    return [
        "## Against the targets",
        "",
        "Of crm_cn and crm_intl the mean and the worst of five seeds; a target counts as reached if every seed reaches it.",
        "",
        *table(("set", "figure", "to reach", "mean", "worst", "reached"), rows),
    ]


def _peers(measured: Measured) -> list[str]:
    rows = []
    for name, result in measured.public.items():
        mine, default = result["figures"], best_at_default(measured, name)
        if default is None:
            continue
        best = max(measured.peers[name], key=lambda peer: peer.best[2])
        ours = _three(mine["precision"], mine["recall"], mine["f1"])
        rows.append(
            (name, ours, f"{default.system}: {_three(*default.default)}", f"{best.system}: {_three(*best.best)}")
        )
    return [
        "## Beside the peers",
        "",
        "Precision / recall / F1. The last column picks each peer's threshold with the truth in hand; dedupe has 100 labels. Peers'",
        "pairs are counted before clustering.",
        "",
        *table(("set", "dedupsvc, as shipped", "best peer at its default", "best peer at its best threshold"), rows),
    ]


def _three(precision: float, recall: float, f1: float) -> str:
    return f"{precision:.3f} / {recall:.3f} / {f1:.3f}"


def _rate(share: float) -> str:
    return f"{100 * share:.2f} %"


def _look_alikes(measured: Measured) -> list[str]:
    rows = [
        (
            one.title,
            f"{one.pairs:,}",
            f"{one.matched:,}",
            _rate(one.share),
            f"≤ {_rate(one.bound)}",
            "yes" if one.share <= one.bound else "**no**",
            f"{one.joined:,}",
        )
        for one in pooled(measured)
    ]
    return [
        "## Pairs that look alike and are two customers",
        "",
        "Pooled over both profiles and all seeds: pairs at or above the match threshold, and, in the last column, pairs that ended in",
        "one customer by whatever way.",
        "",
        *table(("kind", "pairs", "matched", "share", "to reach", "reached", "in one customer"), rows),
    ]


def _seeds(measured: Measured) -> list[str]:
    lines = ["## Seed by seed", "", "20,000 records each. Every seed is to lie within 1 point of the others.", ""]
    for profile, seeds in measured.seeds.items():
        rows = [
            (seed, *(shown(figure, result["figures"][figure]) for figure in SEED_FIGURES))
            for seed, result in seeds.items()
        ]
        apart = {figure: spread for name, figure, spread in spreads(measured) if name == profile}
        last = [f"{100 * apart[figure]:.2f} points" if figure in apart else "" for figure in SEED_FIGURES]
        lines += table((profile, *(TITLES[figure] for figure in SEED_FIGURES)), [*rows, ("spread", *last)])
    return lines


def _corruptions(measured: Measured) -> list[str]:
    lines = [
        "## What is missed most",
        "",
        "Recall at the match threshold over pairs of one clean record and one with a single corruption, pooled over all seeds.",
        "",
    ]
    for profile, seeds in measured.seeds.items():
        counts: dict[str, list[float]] = {}
        for result in seeds.values():
            for name, (pairs, recall) in result["recall_single"].items():
                known = counts.setdefault(name, [0, 0.0])
                known[0] += pairs
                known[1] += pairs * recall
        rows = sorted((hits / pairs, name, pairs) for name, (pairs, hits) in counts.items() if pairs >= RARE)
        lines += table(
            (profile, "pairs", "recall"),
            [(name, f"{pairs:,.0f}", f"{recall:.3f}") for recall, name, pairs in rows[:WEAKEST]],
        )
    return lines


def _cost(measured: Measured) -> list[str]:
    results = dict(measured.public)
    for profile, seeds in measured.seeds.items():
        results[profile] = next(iter(seeds.values()))
    rows = [
        (
            name,
            *(f"{result['cost'][part]:.0f}" for part in ("normalize_us", "keys_us")),
            f"{result['cost']['score_us']:.1f}",
            f"{result['figures']['candidates_per_record']:.1f}",
            f"{result['figures']['records_per_second']:,.0f}",
        )
        for name, result in results.items()
    ]
    return [
        "## CPU",
        "",
        "Microseconds on the machine that ran this, in one process, for values seen for the first time. Machines differ twofold and",
        "more: shares of a no-op request, which do not, are measured by tests/bench.",
        "",
        *table(
            (
                "set",
                "normalize a record",
                "its keys and hashes",
                "score a pair",
                "candidates",
                "records decided a second",
            ),
            rows,
        ),
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines] + [""]
