"""What every event is: a frozen fact, with the aggregate it is about and its place in order."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen part of an event; a reader ignores fields that it does not know yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Contract):
    """A fact that one service announces: full state, so any order and repetition agree.

    ``type`` is the CloudEvents type, ``topic`` the Kafka topic it is written to and
    ``source`` the path of the only service that writes it. ``classification`` is
    ``public`` or ``internal``. No event carries personal data: people are opaque ids.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    source: ClassVar[str]
    classification: ClassVar[str] = "internal"

    @property
    def key(self) -> str:
        """The aggregate's id: the Kafka key and the CloudEvents subject."""
        raise NotImplementedError

    @property
    def sequence(self) -> int:
        """Rises with every event of one aggregate; a reader keeps the highest."""
        raise NotImplementedError
