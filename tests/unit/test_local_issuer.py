"""The local issuer's tokens are ones that services believe, and its key is kept to itself."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.tokens import Keys, Tokens, Untrusted
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer


def reader(issuer: Issuer) -> Tokens:
    return Tokens(ISSUER, AUDIENCE, Keys(str(issuer.jwks)))


async def test_a_service_reads_role_and_ward_from_a_token(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    claims = await reader(issuer).claims(issuer.sign("ward_officer", ["26536"]))
    assert (claims["roles"], claims["wards"]) == (["ward_officer"], ["26536"])
    assert claims["sub"] == "ward_officer-26536"


async def test_a_person_may_have_several_roles_and_a_name(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    token = issuer.sign("reviewer", subject="lan", also=["department_leader"])
    claims = await reader(issuer).claims(token)
    assert (claims["sub"], claims["roles"]) == ("lan", ["reviewer", "department_leader"])


async def test_a_token_whose_time_is_over_is_refused(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    with pytest.raises(Untrusted):
        await reader(issuer).claims(issuer.sign("reviewer", lifetime=timedelta(minutes=-1)))


async def test_another_stack_cannot_sign_for_this_one(tmp_path: Path) -> None:
    ours, theirs = Issuer(tmp_path / "ours"), Issuer(tmp_path / "theirs")
    with pytest.raises(Untrusted):
        await reader(ours).claims(theirs.sign("reviewer"))


async def test_the_key_outlives_a_restart(tmp_path: Path) -> None:
    token = Issuer(tmp_path).sign("reviewer")
    assert await reader(Issuer(tmp_path)).claims(token)


def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    assert stat.S_IMODE((issuer.directory / "key.pem").stat().st_mode) == 0o600
