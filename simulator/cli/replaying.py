"""The command that makes stored results again and compares them: overmatch replay."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Quiet, Workers, app
from simulator.cli.codes import DONE, FAILED
from simulator.cli.display import one_line, progress_bar
from simulator.cli.input import FailedError, InputError, available_cpus, shown

__all__ = ["app"]


@app.command(
    help="Make stored results again from their manifest and compare them.\n\n"
    "Runs what the manifest describes in a folder of its own and compares every table by its hash. "
    "What differs is listed by table, column and row. Nothing is written into DIR. Tables that DIR "
    "does not hold are compared by the hash in the manifest.\n\n"
    "Exit code 0: everything is identical. 1: something differs. 2: DIR cannot be replayed.\n\n"
    "Example:  overmatch replay results/smoke --figures"
)
def replay(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The results folder.")],
    *,
    figures: Annotated[
        bool,
        typer.Option("--figures", help="Draw figures and page again too, and compare their bytes."),
    ] = False,
    rows: Annotated[
        int, typer.Option(min=1, max=1000, help="Differences shown of each column; all count.")
    ] = 5,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Replay the results in ``directory`` and print what differs."""
    from simulator.cli.kinds import FAILURES, FINISHES, INPUT_ERRORS, REMAKES
    from simulator.cli.replay_table import print_replay
    from simulator.study.manifests import read_stored
    from simulator.study.replay import replay as made_again

    try:
        title = one_line(read_stored(directory).scenario.title)
        with progress_bar(title, quiet=quiet) as progress:
            found = made_again(
                directory,
                REMAKES,
                workers=workers or available_cpus(),
                progress=progress,
                finishes=FINISHES if figures else None,
                shown=rows,
            )
    except INPUT_ERRORS as error:
        raise InputError(f"{str(error).rstrip('.')}.") from error
    except FAILURES as error:
        raise FailedError(f"the replay failed: {error}.") from error
    if not quiet:
        print_replay(found, shown(directory))
    raise typer.Exit(DONE if found.identical else FAILED)
