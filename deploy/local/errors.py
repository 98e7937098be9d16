"""What can go wrong with the local stack, said in one line."""


class StackError(Exception):
    """A part of the stack cannot start or go on; the message is one line a person can act on."""
