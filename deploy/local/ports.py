"""Ports of the loopback: which are free, and one clear line when one is not."""

import socket
from contextlib import ExitStack

from deploy.local.errors import StackError

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on right now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def require_free(port: int, purpose: str) -> None:
    """Refuse a port that somebody else listens on, saying for what it was wanted."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers themselves do
        try:
            probe.bind((HOST, port))
        except OSError as error:
            taken = f"port {port}, wanted for {purpose}, is taken"
            raise StackError(f"{taken}: stop what listens there, or give --offset") from error


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0):
            return True
    except OSError:
        return False
