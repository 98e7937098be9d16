"""What the department's leader does: read the figures and hold them against the demo's sum."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic

from deploy.demo.api import Api
from deploy.demo.courses import Report
from deploy.demo.figures import Json, Sheet, check
from deploy.demo.people import Person
from deploy.demo.waiting import until_none

LOOK_SECONDS = 0.02
SETTLE_SECONDS = 45.0
"""A figure that is still wrong after so long is wrong."""


class Leader:
    """Reads figures; ``kinds`` says of which kind each ward is that owes reports."""

    def __init__(
        self, api: Api, leader: Person, templates: Mapping[str, Json], kinds: Mapping[str, str]
    ) -> None:
        self._api, self._leader, self._templates, self._kinds = api, leader, templates, kinds

    async def await_counted(self, reports: Sequence[Report]) -> None:
        """Return when the figures of their one template and period count as many as they do."""
        wanted = sum(report.counted is not None for report in reports)

        async def missing() -> int:
            answer = await self._read(reports[0])
            return abs(wanted - int(answer["coverage"]["counted"]))

        await until_none(missing, "reports in the figures", pause=LOOK_SECONDS)

    async def check(self, reports: Sequence[Report]) -> Sheet:
        """The figures of their one template and period, each held against the own sum.

        Looks again for a while as long as something differs: the last decisions may be under way.
        """
        deadline = monotonic() + SETTLE_SECONDS
        while True:
            answer = await self._read(reports[0])
            sheet = check(self._templates[reports[0].template], answer, reports, self._kinds)
            if not sheet.wrong or monotonic() > deadline:
                return sheet
            await asyncio.sleep(10 * LOOK_SECONDS)

    async def _read(self, report: Report) -> Json:
        where = f"aggregation/v1/figures/{report.template}/{report.period.code}"
        answer = await self._api.ask(self._leader, "GET", where)
        body: Json = answer.body
        return body


def by_template(reports: Sequence[Report]) -> dict[str, list[Report]]:
    """The reports of a month by their template; each template has one period in it."""
    parts: dict[str, list[Report]] = {}
    for report in reports:
        parts.setdefault(report.template, []).append(report)
    return parts
