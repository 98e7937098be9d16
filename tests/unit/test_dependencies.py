"""What is said of pinned dependencies: never that the unknown is good."""

from typing import Any

import pytest

from deploy import dependencies
from deploy.dependencies import KNOWN_GOOD, UNKNOWN, VULNERABLE, YANKED, Pin, judged, pins

PIN = Pin("kit", "1.2")
BAD = {"id": "X-1", "fixed_in": ["1.3"], "withdrawn": None}


def told(version: str = "1.2", **more: object) -> dict[str, Any]:
    return {"info": {"version": version}, "releases": {}, "vulnerabilities": []} | more


def test_every_release_that_is_named_is_found_once() -> None:
    text = 'kit==1.2 \\\n    --hash=sha256:00\nkit==1.2\nother[x]==3 ; os_name == "nt"\n# no==1'
    assert pins([text, text]) == [PIN, Pin("other", "3")]


@pytest.mark.parametrize(
    ("said", "verdicts"),
    [
        (told(), [KNOWN_GOOD]),
        (told("1.3"), [UNKNOWN]),
        (told("1.3", vulnerabilities=[BAD]), [UNKNOWN]),
        (None, [UNKNOWN]),
        ({"info": {"version": "1.2"}}, [UNKNOWN]),
        (told(vulnerabilities=[BAD]), [VULNERABLE]),
        (told(vulnerabilities=[BAD | {"withdrawn": "2026-01-01"}]), [KNOWN_GOOD]),
        (told(releases={"1.2": [{"yanked": True}]}), [YANKED, KNOWN_GOOD]),
        (told(releases={"1.2": [{"yanked": True}, {"yanked": False}]}), [KNOWN_GOOD]),
    ],
)
def test_the_unknown_is_never_good(said: dict[str, Any] | None, verdicts: list[str]) -> None:
    assert [finding.verdict for finding in judged(PIN, said)] == verdicts


def test_the_index_is_pips_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    assert dependencies.index() == "http://127.0.0.1:1/simple"
