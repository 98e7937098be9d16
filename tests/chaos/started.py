"""``python -m tests.chaos.started <module> <service>``: begins as a service's own process does.

What is asked to end while it still imports ends well: the handlers come first, as in the product.
"""

import runpy
import sys

from chassis import start

if __name__ == "__main__":
    start.end_when_asked()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
