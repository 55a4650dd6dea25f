"""The command that sets runs against each other: overmatch compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, Replicates, Seed, Workers, app
from simulator.cli.display import notices, one_line, progress_bar
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


@dataclass(frozen=True)
class _Given:
    """One argument: a results folder, or a scenario with the folder that it runs into."""

    argument: Path
    directory: Path
    scenario: Scenario | None


def _given(
    arguments: Sequence[Path],
    overrides: Sequence[str],
    replicates: int | None,
    seed: int | None,
) -> list[_Given]:
    """Return what each argument names; raise InputError where it names neither."""
    found: list[_Given] = []
    for path in arguments:
        if path.is_dir():
            found.append(_Given(path, path, None))
        elif path.exists():
            scenario = scenario_from(path, overrides, replicates=replicates, seed=seed)
            found.append(_Given(path, output_directory(path, None), scenario))
        else:
            raise InputError(f"{shown(path)} is neither a results folder nor a scenario file.")
    scenarios = [one for one in found if one.scenario is not None]
    if not scenarios and (overrides or replicates is not None or seed is not None):
        raise InputError(
            "--set, --replicates and --seed apply to scenario files, and none is given."
        )
    places = [one.directory.resolve() for one in scenarios]
    for one, place in zip(scenarios, places, strict=True):
        if places.count(place) > 1:
            raise InputError(
                f"two of the scenario files would run into {shown(one.directory)}; run one with "
                "overmatch run --output DIR and give that folder."
            )
    return found


def _run_where_needed(given: Sequence[_Given], workers: int, *, quiet: bool) -> None:
    """Run the scenarios whose results are not there yet."""
    from simulator.enforcement.listing import ListingError
    from simulator.matching.external.extras import ExtraMissingError, InexpressibleError
    from simulator.report.write import write_report
    from simulator.study.comparability import up_to_date
    from simulator.study.run import RunError, run_scenario

    folders = {one.directory.resolve() for one in given if one.scenario is None}
    for one in given:
        if one.scenario is None or up_to_date(one.directory, one.scenario):
            continue
        if one.directory.resolve() in folders:
            raise InputError(
                f"running {shown(one.argument)} would replace {shown(one.directory)}, which is "
                "given too; run it with overmatch run --output DIR and give that folder."
            )
        try:
            with progress_bar(one_line(one.scenario.title), quiet=quiet) as progress:
                run_scenario(
                    one.scenario,
                    one.directory,
                    workers=workers,
                    progress=progress,
                    finish=write_report,
                    notice=notices(quiet=quiet),
                )
        except (ListingError, InexpressibleError) as error:
            raise InputError(f"{shown(one.argument)}: {error}") from error
        except ExtraMissingError as error:
            raise InputError(str(error)) from error
        except RunError as error:
            raise FailedError(f"the run of {shown(one.argument)} failed: {error}.") from error


def _refuse_before_running(given: Sequence[_Given]) -> None:
    """Refuse what cannot be read or paired before anything is run."""
    from simulator.study.comparability import (
        IncomparableError,
        distinct_names,
        read_run,
        refuse_scenarios,
    )
    from simulator.study.stored_counts import StoredCountsError

    names = distinct_names([one.directory.resolve().name for one in given])
    try:
        scenarios = [one.scenario or read_run("", one.directory).scenario for one in given]
        for name, scenario in zip(names[1:], scenarios[1:], strict=True):
            refuse_scenarios(names[0], scenarios[0], name, scenario)
    except (IncomparableError, StoredCountsError) as error:
        raise InputError(str(error)) from error


@app.command(
    help="Set runs against each other, replicate by replicate.\n\n"
    "Each argument is a results folder or a scenario file; a scenario is run first, unless its "
    "results are there. Every other run is compared with the first: difference and ratio of every "
    "measure and group, with intervals over differences within replicates. Runs from one seed draw "
    "the same people and list wherever their scenarios agree, so that small differences show.\n\n"
    "Runs that cannot be paired are refused: other seed, roll, lawful statuses or versions.\n\n"
    "Leaves comparison.csv, a manifest, a figure and compare.html in results/A-vs-B.\n\n"
    "Examples:  overmatch compare results/baseline results/strict\n\n"
    "  overmatch compare scenarios/baseline.yaml scenarios/strict.yaml --replicates 10"
)
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="A B...", help="Results folders or scenario files.", show_default=False
        ),
    ],
    overrides: Overrides = None,
    *,
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/A-vs-B)"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare every run with the first; results are written as a whole or not at all."""
    if len(runs) < 2:
        raise InputError("compare takes two results folders or scenario files, or more.")
    given = _given(runs, overrides or (), replicates, seed)
    name = "-vs-".join(one.directory.resolve().name for one in given)
    directory = output_directory(Path("results") / name, output or Path("results") / name)
    if directory.resolve() in {one.directory.resolve() for one in given}:
        raise InputError(f"{shown(directory)} is one of the runs; give another --output.")

    _refuse_before_running(given)
    _run_where_needed(given, workers or available_cpus(), quiet=quiet)

    from simulator.cli.comparison_table import print_comparison
    from simulator.report.compare_page import write_comparison_report
    from simulator.study.comparability import IncomparableError
    from simulator.study.comparing import compare_folders
    from simulator.study.stored_counts import StoredCountsError

    try:
        folders = [one.directory for one in given]
        compare_folders(folders, directory, finish=write_comparison_report)
    except (IncomparableError, StoredCountsError) as error:
        raise InputError(str(error)) from error
    if not quiet:
        print_comparison(directory)
        typer.echo(f"Results: {shown(directory)}")
