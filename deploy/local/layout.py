"""Where one local stack lives: its directory and its ports."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import HOST

SERVICE_PORTS = {"submission": 8001, "validation": 8002, "aggregation": 8003, "notification": 8004}
KAFKA_PORT = 19092  # and the next one, for its controller
SMTP_PORT = 8025
MAIL_PORT = 8026


@dataclass(frozen=True, slots=True)
class Layout:
    """A stack's data directory, and how far its ports are moved: two can run side by side."""

    data: Path = Path(".wardline")
    offset: int = 0

    @property
    def run(self) -> Path:
        """Process ids and the lock of what runs now."""
        return self.data / "run"

    @property
    def kafka_port(self) -> int:
        """Kafka's port for clients."""
        return KAFKA_PORT + self.offset

    @property
    def smtp_port(self) -> int:
        """Where the mail catcher takes mail."""
        return SMTP_PORT + self.offset

    @property
    def mail_port(self) -> int:
        """Where the mail catcher shows it."""
        return MAIL_PORT + self.offset

    @property
    def mail_url(self) -> str:
        """The mail catcher's page."""
        return f"http://{HOST}:{self.mail_port}"

    def service_port(self, service: str) -> int:
        """The port of a service."""
        return SERVICE_PORTS[service] + self.offset

    def service_url(self, service: str) -> str:
        """The address of a service, without a slash at its end."""
        return f"http://{HOST}:{self.service_port(service)}"
