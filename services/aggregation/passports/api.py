"""Where a figure comes from: reports, versions, who is missing, and every change."""

from typing import Annotated

from fastapi import Query

from chassis.http import Router, Transact
from chassis.paging import Paging
from chassis.problems import not_found
from chassis.unit import Unit
from contracts.figures import Figure
from contracts.template import Text
from services.aggregation.figures import asking
from services.aggregation.figures.asking import Asked
from services.aggregation.figures.domain import place
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.instant import at_one_instant
from services.aggregation.passports import assembly
from services.aggregation.passports.views import PassportView

router = Router(prefix="/v1/figures", tags=["figures"])

NO_FIGURE = Text(vi="Mẫu này không có chỉ tiêu đó.", en="The template has no such figure.")
NO_CATEGORY = Text(vi="Chỉ tiêu không có phân tổ đó.", en="The figure has no such breakdown.")


@router.get("/{template}/{period}/{code}/passport")
async def read_passport(
    code: str,
    asked: Asked,
    transact: Transact,
    paging: Paging,
    breakdown: Annotated[str, Query(examples=["pip04=NSTP"])] = "",
) -> PassportView:
    """The reports and versions behind a figure; the history comes in pages, newest first."""

    async def read(unit: Unit) -> PassportView:
        await at_one_instant(unit.session)
        sheet = await asked.sheet(unit)
        figure = _figure(sheet, code, breakdown)
        return await assembly.passport(unit.session, sheet, figure, asked.reader, paging)

    return await transact(read)


def _figure(sheet: FigureSheet, code: str, breakdown: str) -> Figure:
    places = {place(figure): figure for figure in sheet.figures}
    if (code, "") not in places:
        raise not_found(NO_FIGURE)
    if (code, breakdown) not in places:
        raise asking.invalid("/query/breakdown", "unknown-breakdown", NO_CATEGORY)
    return places[code, breakdown]
