"""Revisions after a restore to a moment when the figures had fewer of them."""

from sqlalchemy import text

from chassis.operations.own_topics import Told
from chassis.unit import Unit
from contracts.figures import CityFiguresChanged
from services.aggregation.contributions import ledger


async def step(unit: Unit) -> str:
    """Raise every set above all revisions that were told, so that each is announced anew.

    Also those that nothing is heard about again: their readers may know a later revision.
    """
    rows = await unit.session.execute(text("SELECT template_code, period_code FROM figure_set"))
    keys = {(template, period) for template, period in rows}
    if keys:
        await ledger.raise_revisions(unit.session, keys, unit.now)
    return f"{len(keys)} figure sets are announced anew"


TOLD = Told(
    topics=("aggregation.figures",),
    numbered=(CityFiguresChanged,),
    highest="SELECT max(revision) FROM figure_set",
    step=step,
)
