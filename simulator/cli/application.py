"""The program ``overmatch``, to which each room of commands adds its own, and common options.

A command is one function over the functions that do the work; what it needs beyond the command line
is loaded when it is called, so that ``--help`` does not wait for it.
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

COMMANDS = (
    "run",
    "check",
    "scenarios",
    "compare",
    "choose",
    "explain",
    "ablate",
    "vary",
    "scale",
    "calibrate",
    "count",
    "theory",
    "fidelity",
    "report",
    "figures",
    "replay",
    "reference",
    "deposit",
    "export",
    "evaluate",
    "schema",
)
"""The order in which ``--help`` shows the commands: what one needs first comes first."""


class InOrder(TyperGroup):
    """A program that shows its commands in the order of ``COMMANDS``."""

    def list_commands(self, ctx: Any) -> list[str]:  # Any: a context that typer does not export
        """Return the names of all commands; one that ``COMMANDS`` forgets comes last."""
        return sorted(self.commands, key=lambda name: (*COMMANDS, name).index(name))


app = typer.Typer(
    cls=InOrder,
    name="overmatch",
    help=(
        "How many of the people returned by a match are somebody else?\n\n"
        "Overmatch draws entirely synthetic people, matches an enforcement list against their tax "
        "roll by the rules of a scenario file, and estimates false matches and over-disclosure.\n\n"
        "Begin with:  overmatch run scenarios/smoke.yaml"
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScenarioFile = Annotated[
    Path, typer.Argument(metavar="SCENARIO.yaml", help="The scenario file.", show_default=False)
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Set one field over the file; can be given many times.",
        show_default=False,
    ),
]
Replicates = Annotated[
    int | None, typer.Option(help="Repetitions, in place of the scenario's.", show_default=False)
]
Seed = Annotated[
    int | None, typer.Option(help="Seed, in place of the scenario's.", show_default=False)
]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Processes.  (default: all processors)")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but problems.")]


def _version(asked: bool) -> None:
    if not asked:
        return
    try:
        number = version("overmatch")
    except PackageNotFoundError:
        number = "(not installed)"
    typer.echo(f"overmatch {number}")
    raise typer.Exit


@app.callback()
def overmatch(
    *,
    _asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    """Hold the options that stand before any command."""
