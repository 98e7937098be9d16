"""A line that loses its database gets it back: both acts, on real servers, as `make drill`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT
from tests.terminal import free_layout

PATIENCE_SECONDS = 420


@pytest.mark.parametrize("lost", ["nothing", "tail"])
def test_what_was_acknowledged_is_there_after_the_restore(lost: str, tmp_path: Path) -> None:
    layout = free_layout(tmp_path / "drill")
    place = ["--data", str(layout.data), "--offset", str(layout.offset)]
    short = ["--wards", "8", "--seconds", "3"]

    drill = subprocess.run(
        [sys.executable, "-m", "deploy.drill", "--lose", lost, *place, *short],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert drill.returncode == 0, drill.stdout
    assert "8 of 8 checks hold" in drill.stdout
    assert not layout.data.exists()
