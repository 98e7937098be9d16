"""A period as people see it."""

from datetime import date
from typing import Self

from pydantic import BaseModel

from contracts.period import Period
from contracts.template import Text


class PeriodView(BaseModel):
    """A period, its first and last day (both included), and what it is called."""

    code: str
    scheme: str
    frequency: str
    starts_on: date
    ends_on: date
    label: Text

    @classmethod
    def of(cls, period: Period) -> Self:
        """The period with its name in both languages."""
        label = Text(vi=period.label("vi"), en=period.label("en"))
        return cls(**period.model_dump(), frequency=period.frequency, label=label)
