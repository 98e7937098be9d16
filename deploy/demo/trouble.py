"""What goes wrong with the demo."""


class DemoError(Exception):
    """The demo cannot go on; the message is one line that a person can act on."""
