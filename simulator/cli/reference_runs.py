"""The command that makes the reference runs again: overmatch reference."""

from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from simulator.cli.application import Quiet, Workers, app
from simulator.cli.codes import DONE, FAILED
from simulator.cli.input import FailedError, InputError, available_cpus, shown

__all__ = ["app"]


@app.command(
    help="Make the reference runs of a list again and say which of their tables changed.\n\n"
    "The list says of each run its scenario, its size and what of it is kept. Every run is one "
    "task, and as many are at work as there are processes. Each takes the place of the results "
    "that were there, which it is compared with by the hashes in their manifest.\n\n"
    "Exit code 0 when done, whatever changed; with --check 1 if anything differs.\n\n"
    "Examples:  overmatch reference\n\n"
    "  overmatch reference smoke --check"
)
def reference(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Only these runs.", show_default=False),
    ] = None,
    *,
    listed: Annotated[
        Path, typer.Option("--list", metavar="FILE", help="The list; results go beside it.")
    ] = Path("results/reference.yaml"),
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: the folder of the list)"),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Leave the results as they are; exit with 1 if any differ."),
    ] = False,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Make the runs ``names`` of the list again, or all."""
    from simulator.cli.kinds import BUILDS, FAILURES, INPUT_ERRORS
    from simulator.cli.reference_table import print_reference, progress_lines
    from simulator.study.executors import worker_pool
    from simulator.study.reference import build_reference
    from simulator.study.reference_list import entry_scenario, load_list

    reference_list = load_list(listed)
    try:
        entries = reference_list.named(names or ())
    except KeyError as error:
        known = ", ".join(entry.name for entry in reference_list.entries)
        raise InputError(
            f"{shown(listed)} lists no {error.args[0]!r}; allowed: {known}."
        ) from error
    absent = [entry for entry in entries if entry.command not in BUILDS]
    if absent:
        raise InputError(
            f"{shown(listed)}: {absent[0].name}: {absent[0].command} makes no reference runs."
        )
    scenarios = listed.parent / reference_list.scenarios
    asked = [(entry, entry_scenario(entry, scenarios)) for entry in entries]
    started, processes = monotonic(), workers or available_cpus()
    try:
        with worker_pool(min(processes, len(asked))) as executor:
            built = build_reference(
                asked,
                BUILDS,
                output or listed.parent,
                executor,
                workers=processes,
                progress=progress_lines(quiet=quiet),
                keep=not check,
            )
    except INPUT_ERRORS as error:
        raise InputError(f"{str(error).rstrip('.')}.") from error
    except FAILURES as error:
        raise FailedError(f"a reference run failed: {error}.") from error
    if not quiet:
        print_reference(built, monotonic() - started, kept=not check)
        typer.echo(f"Results: {shown(output or listed.parent)}")
    raise typer.Exit(FAILED if check and not all(one.identical for one in built) else DONE)
