"""A service's command line: ``python -m services.<name> serve | migrate | …``."""

import argparse
import asyncio
import inspect
import sys
from collections.abc import Mapping

from chassis import logging
from chassis.operations.commands import COMMANDS
from chassis.operations.republish import republishing
from chassis.operations.restored import restoring
from chassis.serve import serve
from chassis.service import Command, Service, compose, create_app
from chassis.settings import ServiceSettings, SettingsError, load


def main(service: Service) -> None:
    """Do what the arguments say; exits with 2 when the environment is wrong."""
    parser = _parser(service)
    command = parser.parse_args(sys.argv[1:2]).command
    options = sys.argv[2:]
    if options and command not in _commands(service):
        parser.error(f"unrecognized arguments: {' '.join(options)}")
    try:
        settings = load(service.settings)
    except SettingsError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        sys.exit(2)
    logging.configure(service.name, settings.log_format, settings.log_level)
    if command == "serve":
        serve(create_app(service, settings))
    elif command == "migrate":
        asyncio.run(_migrate(service, settings))
    else:
        asyncio.run(_run(service, settings, command, options))


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"python -m services.{service.name}", description=service.title
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="serve HTTP and the bus until SIGTERM")
    commands.add_parser("migrate", help="bring the schema up to date, as WARDLINE_OWNER_URL")
    for name, command in _commands(service).items():
        purpose = (inspect.getdoc(command) or "").partition("\n")[0]
        commands.add_parser(name, help=purpose)
    return parser


def _commands(service: Service) -> Mapping[str, Command]:
    general = {"republish": republishing(service.retold), "restored": restoring(service.told)}
    return {**COMMANDS, **general, **service.commands}


async def _migrate(service: Service, settings: ServiceSettings) -> None:
    if service.migrations is None or not settings.owner_url:
        sys.stderr.write(f"{service.name}: WARDLINE_OWNER_URL is needed to migrate\n")
        sys.exit(2)
    from chassis import migrate  # noqa: PLC0415 - Alembic costs every serving process 14 MB

    applied = await migrate.upgrade(settings.owner_url, service.name, service.migrations)
    sys.stdout.write(f"{service.name}: {', '.join(applied) or 'already up to date'}\n")


async def _run(
    service: Service, settings: ServiceSettings, command: str, arguments: list[str]
) -> None:
    runtime = compose(service, settings)
    try:
        await _commands(service)[command](runtime, arguments)
    finally:
        await runtime.stop()
