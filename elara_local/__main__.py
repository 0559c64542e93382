"""`python -m elara_local`: see cli."""

import sys

from elara_local.cli import main

if __name__ == "__main__":
    sys.exit(main())
