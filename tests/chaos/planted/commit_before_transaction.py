"""Offsets are committed before the transaction that they stand for."""

from faststream import AckPolicy

from chassis import subscriber
from tests.chaos.planted.starting import start


def plant(_service: str) -> None:
    """FastStream's default: the position counts as soon as a record is handed out."""
    subscriber.SETTINGS["ack_policy"] = AckPolicy.ACK_FIRST


if __name__ == "__main__":
    start(plant)
