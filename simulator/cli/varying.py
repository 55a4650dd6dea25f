"""The command that varies a scenario: overmatch vary."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, ScenarioFile, Seed, Workers, app
from simulator.cli.display import notices, one_line, progress_bar
from simulator.cli.input import (
    FailedError,
    InputError,
    available_cpus,
    output_directory,
    scenario_from,
    shown,
)

__all__ = ["app"]


@app.command(
    help="Run a scenario over a grid of values, or a sample of the ranges of its assumptions.\n\n"
    "The scenario's part vary names the fields, their values or ranges, and the measures. All "
    "variants run on the same replicates and share whatever they agree in; thresholds are read "
    "off one match. A grid shows how results follow a field; a sample of ranges (design sobol) "
    "says which assumptions they hang on, apart from chance.\n\n"
    "Leaves variants.csv, differences.csv and tornado.csv, of a sample indices.csv and "
    "uncertainty.csv as well, a manifest and figures in results/ and the file's name with "
    "-sensitivity. Interrupted, it goes on where it stopped.\n\n"
    "Examples:  overmatch vary scenarios/vary-address-age.yaml\n\n"
    "  overmatch vary scenarios/vary-assumptions.yaml --replicates 8 --set vary.base=64"
)
def vary(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    replicates: Annotated[
        int | None,
        typer.Option(
            help="Replicates of every variant, in place of the scenario's vary.replicates.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where to.  (default: results/ and the file's name, -sensitivity)"
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Vary ``scenario`` and print what follows; results are written as a whole or not at all."""
    given = [*(overrides or ())]
    if replicates is not None:
        given.append(f"vary.replicates={replicates}")
    resolved = scenario_from(scenario, given, seed=seed)
    directory = output_directory(scenario.with_stem(f"{scenario.stem}-sensitivity"), output)

    from simulator.cli.variation_table import print_variation
    from simulator.enforcement.listing import ListingError
    from simulator.measures.chosen import UnknownMeasureError
    from simulator.report.sensitivity_figure import write_figure
    from simulator.study.run import RunError
    from simulator.study.sensitivity_run import run_sensitivity
    from simulator.study.variation import VariationError

    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            run_sensitivity(
                resolved,
                directory,
                workers=workers or available_cpus(),
                progress=progress,
                finish=write_figure,
                notice=notices(quiet=quiet),
            )
    except (UnknownMeasureError, VariationError, ListingError) as error:
        raise InputError(f"{shown(scenario)}: {str(error).rstrip('.')}.") from error
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if not quiet:
        print_variation(directory)
        typer.echo(f"Results: {shown(directory)}")
