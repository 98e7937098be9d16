"""``python -m services.validation serve | migrate``."""

from chassis.command import main
from services.validation.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
