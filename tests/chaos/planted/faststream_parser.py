"""FastStream's own parser reads the records: it raises on a header that is no text."""

from typing import Any

from chassis import subscriber
from chassis.ahead import Delivery
from tests.chaos.planted.starting import start


def plant(_service: str) -> None:
    """What is given to FastStream instead of a parser is its own."""

    async def its_own(batch: tuple[Delivery], original: Any) -> Any:  # noqa: ANN401
        [delivery] = batch
        message = await original(tuple(each.record for each in delivery.opened))
        message.body = delivery
        return message

    subscriber.parse = its_own  # type: ignore[attr-defined] # meant


if __name__ == "__main__":
    start(plant)
