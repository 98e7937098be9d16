"""The embedded PostgreSQL: a server of its own in the data directory, on a Unix socket only."""

import hashlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy.local import account
from deploy.local.child import leashed
from deploy.local.errors import StackError
from deploy.local.postgres_programs import program, run
from deploy.local.server import PATIENCE_SECONDS, Server

ADMIN = "postgres"
SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes on Linux and 103 on macOS

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "jit": "off",
    "synchronous_commit": "on",  # Kafka's offsets must not run ahead of a lost commit
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}


class Postgres(Server):
    """PostgreSQL 18 over ``<data>/postgres``; whoever may open its socket is trusted: we and root.

    ``durable=False`` gives up surviving a power cut for speed: for tests.
    """

    title = "PostgreSQL"
    stop_signal = (
        signal.SIGINT
    )  # its fast shutdown, which always ends and takes every backend along

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        super().__init__("postgres", data)
        self.directory = data.resolve() / "postgres"
        self.socket_directory = socket_directory(self.directory)
        self.account = account.unprivileged()
        self.settings = SETTINGS | {"unix_socket_directories": str(self.socket_directory)}
        self.settings |= {} if durable else NOT_DURABLE

    @property
    def admin_url(self) -> str:
        """SQLAlchemy address of the administrator, in the database ``postgres``."""
        return self.url(ADMIN, "postgres")

    def url(self, role: str, database: str = "wardline") -> str:
        """SQLAlchemy address of a role in a database."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self.socket_directory}"

    def psql(self, *arguments: str | Path, variables: Mapping[str, str] | None = None) -> str:
        """Run psql as the administrator up to the first error; what it printed."""
        settings = [f"--set={name}={value}" for name, value in (variables or {}).items()]
        connection = ("-X", "-q", "-h", self.socket_directory, "-U", ADMIN)
        return run([program("psql"), *connection, "-v", "ON_ERROR_STOP=1", *settings, *arguments])

    def command(self) -> list[str]:
        """The server; its data directory is made when there is none."""
        self._make_socket_directory()
        if not self.directory.exists():
            self._initialise()
        self._await_predecessor()
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        return self._leashed("postgres", "-D", str(self.directory), *options)

    def answers(self) -> bool:
        """Whether it takes connections."""
        probe = [program("pg_isready"), "-q", "-h", str(self.socket_directory)]
        return subprocess.run(probe, check=False).returncode == 0

    def stop(self) -> None:
        """End it in order: connections are closed, nothing committed is lost."""
        super().stop()
        shutil.rmtree(self.socket_directory, ignore_errors=True)

    def _leashed(self, name: str, *arguments: str) -> list[str]:
        command = [program(name), *arguments]
        return leashed(command, account=self.account, at_parent_death=self.stop_signal)

    def _make_socket_directory(self) -> None:
        self.socket_directory.mkdir(mode=0o700, exist_ok=True)
        owners = {account.user_id(None), account.user_id(self.account)}
        if self.socket_directory.stat().st_uid not in owners:
            raise StackError(f"{self.socket_directory} belongs to another user; remove it")
        account.give(self.socket_directory, self.account)

    def _initialise(self) -> None:
        unfinished = self.directory.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        account.give(unfinished, self.account)
        # The builtin locale: the wheel has no ICU, and the C library's order differs by machine.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        options = (f"--username={ADMIN}", "--auth=trust", "--encoding=UTF8", *locale)
        run(self._leashed("initdb", "-D", str(unfinished), *options))
        unfinished.rename(self.directory)

    def _await_predecessor(self) -> None:
        """Let a server whose supervisor was killed finish its shutdown."""
        note = self.directory / "postmaster.pid"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (pid := noted_pid(note)) and psutil.pid_exists(pid):
            if not runs_on(pid, self.directory):
                note.unlink(missing_ok=True)  # the number now belongs to a stranger
            elif time.monotonic() > deadline:
                raise StackError(f"another PostgreSQL still runs on {self.directory}")
            else:
                time.sleep(0.1)


def socket_directory(directory: Path) -> Path:
    """A short directory of its own for the socket: a path over 107 bytes cannot be bound."""
    name = f"wardline-{hashlib.sha256(str(directory).encode()).hexdigest()[:10]}"
    parent = Path(tempfile.gettempdir())
    fits = len(str(parent / name / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    return (parent if fits else Path("/tmp")) / name  # noqa: S108 - made 0700, its owner checked


def noted_pid(note: Path) -> int | None:
    """The process id a server left in its ``postmaster.pid``, if there is one."""
    try:
        return int(note.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return None


def runs_on(pid: int, directory: Path) -> bool:
    """Whether this process is a PostgreSQL over the directory."""
    try:
        return str(directory) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False
