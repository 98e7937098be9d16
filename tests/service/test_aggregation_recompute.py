"""The figures always equal what their facts add up to; the command proves and mends it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

import pytest
from sqlalchemy import text

from services.aggregation.contributions.recompute import recompute
from tests.builders import Report, content
from tests.service.city import A, B, C, City, value
from tests.stack import ROOT

DA1 = {"pip01": "DA1", "pip04": "NSTP", "pip03": "CDS", "pip08": "1.500"}
OUT = "entered_revision = NULL, entered_decision_no = NULL, entered_at = NULL, nulls = NULL"


async def some_history(city: City) -> None:
    a, b, c = (Report(ward, "PIP", "2025-10") for ward in (A, B, C))
    await city.hears(a.approved(content(lists={"projects": [DA1]})))
    await city.hears(b.approved(content(lists={"projects": [DA1, DA1 | {"pip04": "NSX"}]})))
    await city.hears(a.approved(content(lists={"projects": []})), c.passed(content()))
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 4, "dxt02": None})))


async def damage(city: City, statement: str) -> None:
    """Change a table as a bug of ours would."""
    async with city.service.database.unit() as unit:
        await unit.session.execute(text(statement))


async def test_after_any_history_there_is_nothing_to_mend(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    await some_history(city)

    await recompute(city.service.runtime, ["--check"])

    said = capsys.readouterr()
    assert said.out == "2 figure sets, 0 differences found\n"
    assert said.err == "[1/2] DXT/2025-10\n[2/2] PIP/2025-10\n"


async def test_a_check_names_what_differs_and_changes_nothing(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    await some_history(city)
    await damage(city, "UPDATE accumulator SET numerator = 5 WHERE code = 'dxt01'")
    await damage(city, "UPDATE distinct_value SET reports = 3 WHERE breakdown = ''")

    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            await recompute(city.service.runtime, ["--check"])
        said = capsys.readouterr().out.splitlines()
        assert ended.value.code == 1
        assert said[-1] == "2 figure sets, 2 differences found"
        assert said[0].startswith("DXT/2025-10: total ('dxt01', ''): (Decimal('5')")


async def test_it_mends_totals_at_a_later_revision(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    await some_history(city)
    await damage(city, "UPDATE accumulator SET numerator = 5 WHERE code = 'dxt01'")
    await damage(city, "DELETE FROM accumulator WHERE code = 'pip08'")

    await recompute(city.service.runtime, [])
    await recompute(city.service.runtime, ["--check"])

    assert "0 differences found" in capsys.readouterr().out
    dossiers, projects = await city.announced()
    assert (projects.revision, value(projects, "pip08")) == (4, "3.000")
    assert (dossiers.revision, value(dossiers, "dxt01")) == (2, "4")


async def test_it_lets_enter_what_should_count_and_leave_what_should_not(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    await some_history(city)
    await damage(
        city,
        f"UPDATE fact SET {OUT} WHERE template_code = 'DXT'",
    )
    await damage(
        city,
        f"""
        UPDATE fact
        SET counted = NULL, counted_version = NULL, counted_template_version = NULL, {OUT}
        WHERE jsonb_array_length(counted #> '{{lists,projects}}') = 2
        """,
    )

    await recompute(city.service.runtime, [])

    told = await city.get("figures/PIP/2025-10/pip08/passport")
    assert (told.json()["figure"]["value"], len(told.json()["reports"])) == ("0.000", 1)
    told = await city.get("figures/DXT/2025-10/dxt01/passport")
    assert (told.json()["revision"], told.json()["figure"]["value"]) == (2, 4)
    capsys.readouterr()
    await recompute(city.service.runtime, ["--check"])
    assert "0 differences" in capsys.readouterr().out


async def test_other_arguments_are_refused(city: City) -> None:
    with pytest.raises(SystemExit, match="--check"):
        await recompute(city.service.runtime, ["--force"])


async def test_the_process_cannot_rewrite_history(city: City) -> None:
    await some_history(city)
    for statement in (
        "DELETE FROM contribution",
        "UPDATE contribution SET version = 9",
        "UPDATE contribution SET left_revision = 9",
        "TRUNCATE contribution",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await damage(city, statement)


async def test_an_operator_checks_from_the_command_line(city: City) -> None:
    await some_history(city)
    address = city.service.runtime.settings.database_url

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.aggregation", "recompute", "--check"),
        env={"PATH": os.environ["PATH"], "WARDLINE_DATABASE_URL": address},
        stdout=PIPE,
        cwd=ROOT,
    )
    said, _ = await process.communicate()

    assert (process.returncode, said) == (0, b"2 figure sets, 0 differences found\n")
