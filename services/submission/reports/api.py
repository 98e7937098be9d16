"""Sending a report and taking it back."""

from typing import Annotated, Final, Literal

from fastapi import Body, Depends, Header, Response
from pydantic import BaseModel
from pydantic_core import to_json

from chassis.http import Conditional, Router, Transact
from chassis.keyed import Key, Keyed
from chassis.security import SYSTEM, Identity, requires
from chassis.unit import Unit
from contracts import reports as contract
from services.submission.reports import intake, views
from services.submission.reports.answers import refusals_answered, tag, version_guard
from services.submission.reports.domain import Address
from services.submission.reports.intake import Asked, Receipt, Sender
from services.submission.reports.views import ReceiptView

router = Router(prefix="/v1/reports", tags=["reports"])

ADDRESS: Final = "/{ward}/{template}/{period}"
BODY: Final = "The content: `{values, lists, gaps, explanations, narrative}`."


async def _address(ward: str, template: str, period: str) -> Address:
    return Address(ward, template, period)


At = Annotated[Address, Depends(_address)]
Officer = Annotated[Identity, requires(*sorted(views.SENDERS))]
Channel = Annotated[Literal["portal", "api"], Header(alias="Wardline-Channel")]


class Given(BaseModel):
    """An answer with what stands in its headers."""

    receipt: ReceiptView
    tag: str
    location: str


@router.put(ADDRESS, status_code=202, responses={200: {"model": ReceiptView}})
async def send_report(  # noqa: PLR0913 - each is a part of the request
    *,
    at: At,
    body: Annotated[object, Body(description=BODY)],
    caller: Officer,
    transact: Transact,
    conditional: Conditional,
    response: Response,
    channel: Channel = "api",
) -> ReceiptView:
    """Send a report: 202 with a new version, or 200 when its content is the latest already."""
    caller.require_own_ward(at.ward)
    sender = Sender(caller.subject, channel_of(caller, channel))
    asked = Asked(at, body, sender, version_guard(conditional))
    with refusals_answered():
        receipt = await transact.together(intake.take, asked)
    if not receipt.fresh:
        response.status_code = 200
    return _answer(response, _given(receipt))


@router.delete(ADDRESS, status_code=202)
async def withdraw_report(  # noqa: PLR0913 - each is a part of the request
    *,
    at: At,
    caller: Officer,
    transact: Transact,
    conditional: Conditional,
    response: Response,
    key: Key = None,
) -> ReceiptView:
    """Ask to take a report back. The answer shows in its status: the department decides.

    Sent again under its `Idempotency-Key` it asks once, however late the first one comes in.
    """
    caller.require_own_ward(at.ward)
    guard = version_guard(conditional)

    async def ask(unit: Unit) -> Given:
        return _given(await intake.withdraw(unit, at, caller.subject, guard))

    keyed = Keyed(caller.subject, key, to_json(at))
    with refusals_answered():
        given = await transact(lambda unit: keyed.once(unit, Given, ask))
    return _answer(response, given)


def channel_of(caller: Identity, said: str) -> str:
    """How the report came in; another system is a partner whatever it says."""
    return contract.PARTNER if SYSTEM in caller.roles else said


def _given(receipt: Receipt) -> Given:
    return Given(
        receipt=views.receipt(receipt.address, receipt.standing),
        tag=tag(receipt.standing),
        location="/v1/reports/" + "/".join(receipt.address),
    )


def _answer(response: Response, given: Given) -> ReceiptView:
    response.headers["ETag"] = given.tag
    response.headers["Location"] = given.location
    return given.receipt
