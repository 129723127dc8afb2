"""`python -m deocc` is the command `deocc`."""

import sys

from deocc.cli import main

if __name__ == "__main__":
    sys.exit(main())
