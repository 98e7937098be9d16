"""The city of the benchmark: its 168 wards, and seven templates of ten fields. Synthetic.

The fields and rules are those of the catalogue's FIN template, but for the rule that looks at
the period before: so every report can be approved at once, in whatever order they come. Wards
and templates are valid from the year 2000, so that there are months enough.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from chassis.database import Database
from contracts.catalogue import WardDefined
from contracts.period import Period
from contracts.template import AUTOMATIC, Template
from services.submission.catalogue import files, load
from services.submission.catalogue.files import Catalogue
from tests.builders import template

TEMPLATES: Final = ("FINA", "FINB", "FINC", "FIND", "FINE", "FINF", "FING")
MANUAL: Final = ("FINM",)
"""One more, whose reports wait for a reviewer."""
FIELDS: Final = tuple(f"fin{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11))
FIRST_DAY: Final = date(2000, 1, 1)
FIRST_YEAR, LAST_OPEN_YEAR, LAST_YEAR = 2001, 2025, 2099
"""The grammar of periods begins with 2000; the first month here has one before it."""


def wards() -> tuple[WardDefined, ...]:
    """The city's wards as shipped, only older."""
    shipped = files.read().wards
    return tuple(
        ward.model_copy(update={"valid_from": FIRST_DAY, "valid_to": None, "history": ()})
        for ward in shipped
    )


def form(code: str) -> Template:
    """One of the seven."""
    fin = template("FIN")
    rules = {name: rule for name, rule in fin.rules.items() if "prev_" not in rule.check}
    changes = {
        "code": code,
        "frequencies": ("month",),
        "valid_from": FIRST_DAY,
        "review": fin.review if code in MANUAL else AUTOMATIC,
        "rules": rules,
    }
    return Template.model_validate(fin.model_dump(mode="json", by_alias=True) | dump(changes))


def dump(changes: dict[str, object]) -> dict[str, object]:
    """Changes as they stand in a template's file."""
    rules = changes["rules"]
    assert isinstance(rules, dict)
    written = {name: rule.model_dump(mode="json", by_alias=True) for name, rule in rules.items()}
    return changes | {"rules": written}


def months(first: int = FIRST_YEAR, last: int = LAST_OPEN_YEAR) -> Iterator[Period]:
    """Every month of these years, in order."""
    for year in range(first, last + 1):
        for month in range(1, 13):
            yield Period.parse(f"{year}-{month:02d}", "LICH")


async def publish(database: Database) -> int:
    """Let submission load this catalogue instead of its own; how many entries it has."""
    shipped = files.read()
    read = Catalogue(wards(), tuple(form(code) for code in (*TEMPLATES, *MANUAL)), shipped.digest)
    return await database.transact(lambda unit: load.apply(unit, read))
