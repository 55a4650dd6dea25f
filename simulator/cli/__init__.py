"""The command ``overmatch``: thin over the functions that do the work.

Exit codes: 0 done, 1 the run failed, 2 what the user gave is wrong, 130 interrupted. Problems are
said in sentences on standard error; a traceback is never an answer. Modules that take long to
import are imported by the commands that need them.
"""

from simulator.cli.entry import main, script

__all__ = ["main", "script"]
