"""aiokafka's own record reader: a header name that is no text raises in the middle of a fetch."""

from aiokafka import AIOKafkaConsumer

from chassis import reader, subscriber
from tests.chaos.planted.starting import start


def plant(_service: str) -> None:
    """Nothing is read leniently, and nothing again that was drained when a fetch failed."""
    subscriber.read_leniently = lambda: None  # type: ignore[attr-defined] # meant
    reader.Reader.getmany = AIOKafkaConsumer.getmany  # type: ignore[method-assign] # meant


if __name__ == "__main__":
    start(plant)
