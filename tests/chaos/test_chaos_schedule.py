"""A plan is the same for a seed, has every kind when there is time, and keeps its promises."""

import pytest

from tests.chaos.nemesis import catalogue
from tests.chaos.nemesis.schedule import LANES, kinds, plan

FAULTS = catalogue.everything()
SEEDS = range(5)


def test_a_kind_has_one_name() -> None:
    assert len({fault.kind for fault in FAULTS}) == len(FAULTS)


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(FAULTS, 7, 120) == plan(FAULTS, 7, 120)
    assert plan(FAULTS, 7, 120) != plan(FAULTS, 8, 120)


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_minutes_have_every_kind(seed: int) -> None:
    assert set(kinds(plan(FAULTS, seed, 600))) == {fault.kind for fault in FAULTS}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_short_run_has_no_fault_that_takes_long(seed: int) -> None:
    assert not any(planned.fault.long_only for planned in plan(FAULTS, seed, 90))


@pytest.mark.parametrize("seconds", [20, 90, 600])
def test_the_last_fault_is_over_in_time(seconds: float) -> None:
    assert all(planned.ends <= seconds for planned in plan(FAULTS, 1, seconds))


@pytest.mark.parametrize("seed", SEEDS)
def test_faults_of_one_thing_never_overlap(seed: int) -> None:
    planned = plan(FAULTS, seed, 600)
    for one in planned:
        same = [p for p in planned if p.fault.meets(one.fault) and p is not one]
        assert not any(one.at <= p.at < one.ends for p in same)
        assert sum(p.at <= one.at < p.ends for p in planned) <= LANES


def test_only_some_kinds_can_be_asked_for() -> None:
    assert [fault.kind for fault in catalogue.only("kill,pause")] == ["kill", "pause"]
    assert not any(fault.long_only for fault in catalogue.only("kafka-down"))
    with pytest.raises(LookupError, match="no such fault: flood"):
        catalogue.only("flood")


def test_no_faults_make_an_empty_plan() -> None:
    assert plan((), 1, 60) == []
