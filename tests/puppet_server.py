"""`deocc` with the puppet among its backends; run as a program, so that a test can kill the process."""

import sys

from deocc import backends
from deocc.cli import main

backends.MODULES["puppet"] = "tests.puppet"

if __name__ == "__main__":
    sys.exit(main())
