"""Enter the command line and turn whatever goes wrong into one sentence and an exit code."""

import errno
import os
import sys
from collections.abc import Sequence
from types import TracebackType

import typer
from typer.main import get_command

from simulator.cli import (
    ablating,
    calibrating,
    choosing,
    commands,
    comparing,
    depositing,
    drawing,
    exchange,
    reference_runs,
    replaying,
    scaling,
    varying,
)
from simulator.cli.application import app
from simulator.cli.codes import DONE, FAILED, INTERRUPTED, WRONG_INPUT
from simulator.cli.input import FailedError, InputError
from simulator.scenario.problems import ScenarioError

# Each of these rooms adds its commands to the program when it is imported.
COMMANDS = (
    commands,
    comparing,
    exchange,
    ablating,
    calibrating,
    choosing,
    comparing,
    depositing,
    drawing,
    reference_runs,
    replaying,
    scaling,
    varying,
)
_UNUSABLE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name and return its exit code.

    Mistakes of the user, trouble with files and interruption are said on standard error. An error
    that nobody foresaw is raised. Without arguments the help is shown.
    """
    given = list(arguments) or ["--help"]
    try:
        code = _obey(given)
    except ScenarioError as error:
        return _say(str(error), WRONG_INPUT)
    except InputError as error:
        return _say(f"overmatch: {error}", WRONG_INPUT)
    except FailedError as error:
        return _say(f"overmatch: {error}", FAILED)
    except typer.TyperException as error:
        message = error.format_message().rstrip(".?")
        end = "?" if "Did you mean" in message else "."
        return _say(f"overmatch: {message}{end} See: overmatch --help", WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except OSError as error:
        code = WRONG_INPUT if error.errno in _UNUSABLE else FAILED
        return _say(f"overmatch: {_file_trouble(error)}", code)
    except MemoryError:
        return _say("overmatch: the run failed: not enough memory.", FAILED)
    if code == INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else DONE


def script() -> int:
    """Run the command line of this process; an error nobody foresaw is said in one sentence."""
    sys.excepthook = _say_unforeseen
    return main(sys.argv[1:])


def _obey(given: Sequence[str]) -> object:
    try:
        return get_command(app).main(list(given), prog_name="overmatch", standalone_mode=False)
    except SystemError as error:
        # An interrupted compiled loop ends so, with the interruption as its cause.
        if isinstance(error.__cause__ or error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise


def _interrupted() -> int:
    return _say("overmatch: interrupted; nothing half-written was left.", INTERRUPTED)


def _say(text: str, code: int) -> int:
    typer.echo(text, err=True)
    return code


def _file_trouble(error: OSError) -> str:
    what = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {what}." if error.filename else f"a file could not be used: {what}."


def _say_unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say an unforeseen error in one sentence; the interpreter then exits with 1."""
    if os.environ.get("OVERMATCH_TRACEBACK"):
        sys.__excepthook__(kind, error, trace)
        return
    lines = str(error).splitlines()
    message = f"{kind.__name__}: {lines[0]}" if lines else kind.__name__
    sys.stderr.write(
        f"overmatch: the run failed: {message} "
        "(set OVERMATCH_TRACEBACK=1 and run it again to see where)\n"
    )
