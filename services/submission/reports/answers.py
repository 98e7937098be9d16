"""What every door into reports shares: how a refusal is answered, and what a tag names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from chassis.http import Conditional, etag
from chassis.problems import FieldError, Problem
from services.submission.reports.domain import Standing
from services.submission.reports.intake import Guard
from services.submission.reports.refusals import Refused

STATUS: Final = {
    "unknown-ward": 404,
    "unknown-template": 404,
    "unknown-report": 404,
    "unknown-version": 404,
    "withdrawal-pending": 409,
    "nothing-to-withdraw": 409,
    "report-too-large": 413,
}
"""Every other refusal is 422: the request is understood and cannot be followed."""


def problem(refused: Refused) -> Problem:
    """A refusal as it is answered."""
    errors = [FieldError(wrong.pointer, wrong.code, wrong.message) for wrong in refused.problems]
    status = STATUS.get(refused.slug, 422)
    return Problem(status, refused.slug, refused.detail, errors=errors)


@contextmanager
def refusals_answered() -> Iterator[None]:
    """Within it a refusal becomes the answer."""
    try:
        yield
    except Refused as refused:
        raise problem(refused) from refused


def tag(standing: Standing, *more: object) -> str:
    """The entity tag of a report: version, decision and submission number, and what else is in."""
    return etag(standing.version, standing.decision_no, standing.submission_no, *more)


def version_guard(conditional: Conditional) -> Guard:
    """Raises 412 when the sender saw another version; a decision since then is no conflict."""

    def guard(standing: Standing) -> None:
        conditional.guard(tag(standing) if standing.version else None, part=_version)

    return guard


def _version(tag: str) -> str:
    return tag.strip('"').partition("-")[0]
