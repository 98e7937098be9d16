"""``python -m tests.benchmarks``: measure, print one table, write build/bench.json."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError

from deploy.local import lock
from deploy.local.errors import StackError
from tests.benchmarks import kept, page, table
from tests.benchmarks.bench import Bench, RefusedError
from tests.benchmarks.scenarios import APART, SCENARIOS
from tests.benchmarks.sizes import FULL, SMOKE
from tests.benchmarks.stand import Stand
from tests.benchmarks.waiting import TooLongError

FOUND: Final = Path("build/bench.json")
SMOKED: Final = Path("build/bench-smoke.json")
"""Numbers of a smoke run mean nothing: they stand apart."""
FAILURES: Final = (
    *(RefusedError, TooLongError, StackError, KafkaError, asyncpg.PostgresError),
    *(OSError, TimeoutError, asyncio.IncompleteReadError),
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    found.add_argument("--only", action="append", choices=SCENARIOS, help="may be repeated")
    found.add_argument("--rounds", type=int, default=3, help="of each figure (default 3)")
    found.add_argument("--smoke", action="store_true", help="prove that it works, in a minute")
    found.add_argument("--data", type=Path, default=Path("build/benchmarks/data"))
    found.add_argument("--offset", type=int, default=7_000, help="of the ports (default 7000)")
    found.add_argument("--partitions", type=int, default=4, help="of each topic (default 4)")
    found.add_argument("--page", action="store_true", help="write docs/performance.md as well")
    found.add_argument("--page-only", action="store_true", help="write it, and measure nothing")
    return found


async def main(given: argparse.Namespace) -> int:
    """Run the scenarios; how much was not as it must be."""
    names = given.only or [name for name in SCENARIOS if name not in APART]
    found = SMOKED if given.smoke else FOUND
    run: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": kept.machine(),
        "rounds": 1 if given.smoke else given.rounds,
        "partitions": given.partitions,
        "scenarios": names,
    }
    async with Stand(given.data, given.offset, given.partitions) as stand:
        bench = Bench(stand, run["rounds"], SMOKE if given.smoke else FULL)
        bench.say("PostgreSQL and Kafka are up, and a line knows the benchmark's catalogue")
        for number, name in enumerate(names, start=1):
            await measured(bench, name)
            kept.merge(found, bench.results, names[:number], run)
    sys.stdout.write(table.drawn(bench.results))
    if given.page:
        page.write(found)
    return bench.results.faults()


async def measured(bench: Bench, name: str) -> None:
    """One scenario; when it fails, that is said, and the others go on."""
    bench.say(f"-- {name}")
    bench.results.scenario = name
    try:
        await SCENARIOS[name](bench)
    except FAILURES as error:
        bench.results.wrong(f"{name} ended early: {error!r}")
        bench.say(f"{name} ended early: {error!r}")


if __name__ == "__main__":
    arguments = parser().parse_args()
    if arguments.page_only:
        page.write(FOUND)
        sys.exit(0)
    with lock.held(arguments.data.with_name(arguments.data.name + "-run")):
        sys.exit(min(1, asyncio.run(main(arguments))))
