"""The figures take each decision as the newest there is."""

from tests.chaos.planted.starting import start


def plant(service: str) -> None:
    """Take the guard out of the one place that has it."""
    if service == "aggregation":
        from services.aggregation.contributions import handlers  # noqa: PLC0415 - only there

        if "is_newer" not in vars(handlers):
            raise LookupError("is_newer")
        handlers.is_newer = lambda *_: True


if __name__ == "__main__":
    start(plant)
