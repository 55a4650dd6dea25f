"""The command that fits a scenario to published figures and predicts what was not published."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, ScenarioFile, Seed, Workers, app
from simulator.cli.display import one_line, progress_bar, show_lines
from simulator.cli.input import (
    FailedError,
    InputError,
    available_cpus,
    output_directory,
    scenario_from,
    shown,
)
from simulator.scenario.schema import Scenario

__all__ = ["app"]

_SAID = {
    "wrong_person": "belonged to a different person",
    "lawful": "belonged to a lawful resident, listed wrongly or not listed at all",
}


@app.command(
    name="calibrate",
    help="Fit a scenario to published figures, draw by draw of what is uncertain.\n\n"
    "The scenario's part calibration says what is to be reached, which parameters are free and "
    "over which ranges others are drawn. Leaves draws.csv, predictions.csv, drivers.csv and a "
    "figure in results/NAME-calibration.\n\n"
    "Example:  overmatch calibrate scenarios/mou-2025.yaml --set calibration.draws=8",
)
def calibrate_command(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/ and NAME-calibration)"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Calibrate ``scenario`` and print what it predicts; results are written as a whole or not."""
    resolved = scenario_from(scenario, overrides or (), seed=seed)
    directory = output_directory(scenario.with_stem(f"{scenario.stem}-calibration"), output)

    from simulator.enforcement.listing import ListingError
    from simulator.report.calibration_figure import write_calibration_figure
    from simulator.study.calibration import CalibrationError
    from simulator.study.calibration_run import PREDICTIONS, run_calibration
    from simulator.study.run import RunError

    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            draws = run_calibration(
                resolved,
                directory,
                workers=workers or available_cpus(),
                progress=progress,
                finish=write_calibration_figure,
            )
    except (CalibrationError, ListingError) as error:
        raise InputError(f"{shown(scenario)}: {error}.") from error
    except RunError as error:
        raise FailedError(f"the calibration failed: {error}.") from error
    if quiet:
        return
    unfitted = [draw.number for draw in draws if not draw.is_fitted]
    lines = [
        f"{len(draws) - len(unfitted)} of {len(draws)} draws reach every target."
        + (f" Not draws {', '.join(map(str, unfitted))}." if unfitted else "")
    ]
    show_lines(one_line(resolved.title), [*lines, *_sentences(directory / PREDICTIONS, resolved)])
    typer.echo(f"Results: {shown(directory)}")


def _sentences(predictions: Path, scenario: Scenario) -> list[str]:
    published = scenario.calibration.released
    with predictions.open(encoding="utf-8", newline="") as stream:
        rows = {row["prediction"]: row for row in csv.DictReader(stream)}
    sentences = []
    for name, said in _SAID.items():
        row = rows[name]
        if int(row["draws"]) > 0:
            mean, low, high = (1000.0 * float(row[at]) for at in ("estimate", "ci_low", "ci_high"))
            sentences.append(
                f"Of every 1,000 accounts released, {mean:.1f} ({low:.1f} to {high:.1f} over "
                f"draws) {said}."
            )
            if published is not None:
                number, least, most = (
                    float(row[at]) for at in ("accounts", "accounts_low", "accounts_high")
                )
                sentences[-1] = (
                    f"{sentences[-1][:-1]}: of the {published:,} released, {number:,.0f} "
                    f"({least:,.0f} to {most:,.0f})."
                )
    return sentences
