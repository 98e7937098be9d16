"""``python -m services.aggregation serve | migrate | recompute``."""

from chassis.command import main
from services.aggregation.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
