"""What the figures do with late, early, repeated and hostile news."""

from datetime import timedelta
from functools import partial

from prometheus_client import REGISTRY

from chassis import catalogue, clock
from contracts.catalogue import PHUONG, XA, TemplatePublished
from services.aggregation.app import SERVICE
from services.aggregation.contributions.recompute import mended
from services.aggregation.figures.handlers import follow_catalogue
from tests.builders import Report, content, template, ward
from tests.service.city import A, B, City, behind, figure, value
from tests.service.conftest import Serve

LATER = template("DXT").model_copy(update={"version": 2})


async def test_many_changes_are_announced_once(city: City) -> None:
    for number in range(1, 4):
        await city.hears(Report(f"2600{number}", "DXT", "2025-10").approved(content({"dxt01": 1})))

    [told] = await city.announced()

    assert (told.key, told.revision, value(told, "dxt01")) == ("DXT/2025-10/reports", 3, "3")
    assert len(await city.announced()) == 1


async def test_metrics_say_how_long_figures_wait_to_be_told(city: City) -> None:
    with clock.set_to(clock.now() - timedelta(seconds=90)):
        await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})))

    await city.announced()
    waited = REGISTRY.get_sample_value("figures_untold_age_seconds") or 0
    await city.announced()

    assert 90 <= waited < 300
    assert REGISTRY.get_sample_value("figures_untold_age_seconds") == 0


async def test_each_template_and_period_is_announced_for_itself(city: City) -> None:
    await city.hears(
        Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})),
        Report(A, "DXT", "2025-11").approved(content({"dxt01": 1})),
        Report(A, "INN", "2025-Q4").approved(content({"inn01": 1})),
    )

    told = {event.key for event in await city.announced()}

    assert told == {"DXT/2025-10/reports", "DXT/2025-11/reports", "INN/2025-Q4/reports"}


async def test_a_decision_that_changes_nothing_that_counts_is_no_revision(city: City) -> None:
    report = Report(A, "DXT", "2025-10")
    await city.hears(report.approved(content({"dxt01": 1})))
    await city.hears(report.passed(content({"dxt01": 2})))
    await city.hears(report.returned())

    [told] = await city.announced()

    assert told.revision == 1


async def test_what_was_heard_twice_counts_once(city: City) -> None:
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})))
    await city.service.receives_again()

    [told] = await city.announced()

    assert (told.revision, value(told, "dxt01")) == (1, "1")


async def test_a_report_may_come_before_its_template(serve: Serve) -> None:
    city = City(await serve(SERVICE))
    await city.hears(ward(A), Report(A, "DXT", "2025-10").approved(content({"dxt01": 7})))
    assert await city.announced() == []

    await city.hears(TemplatePublished(template=template("DXT")))

    [told] = await city.announced()
    assert (value(told, "dxt01"), behind(told, "dxt01")) == ("7", (1, 0, 1))


async def test_a_report_and_its_template_that_missed_each_other_are_brought_together(
    serve: Serve,
) -> None:
    city = City(await serve(SERVICE))
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 7})))
    async with city.service.database.unit() as unit:  # as a transaction that saw no report
        await catalogue.keep_templates(unit.session, [template("DXT")])

    await city.service.database.transact(follow_catalogue)

    [told] = await city.announced()
    assert value(told, "dxt01") == "7"


async def test_a_correction_on_a_template_still_to_come_takes_the_old_value_out(
    city: City,
) -> None:
    report = Report(A, "DXT", "2025-10")
    await city.hears(report.approved(content({"dxt01": 7})))
    report.identity["template_version"] = 2
    await city.hears(report.approved(content({"dxt01": 8})))
    assert value((await city.announced())[-1], "dxt01") is None

    await city.hears(TemplatePublished(template=LATER))

    told = (await city.announced())[-1]
    assert (value(told, "dxt01"), told.template_version) == ("8", 2)


async def test_a_report_on_an_older_template_says_nothing_on_newer_fields(city: City) -> None:
    parts = LATER.model_dump(mode="json")
    fresh = {"dxt90": {"type": "int", "kind": "flow", "vi": "Mới", "en": "New"}}
    newer = LATER.model_validate(parts | {"fields": parts["fields"] | fresh})
    await city.hears(
        TemplatePublished(template=newer),
        Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})),
        Report(B, newer, "2025-10").approved(content({"dxt01": 2, "dxt90": 5})),
    )

    [told] = await city.announced()

    assert (value(told, "dxt01"), behind(told, "dxt01")) == ("3", (2, 0, 168))
    assert (value(told, "dxt90"), behind(told, "dxt90")) == ("5", (1, 1, 168))


async def test_a_ward_that_ends_later_is_expected_no_more_and_told_so(city: City) -> None:
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})))
    await city.announced()

    await city.hears(ward(B, "Bến Cát", PHUONG, version=2, valid_to="2025-10-13"))

    told = (await city.announced())[-1]
    assert (told.revision, told.coverage.expected) == (2, 167)
    assert told.coverage.by_type["phuong"].expected == 112


async def test_a_ward_counts_as_what_it_was_at_the_periods_end(city: City) -> None:
    was = {"name": "Xã Bến Cát", "kind": XA, "valid_from": "2025-07-01", "valid_to": "2025-12-31"}
    await city.hears(
        ward(B, "Bến Cát", PHUONG, version=2, history=[was]),
        Report(B, "DXT", "2025-10").approved(content({"dxt01": 1})),
        Report(B, "DXT", "2026-02").approved(content({"dxt01": 1})),
    )

    by_period = {told.period.code: told.coverage.by_type for told in await city.announced()}

    assert by_period["2025-10"]["xa"].model_dump() == {"counted": 1, "expected": 55}
    assert by_period["2026-02"]["phuong"].model_dump() == {"counted": 1, "expected": 113}


async def test_an_unknown_ward_counts_under_no_kind_until_it_is_named(serve: Serve) -> None:
    city = City(await serve(SERVICE))
    report = Report(A, "DXT", "2025-10").approved(content({"dxt01": 1}))

    told = await city.figures(TemplatePublished(template=template("DXT")), report)

    assert behind(told, "dxt01") == (1, 0, 0)
    assert figure(told, "dxt01").coverage.by_type["unknown"].counted == 1


async def test_content_that_cannot_be_added_up_is_set_aside_alone(city: City) -> None:
    crooked = Report(A, "DXT", "2025-10").approved(content({"dxt01": "much"}))
    lost = Report(B, "DXT", "2025-10").approved(content({"dxt01": 1}))
    lost = lost.model_copy(update={"version": 2})

    told = await city.figures(
        crooked, lost, Report("26545", "DXT", "2025-10").approved(content({"dxt01": 3}))
    )

    assert value(told, "dxt01") == "3"
    causes = await city.dead_letters()
    assert causes == ["content-misfit", "counted-content-missing"]


async def test_a_pending_report_that_cannot_be_added_up_holds_nobody_up(serve: Serve) -> None:
    city = City(await serve(SERVICE))
    await city.hears(
        Report(A, "DXT", "2025-10").approved(content({"dxt01": "much"})),
        Report(B, "DXT", "2025-10").approved(content({"dxt01": 7})),
    )

    told = await city.figures(TemplatePublished(template=template("DXT")))

    assert (value(told, "dxt01"), behind(told, "dxt01")) == ("7", (1, 0, 0))
    check = partial(mended, key=("DXT", "2025-10"), check=True)
    assert await city.service.database.transact(check) == []
