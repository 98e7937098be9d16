"""What breaks a run, and that its table says so."""

from typing import Any

import pytest

from tests.chaos.checker import Verdict
from tests.chaos.quiet import Recovery, shortened
from tests.chaos.table import Outcome, table

WELL = Recovery(3.0, waited={"requests under way": 1.0})
DONE: dict[str, Any] = {"kind": "kill", "trouble": ""}
NOT_DONE = DONE | {"trouble": "cut short"}
DIED: dict[str, Any] = {"what": "died", "who": "Kafka"}


def outcome(**changes: Any) -> Outcome:  # noqa: ANN401
    parts: dict[str, Any] = {"faults": [DONE], "findings": [], "verdicts": [], "recovery": WELL}
    return Outcome(seed=1, seconds=60, planted="", requests={}, **(parts | changes))


def test_a_run_that_kept_every_promise_is_well() -> None:
    assert outcome().ok
    assert "every promise kept" in table(outcome())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("faults", {"faults": [DONE, NOT_DONE]}),
        ("processes", {"findings": [DIED]}),
        ("recovery", {"recovery": Recovery(61.0)}),
        ("recovery", {"recovery": Recovery(59.0, ["submission: 1 events untold"])}),
    ],
)
def test_a_run_is_broken_by(name: str, changes: dict[str, Any]) -> None:
    assert outcome(**changes).broken == [name]
    assert f"BROKEN: {name}" in table(outcome(**changes))


def test_a_broken_invariant_breaks_a_run() -> None:
    lost = Verdict("I1", "kept", counted=1, lost=1)
    assert outcome(verdicts=[lost]).broken == ["I1"]


def test_what_is_waited_for_is_the_same_thing_while_its_numbers_change() -> None:
    assert shortened("validation: 12 records unheard") == shortened("validation: 7 records unheard")
