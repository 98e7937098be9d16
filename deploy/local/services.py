"""The programs of Wardline itself on the local stack: the four services and the mail catcher."""

import sys
from collections.abc import Iterable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from deploy.local.child import Child, leashed
from deploy.local.errors import StackError
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from deploy.local.layout import Layout
from deploy.local.ports import HOST, listens
from deploy.local.postgres import Postgres
from deploy.local.server import Server

MIGRATION_SECONDS = 120.0


class Service(Server):
    """One of the four, run from this repository as ``python -m services.<name>``."""

    def __init__(self, name: str, layout: Layout, postgres: Postgres, issuer: Issuer) -> None:
        super().__init__(name, layout.data)
        self.title = name
        self._layout = layout
        self._postgres = postgres
        self._issuer = issuer

    @property
    def url(self) -> str:
        """Its address."""
        return self._layout.service_url(self.name)

    def command(self) -> list[str]:
        """The service, serving."""
        return self._python("serve")

    def environment(self) -> dict[str, str]:
        """Everything it is told; a service refuses settings it does not know."""
        settings = {
            "DATABASE_URL": self._postgres.url(self.name),
            "KAFKA_BOOTSTRAP": f"{HOST}:{self._layout.kafka_port}",
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
            "JWKS": str(self._issuer.jwks),
            "PUBLIC_URL": self.url,
            "HOST": HOST,
            "PORT": str(self._layout.service_port(self.name)),
            "LOG_FORMAT": "json",
            **self._of_its_own(),
        }
        return {f"WARDLINE_{name}": value for name, value in settings.items()}

    def answers(self) -> bool:
        """Whether it says that it is ready."""
        port = self._layout.service_port(self.name)
        try:
            with closing(HTTPConnection(HOST, port, timeout=2)) as connection:
                connection.request("GET", "/health/ready")
                return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False

    def migration(self) -> "Migration":
        """Its migrations, ready to be started."""
        return Migration(self.name, self._layout.data, self._postgres, self._python("migrate"))

    def _python(self, verb: str) -> list[str]:
        return leashed([sys.executable, "-m", f"services.{self.name}", verb])

    def _of_its_own(self) -> dict[str, str]:
        if self.name != "notification":
            return {}
        return {"SMTP_HOST": HOST, "SMTP_PORT": str(self._layout.smtp_port)}


class Migration:
    """A service's tables brought up to date by their owner, in a process of its own."""

    def __init__(self, service: str, data: Path, postgres: Postgres, command: list[str]) -> None:
        self.service = service
        self._child = Child(f"migrate-{service}", data)
        self._command = command
        self._settings = {"WARDLINE_OWNER_URL": postgres.url(f"{service}_owner")}

    def start(self) -> None:
        """Begin, without waiting."""
        self._child.start(self._command, self._settings)

    def finish(self) -> None:
        """Wait for its end; raises StackError when the tables are not as the service needs them."""
        code = self._child.wait(MIGRATION_SECONDS)
        if code != 0:
            reason = self._child.last_words() or f"exit code {code}"
            raise StackError(f"migrations of {self.service}: {reason} ({self._child.log})")


class MailCatcher(Server):
    """Takes the stack's mail and shows it."""

    title = "mail catcher"

    def __init__(self, layout: Layout) -> None:
        super().__init__("mail", layout.data)
        self._layout = layout

    def command(self) -> list[str]:
        """The catcher, keeping messages in the data directory."""
        folder = self._layout.data / "mail"
        ports = ("--smtp-port", self._layout.smtp_port, "--http-port", self._layout.mail_port)
        module = [sys.executable, "-m", "deploy.local.mail", "--folder", folder, *ports]
        return leashed([str(word) for word in module])

    def answers(self) -> bool:
        """Whether both doors are open."""
        return listens(self._layout.smtp_port) and listens(self._layout.mail_port)


def migrate(services: Iterable[Service]) -> None:
    """Bring every service's tables up to date, side by side."""
    migrations = [service.migration() for service in services]
    for migration in migrations:
        migration.start()
    for migration in migrations:
        migration.finish()
