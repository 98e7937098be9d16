"""Who reports and on what: kept on the bus for ever, so that a new reader learns it all."""

from datetime import date
from typing import ClassVar

from pydantic import Field as Constrained

from contracts.event import Contract, Event
from contracts.template import Template

PHUONG, XA, DAC_KHU = "phuong", "xa", "dac-khu"
"""Known kinds of a commune-level unit: phường, xã, đặc khu."""


class _Catalogue(Event):
    topic: ClassVar[str] = "submission.catalogue"
    source: ClassVar[str] = "/submission"
    classification: ClassVar[str] = "public"


class WardName(Contract):
    """How a unit was called and of which kind it was, from a day to a day (included)."""

    name: str
    kind: str
    valid_from: date
    valid_to: date | None = None


class WardDefined(_Catalogue):
    """A commune-level unit; ``name`` starts with its kind: ``Phường Hiệp Bình``."""

    type: ClassVar[str] = "wardline.ward.defined.v1"

    code: str = Constrained(pattern=r"^[0-9]{5}$")
    version: int = Constrained(ge=1)
    name: str
    kind: str
    sort_key: str
    """Plain byte order of it is the Vietnamese order of names without their kind."""
    valid_from: date
    valid_to: date | None = None
    history: tuple[WardName, ...] = ()

    @property
    def key(self) -> str:
        """The unit's code."""
        return self.code

    @property
    def sequence(self) -> int:
        """The version of its entry."""
        return self.version


class TemplatePublished(_Catalogue):
    """A template version that wards report on from its ``valid_from``."""

    type: ClassVar[str] = "wardline.template.published.v1"

    template: Template

    @property
    def key(self) -> str:
        """The template's code."""
        return self.template.code

    @property
    def sequence(self) -> int:
        """The template's version."""
        return self.template.version
