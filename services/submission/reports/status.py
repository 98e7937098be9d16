"""The SQL that keeps what validation decided: one statement a batch, whatever its order."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.decisions import Decision
from services.submission.reports import domain


async def reflect(session: AsyncSession, newest: Sequence[Decision]) -> None:
    """Show these decisions, one a report, unless a newer one is known."""
    ordered = sorted(newest, key=lambda decision: decision.report_id)
    await session.execute(
        text("""
            INSERT INTO report_status
                (report_id, decision_no, version, state, counted_version, decision)
            SELECT * FROM unnest(
                CAST(:ids AS uuid[]), CAST(:numbers AS integer[]), CAST(:versions AS integer[]),
                CAST(:states AS text[]), CAST(:counted AS integer[]), CAST(:decisions AS jsonb[]))
            ON CONFLICT (report_id) DO UPDATE SET decision_no = excluded.decision_no,
                version = excluded.version, state = excluded.state,
                counted_version = excluded.counted_version, decision = excluded.decision
            WHERE report_status.decision_no < excluded.decision_no
        """),
        {
            "ids": [decision.report_id for decision in ordered],
            "numbers": [decision.decision_no for decision in ordered],
            "versions": [decision.version for decision in ordered],
            "states": [decision.state for decision in ordered],
            "counted": [decision.counted_version for decision in ordered],
            "decisions": [to_json(domain.shown(decision)).decode() for decision in ordered],
        },
    )


async def answer(session: AsyncSession, answers: Mapping[UUID, int]) -> None:
    """Note by which decision a wish to withdraw was last answered, by report."""
    await session.execute(
        text("""
            INSERT INTO withdrawal_answer (report_id, decision_no)
            SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS integer[]))
            ON CONFLICT (report_id) DO UPDATE
            SET decision_no = greatest(withdrawal_answer.decision_no, excluded.decision_no)
        """),
        {"ids": sorted(answers), "numbers": [answers[report] for report in sorted(answers)]},
    )
