"""The check of every service's audit on the local stack; each service checks its own."""

import subprocess
from collections.abc import Sequence

from deploy.local.child import inherited
from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.postgres import Postgres
from deploy.local.services import Service


def all_services(layout: Layout, noted: Sequence[str]) -> int:
    """Run ``audit-verify`` of each service; 1 when one of them finds a fault."""
    postgres, issuer = Postgres(layout.data), Issuer(layout.data)
    codes = []
    for name in SERVICE_PORTS:
        service = Service(name, layout, postgres, issuer)
        heads = [head.partition(":")[2] for head in noted if head.startswith(f"{name}:")]
        codes.append(
            subprocess.run(
                [*service.python("audit-verify"), *heads],
                env=inherited() | service.environment(),
                check=False,
            ).returncode
        )
    return 1 if any(codes) else 0
