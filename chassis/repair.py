"""Commands with which an operator mends a service: see what was set aside, and try it again."""

import sys

from sqlalchemy import text

from chassis import outbox
from chassis.runtime import Runtime

MOST_SHOWN = 200


async def dead_letters(runtime: Runtime, _: list[str]) -> None:
    """List the records that could not be applied and are still open, oldest first."""
    async with runtime.database.unit() as unit:
        found = await unit.session.execute(
            text("""
                SELECT id, topic, partition, record_offset, event_type, subject,
                       stage, cause, attempts, last_seen, detail
                FROM dead_letter WHERE resolved_at IS NULL ORDER BY id LIMIT :most
            """),
            {"most": MOST_SHOWN},
        )
        _write("\t".join(found.keys()))
        for row in found:
            _write("\t".join(" ".join(str(value).split()) for value in row))


async def replay(runtime: Runtime, arguments: list[str]) -> None:
    """Apply dead letters again, by their numbers; what fails again stays open."""
    if runtime.listener is None:
        raise SystemExit(f"{runtime.service} hears nothing")
    await runtime.listener.replay(_numbers(arguments), runtime.database)


async def release(runtime: Runtime, arguments: list[str]) -> None:
    """Let events that the broker refused be told again, by their numbers in the outbox."""
    numbers = _numbers(arguments)
    await runtime.database.transact(lambda unit: outbox.release(unit.session, numbers))


COMMANDS = {"dead-letters": dead_letters, "replay": replay, "release": release}


def _numbers(arguments: list[str]) -> list[int]:
    if not arguments or not all(argument.isdecimal() for argument in arguments):
        raise SystemExit("which? numbers are needed, as in: replay 12 13")
    return [int(argument) for argument in arguments]


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
