"""The whole line for system tests: one for all of them, each with names of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.issuer import Issuer
from tests import stack as stacks
from tests.stack import Stack
from tests.system import line as lines
from tests.system.line import Line
from tests.system.processes import Processes


@contextmanager
def started(stack: Stack, issuer: Issuer, data: Path) -> Iterator[Processes]:
    """The four services, for the length of the block; each knows the catalogue.

    At the end there must be no trace of anything that no test has caused.
    """
    processes = Processes.of(stack, issuer, data)
    with processes.running():
        stacks.aside(lambda: lines.knows_the_catalogue(processes))
        yield processes
        assert processes.unexpected() == []


@pytest.fixture(scope="session")
def processes(
    stack: Stack, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    """The four services on the tests' stack. Tests share it: each takes periods of its own."""
    with started(stack, issuer, tmp_path_factory.mktemp("line")) as processes:
        yield processes


@pytest.fixture
async def line(processes: Processes) -> AsyncIterator[Line]:
    """The line, to be asked over HTTP."""
    async with lines.opened(processes) as line:
        yield line


@pytest.fixture(scope="session")
def breakable(
    stack: Stack,
    issuer: Issuer,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Processes]:
    """A line whose PostgreSQL and Kafka can be stopped: that of all tests, if these are ours."""
    if stack.kafka is not None:
        yield request.getfixturevalue("processes")
        return
    with (
        stacks.embedded(tmp_path_factory.mktemp("stack")) as own,
        started(own, issuer, tmp_path_factory.mktemp("line")) as processes,
    ):
        yield processes


@pytest.fixture
async def breakable_line(breakable: Processes) -> AsyncIterator[Line]:
    """The line on servers that can be stopped."""
    async with lines.opened(breakable) as line:
        yield line
