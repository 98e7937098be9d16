"""Many reports in one request: lines are taken in batches, each batch in one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json
from sqlalchemy.exc import DBAPIError

from chassis import edge, failures, problems, refusals, strict_json
from chassis.http import Transaction
from chassis.problems import FieldError, Problem, Tongue
from chassis.security import Identity
from chassis.unit import Unit
from contracts.content import pointer
from contracts.template import Text
from services.submission.reports import answers, intake
from services.submission.reports.domain import Address
from services.submission.reports.intake import Asked, Receipt, Sender
from services.submission.reports.refusals import Refused

LONGEST_LINE: Final = edge.BODY_LIMIT
BATCH: Final = 200
MOST_ERRORS: Final = 20
"""Named in the answer to one line; the others are counted."""

NOT_A_LINE = Text(
    vi="Mỗi dòng là một đối tượng {ward, template, period, content}.",
    en="Each line is an object {ward, template, period, content}.",
)

log = structlog.get_logger()

Answer = dict[str, Any]
Drafts = Mapping[int, tuple[Address, object]]


class Line(NamedTuple):
    """One line as it came in, by its number from 1."""

    number: int
    raw: bytes


class Draft(BaseModel):
    """What a line says: which report, and the content that a PUT would carry."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ward: str
    template: str
    period: str
    content: Any


async def batches(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[Line]]:
    """The lines of a body as soon as they are whole; blank ones only count.

    Of a line that is too long only as much is kept as shows that it is.
    """
    number, rest = 0, b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        rest = rest[: LONGEST_LINE + 1]
        lines = [Line(number + place, raw) for place, raw in enumerate(whole, 1) if raw.strip()]
        number += len(whole)
        for start in range(0, len(lines), BATCH):
            yield lines[start : start + BATCH]
    if rest.strip():
        yield [Line(number + 1, rest)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """One bulk request: who sends it, and in which language its answers are."""

    caller: Identity
    sender: Sender
    language: Tongue
    transact: Transaction

    async def answer(self, lines: Sequence[Line]) -> bytes:
        """An answer for each line, in their order; what is wrong with one concerns no other."""
        drafts: dict[int, tuple[Address, object]] = {}
        said: dict[int, Answer] = {}
        for line in lines:
            try:
                drafts[line.number] = self._draft(line)
            except Problem as problem:
                said[line.number] = self._refused(problem)
        if drafts:
            said |= await self._keep(drafts)
        return b"".join(_line(number, said[number]) for number in sorted(said))

    def stopped(self, number: int, problem: Problem) -> bytes:
        """The answer to the first line that is not read any more."""
        return _line(number, self._refused(problem))

    def _draft(self, line: Line) -> tuple[Address, object]:
        if len(line.raw) > LONGEST_LINE:
            raise edge.too_large(LONGEST_LINE)
        try:
            draft = Draft.model_validate(strict_json.read(line.raw))
        except ValidationError as error:
            raise _not_a_draft(error) from error
        self.caller.require_own_ward(draft.ward)
        return Address(draft.ward, draft.template, draft.period), draft.content

    async def _keep(self, drafts: Drafts) -> dict[int, Answer]:
        """Keep a batch, or the halves of one that the database would not take."""
        try:
            return await self.transact(lambda unit: self._take(unit, drafts))
        except (*failures.OUTAGES, DBAPIError) as error:
            if failures.is_infrastructure(error):
                return dict.fromkeys(drafts, self._refused(problems.unavailable()))
            if len(drafts) == 1:
                log.exception("line_failed", line=next(iter(drafts)))
                return dict.fromkeys(drafts, self._refused(refusals.BROKEN))
        numbers = list(drafts)
        half = len(numbers) // 2
        kept = [{n: drafts[n] for n in part} for part in (numbers[:half], numbers[half:])]
        return await self._keep(kept[0]) | await self._keep(kept[1])

    async def _take(self, unit: Unit, drafts: Drafts) -> dict[int, Answer]:
        asked = [Asked(address, body, self.sender) for address, body in drafts.values()]
        outcomes = await intake.take(unit, asked)
        return {
            number: self._said(one.address, outcome)
            for number, one, outcome in zip(drafts, asked, outcomes, strict=True)
        }

    def _said(self, address: Address, outcome: Receipt | Refused | Problem) -> Answer:
        if isinstance(outcome, Refused):
            return _at(address) | self._refused(answers.problem(outcome))
        if isinstance(outcome, Problem):
            return _at(address) | self._refused(outcome)
        return _taken(outcome)

    def _refused(self, problem: Problem) -> Answer:
        members = problem.members(self.language)
        errors = members.get("errors", [])
        if len(errors) > MOST_ERRORS:
            omitted = len(errors) - MOST_ERRORS
            members |= {"errors": errors[:MOST_ERRORS], "errors_omitted": omitted}
        return members


def _not_a_draft(error: ValidationError) -> Problem:
    errors = [
        FieldError(pointer(*map(str, wrong["loc"])), wrong["type"].replace("_", "-"), NOT_A_LINE)
        for wrong in error.errors(include_url=False, include_input=False)
    ]
    return Problem(422, "invalid", NOT_A_LINE, errors=errors)


def _line(number: int, said: Answer) -> bytes:
    return to_json({"line": number, **said}) + b"\n"


def _at(address: Address) -> Answer:
    return address._asdict()


def _taken(receipt: Receipt) -> Answer:
    return {
        "status": 202 if receipt.fresh else 200,
        **_at(receipt.address),
        "report_id": receipt.address.report_id,
        "version": receipt.standing.version,
        "etag": answers.tag(receipt.standing),
    }
