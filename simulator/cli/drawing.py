"""The command that draws everything again from what is stored: overmatch figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Quiet, app
from simulator.cli.codes import FAILED
from simulator.cli.display import progress_bar
from simulator.cli.input import InputError, shown

__all__ = ["app"]


@app.command(
    name="figures",
    help="Draw every figure and table of results again, from their stored tables alone.\n\n"
    "Each folder's figures are drawn as its kind of results is; then the figures and LaTeX tables "
    "of a paper are put in DIR/paper, with captions, units, intervals and sources in captions.md. "
    "Nothing is simulated, and the same tables give the same bytes. Folders that cannot be drawn "
    "are named with the reason, the others are done, and the exit code is 1; figures of the paper "
    "whose results are not there are skipped, which is an error with --strict only.\n\n"
    "DIR is a folder of results folders, or one of them.\n\n"
    "Example:  overmatch figures results --strict",
)
def figures(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of results.")] = Path(
        "results"
    ),
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any figure of the paper is missing.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draw the folders in ``directory`` and the paper set; say what could not be drawn."""
    folders = _folders(directory)

    from simulator.cli.drawing_table import print_drawn
    from simulator.report.paper_set import PAPER, write_paper
    from simulator.report.rebuild import rebuild
    from simulator.study.kind import Kind

    paper = directory / PAPER
    together = folders != [directory]
    if together:
        _refuse_foreign(paper)
    with progress_bar("Folders of results", quiet=quiet) as progress:
        outcomes = list(rebuild(folders, {Kind.FIDELITY: _draw_fidelity}, progress=progress))
    items = []
    if together:
        with progress_bar("Figures and tables of the paper", quiet=quiet) as progress:
            items = write_paper(directory, folders, progress=progress)
    print_drawn(outcomes, items, strict=strict, quiet=quiet)
    made = any(item.made for item in items)
    if not quiet:
        typer.echo(f"Results: {shown(paper if made else directory)}")
    missing = strict and any(not item.made for item in items)
    if missing or any(outcome.failed for outcome in outcomes):
        raise typer.Exit(FAILED)


def _draw_fidelity(directory: Path) -> None:
    """Draw a comparison with published figures, which stands later in the flow than reports."""
    from simulator.fidelity.stored import write_figure

    write_figure(directory)


def _folders(directory: Path) -> Sequence[Path]:
    """Return the folders of results in ``directory``; raise InputError where there are none."""
    from simulator.report.rebuild import result_folders

    if not directory.is_dir():
        what = "is not a folder" if directory.exists() else "does not exist"
        raise InputError(f"{shown(directory)} {what}.")
    found = result_folders(directory)
    if not found:
        raise InputError(f"{shown(directory)} holds no results (no folder with a manifest.json).")
    return found


def _refuse_foreign(paper: Path) -> None:
    """Raise InputError if what stands where the paper goes was not put there by this command."""
    from simulator.report.paper_set import CAPTIONS

    if paper.exists() and not (paper.is_dir() and not any(paper.iterdir())):
        if (paper / CAPTIONS).is_file() and not (paper / "manifest.json").exists():
            return
        raise InputError(f"will not replace {shown(paper)}: it holds something else than figures.")
