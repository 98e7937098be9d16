"""``python -m services.notification serve | migrate``."""

from chassis.command import main
from services.notification.app import SERVICE

main(SERVICE)
