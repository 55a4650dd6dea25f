"""The command that says how wrong-person links grow with the country: overmatch scale."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, ScenarioFile, Seed, Workers, app
from simulator.cli.display import one_line, progress_bar
from simulator.cli.input import (
    FailedError,
    InputError,
    available_cpus,
    output_directory,
    scenario_from,
    shown,
)
from simulator.study.scaling_plan import (
    CHECK_REPLICATES,
    DENSITIES,
    NATION_PEOPLE,
    NATION_REQUESTS,
    REPLICATES,
    SIZES,
    Plan,
    ScalingError,
)

__all__ = ["app"]

_SIZES = ",".join(map(str, SIZES))
_DENSITIES = ",".join(map(str, DENSITIES))


def _numbers(text: str, option: str) -> list[float]:
    try:
        return [float(word.strip().replace("_", "")) for word in text.split(",")]
    except ValueError as error:
        raise InputError(
            f"{option} takes numbers with commas between them, such as {_SIZES} people or "
            f"{_DENSITIES} requests per person, not {text!r}."
        ) from error


def _whole(text: str, option: str) -> tuple[int, ...]:
    numbers = _numbers(text, option)
    if not all(number.is_integer() for number in numbers):
        raise InputError(f"{option} takes whole numbers of people, not {text!r}.")
    return tuple(int(number) for number in numbers)


@app.command(
    name="scale",
    help="Say how wrong-person links grow with the country, and extrapolate to the nation.\n\n"
    "The scenario is run at several sizes and list densities. Every link to a wrong person is "
    "counted by where that stranger stands to the person requested: same household, same "
    "building, same ZIP, or anywhere by chance. What grows with list times population is thus "
    "told from what does not, and each part is extrapolated by its own law. --check runs a larger "
    "size that is not fitted and says whether it came out as foretold.\n\n"
    "Leaves scaling.csv, laws.csv, extrapolation.csv, a manifest and a figure in results/ and the "
    "file's name with -scaling.\n\n"
    "Examples:  overmatch scale scenarios/baseline.yaml\n\n"
    "  overmatch scale scenarios/name-only.yaml --check 2000000",
)
def scale_command(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    sizes: Annotated[
        str, typer.Option(metavar="PEOPLE,PEOPLE…", help="Sizes that are fitted.")
    ] = _SIZES,
    densities: Annotated[
        str, typer.Option(metavar="SHARE,SHARE…", help="Requests per person at every size.")
    ] = _DENSITIES,
    replicates: Annotated[
        int, typer.Option(min=1, max=10_000, help="Worlds of each size.")
    ] = REPLICATES,
    people: Annotated[int, typer.Option(help="People of the nation.")] = NATION_PEOPLE,
    requests: Annotated[int, typer.Option(help="Requests of the nation's list.")] = NATION_REQUESTS,
    check: Annotated[
        int | None,
        typer.Option(
            metavar="PEOPLE", help="A larger size that is run and not fitted.", show_default=False
        ),
    ] = None,
    check_replicates: Annotated[
        int, typer.Option(min=1, max=10_000, help="Worlds of that size.")
    ] = CHECK_REPLICATES,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/ and NAME-scaling)"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Scale ``scenario``; results are written as a whole or not at all."""
    resolved = scenario_from(scenario, overrides or (), seed=seed)
    fitted, shares = _whole(sizes, "--sizes"), tuple(_numbers(densities, "--densities"))
    directory = output_directory(scenario.with_stem(f"{scenario.stem}-scaling"), output)

    from simulator.cli.scaling_table import print_scaling
    from simulator.enforcement.listing import ListingError
    from simulator.report.scaling_figure import write_figure
    from simulator.study.run import RunError
    from simulator.study.scaling import scale_scenario

    plan = Plan(fitted, shares, replicates, people, requests, check, check_replicates)
    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            scale_scenario(
                resolved,
                plan,
                directory,
                workers=workers or available_cpus(),
                progress=progress,
                finish=write_figure,
            )
    except (ScalingError, ListingError) as error:
        raise InputError(f"{shown(scenario)}: {str(error).rstrip('.')}.") from error
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if not quiet:
        print_scaling(directory)
        typer.echo(f"Results: {shown(directory)}")
