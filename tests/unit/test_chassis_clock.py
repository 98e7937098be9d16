"""One clock for the process, and the city's own dates."""

from datetime import UTC, date, datetime, timedelta

from chassis import clock


def test_a_test_sets_the_clock_and_gives_it_back() -> None:
    instant = datetime(2025, 10, 31, 17, 0, tzinfo=UTC)

    with clock.set_to(instant):
        assert clock.now() == instant

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_set_clock_can_run() -> None:
    ticks = iter([datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)])

    with clock.set_to(lambda: next(ticks)):
        assert clock.now() < clock.now()


def test_the_day_begins_in_the_city_seven_hours_before_it_does_in_greenwich() -> None:
    midnight = datetime(2025, 10, 31, 17, 0, tzinfo=UTC)

    assert clock.local_date(midnight) == date(2025, 11, 1)
    assert clock.local_date(midnight - timedelta(microseconds=1)) == date(2025, 10, 31)
