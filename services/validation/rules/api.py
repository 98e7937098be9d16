"""HTTP: what the rules would say of a report that is not sent yet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chassis.http import Router, Transact
from chassis.security import SYSTEM, WARD_LEADER, WARD_OFFICER, Identity, requires
from chassis.unit import Unit
from contracts.decisions import CheckedAgainst, Finding
from contracts.rules import Skipped
from services.validation.rules import dry_run
from services.validation.rules.dry_run import Checked

router = Router(prefix="/v1/checks", tags=["checks"])

Sender = Annotated[Identity, requires(WARD_OFFICER, WARD_LEADER, SYSTEM)]


class Draft(BaseModel):
    """A report that may be unfinished, and which one it is to become."""

    model_config = ConfigDict(extra="forbid")

    ward: Annotated[str, Field(examples=["26536"])]
    template: Annotated[str, Field(examples=["FIN"])]
    period: Annotated[str, Field(examples=["2025-Q3"])]
    content: Annotated[
        object,
        Field(description="`{values, lists, gaps, explanations, narrative}`, as for sending."),
    ]


class CheckView(BaseModel):
    """What would happen to the report if it were sent now.

    ``complete``: its form is sound, so it could be sent. ``returns`` is the code with which
    the rules would give it back, or null. Problems of form come as findings of severity E
    whose rule starts with ``form:``. ``derived`` are the figures made from it.
    """

    template_version: int
    complete: bool
    returns: str | None
    findings: list[Finding]
    findings_omitted: int
    skipped: list[Skipped]
    derived: Mapping[str, Decimal | int | None]
    checked_against: CheckedAgainst | None


@router.post("")
async def check_report(draft: Draft, caller: Sender, transact: Transact) -> CheckView:
    """Check a report without sending it; nothing is kept."""
    caller.require_own_ward(draft.ward)

    async def check(unit: Unit) -> Checked:
        return await dry_run.check(
            unit.session, draft.ward, draft.template, draft.period, draft.content
        )

    return _view(await transact(check))


def _view(checked: Checked) -> CheckView:
    outcome = checked.verdict.outcome
    form = [dry_run.as_finding(problem) for problem in checked.problems]
    return CheckView(
        template_version=checked.template.version,
        complete=not form,
        returns=outcome.returns,
        findings=[*form, *outcome.findings],
        findings_omitted=outcome.findings_omitted,
        skipped=list(outcome.skipped),
        derived=checked.derived,
        checked_against=checked.verdict.checked_against,
    )
