"""One batch, one transaction: on a real PostgreSQL."""

from chassis.consumer import Listener
from chassis.database import Database
from tests import bus
from tests.bus import Counted
from tests.service.harness import record


def a_listener() -> Listener:
    listener = Listener("test")
    listener.on(Counted)(bus.apply)
    return listener


async def test_an_event_is_applied_once_however_often_it_comes(database: Database) -> None:
    listener = a_listener()
    first = record(Counted(name="a", number=1))

    await listener.process([first, first], database)
    await listener.process([first, record(Counted(name="b", number=1))], database)

    assert await bus.applied(database) == {("a", 1): 1, ("b", 1): 1}
