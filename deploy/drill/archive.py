"""Continuous backup: a copy of the database, and its log as it is written, always on disk here.

``pg_receivewal --synchronous`` is the server's synchronous standby: a commit is acknowledged when
its part of the log has been flushed in the archive too. So nothing acknowledged can be lost with
the database's directory.
"""

import time
from pathlib import Path

from deploy.local import account
from deploy.local.child import leashed
from deploy.local.errors import StackError
from deploy.local.postgres import ADMIN, Postgres
from deploy.local.postgres_programs import program, run
from deploy.local.server import Server

STANDBY = "wardline_archive"
PATIENCE_SECONDS = 30.0


class Archive(Server):
    """Takes the log of one PostgreSQL into ``<folder>/wal`` beside a ``<folder>/base``.

    Each belongs to one run of the server: after a restore another one is begun.
    """

    title = "archive"

    def __init__(self, postgres: Postgres, data: Path, name: str) -> None:
        super().__init__(name, data)
        self._postgres = postgres
        self.folder = data / name
        self.base, self.wal = self.folder / "base", self.folder / "wal"

    @property
    def source(self) -> str:
        """How the programs find the server."""
        where = f"host={self._postgres.socket_directory} user={ADMIN}"
        return f"{where} application_name={STANDBY}"

    def command(self) -> list[str]:
        """The receiver; its slot keeps the server from dropping log that is not here yet."""
        for folder in (self.folder, self.wal):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            account.give(folder, self._postgres.account)
        slot = ("--slot", STANDBY, "--if-not-exists")
        run([program("pg_receivewal"), "-d", self.source, "--create-slot", *slot])
        receive = ("--slot", STANDBY, "--synchronous", "-D", str(self.wal))
        return self._as_postgres("pg_receivewal", "-d", self.source, *receive)

    def answers(self) -> bool:
        """Whether the server sends it the log."""
        return self._is("streaming")

    def hold_commits(self) -> None:
        """From now on no commit is acknowledged before it is here."""
        setting = f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'"
        self._postgres.psql("-c", setting, "-c", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is("sync"):
            if time.monotonic() > deadline:
                raise StackError("the archive does not become PostgreSQL's synchronous standby")
            time.sleep(0.1)

    def copy(self) -> None:
        """Take the base backup while the server works."""
        options = ("-D", str(self.base), "--checkpoint=fast", "--wal-method=stream")
        run(self._as_postgres("pg_basebackup", "-d", self.source, *options))

    def _is(self, word: str) -> bool:
        query = "SELECT application_name, state, sync_state FROM pg_stat_replication"
        rows = self._postgres.psql("-At", "-c", query).splitlines()
        return any(row.startswith(f"{STANDBY}|") and word in row.split("|") for row in rows)

    def _as_postgres(self, name: str, *arguments: str) -> list[str]:
        return leashed([program(name), *arguments], account=self._postgres.account)
