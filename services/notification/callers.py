"""Which wards a caller acts for."""

from typing import Final

from chassis.security import WARD_LEADER, WARD_OFFICER, Identity

WARD_ROLES: Final = frozenset({WARD_OFFICER, WARD_LEADER})


def wards(caller: Identity) -> list[str]:
    """The wards that the token names, where it gives a ward's role at all."""
    return sorted(caller.wards) if caller.roles & WARD_ROLES else []
