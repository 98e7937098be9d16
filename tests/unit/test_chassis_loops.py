"""Background loops are kept running, and a stuck one is noticed."""

import asyncio

import pytest

from chassis import loops
from chassis.loops import Loop, Loops
from chassis.pulse import Pulse


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)


async def test_a_loop_that_fails_is_started_again() -> None:
    attempts = 0
    well = asyncio.Event()

    async def run() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ValueError(attempts)
        if attempts == 3:
            return
        well.set()
        await asyncio.Event().wait()

    running = Loops([Loop(Pulse("sample"), run)])
    running.start()
    await asyncio.wait_for(well.wait(), 5)

    assert attempts == 4
    assert running.stalled() == []
    running.cancel()
    await running.ended(1)


async def test_a_loop_ends_what_it_is_at_when_stopped() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            ended.set()

    running = Loops([Loop(Pulse("sample"), run)])
    running.start()
    await began.wait()
    running.cancel()
    await running.ended(5)

    assert ended.is_set()


async def test_a_loop_that_will_not_end_is_left_behind() -> None:
    began, release = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        began.set()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    running = Loops([Loop(Pulse("sample"), run)])
    running.start()
    await began.wait()
    running.cancel()
    await running.ended(0.05)
    release.set()


async def test_a_loop_without_a_turn_for_a_minute_is_stalled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, alive = Pulse("stuck"), Pulse("alive")

    async def wait() -> None:
        await asyncio.Event().wait()

    running = Loops([Loop(stuck, wait), Loop(alive, wait)])
    running.start()
    await asyncio.sleep(0.03)
    monkeypatch.setattr(loops, "STALLED_SECONDS", 0.02)
    alive.beat()

    assert running.stalled() == ["stuck"]
    running.cancel()
    await running.ended(1)
    assert running.stalled() == ["alive", "stuck"]


async def test_a_loop_that_failed_often_and_then_ran_well_is_not_kept_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loops, "STEADY_SECONDS", 0.05)
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    async def run() -> None:
        if len(pauses) == 3:
            await sleep(0.1)
        if len(pauses) == 5:
            await asyncio.Event().wait()

    monkeypatch.setattr("chassis.loops.asyncio.sleep", note)
    running = Loops([Loop(Pulse("sample"), run)])
    running.start()
    async with asyncio.timeout(5):
        while len(pauses) < 5:
            await sleep(0.01)
    running.cancel()
    await running.ended(1)

    assert pauses == [0.001, 0.002, 0.004, 0.001, 0.002]
