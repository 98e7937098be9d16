"""``python -m services.submission serve | migrate | load``."""

from chassis.start import run

run("services.submission.app")
