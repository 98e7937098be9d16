"""Carries out what people order: one transaction, and an answer that can be given again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json

from chassis.http import Transaction
from chassis.keyed import Keyed
from chassis.problems import FieldError, Problem, Tongue, not_found
from chassis.security import Identity
from chassis.unit import EventTooLarge, Unit
from contracts.template import Text
from services.validation.review import desk, views
from services.validation.review.docket import Docket
from services.validation.review.orders import NoSuchPlace, Order, Refused, carry_out
from services.validation.review.permission import OWN_REPORT
from services.validation.review.views import Standing

A = TypeVar("A", bound=BaseModel)

TOO_LARGE: Final = Text(
    vi="Ghi chú và nhận xét quá dài để gửi cùng báo cáo này.",
    en="Note and comments are too long to go with a report of this size.",
)
NO_SUCH_PLACE: Final = Text(
    vi="Nhận xét chỉ vào mục không có trong báo cáo.",
    en="A comment points at a place that the report does not have.",
)


class Answered(BaseModel):
    """What became of one report of many; ``problem`` is there when nothing did."""

    report_id: UUID
    status: int
    review: Standing | None = None
    problem: dict[str, Any] | None = None


class Answers(BaseModel):
    """An answer for each item, in their order."""

    items: list[Answered]


async def decide(
    transact: Transaction, order: Order, caller: Identity, key: str | None
) -> Standing:
    """Carry out one decision; raises the `Problem` that stands against it."""

    async def work(unit: Unit) -> Standing:
        docket = await desk.for_people(unit, [order.report_id])
        answer = _carry_out(docket, order, caller)
        await desk.close(unit, docket)
        return answer

    return await _once(transact, Keyed(caller.subject, key, to_json(order)), Standing, work)


async def decide_all(
    transact: Transaction,
    orders: Sequence[Order],
    caller: Identity,
    key: str | None,
    tongue: Tongue,
) -> Answers:
    """Carry out what can be carried out of many decisions, and say what became of each."""

    async def work(unit: Unit) -> Answers:
        docket = await desk.for_people(unit, [order.report_id for order in orders])
        answers = [_attempt(docket, order, caller, tongue) for order in orders]
        await desk.close(unit, docket)
        return Answers(items=answers)

    return await _once(transact, Keyed(caller.subject, key, to_json(orders)), Answers, work)


async def _once(
    transact: Transaction, keyed: Keyed, kind: type[A], work: Callable[[Unit], Awaitable[A]]
) -> A:
    try:
        return await transact(lambda unit: keyed.once(unit, kind, work))
    except EventTooLarge:
        raise Problem(422, "decision-too-large", TOO_LARGE) from None


def _attempt(docket: Docket, order: Order, caller: Identity, tongue: Tongue) -> Answered:
    try:
        review = _carry_out(docket, order, caller)
    except Problem as problem:
        status, members = problem.status_code, problem.members(tongue)
        return Answered(report_id=order.report_id, status=status, problem=members)
    return Answered(report_id=order.report_id, status=200, review=review)


def _carry_out(docket: Docket, order: Order, caller: Identity) -> Standing:
    if order.report_id not in docket.reports:
        raise not_found()
    try:
        step = carry_out(docket, order, caller.subject)
    except Refused as refused:
        raise _problem(refused) from None
    except NoSuchPlace as lost:
        errors = [_lost(number) for number in lost.numbers]
        raise Problem(422, "invalid", NO_SUCH_PLACE, errors=errors) from None
    return views.standing(docket, step.report, caller)


def _problem(refused: Refused) -> Problem:
    report, refusal = refused.report, refused.refusal
    return Problem(
        403 if refusal is OWN_REPORT else 409,
        refusal.code,
        refusal.message,
        current_version=report.latest.version,
        counted_version=report.counted_version,
        state=report.state,
        findings=[finding.model_dump(mode="json") for finding in refused.findings],
    )


def _lost(number: int) -> FieldError:
    return FieldError(f"/comments/{number}/pointer", "no-such-place", NO_SUCH_PLACE)
