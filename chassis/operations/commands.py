"""What every service's command line can do beside serving; all else is done over HTTP."""

from chassis import outbox
from chassis.audit.verify import audit_verify
from chassis.runtime import Runtime


async def release(runtime: Runtime, arguments: list[str]) -> None:
    """Let events that the broker refused be told again, by their numbers in the outbox."""
    if not arguments or not all(argument.isdecimal() for argument in arguments):
        raise SystemExit("which? numbers are needed, as in: release 12 13")
    numbers = [int(argument) for argument in arguments]
    await runtime.database.transact(lambda unit: outbox.release(unit.session, numbers))


COMMANDS = {"release": release, "audit-verify": audit_verify}
