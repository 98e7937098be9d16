"""Everything the checker looks at, as it was read: the journal, the topics, the four schemas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

SERVICES: Final = ("submission", "validation", "aggregation", "notification")
APPLIED, IGNORED = "applied", "ignored"
DECIDED: Final = "wardline.report."
WARDS, TEMPLATES = "wardline.ward.defined.v1", "wardline.template.published.v1"
SUBMITTED, ASKED = "wardline.report.submitted.v1", "wardline.report.withdrawal-requested.v1"
FIGURES: Final = "wardline.city-figures.changed.v1"
DECISIONS: Final = tuple(
    f"{DECIDED}{kind}.v1"
    for kind in (
        *("passed-rules", "returned", "approved"),
        *("approval-revoked", "withdrawn", "withdrawal-refused"),
    )
)
HEARS: Final[Mapping[str, frozenset[str]]] = {
    "submission": frozenset(DECISIONS),
    "validation": frozenset((WARDS, TEMPLATES, SUBMITTED, ASKED)),
    "aggregation": frozenset((WARDS, TEMPLATES, *DECISIONS)),
    "notification": frozenset((WARDS, TEMPLATES, SUBMITTED, ASKED, *DECISIONS, FIGURES)),
}
"""Which types of events each service applies."""
TOPIC_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys((WARDS, TEMPLATES), "submission.catalogue"),
    **dict.fromkeys((SUBMITTED, ASKED), "submission.reports"),
    **dict.fromkeys(DECISIONS, "validation.reports"),
    FIGURES: "aggregation.figures",
}
TOPICS: Final = tuple(dict.fromkeys(TOPIC_OF.values()))

Row = Mapping[str, Any]
Tables = Mapping[str, Mapping[str, Sequence[Row]]]
"""Rows by service and table."""
Place = tuple[str, int, int]
"""Topic, partition and offset."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a client, and how it ended: acknowledged, refused or unknown."""

    op: str
    who: str
    report: str
    """``26536/DXT/2026-05``"""
    outcome: str
    version: int | None = None
    key: str | None = None
    content: Any = None
    status: int | None = None
    answer: Any = None
    at: float = 0.0
    notice: str | None = None
    told: int | None = None
    """The version that the client named."""
    tries: int = 1
    """How often it was sent, at most."""

    @property
    def acknowledged(self) -> bool:
        """Whether the client was told that it is done."""
        return self.outcome == "acknowledged"

    @property
    def possible(self) -> bool:
        """Whether it may have been done."""
        return self.outcome in {"acknowledged", "unknown", "sent"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One event that a reader of a stream saw; ``event`` is empty for an id alone."""

    reader: str
    log: str
    ward: str | None
    event: str
    id: int
    connection: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Hostile:
    """One record that was made to do harm, and what each service has to make of it."""

    topic: str
    digest: str
    kind: str
    expected: Mapping[str, str]
    """By service: the beginning of the dead letter's cause, ``ignored`` or ``applied``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in seconds since the epoch."""

    kind: str
    target: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a topic that is an event, as far as it can be read."""

    place: Place
    timestamp: float
    """Seconds since the epoch."""
    id: str
    type: str
    key: str
    sequence: int
    data: Mapping[str, Any]
    digest: str = ""
    nemesis: str = ""
    """The kind of fault that put it there; empty when a service told it, or it is hostile."""


@dataclass(frozen=True, slots=True)
class Group:
    """One consumer group at rest."""

    name: str
    state: str
    owned: frozenset[tuple[str, int]]
    committed: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes hold: resident bytes by replica, connections by database role."""

    memory: Mapping[str, int] = field(default_factory=dict)
    connections: Mapping[str, int] = field(default_factory=dict)
    stuck: int = 0
    """Transactions that have been open for more than a minute."""


@dataclass
class Evidence:
    """All of it."""

    requests: Sequence[Request] = ()
    seen: Sequence[Seen] = ()
    hostile: Sequence[Hostile] = ()
    faults: Sequence[Fault] = ()
    told: Sequence[Told] = ()
    places: Mapping[Place, str] = field(default_factory=dict)
    """The digest of every record by its place."""
    tables: Tables = field(default_factory=dict)
    applied: Sequence[Row] = ()
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    crossings: Sequence[tuple[str, str, str]] = ()
    """Role, table and SQLSTATE of every attempt to read another's table; empty: it was read."""
    baseline: Usage = field(default_factory=Usage)
    usage: Usage = field(default_factory=Usage)
    _keyed: dict[tuple[str, str], Mapping[str, Row]] = field(default_factory=dict)

    def rows(self, service: str, table: str) -> Sequence[Row]:
        """The rows of a table."""
        return self.tables.get(service, {}).get(table, ())

    @cached_property
    def harmful(self) -> Mapping[tuple[str, str], Hostile]:
        """Hostile records by topic and digest."""
        return {(record.topic, record.digest): record for record in self.hostile}

    def genuine(self, told: Told) -> bool:
        """Whether a service told it."""
        return not told.nemesis and (told.place[0], told.digest) not in self.harmful

    def meant(self, told: Told, service: str) -> bool:
        """Whether a service has to apply it."""
        record = self.harmful.get((told.place[0], told.digest))
        return record is None or record.expected.get(service) == APPLIED

    def events(self, service: str) -> dict[str, Told]:
        """Every event that a service has to apply, by id; where it stands first."""
        found: dict[str, Told] = {}
        for told in self.told:
            if told.type in HEARS[service] and self.meant(told, service):
                found.setdefault(told.id, told)
        return found

    @cached_property
    def address(self) -> Mapping[str, str]:
        """``ward/template/period`` by report id."""
        return {
            str(row["report_id"]): f"{row['ward_code']}/{row['template_code']}/{row['period_code']}"
            for service in ("submission", "validation")
            for row in self.rows(service, "report")
        }

    def template(self, code: str, version: int) -> Mapping[str, Any] | None:
        """A template as it was told; no service's copy of it."""
        return self._templates.get((code, version))

    @cached_property
    def _templates(self) -> Mapping[tuple[str, int], Mapping[str, Any]]:
        return {
            (told.key, told.sequence): told.data["template"]
            for told in self.told
            if told.type == TEMPLATES and self.genuine(told)
        }

    def keyed(self, service: str, table: str) -> Mapping[str, Row]:
        """The rows of a table that has one for each report, by its id."""
        known = self._keyed.get((service, table))
        if known is None:
            known = {str(row["report_id"]): row for row in self.rows(service, table)}
            self._keyed[service, table] = known
        return known
