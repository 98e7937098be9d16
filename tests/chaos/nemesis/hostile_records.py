"""Faults of writers: records on every topic that nobody should write."""

from random import Random
from typing import Final

from aiokafka.errors import KafkaError

from chassis.records import Record
from contracts import envelope
from contracts.envelope import NotAnEvent
from contracts.registry import BY_TYPE
from tests.bus import make_topic
from tests.chaos.cluster import Cluster
from tests.chaos.journal import Journal
from tests.chaos.nemesis.crafted import REFUSED, Crafted, crafted
from tests.chaos.nemesis.fault import ON_TOPICS, Fault, Notes
from tests.chaos.nemesis.writing import TOPICS, Refused, Writer, some, writer

ANSWERS: Final = "chaos.answers"
"""Where hostile writers want to be answered; nobody may."""
SLICE: Final = 20


async def hostile_records(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A good record of each topic, spoilt in every way there is, in any order."""
    await make_topic(cluster.kafka_direct, ANSWERS)  # nothing happens where it is there already
    async with writer(cluster.kafka_direct) as pen:
        for topic in rng.sample(TOPICS, len(TOPICS)):
            found = await some(cluster.kafka_direct, topic, rng, SLICE)
            if good := next(filter(is_good, found), None):
                made = crafted(good, ANSWERS, rng)
                counts = await _write(pen, cluster.journal, rng.sample(made, len(made)))
                notes.say(topic, **{topic: counts})
    if not notes.target:
        raise LookupError("no event was found to be spoilt")
    await _nobody_answered(cluster, rng)


def is_good(record: Record) -> bool:
    """Whether it is an event that one of the services told."""
    if record.value is None or any(name == "chaos" for name, _ in record.headers):
        return False
    try:
        sealed, data = envelope.read(record.headers, record.value)
        event = BY_TYPE[sealed.type].model_validate_json(data)
    except (NotAnEvent, KeyError, ValueError):
        return False
    return (event.topic, event.source) == (record.topic, sealed.source)


async def _write(pen: Writer, journal: Journal, made: list[Crafted]) -> dict[str, int]:
    counts = {"written": 0, "refused": 0, "unknown": 0}
    for one in made:
        try:
            written = await pen.write(one.record, one.compression)
        except Refused:
            counts["refused"] += 1
            if one.expected != REFUSED:
                journal.write("findings", what="good size refused", who=one.kind)
        except (KafkaError, TimeoutError) as error:
            counts["unknown"] += 1
            _note(journal, one, None, repr(error))
        else:
            counts["written"] += 1
            _note(journal, one, written)
            if one.expected == REFUSED:
                journal.write("findings", what="too large and not refused", who=one.kind)
    return counts


def _note(journal: Journal, one: Crafted, written: Record | None, trouble: str = "") -> None:
    """Write down where it stands; not where, if the broker did not say."""
    record = written or one.record
    journal.write(
        "hostile",
        topic=record.topic,
        partition=written and written.partition,
        offset=written and written.offset,
        digest=record.digest.hex(),
        kind=one.kind,
        expected=one.by_service,
        trouble=trouble,
    )


async def _nobody_answered(cluster: Cluster, rng: Random) -> None:
    for record in await some(cluster.kafka_direct, ANSWERS, rng, 1):
        cluster.journal.write("findings", what="answered a hostile writer", who=str(record.key))


FAULTS: Final = (Fault("hostile-records", 4, hostile_records, seconds=20, touches=ON_TOPICS),)
