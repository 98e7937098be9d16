"""The worked examples of the figures, with their numbers."""

from itertools import permutations

from contracts.decisions import Decision, ReportApproved
from tests.builders import Report, content
from tests.service.city import A, B, C, City, behind, figure, value

DA1_NSTP = {"pip01": "DA1", "pip04": "NSTP", "pip03": "CDS", "pip05": "5000.000"} | {
    "pip06": "1000.000",
    "pip07": "200.000",
    "pip08": "300.000",
    "pip09": "450.000",
}
DA1_NSX = {"pip01": "DA1", "pip04": "NSX", "pip03": "CDS", "pip05": "5000.000"} | {
    "pip06": "100.000",
    "pip07": "0.000",
    "pip08": "50.500",
    "pip09": "60.000",
}
DA2_NSTP = {"pip01": "DA2", "pip04": "NSTP", "pip03": "KHCN", "pip05": "800.000"} | {
    "pip06": "500.000",
    "pip07": "0.000",
    "pip08": "125.125",
    "pip09": "200.000",
}


def dxt(ward: str, **values: int | None) -> ReportApproved:
    return Report(ward, "DXT", "2025-10").approved(content(values))


async def test_1_a_ratio_is_the_sum_over_the_sum_and_not_the_mean(city: City) -> None:
    told = await city.figures(dxt(A, dxt01=1, dxt02=1), dxt(B, dxt01=100, dxt02=50))

    share = figure(told, "dxt15a")
    assert (str(share.value), str(share.numerator), str(share.denominator)) == (
        "50.50",
        "51",
        "101",
    )
    assert behind(told, "dxt15a") == (2, 0, 168)


async def test_1_half_a_hundredth_is_rounded_up(city: City) -> None:
    told = await city.figures(dxt(A, dxt01=800, dxt02=1))

    assert value(told, "dxt15a") == "0.13"


async def test_1_nothing_over_nothing_is_null(city: City) -> None:
    told = await city.figures(dxt(A, dxt01=0, dxt02=0))

    assert (value(told, "dxt01"), value(told, "dxt15a")) == ("0", None)
    assert behind(told, "dxt15a") == (1, 0, 168)


async def test_2_a_missing_value_leaves_both_sides_of_its_ratio(city: City) -> None:
    told = await city.figures(
        dxt(A, dxt01=1, dxt02=1),
        dxt(B, dxt01=100, dxt02=50),
        dxt(C, dxt01=300, dxt02=None),
    )

    assert (value(told, "dxt01"), behind(told, "dxt01")) == ("401", (3, 0, 168))
    assert (value(told, "dxt02"), behind(told, "dxt02")) == ("51", (2, 1, 168))
    assert (value(told, "dxt15a"), behind(told, "dxt15a")) == ("50.50", (2, 1, 168))


async def test_4_a_correction_counts_when_approved_and_a_revoke_leaves_nothing(city: City) -> None:
    a, b = Report(A, "INN", "2025-Q4"), Report(B, "INN", "2025-Q4")

    async def inn01(*events: Decision) -> tuple[str | None, int]:
        told = await city.figures(*events)
        return value(told, "inn01"), behind(told, "inn01")[0]

    assert await inn01(a.approved(content({"inn01": 10}))) == ("10", 1)
    assert await inn01(b.approved(content({"inn01": 5}))) == ("15", 2)
    assert await inn01(a.passed(content({"inn01": 12}))) == ("15", 2)
    assert await inn01(a.approved()) == ("17", 2)
    assert await inn01(a.revoked()) == ("5", 1)
    assert await inn01(a.passed(content({"inn01": 12}))) == ("5", 1)
    assert await inn01(a.approved()) == ("17", 2)
    assert await inn01(a.revoked(), b.revoked()) == (None, 0)


async def test_4_any_order_of_the_decisions_each_three_times_gives_the_same(city: City) -> None:
    periods = [f"20{year}-Q{quarter}" for year in range(26, 40) for quarter in range(1, 5)]
    for period, order in zip(periods, permutations(range(5)), strict=False):
        a, b = Report(A, "INN", period), Report(B, "INN", period)
        decisions = [
            a.approved(content({"inn01": 10})),
            a.passed(content({"inn01": 12})),
            a.approved(),
            a.revoked(),
            a.approved(content({"inn01": 12})),
        ]
        for at in order:
            await city.hears(decisions[at], decisions[at])
        await city.hears(b.approved(content({"inn01": 5})), *decisions)
        told = await city.figures()
        assert (told.period.code, value(told, "inn01")) == (period, "17")


async def test_5_lists_add_up_by_category_and_shared_amounts_once(city: City) -> None:
    reports = {A: [DA1_NSTP, DA1_NSX], B: [DA2_NSTP], C: []}
    told = await city.figures(
        *(
            Report(ward, "PIP", "2025-10").approved(content(lists={"projects": rows}))
            for ward, rows in reports.items()
        )
    )

    assert value(told, "pip08", pip04="NSTP") == "425.125"
    assert value(told, "pip10", pip04="NSTP") == "25.01"
    assert value(told, "pip08", pip04="NSX") == "50.500"
    assert value(told, "pip10", pip04="NSX") == "50.50"
    assert value(told, "pip08") == "475.625"
    assert value(told, "pip10") == "26.42"
    assert value(told, "pip00") == "2"
    assert value(told, "pip14") == "3"
    assert value(told, "pip05") == "5800.000"
    assert behind(told, "pip08") == (3, 0, 168)
    assert value(told, "pip08", pip04="NSTW") == "0.000"


async def test_6_a_stock_of_one_period_is_the_sum_over_those_who_said_it(city: City) -> None:
    told = await city.figures(
        Report(A, "INN", "2025-Q3").approved(content({"inn05": 105})),
        Report(B, "INN", "2025-Q3").approved(content({"inn05": None})),
    )

    assert (value(told, "inn05"), behind(told, "inn05")) == ("105", (1, 1, 168))


async def test_10_a_firm_counts_once_in_the_city_whatever_branches_it_has(city: City) -> None:
    def firm(code: str, **marks: bool) -> dict[str, object]:
        return {"tax_code": code, "name": code, "hi_tech": False, "st": False} | {
            "digital": False,
            **marks,
        }

    listed = {
        A: [firm("0300000001", hi_tech=True, digital=True), firm("0300000002", digital=True)],
        B: [firm("0300000001-001", hi_tech=True)],
    }
    a, b = (Report(ward, "HIT", "2025-H2") for ward in (A, B))
    told = await city.figures(
        a.approved(content({"hit01": 1}, {"firms": listed[A]})),
        b.approved(content({"hit01": 1}, {"firms": listed[B]})),
    )
    codes = ("hit01", "hit17", "hit16")
    assert [value(told, code) for code in codes] == ["2", "1", "2"]

    told = await city.figures(a.revoked())
    assert [value(told, code) for code in codes] == ["1", "1", "1"]
