"""`deocc` with the puppet among its backends; run as a program, so that a test can kill the process.

DEOCC_TEST_MODULES names a file that gets the names of all modules this process has loaded, at its end.
"""

import os
import sys
from pathlib import Path

from deocc import backends
from deocc.cli import main
from deocc.installing import process
from tests.puppet.weights import add_to_table

backends.MODULES["puppet"] = "tests.puppet"
add_to_table()
process.COMMAND = (sys.executable, "-m", "tests.puppet_server")

if __name__ == "__main__":
    code = main()
    if "DEOCC_TEST_MODULES" in os.environ and "serve" in sys.argv:
        Path(os.environ["DEOCC_TEST_MODULES"]).write_text("\n".join(sys.modules))
    sys.exit(code)
