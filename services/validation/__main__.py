"""``python -m services.validation serve | migrate``."""

from chassis.start import run

run("services.validation.app")
