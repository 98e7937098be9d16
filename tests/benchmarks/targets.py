"""What the line must reach, beside what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.results import Figure, number


@dataclass(frozen=True)
class Target:
    """A figure and its bound; ``at_most`` turns the bound round."""

    figure: str
    bound: float
    words: str
    at_most: bool = False

    def wanted(self) -> str:
        """The bound in words."""
        return f"{'≤' if self.at_most else '≥'} {number(self.bound)}"

    def met(self, figures: Mapping[str, Figure]) -> bool | None:
        """Whether the median reaches it; None where nothing was measured."""
        figure = figures.get(self.figure)
        if figure is None:
            return None
        return figure.median <= self.bound if self.at_most else figure.median >= self.bound

    def measured(self, figures: Mapping[str, Figure]) -> str:
        """The median with its spread; said plainly where nothing was measured."""
        figure = figures.get(self.figure)
        if figure is None:
            return "not measured"
        spread = f"{number(min(figure.values))}–{number(max(figure.values))}"
        return f"{number(figure.median)} {figure.unit} ({spread})"

    def verdict(self, figures: Mapping[str, Figure]) -> str:
        """Met, or missed and by how much."""
        met = self.met(figures)
        if met is None:
            return "–"
        short = abs(figures[self.figure].median - self.bound) / self.bound
        return "met" if met else f"missed by {short:.0%}"


TARGETS: Final = (
    Target("aggregation_vs_naive", 50, "aggregation of a backlog beside the naive way"),
    Target("aggregation_vs_best_peer", 2, "… beside the best peer"),
    Target("aggregation_vs_floor", 0.30, "… beside the floor, periods local to a batch"),
    Target("aggregation_vs_floor_shuffled", 0.20, "… beside the floor, shuffled"),
    Target("validation_vs_naive", 15, "validation alone beside the naive way"),
    Target("notification_vs_naive", 15, "notification alone beside the naive way"),
    Target("end_to_end_reports_per_second", 2_500, "end to end in bulk, until all is at rest"),
    Target("put_32_clients_per_second", 800, "single PUTs of 32 clients, one process"),
    Target("put_32_clients_p99", 150, "… 99 of 100 within", at_most=True),
    Target("submit_to_stream_p50", 60, "sent → told on the stream, median", at_most=True),
    Target("submit_to_stream_p99", 400, "… 99 of 100 within", at_most=True),
    Target("approve_to_figure_p99", 500, "approved → figure readable, 99 of 100", at_most=True),
    Target("growth_at_million", 0.85, "speed kept with a million facts and inbox rows"),
    Target("relay_under_snapshot", 0.60, "the relay's speed kept under an open snapshot"),
    Target("outbox_after_snapshot", 4, "the outbox's size after it, beside before", at_most=True),
    Target("read_figures_p99", 25, "figures read by 16 clients, 99 of 100", at_most=True),
    Target("read_inbox_p99", 25, "inbox read by 16 clients, 99 of 100", at_most=True),
    Target("read_reports_p99", 100, "a ward's list of 500 reports, 99 of 100", at_most=True),
    Target("recomputation", 10, "recomputation of 168 × 7 × 36 reports", at_most=True),
    Target("soak_memory_highest", 300, "memory of a service at full load", at_most=True),
    Target("soak_growth", 5, "… its growth in a soak of ten minutes, warm", at_most=True),
    Target("second_start", 15, "the stack's second start", at_most=True),
)
