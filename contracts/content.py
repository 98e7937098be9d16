"""The body of a report in its one canonical form, and the digest that tells it apart."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import StrictBool, StrictInt, StrictStr
from pydantic_core import to_json

from contracts.event import Contract

Scalar = StrictBool | StrictInt | StrictStr | None
Row = dict[str, Scalar]


class Gap(Contract):
    """Why a value is missing: ``no-data``, ``not-applicable`` or ``not-yet``."""

    reason: str
    note: str | None = None


class Narrative(Contract):
    """The words beside the numbers: kết quả, khó khăn, kiến nghị."""

    results: str = ""
    difficulties: str = ""
    proposals: str = ""


class Content(Contract):
    """What a ward says: money as text with three places, rows in the order of their key.

    ``gaps`` are keyed by pointer, ``explanations`` by ``RULE``, ``RULE#field`` or
    ``RULE#row-key``. A list that is null has a gap; an empty one is the nil report.
    """

    values: dict[str, Scalar] = {}
    lists: dict[str, tuple[Row, ...] | None] = {}
    gaps: dict[str, Gap] = {}
    explanations: dict[str, str] = {}
    narrative: Narrative = Narrative()

    def canonical(self) -> dict[str, Any]:
        """The content without its empty parts, so that a part can be added later."""
        return _without_empty(self.model_dump(mode="json", exclude_defaults=True))

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the canonical content as JSON with sorted names."""
        return sha256(to_json(_sorted(self.canonical()))).hexdigest()


def row_key(key: tuple[str, ...], row: Mapping[str, Scalar]) -> str:
    """What identifies a row: its key columns joined by ``|``."""
    return "|".join(str(row.get(column, "")) for column in key)


def pointer(*parts: str) -> str:
    """A pointer (RFC 6901) to a part of the content: ``/lists/projects/DA01|NSTP/pip08``."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _without_empty(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part not in ({}, None)}


def _sorted(part: Any) -> Any:  # noqa: ANN401 - JSON has no closed type
    if isinstance(part, dict):
        return {name: _sorted(part[name]) for name in sorted(part)}
    return [_sorted(item) for item in part] if isinstance(part, list) else part
