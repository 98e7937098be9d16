"""The servers of a run: as the local stack has them, but reached through proxies."""

from collections.abc import Iterable
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.ports import HOST, listens

PORTS = 64
"""Ports of one run; they lie below those that outgoing connections get."""
LOWEST, HIGHEST = 12_000, 31_000


class ProxiedKafka(Kafka):
    """Tells clients that it is at the proxy; a second listener is for those who bypass it."""

    def __init__(self, data: Path, port: int, proxy_port: int) -> None:
        """It takes ``port``, and the next two for its controller and the direct listener."""
        super().__init__(data, port)
        self._proxy_port = proxy_port
        self.direct = f"{HOST}:{port + 2}"

    def _settings(self) -> Iterable[tuple[str, str]]:
        controller = f"CONTROLLER://{HOST}:{self.controller_port}"
        listeners = f"PLAINTEXT://{self.bootstrap},DIRECT://{self.direct}"
        protocols = "PLAINTEXT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT"
        changed = {
            "listeners": f"{listeners},{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self._proxy_port},DIRECT://{self.direct}",
            "listener.security.protocol.map": protocols,
            "inter.broker.listener.name": "DIRECT",
        }
        yield from (dict(super()._settings()) | changed).items()


def free_block(first: int) -> int:
    """The first of `PORTS` ports in a row that nobody listens on, looked for from ``first`` on."""
    for base in range(first, HIGHEST, PORTS):
        if not any(listens(port) for port in range(base, base + PORTS)):
            return base
    raise RuntimeError(f"no {PORTS} free ports in a row between {first} and {HIGHEST}")
