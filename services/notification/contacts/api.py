"""One's own contact over HTTP."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chassis.http import Conditional, Router, Transact, etag
from chassis.problems import FieldError, Problem
from chassis.security import Caller
from chassis.unit import Unit
from contracts.template import Text
from services.notification.contacts import domain, repository

router = Router(prefix="/v1/contacts", tags=["contacts"])

NO_ADDRESS = Text(vi="Địa chỉ thư điện tử không hợp lệ.", en="This is no e-mail address.")


class Contact(BaseModel):
    """Where and about what a person wants e-mail; without an address they get none.

    ``wants`` names any of ``returned``, ``approved`` and ``revoked``.
    """

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(max_length=320)
    language: Literal["vi", "en"] = "vi"
    wants: list[Literal["returned", "approved", "revoked"]] = Field(
        default=list(domain.OFFERED), max_length=len(domain.OFFERED)
    )


@router.get("/me")
async def read_contact(caller: Caller, conditional: Conditional, transact: Transact) -> Contact:
    """The caller's own contact; without one, what would be offered."""

    async def find(unit: Unit) -> repository.Contact | None:
        await repository.seen(unit.session, caller)
        return await repository.find(unit.session, caller.subject)

    kept = await transact(find)
    conditional.offer(_tag(kept))
    return _shown(kept)


@router.put("/me")
async def change_contact(
    contact: Contact, caller: Caller, conditional: Conditional, transact: Transact
) -> Contact:
    """Give or change the caller's own contact; a null address ends all e-mail and forgets it."""
    address = _address(contact.email)

    async def keep(unit: Unit) -> repository.Contact:
        before = await repository.find(unit.session, caller.subject, for_update=True)
        conditional.guard(_tag(before))
        wants = sorted(set(contact.wants), key=domain.OFFERED.index)
        version = before.version + 1 if before else 1
        after = repository.Contact(address, contact.language, wants, version)
        await repository.keep(unit.session, caller, after, unit.now)
        return after

    return _shown(await transact(keep))


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    address = domain.address(text)
    if address is None:
        errors = [FieldError("/email", "email-format", NO_ADDRESS)]
        raise Problem(422, "invalid", NO_ADDRESS, errors=errors)
    return address


def _tag(kept: repository.Contact | None) -> str:
    return etag("contact", kept.version if kept else 0)


def _shown(kept: repository.Contact | None) -> Contact:
    if kept is None:
        return Contact(email=None)
    return Contact.model_validate(
        {"email": kept.email, "language": kept.language, "wants": kept.wants}
    )
