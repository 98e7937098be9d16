"""What every endpoint of figures is asked in the same way, and how it refuses."""

from typing import Annotated, Final

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.problems import FieldError, Problem, not_found
from chassis.refusals import INVALID
from chassis.security import (
    DEPARTMENT_LEADER,
    OPERATOR,
    REVIEWER,
    SYSTEM,
    WARD_LEADER,
    WARD_OFFICER,
    Identity,
    requires,
)
from chassis.unit import Unit
from contracts.figures import REPORTS, ROLL_UP
from contracts.period import Period
from contracts.template import Template, Text
from services.aggregation.figures import reading
from services.aggregation.figures.reading import FigureSheet, NoSuchPeriod, NoSuchTemplate

Reader = Annotated[
    Identity,
    requires(WARD_OFFICER, WARD_LEADER, REVIEWER, DEPARTMENT_LEADER, OPERATOR, SYSTEM),
]
"""An endpoint's parameter: anyone with a role of ours reads the figures of the city."""

Basis = Annotated[
    str, Query(description="`reports`: of exactly this period. `roll-up`: not offered yet.")
]

NO_TEMPLATE: Final = Text(vi="Không có mẫu báo cáo này.", en="There is no such template.")
NO_ROLL_UP: Final = Text(
    vi="Số liệu tổng hợp nhiều kỳ chưa được cung cấp; chỉ có số liệu của đúng kỳ báo cáo.",
    en="Roll-ups over several periods are not offered yet; only figures of exactly one period.",
)
NO_BASIS: Final = Text(vi="Phải là reports hoặc roll-up.", en="This must be reports or roll-up.")
NO_PERIOD: Final = {
    "period-unknown": Text(
        vi="Không phải kỳ báo cáo theo cách chia kỳ của mẫu này.",
        en="This is no period of the template's scheme.",
    ),
    "frequency-not-reported": Text(
        vi="Mẫu này không báo cáo theo loại kỳ đó.",
        en="The template is not reported at this frequency.",
    ),
    "before-template": Text(
        vi="Mẫu báo cáo chưa có hiệu lực trong kỳ này.",
        en="The template was not in force yet in this period.",
    ),
}


class AskedSet:
    """Which figures an endpoint is asked for, and by whom."""

    def __init__(self, template: str, period: str, reader: Reader, basis: Basis = REPORTS) -> None:
        """Raises 404 or 422 unless figures exist on that basis."""
        self.reader = reader
        self._template, self._period = template, period
        offered(basis)

    async def sheet(self, unit: Unit) -> FigureSheet:
        """The figures; raises 404 or 422 when there is no such template or period."""
        wanted = await set_named(unit.session, self._template, self._period)
        [sheet] = await reading.sheets(unit.session, [wanted], unit.now)
        return sheet


Asked = Annotated[AskedSet, Depends()]
"""An endpoint's parameter: ``/{template}/{period}?basis=``."""


def offered(basis: str) -> None:
    """Raise 404 for the basis that is still to come, 422 for one that nobody knows."""
    if basis == ROLL_UP:
        raise Problem(404, "basis-not-offered", NO_ROLL_UP, offered=[REPORTS])
    if basis != REPORTS:
        raise invalid("/query/basis", "unknown-basis", NO_BASIS)


async def set_named(
    session: AsyncSession, template: str, period: str, pointer: str = "/path/period"
) -> tuple[Template, Period]:
    """The template and period asked for; 404 or 422 when there are none such."""
    try:
        return await reading.named(session, template, period)
    except NoSuchTemplate as error:
        raise not_found(NO_TEMPLATE) from error
    except NoSuchPeriod as error:
        reason = str(error.args[0])
        raise invalid(pointer, reason, NO_PERIOD[reason]) from error


def invalid(pointer: str, code: str, message: Text) -> Problem:
    """422 for one parameter."""
    return Problem(422, "invalid", INVALID, errors=[FieldError(pointer, code, message)])
