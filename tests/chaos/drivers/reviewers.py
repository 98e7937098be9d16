"""Reviewers of the department: they decide, sometimes two of them on the same report at once."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.chaos.drivers.client import Answer, Client, Request
from tests.chaos.drivers.officers import rest

Item = dict[str, Any]
MOST_SEEN: Final = 100
NOTE: Final = "Số liệu lệch với sổ theo dõi của đơn vị."


@dataclass
class Reviewer:
    """One reviewer."""

    client: Client
    rng: Random

    async def act(self, others: "list[Reviewer]") -> None:
        """Look through one of the queues and decide on something there."""
        look = self.rng.choices(("in-review", "withdrawal-requested", "approved"), (70, 15, 15))[0]
        items = await self.queue(look)
        if not items:
            return
        if look == "in-review":
            await self._review(items, others)
        elif look == "approved":
            await self.revoke(self.rng.choice(items))
        else:
            await self._answer_withdrawal(self.rng.choice(items))

    async def queue(self, state: str) -> list[Item]:
        """What waits in this state, as far as it can be seen now."""
        page = await self.client.read("validation", f"/v1/reviews?state={state}&limit={MOST_SEEN}")
        return list(page["items"]) if page else []

    async def _review(self, items: list[Item], others: "list[Reviewer]") -> None:
        item, chance = self.rng.choice(items), self.rng.random()
        if chance < 0.15:
            other = self.rng.choice(others)
            await asyncio.gather(self.approve(item), other.give_back(item))
        elif chance < 0.25:
            await self.approve_many(self.rng.sample(items, min(len(items), 8)))
        elif chance < 0.4:
            await self.give_back(item)
        else:
            await self.approve(item)

    async def approve(self, item: Item) -> Answer:
        """Let it count."""
        return await self._decide("approve", item)

    async def give_back(self, item: Item) -> Answer:
        """Return it to its ward."""
        return await self._decide("return", item, code="wrong-figures", note=NOTE)

    async def revoke(self, item: Item) -> Answer:
        """Take an approval back."""
        return await self._decide("revoke", item, code="inconsistent", note=NOTE)

    async def _answer_withdrawal(self, item: Item) -> None:
        action = self.rng.choice(("withdraw", "refuse-withdrawal"))
        await self._decide(action, item, version=item["counted_version"] or item["version"])

    async def approve_many(self, items: list[Item]) -> None:
        """Approve several in one request."""
        named = [{"report_id": item["report_id"], "version": item["version"]} for item in items]
        await self.client.order(self._keyed(":approve", {"items": named}, "approve", items))

    async def _decide(
        self,
        action: str,
        item: Item,
        *,
        version: int | None = None,
        **said: str,
    ) -> Answer:
        body = {"version": version or item["version"], **said}
        return await self.client.order(
            self._keyed(f"/{item['report_id']}/{action}", body, action, [item])
        )

    def _keyed(self, path: str, body: Item, op: str, items: list[Item]) -> Request:
        """Under its key what is sent twice is decided once."""
        key = f"{self.rng.getrandbits(96):024x}"
        about = tuple(
            {
                "op": op,
                "report": address(item),
                "key": key,
                "version": body.get("version", item["version"]),
            }
            for item in items
        )
        headers = {"Idempotency-Key": key}
        return Request("validation", "POST", f"/v1/reviews{path}", body, headers, about)


def address(item: Item) -> str:
    """A report of the queue as ``ward/template/period``."""
    return f"{item['ward_code']}/{item['template_code']}/{item['period']['code']}"


async def work(
    reviewer: Reviewer, others: list[Reviewer], pause: float, over: asyncio.Event
) -> None:
    """Decide until it is over; ``pause`` is how long they rest between two decisions."""
    while not over.is_set():
        await reviewer.act(others)
        await rest(over, reviewer.rng.expovariate(1 / pause))
