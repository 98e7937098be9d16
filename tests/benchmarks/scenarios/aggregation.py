"""A waiting backlog of decisions rolled up: the floor, the naive way, peers, and Wardline."""

from deploy.local.errors import StackError
from tests.benchmarks import broker, reports, rivals
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import AGGREGATION, FLOOR, NAIVE, Contender
from tests.benchmarks.reports import Stream
from tests.benchmarks.waiting import TooLongError

ORDERS = {"local": False, "shuffled": True}


async def measure(bench: Bench) -> None:
    """Each contender in turn, round after round, on the same records."""
    peers = rivals.usable(bench.results)
    contenders = {"local": [FLOOR, NAIVE, *peers, AGGREGATION], "shuffled": [FLOOR, AGGREGATION]}
    for order, shuffled in ORDERS.items():
        stream = reports.approvals(bench.sizes.backlog, seed=1, shuffled=shuffled)
        await bench.stand.quiet()
        await broker.write(bench.stand.bootstrap, stream.records)
        bench.say(f"{len(stream.records):,} approved reports wait, {order}")
        for _ in range(bench.rounds):
            for contender in list(contenders[order]):
                if not await runs(bench, f"{order}.{contender.name}", contender, stream):
                    contenders[order].remove(contender)
    compare(bench)


async def runs(bench: Bench, name: str, contender: Contender, stream: Stream) -> bool:
    """Let one work; a peer that does not is left out of the rounds to come, and that is said."""
    try:
        await bench.race(name, contender, stream)
    except (TooLongError, StackError) as error:
        if contender not in rivals.PEERS:
            raise
        bench.results.note(f"{contender.name} is left out: {error}")
        bench.say(f"{contender.name} is left out: {error}")
        return False
    return True


def compare(bench: Bench) -> None:
    """The ratios that count."""
    results, ours = bench.results, "local.aggregation.rate"
    results.ratio("aggregation_vs_naive", ours, "local.naive.rate")
    results.ratio("aggregation_vs_floor", ours, "local.floor.rate")
    results.ratio(
        "aggregation_vs_floor_shuffled", "shuffled.aggregation.rate", "shuffled.floor.rate"
    )
    names = {f"local.{peer.name}.rate" for peer in rivals.PEERS if peer.guarantee in rivals.OURS}
    if best := results.best(names.__contains__):
        results.ratio("aggregation_vs_best_peer", ours, best)
        results.note(f"The best peer is {best.split('.')[1]}.")
