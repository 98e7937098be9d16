"""What a caller may do with a thing, said with the thing: ``allowed_actions``."""

from pydantic import BaseModel

from contracts.template import Text


class Reason(BaseModel):
    """Why an action is refused; ``code`` is stable, ``message`` is for people."""

    code: str
    message: Text


class Action(BaseModel):
    """Something that can be done; a refused one says why, so that a form can show it."""

    action: str
    allowed: bool
    reason: Reason | None = None


def allowed(action: str) -> Action:
    """The caller may do this now."""
    return Action(action=action, allowed=True)


def refused(action: str, code: str, message: Text) -> Action:
    """The caller may not do this now."""
    return Action(action=action, allowed=False, reason=Reason(code=code, message=message))
