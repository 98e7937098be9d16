"""FastStream's own parser reads the records: it raises on a header that is no text."""

from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord

from chassis import subscriber
from tests.chaos.planted.starting import start


def plant(_service: str) -> None:
    """What is given to FastStream instead of a parser is its own."""

    async def its_own(batch: Sequence[ConsumerRecord], original: Any) -> Any:  # noqa: ANN401
        return await original(batch)

    subscriber._parse = its_own


if __name__ == "__main__":
    start(plant)
