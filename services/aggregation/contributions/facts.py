"""Writing facts: nobody writes on one that another has written since it was read.

Whoever writes a fact raises its edition by one, and finds none to write on when it was raised
meanwhile: then the transaction is done again, on what is known by then. So facts need not be
held while a batch is worked on. It happens only when two do the same reports at once, as for a
moment after partitions changed hands.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.decisions import Decision
from services.aggregation.contributions.repository import Known, Standing

FIRST: Final = 1
"""The edition of a fact that was not known."""

KEEP: Final = """
    INSERT INTO fact AS known
        (report_id, ward_code, template_code, period_code, decision_no, state, version,
         submitted_at, first_submitted_at, first_passed_submitted_at, decided_at, edition,
         pending, counted_version, counted_template_version, counted,
         entered_revision, entered_decision_no, entered_at, nulls)
    SELECT report_id, ward_code, template_code, period_code, decision_no, state, version,
           submitted_at, first_submitted_at, first_passed_submitted_at, decided_at, edition,
           pending, counted_version, counted_template_version, CAST(counted AS jsonb),
           entered_revision, entered_decision_no, entered_at, CAST(nulls AS jsonb)
    FROM unnest(
        CAST(:c0 AS uuid[]), CAST(:c1 AS text[]), CAST(:c2 AS text[]), CAST(:c3 AS text[]),
        CAST(:c4 AS integer[]), CAST(:c5 AS text[]), CAST(:c6 AS integer[]),
        CAST(:c7 AS timestamptz[]), CAST(:c8 AS timestamptz[]), CAST(:c9 AS timestamptz[]),
        CAST(:c10 AS timestamptz[]), CAST(:c11 AS integer[]), CAST(:c12 AS boolean[]),
        CAST(:c13 AS integer[]), CAST(:c14 AS integer[]), CAST(:c15 AS text[]),
        CAST(:c16 AS integer[]), CAST(:c17 AS integer[]), CAST(:c18 AS timestamptz[]),
        CAST(:c19 AS text[])
    ) AS news (
        report_id, ward_code, template_code, period_code, decision_no, state, version,
        submitted_at, first_submitted_at, first_passed_submitted_at, decided_at, edition,
        pending, counted_version, counted_template_version, counted,
        entered_revision, entered_decision_no, entered_at, nulls)
    ON CONFLICT (report_id) DO UPDATE
    SET decision_no = excluded.decision_no,
        state = excluded.state,
        version = excluded.version,
        submitted_at = excluded.submitted_at,
        first_submitted_at = excluded.first_submitted_at,
        first_passed_submitted_at = excluded.first_passed_submitted_at,
        decided_at = excluded.decided_at,
        edition = excluded.edition,
        pending = excluded.pending,
        counted_version = excluded.counted_version,
        counted_template_version = excluded.counted_template_version,
        counted = excluded.counted,
        entered_revision = excluded.entered_revision,
        entered_decision_no = excluded.entered_decision_no,
        entered_at = excluded.entered_at,
        nulls = excluded.nulls
    WHERE known.edition = excluded.edition - 1
"""

MOVE: Final = """
    UPDATE fact AS known
    SET edition = known.edition + 1,
        pending = moved.pending,
        entered_revision = moved.entered_revision,
        entered_decision_no = moved.entered_decision_no,
        entered_at = moved.entered_at,
        nulls = CAST(moved.nulls AS jsonb)
    FROM unnest(
        CAST(:c0 AS uuid[]), CAST(:c1 AS integer[]), CAST(:c2 AS boolean[]),
        CAST(:c3 AS integer[]), CAST(:c4 AS integer[]), CAST(:c5 AS timestamptz[]),
        CAST(:c6 AS text[])
    ) AS moved (report_id, edition, pending, entered_revision, entered_decision_no,
                entered_at, nulls)
    WHERE known.report_id = moved.report_id AND known.edition = moved.edition
"""

OVERTAKEN: Final = """
    DO $$ BEGIN
        RAISE serialization_failure USING MESSAGE = 'a report was written meanwhile';
    END $$
"""
"""The server's own words: whoever does a transaction again for them does it for this."""

_encode = msgspec.json.Encoder(enc_hook=lambda gap: gap.model_dump()).encode


News = tuple[Decision, Known | None, Standing]
"""A decision on a report, what was known of it, and what stands from now on."""


async def about_to_write(session: AsyncSession) -> None:
    """Wait for a rebuild that holds all facts, before anything is held that it waits for."""
    await session.execute(text("LOCK TABLE fact IN ROW EXCLUSIVE MODE"))


async def keep(session: AsyncSession, news: Sequence[News]) -> None:
    """Keep these decisions, each on another report, in the order of reports."""
    await _write(session, KEEP, [_row(*each) for each in news])


async def move(session: AsyncSession, moved: Sequence[tuple[Known, Standing]]) -> None:
    """Let known reports enter the totals or leave them; the decisions stay as they are."""
    rows = [
        (known.report_id, known.edition, standing.pending, *standing[4:])
        for known, standing in moved
    ]
    await _write(session, MOVE, rows)


async def _write(session: AsyncSession, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    columns = {f"c{place}": list(column) for place, column in enumerate(zip(*rows, strict=True))}
    written = await session.execute(text(statement), columns)
    if not isinstance(written, CursorResult) or written.rowcount != len(rows):
        await session.execute(text(OVERTAKEN))


def _row(decision: Decision, known: Known | None, standing: Standing) -> tuple[Any, ...]:
    return (
        decision.report_id,
        decision.ward_code,
        decision.template_code,
        decision.period.code,
        decision.decision_no,
        decision.state,
        decision.version,
        decision.submitted_at,
        decision.first_submitted_at,
        decision.first_passed_submitted_at,
        decision.decided_at,
        known.edition + 1 if known else FIRST,
        *standing,
    )


def body(content: Content) -> str:
    """What is kept of a content, as JSON: values, lists and gaps."""
    kept = {"values": content.values, "lists": content.lists, "gaps": content.gaps}
    return _encode(kept).decode()
