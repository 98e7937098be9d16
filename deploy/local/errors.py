"""What can go wrong with the local stack, said in one line."""

import re

COMPLAINT = re.compile(r"\b(FATAL|PANIC|ERROR)\b|\w+(Error|Exception)\b")


class StackError(Exception):
    """A part of the stack cannot start or go on; the message is one line a person can act on."""


def complaint(output: str) -> str:
    """Why a program failed: the last line it wrote that speaks of an error, or its last line."""
    told = [line.strip() for line in reversed(output.splitlines()) if line.strip()]
    return next((line for line in told if COMPLAINT.search(line)), told[0] if told else "")
