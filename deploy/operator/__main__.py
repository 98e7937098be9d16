"""``python -m deploy.operator dead-letters|audit|audit-verify``: see and mend from a terminal."""

import sys

from deploy.operator.cli import main

if __name__ == "__main__":
    sys.exit(main())
