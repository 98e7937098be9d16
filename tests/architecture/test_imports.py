"""Which part may know which, beyond what import-linter's contracts in pyproject.toml say."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPURE = {"now", "today", "utcnow", "uuid1", "uuid4", "uuid7", "urandom"}
CONTRACTS_MAY_KNOW = {"contracts", "msgspec", "pydantic", "pydantic_core", "cel", "yaml"}


def imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def named(source: Path) -> str:
    return str(source.relative_to(ROOT))


@pytest.mark.parametrize("source", sorted((ROOT / "contracts").rglob("*.py")), ids=named)
def test_the_contracts_know_only_how_to_read_and_to_check(source: Path) -> None:
    packages = {module.split(".")[0] for module in imported(source)}
    assert packages - sys.stdlib_module_names - CONTRACTS_MAY_KNOW == set()


@pytest.mark.parametrize("source", sorted((ROOT / "services").rglob("domain.py")), ids=named)
def test_a_domain_module_asks_for_no_time_and_makes_no_ids(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert called & IMPURE == set()


def test_the_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
