"""Wards and templates: loaded once, told when they change, found by what people type."""

import asyncio
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import text

from chassis.clock import set_to
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.template import OwedBy
from services.submission.catalogue import files, load
from services.submission.catalogue.domain import CatalogueError
from services.submission.catalogue.files import Catalogue
from tests.service.desk import OTHER, WARD, Desk


async def told(desk: Desk) -> tuple[list[WardDefined], list[TemplatePublished]]:
    return (
        await desk.service.emitted(WardDefined),
        await desk.service.emitted(TemplatePublished),
    )


async def apply(desk: Desk, read: Catalogue) -> int:
    return await desk.service.database.transact(lambda unit: load.apply(unit, read))


def with_ward(code: str, **changes: object) -> Catalogue:
    """The shipped catalogue with one ward described otherwise."""
    read = files.read()
    wards = [w.model_copy(update=changes) if w.code == code else w for w in read.wards]
    return read._replace(wards=tuple(wards), digest="other")


def with_template(code: str, **changes: object) -> Catalogue:
    """The shipped catalogue with one template that says something else."""
    read = files.read()
    forms = [t.model_copy(update=changes) if t.code == code else t for t in read.templates]
    return read._replace(templates=tuple(forms), digest="other")


async def test_everything_is_told_once(desk: Desk) -> None:
    assert await apply(desk, files.read()) == 0

    wards, templates = await told(desk)
    assert (len(wards), len({ward.code for ward in wards})) == (168, 168)
    assert sorted(event.template.code for event in templates) == [
        *("DXT", "EST", "FIN", "HIT", "INN", "IP", "PIP"),
    ]
    assert {ward.version for ward in wards} == {1}


async def test_two_that_load_at_the_same_instant_tell_it_once(desk: Desk) -> None:
    renamed = with_ward(WARD, name="Phường Hiệp Bình Chánh")

    changes = await asyncio.gather(*(apply(desk, renamed) for _ in range(4)))

    assert sorted(changes) == [0, 0, 0, 1]


async def test_a_ward_that_changes_is_told_as_its_next_version(desk: Desk) -> None:
    await apply(desk, with_ward(WARD, valid_to=date(2026, 12, 31)))

    changed = (await told(desk))[0][-1]
    assert (changed.code, changed.version, changed.valid_to) == (WARD, 2, date(2026, 12, 31))


async def test_a_ward_never_leaves_the_catalogue(desk: Desk) -> None:
    read = files.read()
    fewer = read._replace(wards=read.wards[1:], digest="other")

    with pytest.raises(CatalogueError, match=f"{read.wards[0].code} left"):
        await apply(desk, fewer)
    assert len((await told(desk))[0]) == 168


async def test_a_published_template_is_never_changed(desk: Desk) -> None:
    with pytest.raises(CatalogueError, match=r"DXT version 1 is published.*review"):
        await apply(desk, with_template("DXT", review="automatic"))
    assert len((await told(desk))[1]) == 7


async def test_a_template_changes_by_a_new_version(desk: Desk) -> None:
    read = files.read()
    [form] = [template for template in read.templates if template.code == "DXT"]
    newer = form.model_copy(update={"version": 2, "valid_from": date(2026, 1, 1)})

    await apply(desk, read._replace(templates=(*read.templates, newer), digest="other"))
    await desk.put("DXT/2025-12")
    await desk.put("DXT/2026-01")

    assert (await told(desk))[1][-1].template == newer
    assert [event.template_version for event in await desk.submitted()] == [1, 2]
    assert (await desk.get("/v1/templates/DXT")).json()["version"] == 2
    assert (await desk.get("/v1/templates/DXT?version=1")).json()["version"] == 1
    assert (await desk.get("/v1/templates/DXT?version=3")).status_code == 404


async def test_a_template_may_ask_some_kinds_of_wards_only(desk: Desk) -> None:
    read = files.read()
    [form] = [template for template in read.templates if template.code == "DXT"]
    changes = {"version": 2, "valid_from": date(2026, 1, 1), "owed_by": OwedBy(kinds=("xa",))}
    newer = form.model_copy(update=changes)
    await apply(desk, read._replace(templates=(*read.templates, newer), digest="other"))

    answer = await desk.put("DXT/2026-01")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/report-not-owed")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2, "scheme": "LICH"}, "never changes its scheme"),
        ({"version": 2}, "must be in force later"),
    ],
)
async def test_a_version_follows_the_one_before(
    desk: Desk, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        await apply(desk, with_template("DXT", **changes))


async def test_a_replica_of_the_release_before_turns_nothing_back(desk: Desk) -> None:
    await apply(desk, with_ward(WARD, name="Phường Hiệp Bình Chánh"))

    await desk.service.database.transact(load.load_new_release)

    assert (await told(desk))[0][-1].name == "Phường Hiệp Bình Chánh"


async def test_a_new_release_loads_its_files_by_itself(desk: Desk) -> None:
    async with desk.service.database.unit() as unit:
        for table in ("catalogue_load", "template", "ward", "outbox"):
            await unit.session.execute(text(f"DELETE FROM {table}"))

    await desk.service.database.transact(load.load_new_release)

    assert [len(events) for events in await told(desk)] == [168, 7]


async def test_the_command_says_what_it_did_or_why_not(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await load.load(desk.service.runtime, [])
    assert "0 changes of 168 wards and 7 templates published" in capsys.readouterr().out

    changed = with_template("DXT", review="automatic")
    monkeypatch.setattr(files, "read", lambda: changed)
    with pytest.raises(SystemExit, match="not loaded: DXT version 1 is published"):
        await load.load(desk.service.runtime, [])


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("wards.csv", "25747,Phường ", "25747,Phường  ", "ward 25747: .*not NFC"),
        ("wards.csv", ",phuong,", ",huyen,", "does not start with its kind"),
        ("wards.csv", "25747,", "2574,", "ward 2574: code: .*pattern"),
        ("templates/ip.yaml", "ip05 <= ip04", "ip05 <= ip99", "ip.yaml: .*ip99"),
        ("templates/ip.yaml", "version: 1", "version: [", "ip.yaml"),
        ("templates/ip.yaml", "version: 1", "version: one", "ip.yaml: version: .*integer"),
        ("templates/ip.yaml", "version: 1", "versoin: 1", "ip.yaml: version: .*versoin: Extra"),
    ],
)
def test_a_mistake_in_a_file_stops_the_load_and_is_named(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    folder = copytree(files.HERE, tmp_path / "catalogue")
    written = (folder / file).read_text(encoding="utf-8")
    assert old in written
    (folder / file).write_text(written.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(CatalogueError, match=message):
        files.read(folder)


async def test_all_wards_come_in_one_answer_in_vietnamese_order(desk: Desk) -> None:
    answer = await desk.get("/v1/wards")

    names = [ward["name"].split(" ", 1)[1] for ward in answer.json()["items"]]
    assert (len(names), answer.json()["next"]) == (168, None)
    assert names[:3] == ["An Đông", "An Hội Đông", "An Hội Tây"]
    assert names.index("Dĩ An") < names.index("Đông Hòa") < names.index("Gia Định")
    assert names[-1] == "Xuyên Mộc"
    unchanged = await desk.get("/v1/wards", if_none_match=answer.headers["etag"])
    assert unchanged.status_code == 304


FOUND = {
    "hiep binh": ["Phường Hiệp Bình"],
    "P. Hiệp Bình": ["Phường Hiệp Bình"],
    "p.hiệp bình": ["Phường Hiệp Bình"],
    unicodedata.normalize("NFD", "HIỆP BÌNH"): ["Phường Hiệp Bình"],
    "Thanh An": ["Xã Thanh An", "Xã Thạnh An"],
    "Thạnh An": ["Xã Thạnh An", "Xã Thanh An"],
    "thanh an": ["Xã Thanh An", "Xã Thạnh An"],
    "x. thạnh an": ["Xã Thạnh An", "Xã Thanh An"],
    "phường thạnh an": [],
    "Đông Hoà": ["Phường Đông Hòa"],
    "đk côn đảo": ["Đặc khu Côn Đảo"],
    "26812": ["Phường Hiệp Bình"],
    "nowhere": [],
}


async def test_a_ward_is_found_by_what_people_type(desk: Desk) -> None:
    client, found = desk.service.client, {}
    for query in FOUND:
        answer = await client.get("/v1/wards", params={"search": query}, headers=desk.officer)
        found[query] = [ward["name"] for ward in answer.json()["items"]]

    assert found == FOUND


async def test_wards_that_are_gone_can_be_left_out(desk: Desk) -> None:
    await apply(desk, with_ward(OTHER, valid_to=date(2025, 12, 31)))

    count = {
        day: len((await desk.get(f"/v1/wards?on={day}")).json()["items"])
        for day in ("2025-06-30", "2025-12-31", "2026-01-01")
    }
    assert count == {"2025-06-30": 0, "2025-12-31": 168, "2026-01-01": 167}


async def test_templates_say_which_periods_are_open(desk: Desk) -> None:
    with set_to(datetime(2025, 10, 14, 17, tzinfo=UTC)):  # the 15th in the city
        answer = await desk.get("/v1/templates")

    items = {item["code"]: item for item in answer.json()["items"]}
    assert list(items) == ["DXT", "EST", "FIN", "HIT", "INN", "IP", "PIP"]
    codes = {code: [p["code"] for p in item["open_periods"]] for code, item in items.items()}
    assert codes == {
        "DXT": ["2025-11", "2025-10"],
        "EST": ["2026", "2025"],
        "FIN": ["2025-Q4", "2025-Q3", "2025"],
        "HIT": ["2025-H2", "2025"],
        "INN": ["2025-Q4", "2025-Q3"],
        "IP": ["2025-H2", "2025"],
        "PIP": ["2025-10", "2025-09"],
    }
    assert items["DXT"]["open_periods"][0]["label"]["vi"] == "Tháng 11/2025"
    assert answer.headers["etag"]


async def test_a_template_is_shown_as_it_was_published(desk: Desk) -> None:
    shown = await desk.get("/v1/templates/PIP")

    [form] = [template for template in files.read().templates if template.code == "PIP"]
    body = shown.json()
    assert body.pop("open_periods")
    assert body == form.model_dump(mode="json")
    missing = await desk.get("/v1/templates/NONE")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-template")
    again = await desk.get("/v1/templates/PIP", if_none_match=shown.headers["etag"])
    assert again.status_code == 304
