"""The catalogue's files beside this module: wards.csv and templates/*.yaml."""

import csv
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import to_json

from chassis import failures
from contracts import rules
from contracts.catalogue import DAC_KHU, PHUONG, XA, WardDefined, WardName
from contracts.template import Template
from contracts.vietnamese import normal, sort_key
from services.submission.catalogue.domain import CatalogueError

HERE: Final = Path(__file__).parent
PREFIXES: Final = {PHUONG: "Phường ", XA: "Xã ", DAC_KHU: "Đặc khu "}


class Catalogue(NamedTuple):
    """All that the files say; ``digest`` tells this release of them from others."""

    wards: tuple[WardDefined, ...]
    templates: tuple[Template, ...]
    digest: str


@cache
def read(folder: Path = HERE) -> Catalogue:
    """The catalogue, every rule of it tried on samples; read once in a process.

    Raises:
        CatalogueError: naming the file and what is wrong in it.
    """
    forms = sorted((folder / "templates").glob("*.yaml"))
    templates = tuple(_template(path) for path in forms)
    wards = tuple(_wards(folder / "wards.csv"))
    return Catalogue(wards, templates, sha256(to_json([wards, templates])).hexdigest())


def _template(path: Path) -> Template:
    try:
        written = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        template = Template.model_validate(written, extra="forbid")
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    except ValidationError as error:
        raise CatalogueError(f"{path.name}: {failures.words(error)}") from error
    if faults := rules.faults(template):
        raise CatalogueError(f"{path.name}: " + "; ".join(faults))
    return template


def _wards(path: Path) -> Iterator[WardDefined]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: (line["code"], line["valid_from"]))
    for code, names in groupby(lines, key=lambda line: line["code"]):
        yield _ward(path.name, code, list(names))


def _ward(file: str, code: str, lines: list[dict[str, Any]]) -> WardDefined:
    """A ward of one line for each name it had, the newest last."""
    try:
        *former, current = [
            WardName(
                name=line["name"],
                kind=line["kind"],
                valid_from=line["valid_from"],
                valid_to=line["valid_to"] or None,
            )
            for line in lines
        ]
        ward = WardDefined(
            code=code,
            version=1,
            name=current.name,
            kind=current.kind,
            sort_key=sort_key(_bare(current)),
            valid_from=min(name.valid_from for name in (*former, current)),
            valid_to=current.valid_to,
            history=tuple(former),
        )
    except ValueError as error:
        raise CatalogueError(f"{file}: ward {code}: {failures.words(error)}") from error
    return ward


def _bare(name: WardName) -> str:
    prefix = PREFIXES.get(name.kind, "")
    if name.name != normal(name.name) or not name.name.startswith(prefix or "\n"):
        raise ValueError(f"{name.name!r} is not NFC, or does not start with its kind {name.kind!r}")
    return name.name.removeprefix(prefix)
