"""What each key, comparison and limit brings, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dedupsvc.core.blocking import AT_MOST, KEY_FUNCTIONS
from tests.quality.ablation import COMPLETE, CONTRASTED, FINISHED, key_of
from tests.quality.contrasts import CONTRASTS
from tests.quality.measuring import Kept, Result, source
from tests.quality.report import table
from tests.quality.switches import switches

NOTHING = 0.00005
"""A change below this is none: no figure in the table would show it."""
CHANGES = (
    ("precision", "P"),
    ("recall", "R"),
    ("match_or_possible_recall", "match or possible"),
    ("pair_completeness", "completeness"),
    ("flagged_share", "flagged"),
)


def section(kept: Kept) -> str:
    """The results as Markdown, the most missed first; empty if there are none."""
    by_set = _finished(kept)
    if not by_set:
        return ""
    names = [switch.title for switch in switches()]
    lines = {name: _line(name, by_set) for name in names}
    told = [line for line in lines.values() if any(line[1:-1])]
    told.sort(key=lambda line: min(_points(cell) for cell in line[1 : 1 + len(by_set)]))
    tried = {switch for results in by_set.values() for switch in results}
    idle = [name for name in names if name in tried and lines[name] not in told]
    unmet = [name for name in names if name not in tried]
    head = (
        "without",
        *(f"F1 {name}" for name in by_set),
        *(title for _, title in CHANGES),
        "joined",
        "candidates",
        "its own cost",
    )
    return "\n".join(
        (
            "## What each part brings",
            "",
            f"Change when it alone is switched off, on {', '.join(by_set)}. F1 by set, then means over the sets: all in points.",
            "“joined”: more look-alikes of the crm sets put into one customer. Candidates: share of what there are as shipped. Its own",
            "cost: CPU in the same process on values seen before, and for keys how many a record has. Empty: no change.",
            "",
            *_of_another_source(by_set),
            *table(head, told),
            f"Tried, and changes none of these figures: {_listed(idle)}.",
            "",
            f"Never comes up in these sets: {_listed(unmet)}.",
            "",
            *_told_apart(kept),
            *_in_large_stores(by_set),
        )
    )


def _told_apart(kept: Kept) -> list[str]:
    """What a limit or a comparison is kept for although the sets above would do without it."""
    counted = kept.results.get(CONTRASTED, {}).get("counted", {})
    lines = [(one.title, one.switch, *map(str, counted[one.title])) for one in CONTRASTS if one.title in counted]
    if not lines:
        return []
    return [
        "### Look-alikes that these sets lack",
        "",
        "Made of the customers of both crm sets: two customers who share nearly all they have. How many of the pairs match.",
        "",
        *table(("two customers", "told apart by", "pairs", "match", "match without it"), lines),
    ]


def _in_large_stores(by_set: Mapping[str, Mapping[str, Result]]) -> list[str]:
    """What a kind of key is kept for although nothing changes here without it."""
    complete = [results[COMPLETE] for results in by_set.values()]
    lasting = [entry.kind for entry in KEY_FUNCTIONS if entry.kind not in AT_MOST]
    lines = [(kind, *(_found(one, kind) for one in complete)) for kind in lasting]
    return [
        "### Keys in large stores",
        "",
        "In a large store the kinds of keys that only find while rare find nothing any more. In points of all true pairs: those that",
        "each of the others then finds and no other does / those that it finds if a single other kind is hot as well, as the number",
        "of a switchboard or a birthday of everybody's is.",
        "",
        *table(("blocking key", *by_set), [line for line in lines if any(line[1:])]),
        f"They find none of these: {_listed([line[0] for line in lines if not any(line[1:])])}.",
        "",
    ]


def _found(complete: Result, kind: str) -> str:
    alone, beside_one = (100 * complete.get(how, {}).get(kind, 0.0) for how in ("alone", "alone_or_beside_one"))
    return f"{alone:.2f} / {beside_one:.2f}" if beside_one else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _finished(kept: Kept) -> dict[str, dict[str, Result]]:
    """Results by set and switch, of the sets on which every switch has been tried; a switch that cannot matter has none."""
    found: dict[str, dict[str, Result]] = {}
    for key, result in kept.results.items():
        name, _, switch = key.partition(" | ")
        finished = kept.results.get(key_of(name, FINISHED))
        if switch != FINISHED and finished is not None and finished["content"] == result["content"]:
            found.setdefault(name, {})[switch] = result
    return found


def _of_another_source(by_set: Mapping[str, Mapping[str, Result]]) -> list[str]:
    sources = {results[COMPLETE]["content"].split()[0] for results in by_set.values()}
    return [] if sources == {source()} else ["**Measured on an earlier version of the source.**", ""]


def _points(cell: str) -> float:
    return float(cell.replace("−", "-")) if cell else 0.0


def _line(name: str, by_set: Mapping[str, Mapping[str, Result]]) -> tuple[str, ...]:
    pairs = [(results[COMPLETE], results.get(name, results[COMPLETE])) for results in by_set.values()]

    def changed(figure: str) -> list[float]:
        return [without["figures"][figure] - complete["figures"][figure] for complete, without in pairs]

    before, after = (sum(pair[at]["figures"]["candidates_per_record"] for pair in pairs) for at in (0, 1))
    joined = sum(without["joined"] - complete["joined"] for complete, without in pairs)
    return (
        name,
        *map(_signed, changed("f1")),
        *(_signed(sum(changed(figure)) / len(pairs)) for figure, _ in CHANGES),
        f"{joined:+d}".replace("-", "−") if joined else "",
        f"{100 * (after / before - 1):+.1f} %".replace("-", "−") if abs(after - before) >= NOTHING * before else "",
        _own_cost(name, [results[COMPLETE] for results in by_set.values()]),
    )


def _own_cost(name: str, complete: Sequence[Result]) -> str:
    """Mean over the sets in which it comes up."""
    kind, _, part = name.rpartition(" ")
    if not kind.startswith(("blocking key", "comparison")):
        return ""
    met = [one for one in complete if name.removeprefix("comparison ").removeprefix("blocking key ") in one["seen"]]
    if not met:
        return ""
    cost = sum(one["microseconds"][name] for one in met) / len(met)
    if kind.startswith("comparison"):
        return f"{cost:.1f} µs a pair"
    return f"{cost:.1f} µs, {sum(one['keys'][part] for one in met) / len(met):.1f} keys a record"


def _signed(change: float) -> str:
    return f"{100 * change:+.2f}".replace("-", "−") if abs(change) >= NOTHING else ""
