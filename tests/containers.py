"""PostgreSQL and Kafka in containers, by testcontainers."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy.local.kafka import PROPERTIES
from deploy.local.ports import HOST, free_ports

START_SECONDS = 60


@contextmanager
def postgres() -> Iterator[str]:
    """PostgreSQL; the administrator's address."""
    with PostgresContainer("postgres:18", username="postgres", driver="asyncpg") as container:
        yield container.get_connection_url()


@contextmanager
def kafka() -> Iterator[str]:
    """Kafka with the local stack's properties, at a port chosen beforehand; its address."""
    (port,) = free_ports(1)
    properties = PROPERTIES | {
        "listeners": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    container = DockerContainer("apache/kafka:4.3.0").with_bind_ports(9092, port)
    for name, value in properties.items():
        container.with_env(f"KAFKA_{name.replace('.', '_').upper()}", value)
    started = LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(START_SECONDS)
    with container.waiting_for(started):
        yield f"{HOST}:{port}"
