"""The command ``overmatch``: thin over the functions that do the work.

Exit codes: 0 done, 1 the run failed, 2 what the user gave is wrong, 130 interrupted. Problems are
said in sentences on standard error; a traceback is never an answer. Modules that take long to
import are imported by the commands that need them.
"""

from collections.abc import Sequence

from simulator.cli.codes import INTERRUPTED


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name and return its exit code."""
    from simulator.cli import entry

    return entry.main(arguments)


def script() -> int:
    """Run the command line of this process, quiet even if interrupted while it is being loaded."""
    try:
        from simulator.cli import entry

        return entry.script()
    except KeyboardInterrupt:
        return INTERRUPTED
