"""``python -m tests.benchmarks``: measure, print one table, write build/bench.json."""

import argparse
import asyncio
import sys
from pathlib import Path

from deploy.local import lock
from tests.benchmarks import page, table
from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.stand import Stand

FOUND = Path("build/bench.json")
SMOKE_SIZE = 300


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    found.add_argument("--only", action="append", choices=SCENARIOS, help="may be repeated")
    found.add_argument("--rounds", type=int, default=3, help="of each figure (default 3)")
    found.add_argument("--size", type=int, default=100_000, help="reports (default 100,000)")
    found.add_argument("--smoke", action="store_true", help="prove that it works, in a minute")
    found.add_argument("--data", type=Path, default=Path("build/benchmarks/data"))
    found.add_argument("--offset", type=int, default=7_000, help="of the ports (default 7000)")
    found.add_argument("--partitions", type=int, default=4, help="of each topic (default 4)")
    found.add_argument("--page", action="store_true", help="write docs/performance.md as well")
    return found


async def main(given: argparse.Namespace) -> int:
    """Run the scenarios; how many of them failed."""
    rounds, size = (1, SMOKE_SIZE) if given.smoke else (given.rounds, given.size)
    async with Stand(given.data, given.offset, given.partitions) as stand:
        bench = Bench(stand, rounds, size, given.smoke)
        bench.say("PostgreSQL and Kafka are up, and a line knows the benchmark's catalogue")
        for name in given.only or SCENARIOS:
            bench.say(f"-- {name}")
            await SCENARIOS[name](bench)
    about = {"rounds": rounds, "size": size, "partitions": given.partitions, "smoke": given.smoke}
    bench.results.save(FOUND, about)
    sys.stdout.write(table.drawn(bench.results))
    if given.page:
        page.write(FOUND)
    return sum("WRONG" in note for note in bench.results.notes)


if __name__ == "__main__":
    arguments = parser().parse_args()
    with lock.held(arguments.data.with_name(arguments.data.name + "-run")):
        sys.exit(asyncio.run(main(arguments)))
