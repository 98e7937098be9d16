from pathlib import Path

from tests.benchmarks import kept, page
from tests.benchmarks.chart import lines
from tests.benchmarks.results import Results
from tests.benchmarks.scenarios.soak import growth
from tests.benchmarks.targets import Target


def found(scenario: str, **values: float) -> Results:
    results = Results(scenario=scenario)
    for name, value in values.items():
        results.add(name, value, "ms")
    return results


def run(at: str, *scenarios: str) -> dict[str, object]:
    return {"measured_at": at, "scenarios": list(scenarios)}


def test_a_run_of_some_scenarios_leaves_the_others_figures(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    kept.merge(path, found("puts", rate=1.0, gone=2.0), ["puts"], run("monday", "puts"))
    kept.merge(path, found("soak", memory=3.0), ["soak"], run("tuesday", "soak"))
    kept.merge(path, found("puts", rate=4.0), ["puts"], run("friday", "puts"))
    read = kept.read(path)
    figures = kept.figures(read)
    assert {n: (f.values, f.measured_at) for n, f in figures.items()} == {
        "memory": ([3.0], "tuesday"),
        "rate": ([4.0], "friday"),
    }
    assert set(read["runs"]) == {"tuesday", "friday"}


def test_ratios_are_taken_round_by_round() -> None:
    results = Results()
    for ours, other in ((10.0, 5.0), (12.0, 3.0), (9.0, 9.0)):
        results.add("ours", ours, "reports/s")
        results.add("other", other, "reports/s")
    results.ratio("ours_vs_other", "ours", "other")
    assert results.figures["ours_vs_other"].values == [2.0, 4.0, 1.0]
    assert results.figures["ours_vs_other"].median == 2.0


def test_a_target_says_by_how_much_it_is_missed() -> None:
    figures = found("reads", read=30.0).figures
    assert Target("read", 25, "", at_most=True).verdict(figures) == "missed by 20%"
    assert Target("read", 30, "", at_most=True).verdict(figures) == "met"
    assert Target("other", 30, "").verdict(figures) == "–"


def test_what_is_wrong_is_counted_and_what_is_only_said_is_not() -> None:
    results = Results(scenario="puts")
    results.note("The best peer is quix.")
    assert results.faults() == 0
    results.wrong("put: statuses {'503': 1}")
    assert results.faults() == 1


def test_growth_is_what_comes_after_the_warm_part() -> None:
    assert growth([10.0, 50.0, 90.0, *[100.0] * 7]) == 0.0
    assert growth([100.0] * 3 + [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]) > 6


def test_the_page_names_every_run_that_a_figure_is_from() -> None:
    machine = {"cores": 2, "memory_gb": 25.3, "load_before": 0.1, "python": "3.11.7"}
    about = {"machine": machine, "partitions": 4, "rounds": 3}
    runs = {at: run(at, "puts") | about for at in ("monday", "friday")}
    written = page.conditions({"runs": runs})
    assert "monday" in written
    assert "friday" in written


def test_a_chart_of_nothing_but_nought_can_be_drawn() -> None:
    nothing = {"series": [(1.0, 0.0), (2.0, 0.0)]}
    assert "<svg" in lines("nothing", nothing, "µs")
    assert "<svg" in lines("nothing", nothing, "µs", logarithmic=True)
