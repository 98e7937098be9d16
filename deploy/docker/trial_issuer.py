"""Tokens for a trial in containers: ``python -m deploy.docker.trial_issuer [ROLE [WARD …]]``.

Makes the key in the volume at ``/keys`` when there is none; with a role, prints a token that is
valid for a day. Where an identity provider exists, services are given its JWKS address instead.
"""

import sys
from pathlib import Path

from deploy.local.issuer import Issuer

KEYS = Path("/keys")


def main() -> None:
    """Make the key, and print a token when a role is named."""
    issuer = Issuer(KEYS)
    if len(sys.argv) > 1:
        role, *wards = sys.argv[1:]
        print(issuer.sign(role, wards))


if __name__ == "__main__":
    main()
