"""Apache Kafka's jars: resolved from Maven coordinates once, checked against hashes we keep."""

import functools
import hashlib
from pathlib import Path

import jgo

from deploy.local.errors import StackError

COORDINATES = "org.apache.kafka:kafka_2.13:4.3.0+org.slf4j:slf4j-simple:1.7.36"
HASHES = Path(__file__).parents[1] / "kafka" / "jars.sha256"


@functools.cache
def class_path() -> str:
    """The class path of the broker; on a new machine they are downloaded into the user's cache."""
    home = resolve(update=False)
    if not complete(home):
        home = resolve(update=True)
    if not complete(home):
        raise StackError(f"Kafka's jars in {home} are not the ones listed in {HASHES.name}")
    return f"{home}/jars/*:{home}/modules/*"


def resolve(*, update: bool) -> Path:
    """The directory with the jars; ``update`` asks for them again, whatever is cached."""
    try:
        return Path(jgo.build(COORDINATES, update=update).path)
    except (OSError, RuntimeError, ValueError) as error:
        raise StackError(f"Kafka's jars cannot be had: {error}") from error


def complete(home: Path) -> bool:
    """Whether every jar is there with its hash, and no other: a download may have been cut off."""
    wanted = {name: digest for digest, name in map(str.split, HASHES.read_text().splitlines())}
    return wanted == {jar.name: sha256(jar) for jar in home.glob("*/*.jar")}


def sha256(path: Path) -> str:
    """The hash of a file, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
