"""Batches that the real broker takes and a client misreads: set aside, and the line goes on."""

from tests import crafted
from tests.stack import SERVICES
from tests.system.line import Line

TOPIC, READERS = "submission.reports", ("validation", "notification")
LAST = {0: 0, 1: 0, 2: 0, 3: 2, 4: 0}
"""How far behind its first record a batch's last stands."""


async def test_crafted_batches_are_set_aside_and_their_neighbours_applied(line: Line) -> None:
    report = "27007/DXT/2026-07"
    before = {service: line.processes.dead_letters(service) for service in SERVICES}
    batches = [
        crafted.leading_astray(),
        crafted.leading_astray(crafted.LZ4),
        crafted.leading_astray(crafted.ZSTD),
        crafted.numbered_wrongly(),
        crafted.without_time(),
    ]

    firsts = await crafted.write(line.processes.stack.bootstrap, TOPIC, batches)
    places = [(TOPIC, 0, first + LAST[number]) for number, first in enumerate(firsts)]
    line.processes.hostile.update(places)
    await line.sent(report)
    await line.settled()

    causes = ["batch-unreadable"] * 4 + ["missing-attribute"]
    for service in READERS:
        aside = dict(zip(places, causes, strict=True))
        assert line.processes.dead_letters(service) == before[service] | aside
        assert line.processes.services[service].answers()
    assert (await line.status(report))["latest"]["state"] != "received"
