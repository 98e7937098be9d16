"""What versions add to one figure, by their contents."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from contracts.content import Content, Gap
from services.aggregation.contributions.domain import ZERO, Amount, Contribution, Counted, Token
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.plans import added
from services.aggregation.passports.repository import Change, Scope


@dataclass(frozen=True, slots=True)
class Share:
    """What one version of a report adds to a figure; ``silent`` when it says nothing there."""

    change: Change
    silent: bool
    values: int
    """How many different values it brings to a distinct count."""
    numerator: Decimal
    denominator: Decimal
    gaps: dict[str, Gap]
    """Why it says nothing, by pointer."""


async def shares(
    session: AsyncSession,
    scope: Scope,
    changes: Sequence[Change],
    pointers: Collection[str] = (),
) -> list[Share]:
    """What these versions add to the figure, with their gaps at these pointers."""
    template, _ = scope.key
    wanted = {(template, change.template_version) for change in changes}
    templates = await catalogue.versions(session, wanted)
    found: list[Share] = []
    for change in changes:
        content = Content.model_validate_json(change.content or "{}")
        key = (template, change.template_version)
        adds = (
            added(Counted(change.version, key, content), templates)
            if change.sums is None
            else _as_kept(change.sums)
        )
        gaps = {at: gap for at, gap in content.gaps.items() if at in pointers}
        found.append(_share(change, adds, scope.place, gaps))
    return found


def _share(change: Change, adds: Contribution, place: Place, gaps: dict[str, Gap]) -> Share:
    amounts = {(each.code, each.breakdown): each for each in adds.amounts}
    amount = amounts.get(place, Amount(*place, ZERO))
    values = sum((token.code, token.breakdown) == place for token in adds.tokens)
    sides = (amount.numerator, amount.denominator or ZERO)
    return Share(change, place in adds.nulls, values, *sides, gaps)


def _as_kept(sums: str) -> Contribution:
    """What a stay added that ended before contents were kept: digits as text."""
    amounts, nulls, tokens = from_json(sums)
    return Contribution(
        others=tuple(
            Amount(code, breakdown, Decimal(over), None if under is None else Decimal(under))
            for code, breakdown, over, under in amounts
        ),
        nulls=tuple((code, breakdown) for code, breakdown in nulls),
        tokens=tuple(Token(*token) for token in tokens),
    )
