"""Starts the load generator and reads what it measured."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.loader import Request


@dataclass(frozen=True)
class Load:
    """What a load of requests showed."""

    elapsed: float
    cpu: float
    seconds: Sequence[float]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.elapsed

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        return quantile(self.seconds, share) * 1e3


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def closed(
    port: int, tokens: Mapping[str, str], requests: Sequence[Request], clients: int
) -> Load:
    """So many clients, each with one request at a time, until all are answered."""
    order: dict[str, Any] = {"port": port, "tokens": dict(tokens), "clients": clients}
    order["requests"] = list(requests)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.loader",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate(json.dumps(order).encode())
    return Load(**json.loads(answer))
