"""What the package index says of our pinned dependencies: ``python -m deploy.dependencies FILE …``.

It knows vulnerabilities of a package's latest release only. An older pin is unknown, not safe:
that is said and counted. Ends with 1 where a pin is vulnerable or was withdrawn.
"""

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import urlopen

PIN: Final = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*])?==([^\s;\\]+)", re.MULTILINE)
SECONDS: Final = 30
KNOWN_GOOD, UNKNOWN, VULNERABLE, YANKED = "known-good", "unknown", "vulnerable", "withdrawn"


@dataclass(frozen=True, order=True, slots=True)
class Pin:
    """One release of one package."""

    package: str
    version: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a pin; ``verdict`` is one of the four above."""

    pin: Pin
    verdict: str
    words: str = ""


def pins(texts: Iterable[str]) -> list[Pin]:
    """Every release that requirements files name, once."""
    return sorted({Pin(*found) for text in texts for found in PIN.findall(text)})


def judged(pin: Pin, told: dict[str, Any] | None) -> Iterator[Finding]:
    """What follows from what the index says of a package, or from its saying nothing."""
    if told is None:
        yield Finding(pin, UNKNOWN, "the index does not know it")
        return
    files = told.get("releases", {}).get(pin.version) or []
    if files and all(file.get("yanked") for file in files):
        yield Finding(pin, YANKED, files[0].get("yanked_reason") or "no reason is given")
    latest = told["info"]["version"]
    if latest != pin.version:
        yield Finding(pin, UNKNOWN, f"the latest release is {latest}")
    elif "vulnerabilities" not in told:
        yield Finding(pin, UNKNOWN, "the index says nothing of vulnerabilities")
    else:
        open_ones = [each for each in told["vulnerabilities"] if not each.get("withdrawn")]
        for each in open_ones:
            fixed = ", ".join(each.get("fixed_in") or ["no release"])
            yield Finding(pin, VULNERABLE, f"{each['id']}, mended in {fixed}")
        if not open_ones:
            yield Finding(pin, KNOWN_GOOD)


def ask(index: str, package: str) -> dict[str, Any] | None:
    """What the index says of a package; none where it has no such."""
    address = f"{index.rstrip('/').removesuffix('/simple')}/pypi/{package}/json"
    try:
        with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - pip's own index
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        if error.code == 404:  # noqa: PLR2004 - Not Found
            return None
        raise


def index() -> str:
    """The address from which pip installs."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    chosen = dict(line.split("=", 1) for line in listed.splitlines() if ".index-url=" in line)
    for name in (":env:.index-url", "install.index-url", "global.index-url"):
        if name in chosen:
            return shlex.split(chosen[name])[0]
    from pip._internal.models.index import PyPI  # noqa: PLC0415 - where nothing is configured

    return str(PyPI.simple_url)


def main() -> int:
    """Judge every pin of the files named; prints what is not known to be good, and a sum."""
    address = index()
    counted: Counter[str] = Counter()
    for pin in pins(Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]):
        for finding in judged(pin, ask(address, pin.package)):
            counted[finding.verdict] += 1
            if finding.verdict != KNOWN_GOOD:
                print(f"{pin.package} {pin.version}: {finding.verdict}: {finding.words}")
    print(
        f"{counted[VULNERABLE]} vulnerable, {counted[YANKED]} withdrawn,"
        f" {counted[KNOWN_GOOD]} without a known vulnerability, {counted[UNKNOWN]} unknown:"
        " of an older release the index does not say"
    )
    return int(counted[VULNERABLE] + counted[YANKED] > 0)


if __name__ == "__main__":
    sys.exit(main())
