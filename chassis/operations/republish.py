"""Telling a service's events again, through its outbox: its relay stays the only producer."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from chassis.operations.republication import Republication, known
from chassis.operations.retelling import Part, Scope
from chassis.runtime import Runtime

RATE: Final = 500


def republishing(parts: Sequence[Part]) -> Callable[[Runtime, list[str]], Awaitable[None]]:
    """The command that tells these parts again."""

    async def republish(runtime: Runtime, arguments: list[str]) -> None:
        """Tell again, under the same ids, what this service's state rests on (--help says how)."""
        given = _parser(runtime.service, parts).parse_args(arguments)
        scope = Scope(
            tuple(sorted(given.only)), given.ward, given.template, given.period, given.history
        )
        chosen = [part for part in parts if part.within(scope)]
        total = await _announce(runtime, chosen, scope, given.rate)
        if given.go and chosen:
            await Republication(runtime, chosen, scope, given.by).run(
                given.rate, total, restart=given.restart
            )
        elif chosen:
            sys.stdout.write("nothing was told: --go tells them\n")

    return republish


def _parser(service: str, parts: Sequence[Part]) -> argparse.ArgumentParser:
    names = [part.name for part in parts]
    parser = argparse.ArgumentParser(
        f"python -m services.{service} republish",
        description="Tell events again under the ids they had. Who knows them ignores them.",
    )
    say = parser.add_argument
    say("--go", action="store_true", help="tell them; without it only say how many there are")
    say("--rate", type=_rate, default=RATE, help=f"events a second ({RATE})")
    say("--restart", action="store_true", help="from the beginning, not where a run stopped")
    say("--history", action="store_true", help="every event, not only what the state rests on")
    say("--only", action="append", choices=names, default=[], help="this part; may be repeated")
    say("--ward", help="of this ward's code")
    say("--template", help="of this template's code")
    say("--period", help="of this period's code")
    say("--by", default=f"service/{service}", help="who does it, as an opaque id for the audit")
    return parser


def _rate(given: str) -> int:
    rate = int(given)
    if rate < 1:
        raise ValueError
    return rate


async def _announce(runtime: Runtime, parts: Sequence[Part], scope: Scope, rate: int) -> int:
    """Say what there is to tell, and how much of it an unfinished run has told; the total."""
    async with runtime.database.rehearsal() as unit:
        run = await known(unit, scope)
        counts = [(await part.count(unit.session, scope)).items() for part in parts]
    total = sum(number for count in counts for _, number in count)
    sys.stdout.write(f"{runtime.service}: {total:,} events to tell again")
    sys.stdout.write(f", {total / rate:,.0f} s at {rate:,} a second\n")
    for count in counts:
        for kind, number in count:
            sys.stdout.write(f"  {number:>9,}  {kind}\n")
    if run and run.ended_at is None:
        sys.stdout.write(f"a run begun at {run.started_at:%F %T} UTC stopped after {run.told:,}: ")
        sys.stdout.write("it is gone on with unless --restart is given\n")
    return total
