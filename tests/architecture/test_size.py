"""Small files, small functions: whoever opens one can hold it in their head."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LINES = 200
TEST_FILE_LINES = 300
FUNCTION_LINES = 30

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.splitlines() if "/versions/" not in name]
    return [path for path in paths if path.exists()]  # a migration is a script, never read again


def functions(source: Path) -> Iterator[Function]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def named(source: Path) -> str:
    return str(source.relative_to(ROOT))


@pytest.mark.parametrize("source", sources(), ids=named)
def test_a_file_and_its_functions_are_short(source: Path) -> None:
    limit = TEST_FILE_LINES if source.is_relative_to(ROOT / "tests") else FILE_LINES
    lines = len(source.read_text(encoding="utf-8").splitlines())
    long = {f.name: length(f) for f in functions(source) if length(f) > FUNCTION_LINES}
    assert lines <= limit
    assert long == {}
