"""``python -m services.submission serve | migrate | load``."""

from chassis.command import main
from services.submission.app import SERVICE

main(SERVICE)
