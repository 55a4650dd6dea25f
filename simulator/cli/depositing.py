"""The command that describes results for an archive: overmatch deposit."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Quiet, app
from simulator.cli.input import InputError, shown

__all__ = ["app"]


@app.command(
    help="Describe results for deposit in an archive, as an RO-Crate.\n\n"
    "Puts results, scenario files, licence and citation in a ZIP file or a folder together with "
    "ro-crate-metadata.json, which says of every file its size and SHA-256 and of every results "
    "folder what made it. Tables that are not those of their manifest are refused. Needs the extra "
    "'deposit'.\n\n"
    "Examples:  overmatch deposit\n\n"
    "  overmatch deposit results/baseline results/voter-roll --output crate --date 2026-12-01"
)
def deposit(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...",
            help="Results folders, or folders of such.  (default: results)",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[Path, typer.Option(metavar="FILE.zip|DIR", help="Where to.")] = Path(
        "overmatch-deposit.zip"
    ),
    citation: Annotated[
        Path, typer.Option(metavar="FILE", help="Title, authors and licence.")
    ] = Path("CITATION.cff"),
    listed: Annotated[
        Path,
        typer.Option("--list", metavar="FILE", help="Says which scenario file made which results."),
    ] = Path("results/reference.yaml"),
    published: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Date of publication.  (default: the citation's date of release)",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the deposit of the results in ``places``, whole or not at all."""
    from simulator.report.deposit import (
        METADATA,
        DepositError,
        Material,
        loose_files,
        write_deposit,
    )
    from simulator.report.deposit import results_folders as folders_in
    from simulator.study.reference_list import scenario_files

    if output.is_dir() and any(output.iterdir()) and not (output / METADATA).is_file():
        raise InputError(f"will not replace {shown(output)}: it holds files but no deposit.")
    if output.is_dir() and output.suffix == ".zip":
        raise InputError(f"cannot write a deposit to {shown(output)}: it is a folder.")
    if output.is_file() and output.suffix != ".zip":
        raise InputError(f"cannot write a deposit to {shown(output)}: it is a file.")
    files = scenario_files(listed) if listed.exists() else {}
    try:
        places = places or [Path("results")]
        folders = folders_in(places)
        loose = {at: path for at, path in loose_files(places, folders).items() if path != output}
        material = Material(folders, citation, files, loose)
        day = None if published is None else published.date()
        count = write_deposit(material, output, published=day)
    except DepositError as error:
        raise InputError(f"{error}.") from error
    if not quiet:
        typer.echo(f"Results folders: {len(folders)}; files with {METADATA}: {count}.")
        typer.echo(f"Deposit: {shown(output)}")
