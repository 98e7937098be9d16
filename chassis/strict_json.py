"""JSON as its standard has it and as PostgreSQL can keep it, or a problem that says where."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chassis.problems import FieldError, Problem
from contracts.content import pointer
from contracts.template import Text

NO_TEXT = re.compile("[\\0\ud800-\udfff]")
MOST_REASON = 200
UNSTORABLE = Text(
    vi="Văn bản chứa ký tự không hợp lệ.", en="The text contains a character that is none."
)


def read(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """What ``raw`` says; raises 400 for what is no JSON and 422 for text that is no text.

    UTF-8 only, no NaN, no name twice in an object, no NUL and no half of a character.
    """
    try:
        found = json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
        # Only an escape can smuggle these in: the decoder refuses them as they are.
        unstorable = list(_unstorable(found, ())) if b"\\u" in raw else []
    except (ValueError, RecursionError) as error:
        raise malformed(error) from error
    if unstorable:
        errors = [FieldError(at, "invalid-text", UNSTORABLE) for at in unstorable]
        raise Problem(422, "invalid", UNSTORABLE, errors=errors)
    return found


def malformed(error: Exception) -> Problem:
    """400: the body is no JSON, or none that means one thing only."""
    reason = str(error)[:MOST_REASON]
    return Problem(
        400,
        "malformed-json",
        Text(
            vi=f"Dữ liệu gửi lên không phải JSON hợp lệ: {reason}",
            en=f"The body is not valid JSON: {reason}",
        ),
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice")
    return found


def _unstorable(part: Any, at: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(part, str):
        if NO_TEXT.search(part):
            yield pointer(*at)
    elif isinstance(part, list):
        for index, item in enumerate(part):
            yield from _unstorable(item, (*at, str(index)))
    elif isinstance(part, dict):
        for name, item in part.items():
            if NO_TEXT.search(name):
                yield pointer(*at)
            else:
                yield from _unstorable(item, (*at, name))
