"""``python -m samebatch`` is the console script ``samebatch``."""

import sys

from samebatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
