"""HTTP: what reviewers decide."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt

from chassis.http import Language, Router, Transact
from chassis.keyed import Key
from chassis.problems import FieldError, Problem
from chassis.refusals import INVALID
from chassis.security import REVIEWER, Identity, requires
from contracts import scalars
from contracts.decisions import Comment
from contracts.template import Text
from services.validation.review import bench, permission
from services.validation.review.bench import Answers
from services.validation.review.orders import Order
from services.validation.review.views import Standing

router = Router(prefix="/v1/reviews", tags=["reviews"])

LONGEST_NOTE, LONGEST_COMMENT, MOST_COMMENTS, MOST_ITEMS = 2_000, 1_000, 100, 500

Reviewer = Annotated[Identity, requires(REVIEWER)]
Note = Annotated[str, AfterValidator(lambda text: scalars.text(text, LONGEST_NOTE))]
Version = Annotated[StrictInt, Field(ge=1, le=2_147_483_647)]


UNKNOWN_CODE = Text(
    vi=f"Mã lý do phải là một trong: {', '.join(permission.CODES)}.",
    en=f"The reason must be one of: {', '.join(permission.CODES)}.",
)
NOTE_MISSING = Text(vi="Phải ghi rõ lý do cho đơn vị.", en="Say to the ward what the reason is.")
NOT_ACCEPTED = Text(
    vi="Mục này không dùng cho quyết định này.", en="This does not belong to this decision."
)


class Strict(BaseModel):
    """A body with no other members than these."""

    model_config = ConfigDict(extra="forbid")


class Remark(Strict):
    """A comment on one place of the report."""

    pointer: Annotated[str, Field(max_length=500)]
    text: Annotated[str, AfterValidator(lambda text: scalars.text(text, LONGEST_COMMENT))]


class DecisionBody(Strict):
    """A decision on ``version``, that which the reviewer saw.

    ``code`` and ``note`` are required to return or revoke; ``comments`` go with a return.
    """

    version: Version
    code: str | None = None
    note: Note = ""
    comments: Annotated[list[Remark], Field(max_length=MOST_COMMENTS)] = []

    def order(self, report_id: UUID, action: str) -> Order:
        """What the judge is told; raises 422 for what does not belong to the action."""
        reasoned = action in {permission.RETURN, permission.REVOKE}
        wrong = list(self._reason() if reasoned else self._none("code", self.code))
        if action != permission.RETURN:
            wrong += self._none("comments", self.comments)
        if wrong:
            raise Problem(422, "invalid", INVALID, errors=wrong)
        comments = tuple(Comment(pointer=c.pointer, text=c.text) for c in self.comments)
        return Order(report_id, action, self.version, self.note, self.code or "", comments)

    def _reason(self) -> Iterator[FieldError]:
        if self.code not in permission.CODES:
            yield FieldError("/code", "unknown-code", UNKNOWN_CODE)
        if not self.note:
            yield FieldError("/note", "missing", NOTE_MISSING)

    def _none(self, name: str, given: object) -> Iterator[FieldError]:
        if given:
            yield FieldError(f"/{name}", "not-accepted", NOT_ACCEPTED)


class ApprovedItem(Strict):
    """One report to approve."""

    report_id: UUID
    version: Version


class BulkBody(Strict):
    """Reports to approve together, each on its own merits."""

    items: Annotated[list[ApprovedItem], Field(min_length=1, max_length=MOST_ITEMS)]
    note: Note = ""


@router.post(":approve")
async def approve_reviews(
    body: BulkBody, reviewer: Reviewer, transact: Transact, language: Language, key: Key = None
) -> Answers:
    """Approve many reports; each item gets its own answer, and one refusal stops no other."""
    orders = [
        Order(item.report_id, permission.APPROVE, item.version, body.note) for item in body.items
    ]
    return await bench.decide_all(transact, orders, reviewer, key, language)


@router.post("/{report_id}/approve")
async def approve_review(
    report_id: UUID, body: DecisionBody, reviewer: Reviewer, transact: Transact, key: Key = None
) -> Standing:
    """Let the version count; 409 when it is not the latest or the rules find something new."""
    order = body.order(report_id, permission.APPROVE)
    return await bench.decide(transact, order, reviewer, key)


@router.post("/{report_id}/return")
async def return_review(
    report_id: UUID, body: DecisionBody, reviewer: Reviewer, transact: Transact, key: Key = None
) -> Standing:
    """Give the version back to its ward, with a reason and comments on fields."""
    order = body.order(report_id, permission.RETURN)
    return await bench.decide(transact, order, reviewer, key)


@router.post("/{report_id}/revoke")
async def revoke_review(
    report_id: UUID, body: DecisionBody, reviewer: Reviewer, transact: Transact, key: Key = None
) -> Standing:
    """Take an approval back: nothing of the report counts any more."""
    order = body.order(report_id, permission.REVOKE)
    return await bench.decide(transact, order, reviewer, key)


@router.post("/{report_id}/withdraw")
async def withdraw_review(
    report_id: UUID, body: DecisionBody, reviewer: Reviewer, transact: Transact, key: Key = None
) -> Standing:
    """Let the ward take an approved report back, as it asked."""
    order = body.order(report_id, permission.WITHDRAW)
    return await bench.decide(transact, order, reviewer, key)


@router.post("/{report_id}/refuse-withdrawal")
async def refuse_withdrawal(
    report_id: UUID, body: DecisionBody, reviewer: Reviewer, transact: Transact, key: Key = None
) -> Standing:
    """Keep the approved report, against the ward's wish."""
    order = body.order(report_id, permission.REFUSE_WITHDRAWAL)
    return await bench.decide(transact, order, reviewer, key)
