"""Other systems that do the same roll-up, as far as they are installed here.

Each does it as it naturally does: with its own state, telling its sums to a topic of its own.
How far it is, is what its group has committed; what it came to, is the last of each sum.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local.server import Server
from tests.benchmarks import broker
from tests.benchmarks.contenders import TOPIC, Contender, Totals
from tests.benchmarks.reports import Stream
from tests.benchmarks.results import Results
from tests.benchmarks.served import Program
from tests.benchmarks.stand import Stand

PEERS_PYTHON: Final = Path("build/benchmarks/peers/bin/python")
FLINK_PYTHON: Final = Path("build/benchmarks/flink/bin/python")
CONNECTORS: Final = Path("build/benchmarks/flink_connector")
JARS: Final = Path("build/kafka_streams")
JAVA: Final = Path("/usr/bin/java")
THOUSANDTHS: Final = Decimal("0.001")


def name_of(peer: str, database: str) -> str:
    """A group, application id and prefix of topics that no other run has."""
    return f"{peer}-{database}".replace("_", "-")


def figures(peer: str, database: str) -> str:
    """The topic that it tells its sums to."""
    return name_of(peer, database) + "-figures"


def contender(peer: str, guarantee: str) -> Contender:
    """A peer as a contender."""

    async def so_far(stand: Stand, database: str, _: Stream) -> int:
        try:
            return await broker.committed(stand.bootstrap, name_of(peer, database), TOPIC)
        except KafkaError:
            return 0  # its group is not there yet

    async def totals(stand: Stand, database: str) -> Totals:
        return await told(stand.bootstrap, figures(peer, database), exact=peer in {STREAMS, FLINK})

    return Contender(
        peer,
        guarantee,
        lambda stand, database: program(peer, stand, database),
        so_far,
        lambda stream: len(stream.records),
        totals=totals,
        topics=lambda database: (
            figures(peer, database),
            name_of(peer, database) + "-changes",  # Faust makes no such topic by itself
        ),
    )


def program(peer: str, stand: Stand, database: str) -> Server:
    """The peer's process, not started."""
    group, out = name_of(peer, database), figures(peer, database)
    state = (stand.layout.data / "peers" / group).resolve()
    state.mkdir(parents=True, exist_ok=True)
    if peer == STREAMS:
        path = f"{JARS}/peer.jar:{JARS}/lib/*"
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        words: list[str | Path] = [JAVA, "-Xmx512m", quiet, "-cp", path, "RollUp"]
        return Program(peer, stand.layout.data, [*words, stand.bootstrap, TOPIC, group, out, state])
    words = [*MODULES[peer], "--bootstrap", stand.bootstrap, "--topic", TOPIC, "--group", group]
    words += ["--out", out, "--state", state, "--partitions", str(stand.partitions)]
    if peer == FLINK:
        words += ["--connector", next(CONNECTORS.glob("*.jar")).resolve()]
    return Program(peer, stand.layout.data, words)


async def told(bootstrap: str, topic: str, *, exact: bool) -> Totals:
    """The last sums of each group in a topic; in thousandths where they are not ``exact``."""
    ends = await broker.ends(bootstrap, topic)
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    scale = Decimal(1) if exact else THOUSANDTHS
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed"
    ) as consumer:
        for place, end in ends.items():
            await read(consumer, place, end, found, scale)
    return found


async def read(
    consumer: AIOKafkaConsumer,
    place: TopicPartition,
    end: int,
    found: dict[tuple[str, str], dict[str, Decimal]],
    scale: Decimal,
) -> None:
    """Read one partition to the end that was seen."""
    consumer.assign([place])
    await consumer.seek_to_beginning(place)
    while await consumer.position(place) < end:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                template, _, period = record.key.decode().partition("/")
                sums = json.loads(record.value)
                found[template, period] = {n: Decimal(v) * scale for n, v in sums.items()}


STREAMS, QUIX, FAUST, FLINK = "kafka_streams", "quix", "faust", "flink"
MODULES: Final[dict[str, list[str | Path]]] = {
    QUIX: [PEERS_PYTHON, "-m", "tests.benchmarks.peers.quix"],
    FAUST: [PEERS_PYTHON, "-m", "tests.benchmarks.peers.faust_peer"],
    FLINK: [FLINK_PYTHON, "-m", "tests.benchmarks.peers.flink"],
}
TRANSACTIONS = "exactly once (transactions)"
CHECKPOINTS = "exactly once (checkpoints and transactions)"
OURS: Final = frozenset({TRANSACTIONS, CHECKPOINTS})
"""What promises as much as Wardline: whoever promises less is measured, and not compared with."""
PEERS: Final = (
    contender(STREAMS, TRANSACTIONS),
    contender(QUIX, TRANSACTIONS),
    contender(FAUST, "at least once; repeats are told by the decision number"),
    contender(FLINK, CHECKPOINTS),
)


def usable(results: Results) -> list[Contender]:
    """The peers that can run on this machine; a note about each that cannot."""
    needs = {
        STREAMS: [JARS / "peer.jar"],
        QUIX: [PEERS_PYTHON],
        FAUST: [PEERS_PYTHON],
        FLINK: [FLINK_PYTHON, CONNECTORS],
    }
    missing = {peer: [p for p in paths if not p.exists()] for peer, paths in needs.items()}
    for peer, paths in missing.items():
        for path in paths:
            results.note(f"{peer} was not measured: {path} is not there (make bench makes it)")
    return [peer for peer in PEERS if not missing[peer.name]]
