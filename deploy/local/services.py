"""The programs of Wardline itself on the local stack: the four services and the mail catcher."""

import sys
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from deploy.local.child import leashed
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from deploy.local.layout import Layout
from deploy.local.ports import HOST, listens
from deploy.local.postgres import Postgres
from deploy.local.server import Server


class Service(Server):
    """One of the four, run from this repository as ``python -m services.<name>``."""

    def __init__(self, name: str, layout: Layout, postgres: Postgres, issuer: Issuer) -> None:
        super().__init__(name, layout.data)
        self.title = name
        self._layout = layout
        self._postgres = postgres
        self._issuer = issuer

    @property
    def owner_url(self) -> str:
        """The database as the role that may change the service's tables."""
        return self._postgres.url(f"{self.name}_owner")

    @property
    def url(self) -> str:
        """Its address."""
        return self._layout.service_url(self.name)

    def command(self) -> list[str]:
        """The service, serving."""
        return self.python("serve")

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

    def python(self, verb: str) -> list[str]:
        """The command line that does this with it: ``serve``, ``migrate`` or one of its own."""
        return leashed([sys.executable, "-m", f"services.{self.name}", verb])

    def _of_its_own(self) -> dict[str, str]:
        if self.name != "notification":
            return {}
        return {"SMTP_HOST": HOST, "SMTP_PORT": str(self._layout.smtp_port)}


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
