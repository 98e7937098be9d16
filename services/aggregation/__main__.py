"""``python -m services.aggregation serve | migrate | recompute``."""

from chassis.start import run

run("services.aggregation.app")
