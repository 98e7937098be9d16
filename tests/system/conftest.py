"""The whole line for system tests: one for all of them, each with names of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.issuer import Issuer
from tests import stack as stacks
from tests.stack import Stack
from tests.system import line as lines
from tests.system.line import Line
from tests.system.processes import Processes


@pytest.fixture(scope="session")
def processes(
    stack: Stack, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    """The four services on the tests' stack. Tests share it: each takes periods of its own."""
    started = Processes.of(stack, issuer, tmp_path_factory.mktemp("line"))
    with started.running():
        stacks.aside(lambda: lines.knows_the_catalogue(started))
        yield started


@pytest.fixture
async def line(processes: Processes) -> AsyncIterator[Line]:
    """The line, to be asked over HTTP."""
    async with lines.opened(processes) as line:
        yield line
