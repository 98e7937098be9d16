"""``python -m services.notification serve | migrate``."""

from chassis.start import run

run("services.notification.app")
