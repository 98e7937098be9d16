"""The database's directory is lost, and made again from the archive."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil

from deploy.drill.archive import Archive
from deploy.local import account
from deploy.local.errors import StackError
from deploy.local.postgres import Postgres, noted_pid

PATIENCE_SECONDS = 120.0


def lose(postgres: Postgres) -> Path:
    """Kill every process of the server at once and take its directory away; where it is now."""
    pid = noted_pid(postgres.directory / "postmaster.pid")
    if pid is None:
        raise StackError("PostgreSQL does not run")
    server = psutil.Process(pid)
    for process in (server, *server.children(recursive=True)):
        os.kill(process.pid, signal.SIGKILL)
    postgres.process.wait(PATIENCE_SECONDS)
    lost = postgres.directory.with_suffix(f".lost-{pid}")
    postgres.directory.rename(lost)
    return lost


def restore(postgres: Postgres, archive: Archive, until: str | None = None) -> None:
    """Put the base backup in place and start the server: it replays the archived log.

    ``until`` is an instant in PostgreSQL's notation; without it, everything is replayed, also
    the segment that was not full yet.
    """
    subprocess.run(["/bin/cp", "-a", archive.base, postgres.directory], check=True)
    settings = {"restore_command": _fetch(archive.wal), "recovery_target_timeline": "latest"}
    if until:
        settings |= {"recovery_target_time": until, "recovery_target_action": "promote"}
    with (postgres.directory / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{quoted(value)}'\n" for name, value in settings.items())
    signal_file = postgres.directory / "recovery.signal"
    signal_file.touch()
    account.give(signal_file, postgres.account)
    postgres.start()
    _await_end_of_recovery(postgres)


def _fetch(wal: Path) -> str:
    return f'cp "{wal}/%f" "%p" || cp "{wal}/%f.partial" "%p"'


def quoted(value: str) -> str:
    """A value within the quotes of a configuration file."""
    return value.replace("'", "''")


def _await_end_of_recovery(postgres: Postgres) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while postgres.psql("-At", "-c", "SELECT pg_is_in_recovery()").strip() != "f":
        if time.monotonic() > deadline:
            raise StackError(f"PostgreSQL is still in recovery ({postgres.process.log})")
        time.sleep(0.1)


def forget(*folders: Path) -> None:
    """Remove what a drill leaves behind."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
