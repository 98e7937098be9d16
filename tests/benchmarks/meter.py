"""CPU time and memory by process: a server's workers and ended workers are counted with it."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

Cpu = Mapping[str, float]


@dataclass(frozen=True)
class Meter:
    """Looks at processes by name, given their ids."""

    pids: Mapping[str, int]

    def cpu(self) -> dict[str, float]:
        """CPU seconds of each so far, user and system."""
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    def memory(self) -> dict[str, float]:
        """Resident memory of each in MB; pages that processes share are counted once."""
        return {name: memory_mb(pid) for name, pid in self.pids.items()}


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its children, and those of its children that have ended."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(pid: int) -> float:
    """Proportional set size where the system tells it, else the resident one."""
    total = 0
    for process in family(pid):
        try:
            full = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        total += getattr(full, "pss", full.rss)
    return total / 1e6


def spent(before: Cpu, after: Cpu) -> dict[str, float]:
    """CPU seconds between two looks; at least nothing."""
    return {name: max(0.0, after[name] - before.get(name, 0.0)) for name in after}
