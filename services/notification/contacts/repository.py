"""All SQL of contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.security import Identity
from services.notification import callers


@dataclass(frozen=True, slots=True)
class Contact:
    """What a person told us of themselves."""

    email: str | None
    language: str
    wants: Sequence[str]
    version: int


async def seen(session: AsyncSession, caller: Identity) -> None:
    """Let a contact name the wards of the token that was seen last."""
    await session.execute(
        text("""
            UPDATE contact SET wards = CAST(:wards AS text[])
            WHERE subject = :subject AND wards <> CAST(:wards AS text[])
        """),
        {"subject": caller.subject, "wards": callers.wards(caller)},
    )


async def find(session: AsyncSession, subject: str, *, for_update: bool = False) -> Contact | None:
    """A person's contact, if they ever gave one."""
    lock = "FOR UPDATE" if for_update else ""
    found = await session.execute(
        text(f"SELECT email, language, wants, version FROM contact WHERE subject = :s {lock}"),  # noqa: S608 - a fixed word
        {"s": subject},
    )
    row = found.first()
    return None if row is None else Contact(*row)


async def keep(session: AsyncSession, caller: Identity, contact: Contact, now: datetime) -> None:
    """Store a person's contact with the wards of their token."""
    await session.execute(
        text("""
            INSERT INTO contact (subject, email, language, wants, wards, version, updated_at)
            VALUES (:subject, :email, :language, CAST(:wants AS text[]), CAST(:wards AS text[]),
                    :version, :now)
            ON CONFLICT (subject) DO UPDATE
            SET email = excluded.email, language = excluded.language, wants = excluded.wants,
                wards = excluded.wards, version = excluded.version,
                updated_at = excluded.updated_at
        """),
        {
            "subject": caller.subject,
            "email": contact.email,
            "language": contact.language,
            "wants": list(contact.wants),
            "wards": callers.wards(caller),
            "version": contact.version,
            "now": now,
        },
    )
