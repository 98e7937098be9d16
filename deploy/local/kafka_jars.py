"""Apache Kafka's jars: resolved from Maven coordinates once, checked against hashes we keep."""

import functools
import hashlib
import shutil
from pathlib import Path

import jgo
from jgo.config import GlobalSettings

from deploy.local.errors import StackError

COORDINATES = "org.apache.kafka:kafka_2.13:4.3.0+org.slf4j:slf4j-simple:1.7.36"
HASHES = Path(__file__).parents[1] / "kafka" / "jars.sha256"


@functools.cache
def class_path() -> str:
    """The class path of the broker; on a new machine they are downloaded into the user's cache."""
    home = resolve()
    if damaged := differences(home):
        discard(home, damaged)
        home = resolve()
    if damaged := differences(home):
        raise StackError(f"{', '.join(sorted(damaged))} in {home}: not as in {HASHES.name}")
    return f"{home}/jars/*:{home}/modules/*"


def resolve() -> Path:
    """The directory with the jars."""
    try:
        return Path(jgo.build(COORDINATES).path)
    except (OSError, RuntimeError, ValueError) as error:
        raise StackError(f"Kafka's jars cannot be had: {error}") from error


def differences(home: Path) -> set[str]:
    """The names of jars that are missing, unknown or not what their hash says."""
    listed = {name: digest for digest, name in map(str.split, HASHES.read_text().splitlines())}
    found = {jar.name: sha256(jar) for jar in home.glob("*/*.jar")}
    return {name for name, _ in listed.items() ^ found.items()}


def discard(home: Path, jars: set[str]) -> None:
    """Forget what came damaged, so that it is downloaded again."""
    shutil.rmtree(home)
    for name in jars:
        for copy in GlobalSettings.load().repo_cache.rglob(name):
            copy.unlink()


def sha256(path: Path) -> str:
    """The hash of a file, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
