"""What a person may say about how they want to be reached. Pure."""

import re
from typing import Final

from contracts.vietnamese import normal

LANGUAGES: Final = ("vi", "en")
OFFERED: Final = ("returned", "approved", "revoked")
"""What e-mail can tell; a ward that returned reports concern wants at least the first."""

LONGEST: Final = 254
_ADDRESS: Final = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})"
)


def address(text: str) -> str | None:
    """An e-mail address as it is kept, or none when it is none that any mail server takes."""
    found = _ADDRESS.fullmatch(normal(text))
    if found is None or len(found["local"]) > 64 or len(found[0]) > LONGEST:  # noqa: PLR2004 - RFC 5321
        return None
    return f"{found['local']}@{found['domain'].lower()}"


def masked(address: str | None) -> str | None:
    """As much of an address as tells an operator whose server it is: ``n…@thuduc.gov.vn``."""
    if address is None:
        return None
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"
