"""Every service's tables brought up to date by their owner, when something is due."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from deploy.local.child import Child
from deploy.local.errors import StackError
from deploy.local.services import Service

SERVICES = Path(__file__).parents[2] / "services"
PATIENCE_SECONDS = 120.0


class Migrations:
    """The migrations of the stack's services, and a note of which were applied to this data.

    A released migration never changes, so the note saves asking: starting four programs to learn
    that there is nothing to do takes longer than everything else in a start.
    """

    def __init__(self, services: Sequence[Service], data: Path) -> None:
        self._services = services
        self._data = data
        self._note = data / "migrations.json"

    def apply(self, *, is_fresh: bool) -> None:
        """Run those that are due, on a fresh database all, side by side.

        Raises StackError when one fails.
        """
        now = {service.name: fingerprint(service.name) for service in self._services}
        applied = {} if is_fresh else self._applied()
        due = [
            service for service in self._services if applied.get(service.name) != now[service.name]
        ]
        running = [(service, self._started(service)) for service in due]
        for service, child in running:
            self._finish(service, child)
        if due:
            unfinished = self._note.with_suffix(".new")
            unfinished.write_text(json.dumps(applied | now), encoding="utf-8")
            unfinished.replace(self._note)

    def _applied(self) -> dict[str, str]:
        if not self._note.exists():
            return {}
        return dict(json.loads(self._note.read_text(encoding="utf-8")))

    def _started(self, service: Service) -> Child:
        child = Child(f"migrate-{service.name}", self._data)
        child.start(service.python("migrate"), {"WARDLINE_OWNER_URL": service.owner_url})
        return child

    def _finish(self, service: Service, child: Child) -> None:
        code = child.wait(PATIENCE_SECONDS)
        if code != 0:
            reason = child.last_words() or f"exit code {code}"
            raise StackError(f"migrations of {service.title}: {reason} ({child.log})")


def fingerprint(service: str) -> str:
    """Changes whenever a migration of the service is added."""
    versions = sorted((SERVICES / service / "migrations" / "versions").glob("*.py"))
    content = b"".join(path.name.encode() + path.read_bytes() for path in versions)
    return hashlib.sha256(content).hexdigest()
