"""`make bench`: stores, load, and the report. Everything it makes is kept in build/bench for the next time."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack

from tests.bench import importing, micro, postgresql, report, stores, trigrams
from tests.bench.customers import customers
from tests.bench.load import wrk
from tests.bench.measure import Measured, measured
from tests.bench.plan import FOLDER, REPORT, chosen


def main() -> None:
    plan = chosen(os.environ)
    begun = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    wrk()
    found: list[Measured] = []
    core: dict[int, micro.Micro] = {}
    with ExitStack() as stack:
        server, version = None, ""
        if any(case.engine == "postgresql" for case in plan.cases):
            server = stack.enter_context(postgresql.running(FOLDER / "postgresql"))
            version = f", PostgreSQL {server.version}"
        for case in plan.cases:
            asked = customers(case.size)
            stored = asyncio.run(stores.filled(asked))
            if case.size not in core:
                bodies = asked.bodies(2 * micro.PASSES * micro.RECORDS)
                core[case.size] = asyncio.run(micro.measured(stored.path, stored.secret, bodies))
            if case.engine == "sqlite":
                one = measured(plan, case, asked, stored, *stores.working_file(stored, FOLDER))
            else:
                assert server is not None
                url, kept = asyncio.run(stores.working_database(stored, server.url))
                with trigrams.database(FOLDER / "trigrams", stored) as names:
                    one = measured(plan, case, asked, stored, url, kept, server, names)
            one.candidates = core[case.size].candidates
            found.append(one)
    imported = [importing.measured(customers(size)) for size in plan.imports]
    text = report.text(plan, found, core, customers(plan.cases[0].size).origin, version, imported)
    REPORT.write_text(text + report.NOTES + report.kept_notes(REPORT), encoding="utf-8")
    print(f"{text}\n{time.monotonic() - begun:.0f} s; written to {REPORT.name}")


if __name__ == "__main__":
    main()
