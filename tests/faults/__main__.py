"""`python -m tests.faults [CAMPAIGN …]`: runs the campaigns and writes REPORT.md; ends with 1 if anything was breached."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvloop

from tests.concurrency.server import ROOT
from tests.faults import claims, crashes, drain, duplicates, merging, mutants, overload, report
from tests.faults.world import Result, Say

Run = Callable[[int, str, int, Say], Awaitable[Result]]
BOTH = ("postgresql", "sqlite")


def crash(name: str, fault: crashes.Fault) -> Run:
    async def run(rounds: int, engine: str, seed: int, say: Say) -> Result:
        return await crashes.campaign(name, fault, rounds, engine, seed, say)

    return run


@dataclass(frozen=True, slots=True)
class Campaign:
    run: Run
    rounds: dict[str, int]
    """By default, for each engine it is for."""
    unit: str = "rounds"


CAMPAIGNS: dict[str, Campaign] = {
    "duplicates": Campaign(duplicates.campaign, {"postgresql": 200, "sqlite": 100}),
    "kill": Campaign(crash("kill -9 of a worker", crashes.kill), {"postgresql": 10, "sqlite": 10}, "kills"),
    "terminate": Campaign(crash("pg_terminate_backend", crashes.terminate), {"postgresql": 40}, "connections"),
    "restart": Campaign(crash("stop -m immediate", crashes.restart), {"postgresql": 5}, "restarts"),
    "disk": Campaign(crashes.full_disk, {"postgresql": 2, "sqlite": 2}, "times"),
    "locked": Campaign(crash("locked by another process", crashes.locked), {"sqlite": 5}, "times"),
    "claims": Campaign(claims.campaign, {"postgresql": 100, "sqlite": 100}, "claims"),
    "merges": Campaign(merging.campaign, {"postgresql": 20, "sqlite": 20}, "merges"),
    "hot": Campaign(merging.hot_keys, {"postgresql": 3, "sqlite": 3}, "switchboards"),
    "overload": Campaign(overload.campaign, {"postgresql": 15, "sqlite": 15}, "seconds"),
    "drain": Campaign(drain.campaign, {"postgresql": 3, "sqlite": 3}, "stops"),
}
BUGS = "bugs"


def main() -> int:
    given = arguments()
    # A run that is told to end must take its servers along, as it does after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    breached = 0
    for name in given.campaigns or [*CAMPAIGNS, BUGS]:
        for engine in engines(name, given.engine):
            print(f"== {name}, {engine}, seed {given.seed}", flush=True)
            # Not on asyncio's own loop: the clients share the cores with the service, and took as much of them as it did.
            results = uvloop.run(one(name, engine, given))
            for result in results:
                report.keep(result)
                breached += bool(result.found)
                for check, sentences in result.found.items():
                    print(f"BREACH {check} ({len(sentences)}): {sentences[0]}", flush=True)
            report.write()
    print(f"Written: {report.REPORT.relative_to(ROOT)}")
    return 1 if breached else 0


async def one(name: str, engine: str, given: argparse.Namespace) -> list[Result]:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {line}", flush=True)

    if name == BUGS:
        return await mutants.campaign(given.bug, given.seed, say, report.keep)
    campaign = CAMPAIGNS[name]
    result = await campaign.run(given.rounds or campaign.rounds[engine], engine, given.seed, say)
    say(", ".join(f"{count} {what}" for what, count in result.done.items()))
    return [result]


def engines(name: str, wanted: str) -> list[str]:
    if name == BUGS:
        return ["both"]
    return [one for one in CAMPAIGNS[name].rounds if wanted in ("", one)]


def arguments() -> argparse.Namespace:
    units = ", ".join(f"{name} ({one.unit})" for name, one in CAMPAIGNS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, epilog=f"Campaigns: {units}, {BUGS}."
    )
    parser.add_argument(
        "campaigns", nargs="*", choices=[[], *CAMPAIGNS, BUGS], metavar="CAMPAIGN", help="all, if none is named"
    )
    parser.add_argument("--rounds", type=int, default=0, help="instead of each campaign's own number")
    parser.add_argument("--engine", choices=["", *BOTH], default="", help="instead of both")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="as printed by an earlier run")
    parser.add_argument("--bug", action="append", default=[], help="only this one; may be repeated")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
