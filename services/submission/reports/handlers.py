"""What submission does when validation decides: it shows the decision to the ward."""

from collections.abc import Sequence
from uuid import UUID

from chassis.unit import Received, Unit
from contracts.decisions import Decision
from services.submission.reports import domain, status


async def show_decisions(events: Sequence[Received[Decision]], unit: Unit) -> None:
    """Keep the newest decision on each report, and which wishes to withdraw are answered."""
    newest: dict[UUID, Decision] = {}
    answers: dict[UUID, int] = {}
    for decision in (received.event for received in events):
        known = newest.setdefault(decision.report_id, decision)
        if decision.decision_no > known.decision_no:
            newest[decision.report_id] = decision
        if isinstance(decision, domain.ANSWERS):
            answered = answers.get(decision.report_id, 0)
            answers[decision.report_id] = max(answered, decision.decision_no)
    await status.reflect(unit.session, list(newest.values()))
    if answers:
        await status.answer(unit.session, answers)
