"""``audit-verify``: goes along the whole chain and names every row that is not as it was sealed."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, text

from chassis.audit import chain
from chassis.database import Database
from chassis.runtime import Runtime

READ_AT_ONCE: Final = 5_000
LINKS: Final = f"""
    SELECT position, entry, hash, {chain.COLUMNS}
    FROM audit_seal LEFT JOIN audit ON audit.id = audit_seal.entry
    WHERE position > :after ORDER BY position LIMIT :most
"""  # noqa: S608 - names of columns
ROWS: Final = """
    SELECT id, NOT EXISTS (SELECT FROM audit_seal WHERE entry = id)
           AND NOT EXISTS (SELECT FROM audit_unsealed WHERE entry = id) AS loose
    FROM audit WHERE id > :after ORDER BY id LIMIT :most
"""
UNSEALED: Final = """
    SELECT entry, id FROM audit_unsealed LEFT JOIN audit ON id = entry
    WHERE entry > :after ORDER BY entry LIMIT :most
"""


async def audit_verify(runtime: Runtime, arguments: list[str]) -> None:
    """Name each audit row that was changed, removed or moved; POSITION:HASH were noted before."""
    noted = dict(_noted(argument) for argument in arguments)
    check = Check(runtime.database, chain.beginning(runtime.service), noted)
    faults = [fault async for fault in check.faults()]
    for fault in faults:
        sys.stdout.write(f"{runtime.service}: {fault}\n")
    sys.stdout.write(
        f"{runtime.service}: {len(faults)} faults in {check.position} sealed rows,"
        f" {check.waiting} not sealed yet; head {check.position}:{check.hash.hex()}\n"
    )
    if faults:
        sys.exit(1)


@dataclass
class Check:
    """Goes along one service's chain, only reading; ``position`` and ``hash`` are where it is.

    ``noted`` are hashes by position that were written down elsewhere.
    """

    database: Database
    hash: bytes
    noted: Mapping[int, bytes] = field(default_factory=dict)
    position: int = 0
    entry: int = 0
    waiting: int = 0

    async def faults(self) -> AsyncIterator[str]:
        """What is wrong, in the order of the chain and then of the rows outside of it."""
        async for link in self._all(LINKS, "position"):
            for fault in self._follow(link):
                yield fault
        for position in sorted(self.noted):
            if position > self.position:
                yield f"the chain ends before position {position}, which was noted: rows are gone"
        async for row in self._all(ROWS, "id"):
            if row.loose:
                yield f"row {row.id} is outside of the chain: it was added, or cut out of it"
        async for row in self._all(UNSEALED, "entry"):
            self.waiting += 1
            if row.id is None:
                yield f"row {row.entry} was removed before it was sealed"

    def _follow(self, link: Row[Any]) -> Iterator[str]:
        follows = link.position == self.position + 1
        if not follows:
            first, last = self.position + 1, link.position - 1
            between = f"between rows {self.entry} and {link.entry}"
            yield f"positions {first} to {last} of the chain were removed, {between}"
        if link.id is None:
            yield f"row {link.entry} was removed"
        elif follows and chain.digest(self.hash, link) != link.hash:
            yield f"row {link.id} is not what was sealed: it was changed or moved"
        if self.noted.get(link.position, link.hash) != link.hash:
            yield f"position {link.position} is not what was noted: the chain was made anew"
        self.position, self.entry, self.hash = link.position, link.entry, link.hash

    async def _all(self, query: str, key: str) -> AsyncIterator[Row[Any]]:
        """All rows of a query, a page in a transaction: a long one holds up vacuum."""
        after = 0
        while True:
            async with self.database.unit() as unit:
                await unit.session.execute(text("SET TRANSACTION READ ONLY"))
                found = await unit.session.execute(
                    text(query), {"after": after, "most": READ_AT_ONCE}
                )
                rows: Sequence[Row[Any]] = found.all()
            for row in rows:
                yield row
            if len(rows) < READ_AT_ONCE:
                return
            after = rows[-1]._mapping[key]  # noqa: SLF001 - SQLAlchemy's public name for it


def _noted(argument: str) -> tuple[int, bytes]:
    position, _, written = argument.partition(":")
    try:
        return int(position), bytes.fromhex(written)
    except ValueError:
        raise SystemExit(f"{argument!r} is no POSITION:HASH") from None
