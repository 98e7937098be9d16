"""Logs: one JSON object a line, or colours on a terminal; libraries' logs go the same way.

An event's name is static, what varies is in its fields.
"""

import logging
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from time import monotonic

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""What caused the work at hand: a request's id, or that of the event being handled."""
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The W3C trace context that came with it."""

REPEATED = "Exception in ASGI application"
"""How uvicorn begins to say again what `chassis.refusals` has said."""
NOISY = ("aiokafka", "faststream")
"""Clients that repeat themselves several times a second while a broker is away."""
QUIET_SECONDS = 30.0
MOST_REMEMBERED = 1_000


def configure(service: str, form: str = "auto", level: str = "info") -> None:
    """Send every log of this process to stderr; ``form`` is auto, json or console."""
    steps = _steps(service)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *steps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(steps, console=console))
    handler.addFilter(Quieter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for client in NOISY:
        logging.getLogger(client).setLevel(logging.WARNING)


def _steps(service: str) -> list[Processor]:
    def context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        if correlation_id.get():
            event.setdefault("correlation_id", correlation_id.get())
        return event

    return [
        context,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(steps: Sequence[Processor], *, console: bool) -> logging.Formatter:
    last: list[Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if console
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*steps, structlog.stdlib.ExtraAdder(allow=["left_out"])],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


class Quieter(logging.Filter):
    """Lets each message of a noisy client through once in 30 s, with how many it held."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if not record.name.startswith(NOISY):
            return not str(record.msg).startswith(REPEATED)
        key, now = (record.name, str(record.msg)), monotonic()
        said, held = self._said.get(key, (-QUIET_SECONDS, 0))
        if now - said < QUIET_SECONDS:
            self._said[key] = (said, held + 1)
            return False
        if len(self._said) > MOST_REMEMBERED:
            self._said.clear()
        self._said[key] = (now, 0)
        if held:
            record.left_out = held
        return True
