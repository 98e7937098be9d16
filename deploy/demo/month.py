"""The demo month, stage by stage: wards send, rules return, reviewers decide."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from deploy.demo import courses, mistakes
from deploy.demo.courses import Report
from deploy.demo.inboxes import Inboxes
from deploy.demo.leader import Leader, by_template
from deploy.demo.measuring import (
    FIGURE,
    INBOX_ALONE,
    INBOX_IN_A_CROWD,
    PUT_ALONE,
    PUT_IN_A_CROWD,
    Stopwatch,
)
from deploy.demo.reviewers import WITHDRAWAL_REQUESTED, Reviewers
from deploy.demo.stages import Bar, Stages
from deploy.demo.trouble import DemoError
from deploy.demo.wards import Wards

SENT_ALONE = 30
APPROVED_SINGLY = 30
DECIDED_AFTER_APPROVAL = {courses.REVOKED, courses.REPLACED, courses.WITHDRAWN}


@dataclass
class Month:
    """Plays the reports of one month on the line."""

    reports: Sequence[Report]
    wards: Wards
    reviewers: Reviewers
    leader: Leader
    inboxes: Inboxes
    stages: Stages
    watch: Stopwatch
    clients: int

    async def play(self) -> None:
        """Everything in order; raises DemoError when the line does something else."""
        await self._send_alone()
        await self._send_all_at_once()
        await self._correct()
        await self._doubt()
        await self._approve_most()
        await self._approve_one_by_one()
        await self._take_back()

    async def _send_alone(self) -> None:
        sound = self._of(courses.SOUND)
        some = sound[:: len(sound) // SENT_ALONE or 1][:SENT_ALONE]
        with self.stages.stage("One ward sends at a time", len(some)) as bar:
            for report in some:
                notice = await self.wards.send(report, PUT_ALONE)
                await self.inboxes.told([notice])
                self.wards.measure_hearing([notice], INBOX_ALONE)
                bar.advance()

    async def _send_all_at_once(self) -> None:
        rest = [report for report in self.reports if not report.sent]
        notices = []

        async def send(report: Report) -> None:
            notices.append(await self.wards.send(report, PUT_IN_A_CROWD))

        with self.stages.stage(f"All wards send, {self.clients} at a time", len(rest)) as bar:
            await self._crowd(rest, send, bar)
        with self.stages.stage("Every ward hears that it came in", len(rest)) as bar:
            await self.inboxes.told(notices, bar.left)
        self.wards.measure_hearing(notices, INBOX_IN_A_CROWD)

    async def _correct(self) -> None:
        returned = self._of(*courses.RETURNED_BY_RULES)

        async def correct(report: Report) -> None:
            await self.wards.learn(report, "returned", courses.RETURNED_BY_RULES[report.course])
            await self.wards.send(report)

        with self.stages.stage("Rules return, wards correct and resend", len(returned)) as bar:
            await self._crowd(returned, correct, bar)

    async def _doubt(self) -> None:
        with self.stages.stage("Reviewers find it all in their queue", len(self.reports)) as bar:
            await self.reviewers.find(self.reports, bar.left)
        doubted, explained = self._of(courses.DOUBTED), self._of(courses.SURPRISING)

        async def doubt(report: Report) -> None:
            await self.reviewers.give_back(report)
            decision = await self.wards.learn(report, "returned", "wrong-figures")
            if [comment["pointer"] for comment in decision["comments"]] != [report.about]:
                raise DemoError(f"{report.place} does not show the reviewer's comment")
            await self.wards.send(report)

        title = "Reviewers doubt a figure, wards correct it"
        with self.stages.stage(title, len(doubted) + len(explained)) as bar:
            await self._crowd(explained, self._read_explanation, bar)
            await self._crowd(doubted, doubt, bar)
            await self.reviewers.find(doubted)

    async def _read_explanation(self, report: Report) -> None:
        seen = await self.reviewers.look(report)
        said = {finding["rule"]: finding["explanation"] for finding in seen["findings"]}
        if said.get(report.about) != mistakes.EXPLANATION:
            raise DemoError(f"{report.place} does not show the ward's explanation to reviewers")

    async def _approve_most(self) -> None:
        singly = self._singly()
        most = [report for report in self.reports if report not in singly]
        with self.stages.stage("Reviewers approve in bulk", len(most)) as bar:
            await self.reviewers.approve_all(most, bar.left)
            for part in by_template(self.reports).values():
                await self.leader.await_counted(part)

    async def _approve_one_by_one(self) -> None:
        singly = self._singly()
        parts = by_template(self.reports)
        with self.stages.stage("… and one by one, until the figure shows it", len(singly)) as bar:
            for report in singly:
                await self.reviewers.approve(report)
                began = perf_counter()
                await self.leader.await_counted(parts[report.template])
                self.watch.add(FIGURE, perf_counter() - began)
                bar.advance()

    def _singly(self) -> list[Report]:
        return self._of(courses.DOUBTED, courses.SURPRISING)[-APPROVED_SINGLY:]

    async def _take_back(self) -> None:
        undone = self._of(*DECIDED_AFTER_APPROVAL)
        with self.stages.stage("Approvals are revoked, a report withdrawn", len(undone)) as bar:
            await self._crowd(undone, self._undo, bar)

    async def _undo(self, report: Report) -> None:
        if report.course == courses.WITHDRAWN:
            await self.wards.take_back(report)
            await self.reviewers.find([report], state=WITHDRAWAL_REQUESTED)
            await self.reviewers.let_go(report)
            await self.wards.learn(report, "withdrawn", "withdrawn-by-ward")
            return
        await self.reviewers.revoke(report)
        await self.wards.learn(report, "revoked", "inconsistent")
        if report.course == courses.REPLACED:
            await self.wards.send(report)
            await self.reviewers.find([report])
            await self.reviewers.approve(report)

    async def _crowd(
        self, reports: Iterable[Report], work: Callable[[Report], Awaitable[None]], bar: Bar
    ) -> None:
        """Do it for each, by so many clients at a time."""
        todo = iter(reports)

        async def client() -> None:
            for report in todo:
                await work(report)
                bar.advance()

        await asyncio.gather(*(client() for _ in range(self.clients)))

    def _of(self, *kinds: str) -> list[Report]:
        return [report for report in self.reports if report.course in kinds]
