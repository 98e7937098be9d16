"""The SQL behind every GET: reports with where they stand, their versions, what counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.period import Period
from services.submission.reports.domain import Address, Standing
from services.submission.reports.repository import JOINS, STANDING

REPORTS = text(f"""
    SELECT r.ward_code, r.template_code, r.period_code, r.period_scheme, {STANDING},
        v.template_version, v.submitted_by, v.channel, s.decision
    FROM report r
    JOIN report_version v ON v.report_id = r.report_id AND v.version = r.latest_version {JOINS}
    WHERE (CAST(:id AS uuid) IS NULL OR r.report_id = :id)
      AND (CAST(:wards AS text[]) IS NULL OR r.ward_code = ANY(:wards))
      AND (CAST(:template AS text) IS NULL OR r.template_code = :template)
      AND (CAST(:period AS text) IS NULL OR r.period_code = :period)
      AND (CAST(:state AS text) IS NULL OR :state =
           CASE WHEN s.version >= r.latest_version THEN s.state ELSE 'received' END)
      AND (CAST(:day AS date) IS NULL OR r.period_ends_on < :day OR (r.period_ends_on = :day
           AND (r.ward_code, r.template_code, r.period_code)
               > (:after_ward, :after_template, :after_period)))
    ORDER BY r.period_ends_on DESC, r.ward_code, r.template_code, r.period_code
    LIMIT :limit
""")  # noqa: S608 - what is put in are constants

Place = tuple[date, str, str, str]
"""Where a list goes on: the last day of the period, ward, template and period."""


class Version(BaseModel):
    """One version as it came in."""

    version: int
    template_version: int
    content_digest: str
    submitted_at: datetime
    submitted_by: str
    channel: str


class WholeVersion(Version):
    """One version with its content."""

    content: Content


@dataclass(frozen=True, slots=True)
class Kept:
    """A report with its latest version; ``decision`` is the newest one, as it was shown."""

    address: Address
    period: Period
    standing: Standing
    latest: Version
    decision: dict[str, Any] | None

    @property
    def place(self) -> Place:
        """Its place in a list."""
        return (self.period.ends_on, *self.address)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports; ``wards`` bounds what the caller may see, none is every ward."""

    wards: Collection[str] | None = None
    template: str | None = None
    period: str | None = None
    state: str | None = None
    address: Address | None = None


async def reports(
    session: AsyncSession, wanted: Filter, *, after: Place | None = None, limit: int = 1
) -> list[Kept]:
    """Reports by the end of their period, the newest first, then by ward and template."""
    place = after or (None, None, None, None)
    found = await session.execute(
        REPORTS,
        {
            "id": wanted.address.report_id if wanted.address else None,
            "wards": None if wanted.wards is None else sorted(wanted.wards),
            "template": wanted.template,
            "period": wanted.period,
            "state": wanted.state,
            **dict(
                zip(("day", "after_ward", "after_template", "after_period"), place, strict=True)
            ),
            "limit": limit,
        },
    )
    return [_kept(row) for row in found.mappings()]


async def report(session: AsyncSession, address: Address) -> Kept | None:
    """That report, if it was ever sent."""
    found = await reports(session, Filter(address=address))
    return found[0] if found else None


async def versions(
    session: AsyncSession, report_id: UUID, *, before: int | None, limit: int
) -> list[Version]:
    """Versions of a report without their content, the newest first."""
    found = await session.execute(
        text("""
            SELECT version, template_version, content_digest, submitted_at, submitted_by, channel
            FROM report_version
            WHERE report_id = :id AND (CAST(:before AS integer) IS NULL OR version < :before)
            ORDER BY version DESC LIMIT :limit
        """),
        {"id": report_id, "before": before, "limit": limit},
    )
    return [Version(**row) for row in found.mappings()]


async def version(session: AsyncSession, report_id: UUID, number: int) -> WholeVersion | None:
    """One version of a report with its content."""
    found = await session.execute(
        text("""
            SELECT version, template_version, content_digest, submitted_at, submitted_by, channel,
                content
            FROM report_version WHERE report_id = :id AND version = :number
        """),
        {"id": report_id, "number": number},
    )
    row = found.mappings().one_or_none()
    return None if row is None else WholeVersion.model_validate(dict(row))


async def counted(session: AsyncSession, address: Address) -> WholeVersion | None:
    """The version of a report that counts, with its content."""
    number = await session.scalar(
        text("SELECT counted_version FROM report_status WHERE report_id = :id"),
        {"id": address.report_id},
    )
    return await version(session, address.report_id, number) if number else None


def _kept(row: RowMapping) -> Kept:
    facts = dict(row)
    address = Address(*(facts.pop(f"{part}_code") for part in ("ward", "template", "period")))
    period = Period.parse(address.period, facts.pop("period_scheme"))
    decision = facts.pop("decision")
    sent = {name: facts.pop(name) for name in ("template_version", "submitted_by", "channel")}
    standing = Standing(**facts)
    latest = Version.model_validate(
        sent
        | {
            "version": standing.version,
            "content_digest": standing.digest,
            "submitted_at": standing.submitted_at,
        }
    )
    return Kept(address, period, standing, latest, decision)
