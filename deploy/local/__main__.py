"""``python -m deploy.local run|up|down|status|token|clean``: the local stack from a terminal."""

import sys

from deploy.local.cli import main

if __name__ == "__main__":
    sys.exit(main())
