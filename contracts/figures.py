"""What the aggregation service announces: the city's figures with what stands behind them."""

from decimal import Decimal
from typing import ClassVar

from pydantic import AwareDatetime
from pydantic import Field as Constrained

from contracts.event import Contract, Event
from contracts.period import Period
from contracts.template import Text

REPORTS, ROLL_UP = "reports", "roll-up"
"""Known bases: reports of exactly this period, or figures over several periods."""

SUM, RATIO, DISTINCT, COUNT = "sum", "ratio", "distinct", "count"
"""Known methods."""


class KindCoverage(Contract):
    """How many units of one kind count, of how many expected."""

    counted: int
    expected: int


class Coverage(Contract):
    """Which share of the units that owe the report stands behind a figure.

    ``null`` counts units whose report counts but lacks this value.
    """

    counted: int
    null: int = 0
    expected: int
    by_type: dict[str, KindCoverage] = {}


class Figure(Contract):
    """One number of the city; null when nobody stands behind it.

    Money in *triệu đồng* with 3 places, ratios in percent with 2, counts without;
    rounded half up at the very end. ``breakdown`` names the category, empty for the whole.
    """

    code: str
    breakdown: dict[str, str] = {}
    method: str
    value: Decimal | None
    unit: Text | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    coverage: Coverage


class CityFiguresChanged(Event):
    """All figures of one template, period and basis, as they stand at a revision."""

    type: ClassVar[str] = "wardline.city-figures.changed.v1"
    topic: ClassVar[str] = "aggregation.figures"
    source: ClassVar[str] = "/aggregation"

    template_code: str
    template_version: int
    period: Period
    basis: str
    revision: int = Constrained(ge=1)
    as_of: AwareDatetime
    coverage: Coverage
    figures: tuple[Figure, ...]

    @property
    def key(self) -> str:
        """Template, period and basis."""
        return f"{self.template_code}/{self.period.code}/{self.basis}"

    @property
    def sequence(self) -> int:
        """The revision."""
        return self.revision
