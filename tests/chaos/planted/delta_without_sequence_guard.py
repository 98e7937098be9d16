"""The figures take each decision as the newest there is."""

from tests.chaos.planted.starting import start

GUARD = "WHERE excluded.decision_no > known.decision_no"


def plant(service: str) -> None:
    """Take the guard out of the one statement that has it."""
    if service == "aggregation":
        from services.aggregation.contributions import repository  # noqa: PLC0415 - only there

        if GUARD not in repository.REMEMBER:
            raise LookupError(GUARD)
        repository.REMEMBER = repository.REMEMBER.replace(GUARD, "")


if __name__ == "__main__":
    start(plant)
