"""``restored``: makes a service safe whose database was restored to an earlier moment.

Kafka, the other services and clients know more than such a database. Stopped, each service
hears everything again since before that moment, takes back what it told itself since then, and
steps its numbers over all that were ever told.
"""

import argparse
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from sqlalchemy import text

from chassis import numbering
from chassis.database import Database
from chassis.operations import own_topics
from chassis.operations.own_topics import BEGINNING, Told
from chassis.runtime import Runtime
from chassis.unit import Unit


@dataclass(frozen=True, slots=True)
class Found:
    """What a service's own topics hold: events, of them missing here, and the highest number."""

    told: int = 0
    missing: int = 0
    highest: int = 0


def restoring(told: Told) -> Callable[[Runtime, list[str]], Awaitable[None]]:
    """The command of a service that tells this."""

    async def restored(runtime: Runtime, arguments: list[str]) -> None:
        """After a restore that lost the newest: hear, take back and number anew (--help)."""
        given = _parser(runtime.service).parse_args(arguments)
        if given.go:
            await _rewind(runtime, given.since)
        found = await _take_back(runtime, told, given.since, go=given.go)
        said = []
        if told.taking_back:
            were = "were missing here and are taken back" if given.go else "are missing here"
            said.append(f"{found.missing} of {found.told} events that it told {were}")
        if given.go:
            said.append(await _step(runtime, told, found, given))
        else:
            said.append("nothing was changed; --go does it")
        sys.stdout.write(f"{runtime.service}: {'; '.join(said)}\n")

    return restored


async def _take_back(runtime: Runtime, told: Told, since: datetime, *, go: bool) -> Found:
    found = Found()
    take_back = told.taking_back() if told.taking_back else None
    for topic in told.topics:
        async for events in own_topics.events(runtime.settings.kafka_bootstrap, topic, since):
            missing = 0
            if take_back and events:
                async with _transaction(runtime.database, go=go) as unit:
                    missing = await take_back(events, unit)
            mine = [e.event.sequence for e in events if isinstance(e.event, told.numbered)]
            highest = max(mine, default=0)
            found = Found(
                found.told + len(mine), found.missing + missing, max(found.highest, highest)
            )
    return found


def _transaction(database: Database, *, go: bool) -> AbstractAsyncContextManager[Unit]:
    return database.unit() if go else database.rehearsal()


async def _rewind(runtime: Runtime, since: datetime) -> None:
    """Let the service's group begin before the restored moment; refused while a member runs."""
    listener = runtime.listener
    if listener is None:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=runtime.settings.kafka_bootstrap,
        group_id=listener.name,
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        places = await own_topics.places(consumer, listener.topics, since)
        consumer.assign(list(places))
        await consumer.commit(places)
    except KafkaError as error:
        raise SystemExit(f"{listener.name} must be stopped first: {error!r}") from error
    finally:
        await consumer.stop()


async def _step(runtime: Runtime, told: Told, found: Found, given: argparse.Namespace) -> str:
    settings = runtime.settings
    database = Database(settings.owner_url, runtime.service) if told.step else runtime.database

    async def step(unit: Unit) -> str:
        own = int(await unit.session.scalar(text(told.highest)) or 0)
        least = await numbering.step_over(unit.session, max(own, found.highest))
        said = f"numbers go on from {least}"
        if told.step:
            said += f"; {await told.step(unit)}"
        since = None if given.since == BEGINNING else given.since.isoformat()
        on = f"service/{runtime.service}"
        unit.audit("restored", given.by, on, since=since, taken_back=found.missing, stepped=said)
        return said

    try:
        return await database.transact(step)
    finally:
        if told.step:
            await database.close()


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m services.{service} restored", description=__doc__)
    parser.add_argument("--since", type=_instant, default=BEGINNING, metavar="INSTANT")
    parser.add_argument("--by", default="operator", help="the opaque subject of who does it")
    parser.add_argument("--go", action="store_true", help="do it; without it nothing is changed")
    return parser


def _instant(text_: str) -> datetime:
    instant = datetime.fromisoformat(text_)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant needs its offset, as in …T09:00:00+00:00")
    return instant
