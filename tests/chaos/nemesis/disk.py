"""Faults of disks: a server's data is on one that is small, and full for a while."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

import psutil

from deploy.local.errors import StackError
from deploy.local.server import Server
from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import ON_KAFKA, ON_POSTGRES, Fault, Notes

HEADROOM_BYTES: Final = 48 * 1024 * 1024
"""What the small disk has beside the data that is there."""
FULL_SECONDS: Final = (10.0, 20.0)
TURN_SECONDS: Final = 2.0
RECOVERY_SECONDS: Final = 60.0
BALLAST: Final = "ballast"
ZEROS: Final = bytes(65_536)


class SmallDisk:
    """Gives a server's directory a file system of its own, in memory, and takes it away again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._before = directory.with_suffix(".before")
        self._after = directory.with_suffix(".after")
        self._is_whole = False
        """Whether all of the data is on the small disk."""

    def mount(self) -> None:
        """Move the data of a server that is stopped onto a small disk."""
        owner = self.directory.stat()
        has = sum(path.stat().st_blocks * 512 for path in self.directory.rglob("*"))
        self.directory.rename(self._before)
        self.directory.mkdir()
        size = f"size={has + HEADROOM_BYTES},mode=700,uid={owner.st_uid},gid={owner.st_gid}"
        run("mount", "-t", "tmpfs", "-o", size, "wardline-chaos", self.directory)
        copy(self._before, self.directory)
        self._is_whole = True

    def fill(self) -> None:
        """Leave no byte, whatever others write meanwhile."""
        with (self.directory / BALLAST).open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(ZEROS):
                pass

    def free(self) -> None:
        """Make room."""
        (self.directory / BALLAST).unlink(missing_ok=True)

    def unmount(self) -> None:
        """Move the data of a server that is stopped back to where it was."""
        if self._is_whole:
            self.free()
            self._after.mkdir(mode=0o700)
            copy(self.directory, self._after)
        if self.directory.is_mount():
            run("umount", self.directory)
        if self._before.exists():
            self.directory.rmdir()
            (self._after if self._is_whole else self._before).rename(self.directory)
            shutil.rmtree(self._before, ignore_errors=True)


def unmounted(data: Path) -> None:
    """Take away every small disk below a run's directory: what a fault could not do itself."""
    for part in psutil.disk_partitions(all=True):
        if Path(part.mountpoint).is_relative_to(data.resolve()):
            run("umount", "--lazy", part.mountpoint)


def run(*command: str | Path) -> None:
    """Do something that only root may."""
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def copy(source: Path, target: Path) -> None:
    """Everything in a directory, with owners and holes."""
    run("cp", "-a", "--sparse=always", f"{source}/.", f"{target}/")


@asynccontextmanager
async def on_a_small_disk(
    cluster: Cluster, server: Server, directory: Path
) -> AsyncIterator[SmallDisk]:
    """The server stands on a small disk for the length of the block; it runs again after it."""
    disk = SmallDisk(directory)
    with cluster.away(server):
        try:
            await cluster.aside(server.stop)
            await cluster.aside(disk.mount)
            await started(cluster, server)
            yield disk
        finally:
            await cluster.aside(server.stop)
            await cluster.aside(disk.unmount)
            await started(cluster, server)


async def full(
    cluster: Cluster, server: Server, directory: Path, rng: Random, notes: Notes
) -> None:
    """Fill the disk, start what ends of it as an orchestrator would, and make room again."""
    notes.say(server.name)
    ended = 0
    async with on_a_small_disk(cluster, server, directory) as disk:
        await asyncio.sleep(TURN_SECONDS)
        until = monotonic() + rng.uniform(*FULL_SECONDS)
        while monotonic() < until:
            await cluster.aside(disk.fill)
            if server.process.exit_code is not None:
                ended += 1
                await cluster.aside(launched(server))
            await asyncio.sleep(TURN_SECONDS)
        await cluster.aside(disk.free)
        began = monotonic()
        await started(cluster, server)
        notes.say(ended=ended, well_after=round(monotonic() - began, 1))


def launched(server: Server) -> Callable[[], None]:
    """Start it without waiting for it; what cannot even begin is tried again later."""

    def launch() -> None:
        try:
            server.launch()
        except (StackError, OSError, subprocess.CalledProcessError):
            return

    return launch


async def started(cluster: Cluster, server: Server) -> None:
    """Start it until it answers; raises when it does not within a minute."""
    deadline = monotonic() + RECOVERY_SECONDS
    while not await cluster.aside(server.answers):
        if monotonic() > deadline:
            raise TimeoutError(f"{server.title} does not come back: {server.process.last_words()}")
        if not is_running(server):
            await cluster.aside(launched(server))
        await asyncio.sleep(0.5)


def is_running(server: Server) -> bool:
    """Whether its process is there; one that was never started has none."""
    try:
        return server.process.pid > 0 and server.process.exit_code is None
    except StackError:
        return False


async def postgres(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """PostgreSQL's disk is full: its log of writes, and every table that grows."""
    await full(cluster, cluster.postgres, cluster.postgres.directory, rng, notes)


async def kafka(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kafka's disk is full: it ends as soon as it cannot write."""
    await full(cluster, cluster.kafka, cluster.kafka.directory, rng, notes)


FAULTS: Final = (
    Fault("postgres-disk-full", 1, postgres, long_only=True, seconds=40, touches=ON_POSTGRES),
    Fault("kafka-disk-full", 1, kafka, long_only=True, seconds=80, touches=ON_KAFKA),
)
