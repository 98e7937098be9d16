"""Group commit: what is asked while a transaction runs goes into the next one, all together.

A transaction costs nearly the same whether it keeps one thing or fifty: its round trips, and
the commit that waits for the disk. Those who come at the same time share that. Whoever is alone
goes at once, and waits for nobody.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from functools import partial
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import structlog
from sqlalchemy.exc import TimeoutError as PoolExhausted

from chassis import failures
from chassis.unit import Unit

Q = TypeVar("Q")
A = TypeVar("A")

MOST: Final = 64
"""Asked for in one transaction; more would make those who came first wait for the last."""
LANES: Final = 2
"""Transactions at a time: one is prepared while the database is busy with the other, and
while one waits for somebody else's lock there is another way past it."""

Work = Callable[[Unit, Sequence[Q]], Awaitable[Sequence[A | Exception]]]
"""Does what is asked, in its order; for each an answer, or the exception that its asker gets.

It may run again with the same or with fewer, and nothing of the time before is then kept. What it
raises for one of many has each of them done alone.
"""
Transact = Callable[[Callable[[Unit], Awaitable[Any]]], Coroutine[Any, Any, Any]]

log = structlog.get_logger()


class Together(Generic[Q, A]):
    """One kind of work, done for all who ask for it at the same time; each gets their own answer.

    An answer is given after the commit. When a group fails for what somebody in it asked, it is
    taken apart and each is tried alone; when the database is away, each is told so.
    """

    def __init__(self, transact: Transact, work: Work[Q, A], patience: float) -> None:
        """``patience``: seconds that somebody waits at most until their transaction begins."""
        self._transact, self._work, self._patience = transact, work, patience
        self._waiting: dict[asyncio.Future[A], Q] = {}
        self._apart: deque[dict[asyncio.Future[A], Q]] = deque()
        self._running: set[asyncio.Task[Sequence[A | Exception]]] = set()

    async def __call__(self, asked: Q) -> A:
        """The answer, once it is committed; raises what the work said of it instead."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting[answer] = asked
        loop.call_soon(self._start)  # others who are here at this very moment come along
        leaving = loop.call_later(self._patience, self._leave, answer)
        try:
            return await answer
        finally:
            leaving.cancel()
            self._waiting.pop(answer, None)

    def _leave(self, answer: asyncio.Future[A]) -> None:
        if answer in self._waiting:
            del self._waiting[answer]
            _tell(answer, PoolExhausted(f"no transaction was free for {self._patience} s"))

    def _start(self) -> None:
        while (self._apart or self._waiting) and len(self._running) < LANES:
            self._begin(self._apart.popleft() if self._apart else self._next())

    def _next(self) -> dict[asyncio.Future[A], Q]:
        first = list(islice(self._waiting, MOST))
        return {answer: self._waiting.pop(answer) for answer in first}

    def _begin(self, group: dict[asyncio.Future[A], Q]) -> None:
        async def work(unit: Unit) -> Sequence[A | Exception]:
            return await self._work(unit, list(group.values()))

        # A task of its own, in nobody's context: one who goes away takes nobody along.
        task = asyncio.get_running_loop().create_task(self._transact(work), context=Context())
        self._running.add(task)
        task.add_done_callback(partial(self._ended, group))

    def _ended(
        self, group: dict[asyncio.Future[A], Q], task: asyncio.Task[Sequence[A | Exception]]
    ) -> None:
        self._running.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            for answer, said in zip(group, task.result(), strict=True):
                _tell(answer, said)
        elif len(group) == 1 or task.cancelled() or failures.is_infrastructure(error):
            for answer in group:
                _tell(answer, error)
        else:
            log.info("group_taken_apart", size=len(group), cause=failures.cause(error))
            self._apart += ({answer: asked} for answer, asked in group.items())
        self._start()


def _tell(answer: asyncio.Future[A], said: A | BaseException) -> None:
    if answer.done():  # whoever asked has gone
        return
    if isinstance(said, BaseException):
        answer.set_exception(said)
    else:
        answer.set_result(said)
