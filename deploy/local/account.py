"""The account PostgreSQL runs under when we are root, which it refuses to be."""

import os
import pwd
from pathlib import Path

PREFERRED = "nobody"


def unprivileged() -> str | None:
    """An existing account to become, or None when we are not root.

    None is made for this: what pip can install must not change who lives on the machine.
    """
    if os.geteuid() != 0:
        return None
    others = [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != 0]
    return PREFERRED if PREFERRED in others or not others else others[0]


def user_id(account: str | None) -> int:
    """The user id of an account; our own for None."""
    return os.geteuid() if account is None else pwd.getpwnam(account).pw_uid


def give(path: Path, account: str | None) -> None:
    """Make the account the owner of one file or directory."""
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)
