"""Who did what stays as it was written: the role cannot change it, and whoever can is found out."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url, text

from chassis.audit import chain, verify
from chassis.audit.verify import Check
from chassis.unit import Unit
from services.aggregation.app import SERVICE
from tests.asking import problem
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest
from tests.stack import Stack, plain

SCHEMA = "aggregation"
Tamper = Callable[[str], Awaitable[None]]


@dataclass
class Book:
    """A service's audit, and a superuser who can do anything to it."""

    service: ServiceUnderTest
    stack: Stack

    async def writes(self, *versions: int, sealed: bool = True) -> None:
        """An act on a report for each version, a transaction each; then the job runs."""
        for version in versions:
            async with self.service.database.unit() as unit:
                unit.audit("sent", "officer-1", "report/1", version=version, channel="api")
        if sealed:
            await self.service.database.transact(chain.seal)

    async def is_tampered_with(self, *statements: str) -> None:
        """A superuser changes rows as they like."""
        url = make_url(str(self.service.database.engine.url))
        admin = plain(make_url(self.stack.admin_url).set(database=url.database))
        connection = await asyncpg.connect(admin)
        await connection.execute(f"SET search_path = {SCHEMA}; {'; '.join(statements)}")
        await connection.close()

    async def faults(self, noted: dict[int, bytes] | None = None) -> list[str]:
        """What the check says."""
        check = Check(self.service.database, chain.beginning(SCHEMA), noted or {})
        return [fault async for fault in check.faults()]

    async def head(self) -> tuple[int, bytes]:
        """The last position of the chain and its hash."""
        async with self.service.database.unit() as unit:
            return await chain.head(unit.session)


@pytest.fixture
async def book(serve: Serve, stack: Stack) -> Book:
    return Book(await serve(SERVICE), stack)


async def test_the_service_can_neither_change_nor_remove_what_it_wrote(book: Book) -> None:
    await book.writes(1)
    for table in ("audit", "audit_seal"):
        for statement in (
            f"UPDATE {table} SET entry = 7"
            if table == "audit_seal"
            else "UPDATE audit SET who = ''",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        ):
            connection = await book.service.database.dedicated()
            with pytest.raises(asyncpg.InsufficientPrivilegeError) as refused:
                await connection.execute(statement)
            assert refused.value.sqlstate == "42501", statement
            await connection.close()


async def test_a_chain_as_it_was_made_has_no_faults(book: Book) -> None:
    await book.writes(1, 2, 3)
    await book.writes(4)
    await book.writes(5, sealed=False)

    assert await book.faults() == []
    assert (await book.head())[0] == 4


async def test_what_is_rolled_back_was_not_done(book: Book) -> None:
    async with book.service.database.unit() as unit:
        unit.audit("sent", "officer-1", "report/1")
        with suppress(ZeroDivisionError):
            async with unit.savepoint():
                unit.audit("sent", "officer-1", "report/2")
                raise ZeroDivisionError
    async with book.service.database.rehearsal() as unit:
        unit.audit("sent", "officer-1", "report/3")

    async with book.service.database.unit() as unit:
        found = await unit.session.scalars(text("SELECT object FROM audit"))
        assert list(found) == ["report/1"]


ADDED = """
INSERT INTO audit (at, who, action, object, correlation_id, details)
VALUES (now(), 'officer-2', 'sent', 'report/9', '', '{}')
"""
CHANGED = "row {} is not what was sealed: it was changed or moved"
TAMPERINGS: dict[str, tuple[list[str], list[str]]] = {
    "another person": (["UPDATE audit SET who = 'officer-2' WHERE id = 2"], [CHANGED.format(2)]),
    "another instant": (
        ["UPDATE audit SET at = at + interval '1 microsecond' WHERE id = 3"],
        [CHANGED.format(3)],
    ),
    "another version": (["UPDATE audit SET version = 9 WHERE id = 1"], [CHANGED.format(1)]),
    "other details": (
        ['UPDATE audit SET details = details || \'{"channel": "bulk"}\' WHERE id = 4'],
        [CHANGED.format(4)],
    ),
    "a row removed": (["DELETE FROM audit WHERE id = 2"], ["row 2 was removed"]),
    "a row removed with its place": (
        ["DELETE FROM audit WHERE id = 2", "DELETE FROM audit_seal WHERE entry = 2"],
        ["positions 2 to 2 of the chain were removed, between rows 1 and 3"],
    ),
    "a row cut out of the chain": (
        ["DELETE FROM audit_seal WHERE entry = 4"],
        ["row 4 is outside of the chain: it was added, or cut out of it"],
    ),
    "a row added": (
        [ADDED],
        ["row 5 is outside of the chain: it was added, or cut out of it"],
    ),
    "two rows that changed places": (
        [
            "UPDATE audit SET version = 7 WHERE id = 2",
            "UPDATE audit SET version = 2 WHERE id = 3",
            "UPDATE audit SET version = 3 WHERE id = 2",
        ],
        [CHANGED.format(2), CHANGED.format(3)],
    ),
    "two places that changed rows": (
        [
            "UPDATE audit_seal SET entry = 99 WHERE position = 2",
            "UPDATE audit_seal SET entry = 2 WHERE position = 3",
            "UPDATE audit_seal SET entry = 3 WHERE position = 2",
        ],
        [CHANGED.format(3), CHANGED.format(2)],
    ),
    "another hash": (
        ["UPDATE audit_seal SET hash = sha256('x') WHERE position = 2"],
        [CHANGED.format(2), CHANGED.format(3)],
    ),
}


@pytest.mark.parametrize("how", TAMPERINGS)
async def test_tampering_is_found_and_named(book: Book, how: str) -> None:
    statements, faults = TAMPERINGS[how]
    await book.writes(1, 2, 3, 4)

    await book.is_tampered_with(*statements)

    assert await book.faults() == faults


async def test_a_row_removed_before_it_was_sealed_is_missed(book: Book) -> None:
    await book.writes(1, 2, sealed=False)
    await book.is_tampered_with("DELETE FROM audit WHERE id = 1")
    await book.writes(3)

    assert await book.faults() == ["row 1 was removed before it was sealed"]
    assert (await book.head())[0] == 2, "the others are sealed all the same"


async def test_an_end_cut_off_or_a_chain_made_anew_is_found_by_what_was_noted(book: Book) -> None:
    await book.writes(1, 2, 3)
    noted = dict([await book.head()])
    assert await book.faults(noted) == []

    cut = "DELETE FROM audit_seal WHERE entry = 3", "DELETE FROM audit WHERE id = 3"
    await book.is_tampered_with(*cut)
    assert await book.faults() == []
    ended = "the chain ends before position 3, which was noted: rows are gone"
    assert await book.faults(noted) == [ended]

    await book.writes(3)
    anew = "position 3 is not what was noted: the chain was made anew"
    assert await book.faults(noted) == [anew]


async def test_the_command_names_the_faults_and_fails(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    await book.writes(1, 2)
    await verify.audit_verify(book.service.runtime, [])
    said = capsys.readouterr().out.splitlines()[-1]
    position, hash_ = await book.head()
    assert f"0 faults in 2 sealed rows, 0 not sealed yet; head {position}:{hash_.hex()}" in said

    await book.is_tampered_with("DELETE FROM audit WHERE id = 1")
    with pytest.raises(SystemExit) as failed:
        await verify.audit_verify(book.service.runtime, [f"2:{hash_.hex()}"])
    assert failed.value.code == 1
    assert "aggregation: row 1 was removed" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="is no POSITION:HASH"):
        await verify.audit_verify(book.service.runtime, ["yesterday"])


async def test_a_page_of_the_check_is_not_its_end(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "READ_AT_ONCE", 3)
    await book.writes(*range(1, 9))
    assert await book.faults() == []
    await book.is_tampered_with("UPDATE audit SET version = 0 WHERE id IN (3, 8)")
    assert await book.faults() == [CHANGED.format(3), CHANGED.format(8)]


async def test_seals_follow_the_order_of_ids_whoever_commits_first(book: Book) -> None:
    database = book.service.database

    async def act(unit: Unit, version: int) -> None:
        unit.audit("sent", "officer-1", "report/1", version=version)
        await unit.flush()

    async with database.unit() as slow:
        await act(slow, 1)
        async with database.unit() as quick:
            await act(quick, 2)
        await database.transact(chain.seal)
    await database.transact(chain.seal)

    async with database.unit() as unit:
        rows = await unit.session.execute(text("SELECT entry FROM audit_seal ORDER BY position"))
        assert list(rows.scalars()) == [2, 1]
    assert await book.faults() == []


async def test_operators_read_the_audit(book: Book) -> None:
    await book.writes(1, 2)
    await book.writes(3, sealed=False)

    async def read(role: str = "operator", **query: object) -> Any:  # noqa: ANN401 - an answer
        params = {name: str(value) for name, value in query.items()}
        headers = book.service.token(role)
        return await book.service.client.get("/v1/audit", params=params, headers=headers)

    first = (await read(limit=2)).json()
    rest = (await read(limit=2, cursor=first["next"])).json()
    assert [act["version"] for act in first["items"] + rest["items"]] == [3, 2, 1]
    assert [act["position"] for act in first["items"] + rest["items"]] == [None, 2, 1]
    assert first["items"][0]["details"] == {"channel": "api"}
    assert rest["next"] is None
    assert len((await read(object="report/1", who="officer-1")).json()["items"]) == 3
    assert (await read(object="report/2")).json()["items"] == []
    assert (await read(who="officer-2")).json()["items"] == []
    problem(await read("department_leader"), 403, "forbidden")
