"""When the breaker trips, and how long one waits."""

from chassis.breaker import Backoff, Breaker


def test_a_few_failures_never_trip_it_however_large_their_share() -> None:
    assert not Breaker().trips(19, 19)
    assert Breaker().trips(20, 20)


def test_a_fifth_of_the_last_thousand_is_still_bearable() -> None:
    breaker = Breaker()
    breaker.note(900, 180)

    assert not breaker.trips(100, 20)
    assert breaker.trips(100, 21)


def test_old_failures_are_forgotten() -> None:
    breaker = Breaker()
    breaker.note(1000, 200)
    breaker.note(1000, 0)

    assert not breaker.trips(1, 1)
    assert breaker.trips(1000, 201)


def test_a_batch_that_was_not_committed_leaves_no_trace() -> None:
    breaker = Breaker()

    assert all(breaker.trips(100, 50) for _ in range(5))
    assert not breaker.trips(100, 0)


def test_waits_double_to_the_longest_and_start_anew() -> None:
    backoff = Backoff(longest=30)
    waits = [backoff.next() for _ in range(12)]

    assert 0.05 <= waits[0] <= 0.1
    assert 15 <= waits[-1] <= 30
    backoff.reset()
    assert backoff.next() <= 0.1


def test_that_an_outage_is_over_is_noticed_within_seconds() -> None:
    backoff = Backoff()

    assert max(backoff.next() for _ in range(20)) <= 5
