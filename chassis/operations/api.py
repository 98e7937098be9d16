"""HTTP: dead letters for an operator, who sees, rehearses, replays, fixes and discards them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chassis.consumer import Listener
from chassis.dead_letters import DeadLetter
from chassis.http import Router, Transact, body_limit
from chassis.operations import shelf
from chassis.operations.correction import Correction, StillFailing
from chassis.operations.mending import Mender, NoSuchLetter, Resolved
from chassis.operations.shelf import OPEN, WAITING, Filters
from chassis.operations.views import (
    RESOLVED,
    Cause,
    FixAnswer,
    LetterDetail,
    LetterView,
    ReplayAnswer,
    Replayed,
)
from chassis.paging import Keyset, Page, Paging
from chassis.problems import FieldError, Problem, not_found
from chassis.refusals import INVALID
from chassis.runtime import Runtime
from chassis.security import OPERATOR, Identity, requires
from contracts import scalars
from contracts.template import Text

router = Router(prefix="/v1/dead-letters", tags=["operations"])

MOST: Final = 10_000
"""Letters in one replay."""
MOST_BYTES: Final = 1024 * 1024
LONGEST_REASON: Final = 500
BY_NUMBER = Keyset(tuple[int])
WHICH = Text(
    vi="Hãy nêu danh sách ids, hoặc ít nhất một trong cause, stage, topic.",
    en="Name ids, or else at least one of cause, stage and topic.",
)

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
LetterId = Annotated[Number, Path()]


class Listing(Filters):
    """Which letters to list; without a state those that wait or are parked."""

    state: Literal["waiting", "parked", "replayed", "fixed", "discarded"] | None = None


class ReplayBody(Filters):
    """Which letters to replay: these, or the oldest 10,000 that wait and match.

    ``parked`` takes those too of which three replays have failed. A dry run only says what would
    become of them.
    """

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Number], Field(min_length=1, max_length=MOST)] | None = None
    parked: bool = False
    dry_run: bool = True


class FixBody(Correction):
    """A correction; a dry run only says whether it could be applied."""

    dry_run: bool = True


class DiscardBody(BaseModel):
    """Why the record is never to be applied. It goes into the audit: no person's name in it."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        str, AfterValidator(lambda text: scalars.text(text, LONGEST_REASON)), Field(min_length=1)
    ]


class Desk:
    """The service's dead letters, before an operator."""

    def __init__(self, request: Request, operator: Annotated[Identity, requires(OPERATOR)]) -> None:
        runtime: Runtime = request.app.state.runtime
        if runtime.listener is None:
            raise not_found()
        self.listener: Listener = runtime.listener
        self.reasons = self.listener.reasons
        self._database, self._by = runtime.database, operator.subject

    def mender(self, *, rehearses: bool = False) -> Mender:
        """Somebody who mends in the operator's name."""
        return Mender(self.listener, self._database, self._by, rehearses)

    def cause(self, failed: DeadLetter | None) -> Cause | None:
        """Why something failed, in words."""
        return Cause.of(failed.stage, failed.cause, self.reasons) if failed else None


async def _desk(request: Request, operator: Annotated[Identity, requires(OPERATOR)]) -> Desk:
    return Desk(request, operator)


Before = Annotated[Desk, Depends(_desk)]


@router.get("")
async def list_dead_letters(
    desk: Before, transact: Transact, paging: Paging, filters: Annotated[Listing, Query()]
) -> Page[LetterView]:
    """Records that could not be applied, the oldest first."""
    (after,) = BY_NUMBER.after(paging) or (0,)
    states = [filters.state] if filters.state else OPEN
    rows = await transact(
        lambda unit: shelf.listed(unit.session, filters, states, after, paging.rows)
    )
    return BY_NUMBER.page(
        paging, rows, lambda row: (row.id,), lambda row: LetterView.of(row, desk.reasons)
    )


@router.post(":replay")
async def replay_dead_letters(body: ReplayBody, desk: Before, transact: Transact) -> ReplayAnswer:
    """Apply records once more, under their own ids and as a batch from Kafka would be.

    What was handled before has no effect. Each thousand is a transaction of its own.
    """
    states = OPEN if body.parked else (WAITING,)
    if (body.ids is None) is not body.names_something():
        raise Problem(422, "invalid", INVALID, errors=[FieldError("/ids", "which", WHICH)])
    chosen = sorted(set(body.ids or ())) or await transact(
        lambda unit: shelf.numbers(unit.session, body, states, MOST)
    )
    outcomes = await desk.mender(rehearses=body.dry_run).replay(chosen, states)
    return ReplayAnswer(
        dry_run=body.dry_run,
        counts=Counter(one.outcome for one in outcomes),
        left=len(chosen) - len(outcomes),
        items=[
            Replayed(id=one.number, outcome=one.outcome, cause=desk.cause(one.letter))
            for one in outcomes
        ],
    )


@router.get("/{number}")
async def read_dead_letter(number: LetterId, desk: Before, transact: Transact) -> LetterDetail:
    """One record with its bytes, its headers, the error, and what may be done with it."""
    row = await transact(lambda unit: shelf.found(unit.session, number))
    if row is None:
        raise not_found()
    return LetterDetail.of(row, desk.reasons)


@router.post("/{number}/fix")
@body_limit(MOST_BYTES)
async def fix_dead_letter(number: LetterId, body: FixBody, desk: Before) -> FixAnswer:
    """Apply a corrected record under a new id that names the old one as its cause.

    It is decoded, held against its schema and given to the handler; 422 when that fails.
    """
    with _answered(desk):
        event_id = await desk.mender(rehearses=body.dry_run).fix(number, body)
    return FixAnswer(dry_run=body.dry_run, event_id=None if body.dry_run else event_id)


@router.post("/{number}/discard")
async def discard_dead_letter(
    number: LetterId, body: DiscardBody, desk: Before, transact: Transact
) -> LetterDetail:
    """Close a record that is never to be applied."""
    with _answered(desk):
        await desk.mender().discard(number, body.reason)
    return await read_dead_letter(number, desk, transact)


@contextmanager
def _answered(desk: Desk) -> Iterator[None]:
    """Within it a refusal becomes the answer."""
    try:
        yield
    except NoSuchLetter:
        raise not_found() from None
    except Resolved:
        raise Problem(409, "already-resolved", RESOLVED) from None
    except StillFailing as failing:
        cause = Cause.of(failing.stage, failing.cause, desk.reasons)
        about: dict[str, Any] = {"stage": cause.stage, "cause": cause.code, "error": failing.error}
        raise Problem(422, "still-failing", cause.message, **about) from None
