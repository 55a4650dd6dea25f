"""Run the command line as ``python -m simulator``."""

import sys

from simulator.cli import script

if __name__ == "__main__":
    sys.exit(script())
