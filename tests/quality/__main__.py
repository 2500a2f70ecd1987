"""`make quality`: measures every set and writes REPORT.md; what has been measured of this source before is not repeated."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from tests.quality import ablation, contributions
from tests.quality.explained import answered
from tests.quality.findings import Measured
from tests.quality.measuring import ROOT, Kept, Result, content_of, measure
from tests.quality.report import written
from tests.quality.sets import PROFILES, Data, DataSet
from tests.quality.targets import peers

REPORT = Path(__file__).with_name("REPORT.md")
KEPT = ROOT / "build/quality"
SHOWN = {"P": "precision", "R": "recall", "F1": "f1"}


def main() -> None:
    asked = _asked()
    data, ablated = Data(asked.data.resolve(), KEPT), Kept(KEPT / "ablation.json")
    if asked.ablation:
        ablation.run(data, ablated, asked.jobs)
    public = data.public()
    seeds = {} if asked.quick else {profile: data.seeds(profile) for profile in PROFILES}
    results = _measured(data, [*public, *chain.from_iterable(seeds.values())], asked.jobs)
    measured = Measured(
        {one.name: results[one.name] for one in public},
        {profile: {f"seed {one.seed}": results[one.name] for one in sets} for profile, sets in seeds.items()},
        peers(data.folder / "README.md"),
        asyncio.run(answered()),
    )
    REPORT.write_text(written(measured, contributions.section(ablated)), encoding="utf-8")
    print(f"written: {REPORT.relative_to(ROOT)}")


def _measured(data: Data, sets: Sequence[DataSet], jobs: int) -> dict[str, Result]:
    """Results by name; each is kept as soon as it is there, so that a campaign broken off goes on where it was."""
    kept = Kept(KEPT / "results.json")
    for one in sets:
        data.ensure(one)
    known = {one.name: kept.get(one.name, content_of(one)) for one in sets}
    with ThreadPoolExecutor(jobs) as pool:
        begun = {one.name: pool.submit(measure, data, one) for one in sets if known[one.name] is None}
        results = {}
        for one in sets:
            before = known[one.name]
            result = results[one.name] = before or _awaited(begun[one.name], pool)
            if before is None:
                kept.put(one.name, result)
            figures, how = result["figures"], "as before" if before else f"{result['seconds']:.0f} s"
            said = " ".join(f"{short} {figures[name]:.4f}" for short, name in SHOWN.items())
            print(f"{one.name:14} {said}  {how}", flush=True)
    return results


def _awaited(begun: Future[Result], pool: Executor) -> Result:
    """A set that cannot be measured ends the campaign at once."""
    try:
        return begun.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/eval", help="folder of the data sets")
    parser.add_argument("--ablation", action="store_true", help="run the ablation first")
    parser.add_argument("--quick", action="store_true", help="the public sets only")
    parser.add_argument("--jobs", type=int, default=1, help="how many sets or switches at a time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
