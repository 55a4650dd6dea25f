"""The commands for people with matchers of their own: export records, evaluate links."""

import math
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, ScenarioFile, Seed, app
from simulator.cli.display import one_line, progress_bar, show_lines
from simulator.cli.input import InputError, output_directory, scenario_from, shown
from simulator.exchange.layout import ABOUT, ACCOUNT_ID, REQUEST_ID, TableFormat

__all__ = ["app"]


def _export_directory(directory: Path) -> Path:
    """Return the folder to export to. Raises InputError if it holds anything but an export."""
    if directory.is_dir():
        held = sorted(entry.name for entry in directory.iterdir())
        several = bool(held) and all(name.startswith("replicate-") for name in held)
        if held and ABOUT not in held and not several:
            raise InputError(
                f"will not replace {shown(directory)}: it holds files but no export (no {ABOUT})."
            )
    elif directory.exists() or directory.is_symlink():
        raise InputError(f"cannot export to {shown(directory)}: it is no folder.")
    return directory


@app.command(
    name="export",
    help="Write synthetic requests and roll for your own matcher, the truth apart.\n\n"
    "Example:  overmatch export scenarios/smoke.yaml mine --format csv",
)
def export_command(
    scenario: ScenarioFile,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to fill.", show_default=False)
    ],
    overrides: Overrides = None,
    *,
    form: Annotated[
        TableFormat, typer.Option("--format", help="Of requests and roll.")
    ] = TableFormat.PARQUET,
    replicate: Annotated[
        int, typer.Option(min=0, max=9_999, help="Which repetition; the first if several.")
    ] = 0,
    replicates: Annotated[
        int,
        typer.Option(min=1, max=1_000, help="How many, a folder each; intervals are over them."),
    ] = 1,
    seed: Seed = None,
    quiet: Quiet = False,
) -> None:
    """Write replicates of ``scenario`` into ``directory``, as a whole or not at all."""
    resolved = scenario_from(scenario, overrides or (), seed=seed)
    target = _export_directory(directory)

    from simulator.enforcement.listing import ListingError
    from simulator.study.export import export

    wanted = range(replicate, replicate + replicates)
    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            export(resolved, target, replicates=wanted, form=form, progress=progress)
    except ListingError as error:
        raise InputError(f"{shown(scenario)}: {error}") from error
    if not quiet:
        typer.echo(f"Exported: {shown(target)}; keep truth/ from your matcher.")


@app.command(
    name="evaluate",
    help="Evaluate the links of any matcher on exported records by all measures.\n\n"
    "LINKS is CSV or Parquet with a request_id and an account_id a row, one file for each "
    "replicate exported.\n\n"
    "Example:  overmatch evaluate mine links.csv --score-column score",
)
def evaluate_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The export.")],
    links: Annotated[list[Path], typer.Argument(metavar="LINKS...", help="The links.")],
    *,
    score_column: Annotated[
        str | None,
        typer.Option(help="Column of the score; the larger, the surer.", show_default=False),
    ] = None,
    score_threshold: Annotated[
        float | None,
        typer.Option(help="Score for the estimates.  (default: the lowest)", show_default=False),
    ] = None,
    request_column: Annotated[str, typer.Option(help="Column of request ids.")] = REQUEST_ID,
    account_column: Annotated[str, typer.Option(help="Column of account ids.")] = ACCOUNT_ID,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/ and the links' name)"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Quiet = False,
) -> None:
    """Evaluate ``links`` made on the export in ``directory`` and write tables like a run's."""
    if score_threshold is not None and score_column is None:
        raise InputError("--score-threshold needs --score-column.")
    if score_threshold is not None and not math.isfinite(score_threshold):
        raise InputError(f"--score-threshold {score_threshold} is not a finite number.")
    results = output_directory(links[0], output)

    from simulator.cli import evaluation_table
    from simulator.exchange.exports import ExportError, export_directories, load_export
    from simulator.exchange.links import LinkColumns, LinksError, read_links
    from simulator.study.evaluation import evaluate, write_evaluation
    from simulator.study.run import replacing

    columns = LinkColumns(request_column, account_column, score_column)
    try:
        exports = [load_export(path) for path in export_directories(directory)]
        if len(exports) != len(links):
            raise InputError(
                f"{shown(directory)} needs a file of links for each replicate, in their order: "
                f"{len(exports)}; got {len(links)}."
            )
        read = [
            read_links(path, columns, export.requests[REQUEST_ID], export.accounts[ACCOUNT_ID])
            for path, export in zip(links, exports, strict=True)
        ]
    except (ExportError, LinksError) as error:
        raise InputError(str(error)) from error
    evaluation = evaluate(exports, read, threshold=score_threshold)
    with replacing(results) as fresh:
        write_evaluation(evaluation, exports, links, fresh)
    if as_json:
        typer.echo(evaluation_table.as_json(evaluation))
    elif not quiet:
        show_lines(*evaluation_table.summary(evaluation))
        typer.echo(f"Results: {shown(results)}")
