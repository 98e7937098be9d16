"""Faults of producers: what was told is told again, in another order, and late."""

from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from aiokafka.errors import KafkaError

from chassis.records import Record
from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.crafted import marked, renamed
from tests.chaos.nemesis.fault import ON_TOPICS, Fault, Notes
from tests.chaos.nemesis.hostile_records import is_good
from tests.chaos.nemesis.writing import TOPICS, some, writer

SLICES: Final = 4
LONGEST: Final = 60
NEW_IDS: Final = 5

Order = Callable[[list[Record], Random], list[Record]]


async def duplicates(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Slices of topics once more, as they were."""
    await _resend(cluster, rng, notes, lambda records, _: records)


async def reordered(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Slices of topics once more, backwards or shuffled, and some of it twice."""
    await _resend(cluster, rng, notes, _any_order)


async def old_states(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Old states as if they had just been told: under ids that nobody has heard."""
    await _resend(cluster, rng, notes, _under_new_ids)


def _any_order(records: list[Record], rng: Random) -> list[Record]:
    twice = records + rng.sample(records, len(records) // 3)
    return rng.choice((twice[::-1], rng.sample(twice, len(twice))))


def _under_new_ids(records: list[Record], rng: Random) -> list[Record]:
    good = [record for record in records if is_good(record)]
    some_of_them = rng.sample(good, min(NEW_IDS, len(good)))
    return [renamed(record, UUID(int=rng.getrandbits(128))) for record in some_of_them]


async def _resend(cluster: Cluster, rng: Random, notes: Notes, order: Order) -> None:
    """A record that is no event, or that was made for this run, goes out byte for byte.

    One that stands for a batch that no client can read would be another record: it is left out.
    """
    sent = unknown = 0
    async with writer(cluster.kafka_direct) as pen:
        for topic in rng.choices(TOPICS, k=SLICES):
            found = await some(cluster.kafka_direct, topic, rng, rng.randint(1, LONGEST))
            readable = [record for record in found if not record.is_unreadable]
            for record in order(readable, rng):
                again = marked(record, notes.kind) if is_good(record) else record
                try:
                    await pen.write(again)
                    sent += 1
                except (KafkaError, TimeoutError):
                    unknown += 1
            notes.say(topic)
    notes.say(sent=sent, unknown=unknown)
    if not sent + unknown:
        raise LookupError("there was nothing to send again")


FAULTS: Final = (
    Fault("resend-duplicates", 3, duplicates, seconds=5, touches=ON_TOPICS),
    Fault("resend-reordered", 3, reordered, seconds=5, touches=ON_TOPICS),
    Fault("resend-old-new-id", 2, old_states, seconds=5, touches=ON_TOPICS),
)
