"""The one state that no decision announces."""

MISSING = "missing"
"""No report of the ward was decided on yet; it may be on its way."""
