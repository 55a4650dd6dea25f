"""The command that turns guardrails off and on: overmatch ablate."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Overrides, Quiet, Replicates, ScenarioFile, Seed, Workers, app
from simulator.cli.display import one_line, progress_bar
from simulator.cli.input import (
    FailedError,
    InputError,
    available_cpus,
    output_directory,
    scenario_from,
    shown,
)
from simulator.scenario.choices import SearchedRoll

__all__ = ["app"]

_ON_OTHER_ROLLS = (
    "overmatch: note: a match on a {} roll flags one person and releases nothing; residents spared "
    "count their household as well, as if an address were released: read the wrong persons avoided."
)


@app.command(
    help="Turn each guardrail off and on, and say whom it spares and what it costs.\n\n"
    "Every guardrail that the scenario has on is turned off alone, every other one on alone, on "
    "the same people, roll and list. Shown are the lawful residents spared, the wrong lawful "
    "persons avoided and the true matches lost by it, per 1,000 requests, and residents spared for "
    "each match lost; then Shapley values, which share out what several guardrails do together.\n\n"
    "Leaves ablation.csv, shapley.csv, subsets.csv, a manifest and a figure in results/ and the "
    "file's name with -ablation.\n\n"
    "Examples:  overmatch ablate scenarios/baseline.yaml\n\n"
    "  overmatch ablate scenarios/baseline.yaml --guardrails on,unique_only,review"
)
def ablate(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    guardrails: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME…",
            help="Guardrails whose Shapley values are wanted; 'on' stands for all that the "
            "scenario has on. Up to 10 count in all orders, more in a sample of orders.",
        ),
    ] = "on",
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where to.  (default: results/ and the file's name, -ablation)"
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Ablate the guardrails of ``scenario``; results are written as a whole or not at all."""
    resolved = scenario_from(scenario, overrides or (), replicates=replicates, seed=seed)
    directory = output_directory(scenario.with_stem(f"{scenario.stem}-ablation"), output)

    from simulator.cli.ablation_table import print_ablation
    from simulator.enforcement.listing import ListingError
    from simulator.report.ablation_figure import write_figure
    from simulator.study.ablation import ablate_scenario
    from simulator.study.ablation_plan import GuardrailError, plan_of
    from simulator.study.run import RunError

    try:
        if resolved.searched_roll != SearchedRoll.TAX and not quiet:
            typer.echo(_ON_OTHER_ROLLS.format(resolved.searched_roll), err=True)
        plan = plan_of(resolved, [word.strip() for word in guardrails.split(",")])
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            processes = workers or available_cpus()
            ablate_scenario(
                resolved,
                plan,
                directory,
                workers=processes,
                progress=progress,
                finish=write_figure,
            )
    except GuardrailError as error:
        raise InputError(f"{error}.") from error
    except ListingError as error:
        raise InputError(f"{shown(scenario)}: {error}") from error
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if not quiet:
        print_ablation(directory)
        typer.echo(f"Results: {shown(directory)}")
