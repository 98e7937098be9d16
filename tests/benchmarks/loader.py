"""The load generator, a process of its own: its CPU is told apart from what it measures.

Reads orders as JSON on standard input and answers with latencies, statuses and its own CPU.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import uvloop

from tests.benchmarks.client import Connection

Request = tuple[str, str, str, str]
"""Method, path, body, and the ward whose officer asks."""


async def closed(
    port: int, tokens: dict[str, str], requests: list[Request], clients: int
) -> dict[str, Any]:
    """Each client sends its next request when it has its answer."""
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    waiting = iter(requests)

    async def client() -> None:
        connection = await Connection.open(port, "")
        for method, path, body, ward in waiting:
            connection.token = tokens[ward]
            began = time.perf_counter()
            status, _ = await connection.ask(method, path, body.encode())
            seconds.append(time.perf_counter() - began)
            statuses[status] += 1
        connection.close()

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    return {
        "elapsed": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "seconds": seconds,
        "statuses": dict(statuses),
    }


def main() -> None:
    """Carry out one order."""
    order = json.load(sys.stdin)
    json.dump(asyncio.run(closed(**order)), sys.stdout)


if __name__ == "__main__":
    uvloop.install()
    main()
