"""Runs an application as a process that ends well: exit code 0 within 20 s of a SIGTERM."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.runtime import Runtime
from chassis.wire import Wire

HTTP_DRAIN_SECONDS = 6
"""For requests under way; `chassis.runtime` then gives the loops their time."""

GARBAGE_LOOKS = (10_000, 10, 10)
"""A batch of thousands of events makes so many objects that live on that the collector, which
looks for cycles after 700 of them, takes a tenth of the time that reading them takes."""

log = structlog.get_logger()


def serve(app: FastAPI) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends it without draining."""
    gc.set_threshold(*GARBAGE_LOOKS)
    runtime: Runtime = app.state.runtime
    config = uvicorn.Config(
        app,
        host=runtime.settings.host,
        port=runtime.settings.port,
        loop="uvloop",
        http=Wire,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=HTTP_DRAIN_SECONDS,
    )
    Server(config, runtime).run()


class Server(uvicorn.Server):
    """Tells the service at once that it ends, and does not die by the signal itself."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle both signals within the loop; uvicorn would raise them again at the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        yield

    def _end(self, number: int) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self.force_exit = self.should_exit
        self.should_exit = True
        self._runtime.end()
