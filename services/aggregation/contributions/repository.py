"""What is known of every report, in SQL: one statement for a whole batch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.decisions import Decision

SetKey = tuple[str, str]
"""Template and period of a figure set on the basis of reports."""
TemplateKey = tuple[str, int]
"""A template's code and version."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The version of a report that counts, on which template, and its content."""

    version: int
    template: TemplateKey
    content: Content


News = Sequence[tuple[Decision, Counted | None]]
"""Decisions, and what counts after each; null when nothing does."""


@dataclass(frozen=True, slots=True)
class Change:
    """A report of which something else counts than before."""

    report_id: UUID
    set_key: SetKey
    ward_code: str
    decision_no: int
    """The decision that changed it."""
    counting: bool
    """Whether a contribution of it is in the totals and must leave."""


REMEMBER = """
    WITH kept AS (
        INSERT INTO fact AS known
            (report_id, ward_code, template_code, period_code, decision_no, state, version,
             submitted_at, first_submitted_at, first_passed_submitted_at, decided_at,
             counted_version, counted_template_version, counted, pending)
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:wards AS text[]), CAST(:templates AS text[]),
            CAST(:periods AS text[]), CAST(:decisions AS integer[]),
            CAST(:states AS text[]), CAST(:versions AS integer[]),
            CAST(:submitted AS timestamptz[]), CAST(:first_submitted AS timestamptz[]),
            CAST(:first_passed AS timestamptz[]), CAST(:decided AS timestamptz[]),
            CAST(:counted_versions AS integer[]),
            CAST(:counted_template_versions AS integer[]),
            CAST(:counted AS jsonb[]), CAST(:pending AS boolean[])
        )
        ON CONFLICT (report_id) DO UPDATE
        SET decision_no = excluded.decision_no,
            state = excluded.state,
            version = excluded.version,
            submitted_at = excluded.submitted_at,
            first_submitted_at = excluded.first_submitted_at,
            first_passed_submitted_at = excluded.first_passed_submitted_at,
            decided_at = excluded.decided_at,
            counted_version = excluded.counted_version,
            counted_template_version = excluded.counted_template_version,
            counted = excluded.counted,
            pending = excluded.pending
        WHERE excluded.decision_no > known.decision_no
        RETURNING new.report_id, new.template_code, new.period_code, new.ward_code,
                  new.decision_no,
                  new.counted_version IS DISTINCT FROM old.counted_version
                      OR old.pending AND NOT new.pending AS changed
    )
    SELECT report_id, template_code, period_code, ward_code, decision_no, EXISTS (
        SELECT FROM contribution
        WHERE contribution.report_id = kept.report_id AND left_revision IS NULL
    ) FROM kept WHERE changed ORDER BY report_id
"""


async def remember(
    session: AsyncSession, news: News, known: Collection[TemplateKey]
) -> list[Change]:
    """Keep the newest decision of each report; those of which something else counts now.

    ``news`` has a report once at most, in the order of ids; old decisions are passed over.
    What counts on a template that is not ``known`` is pending.
    """
    rows = await session.execute(text(REMEMBER), _columns(news, known))
    return [
        Change(report, (template, period), ward, decision, counting)
        for report, template, period, ward, decision, counting in rows
    ]


def _columns(news: News, known: Collection[TemplateKey]) -> dict[str, list[object]]:
    decisions = [decision for decision, _ in news]
    counted = [version for _, version in news]
    return {
        "ids": [decision.report_id for decision in decisions],
        "wards": [decision.ward_code for decision in decisions],
        "templates": [decision.template_code for decision in decisions],
        "periods": [decision.period.code for decision in decisions],
        "decisions": [decision.decision_no for decision in decisions],
        "states": [decision.state for decision in decisions],
        "versions": [decision.version for decision in decisions],
        "submitted": [decision.submitted_at for decision in decisions],
        "first_submitted": [decision.first_submitted_at for decision in decisions],
        "first_passed": [decision.first_passed_submitted_at for decision in decisions],
        "decided": [decision.decided_at for decision in decisions],
        "counted_versions": [kept and kept.version for kept in counted],
        "counted_template_versions": [kept and kept.template[1] for kept in counted],
        "counted": [kept and _body(kept.content) for kept in counted],
        "pending": [kept is not None and kept.template not in known for kept in counted],
    }


def _body(content: Content) -> str:
    return content.model_dump_json(include={"values", "lists", "gaps"})


async def lock_pending(session: AsyncSession, most: int) -> list[tuple[Change, Counted]]:
    """Take reports whose template is known by now out of the pending ones."""
    rows = await session.execute(
        text("""
            WITH ready AS (
                SELECT report_id FROM fact
                WHERE pending AND EXISTS (
                    SELECT FROM template
                    WHERE code = template_code AND version = counted_template_version
                )
                ORDER BY report_id LIMIT :most
                FOR UPDATE
            )
            UPDATE fact SET pending = false FROM ready WHERE fact.report_id = ready.report_id
            RETURNING fact.report_id, template_code, period_code, ward_code, decision_no,
                      counted_version, counted_template_version, CAST(counted AS text)
        """),
        {"most": most},
    )
    return [
        (
            Change(report, (template, period), ward, decision, counting=False),
            Counted(version, (template, of), Content.model_validate_json(content)),
        )
        for report, template, period, ward, decision, version, of, content in rows
    ]
