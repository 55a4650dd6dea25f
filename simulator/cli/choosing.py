"""The command that chooses a threshold from a budget of harm: overmatch choose."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import Quiet, app
from simulator.cli.input import InputError, output_directory, shown

__all__ = ["app"]


@app.command(
    help="Choose thresholds that keep a budget of harm, and say what they cost.\n\n"
    "Takes a finished run and searches its thresholds of names (or score) and addresses for those "
    "that keep every budget. A third of the replicates put the candidates in an order, the others "
    "certify them, so that what is promised of the chosen one is not too good. Says so plainly "
    "where none keeps the budget. Any measure that a run counts at every policy can be limited, "
    "for everybody or, as MEASURE[GROUP], for one group of residents.\n\n"
    "Leaves choice.csv, harms.csv, a manifest and a figure in the run's folder name with -choice."
    "\n\nExamples:  overmatch choose results/baseline --at-most "
    "over_disclosed_residents_direct_per_1000_requests=1\n\n"
    "  overmatch choose results/baseline --at-most false_discovery_rate=0.01 --at-most "
    '"over_disclosed_residents_per_1000_requests[status=permanent_resident]=5" --guardrails'
)
def choose(
    directory: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="The folder of a finished run.")
    ],
    *,
    at_most: Annotated[
        list[str],
        typer.Option(
            metavar="MEASURE=NUMBER",
            help="A budget, in the measure's own unit; can be given many times, and all must hold.",
            show_default=False,
        ),
    ],
    confidence: Annotated[
        float | None,
        typer.Option(
            min=0.5, max=0.999, help="How sure the budgets hold.  (default: that of the run)"
        ),
    ] = None,
    guardrails: Annotated[
        bool,
        typer.Option(
            "--guardrails",
            help="Search every set of the guardrails that the run counted, not the scenario's own.",
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where to.  (default: the folder's name and -choice, beside it)"
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Choose from the run in ``directory``; results are written as a whole or not at all."""
    beside = directory.with_name(f"{directory.name}-choice")
    target = output_directory(directory, output if output is not None else beside)

    from simulator.cli.choice_table import print_choice
    from simulator.report.choice_figure import write_figure
    from simulator.study.choice import ChoiceError, budget_from
    from simulator.study.choice_run import choose_from

    try:
        choose_from(
            directory,
            [budget_from(text) for text in at_most],
            target,
            confidence=confidence,
            every_guardrail=guardrails,
            finish=write_figure,
        )
    except ChoiceError as error:
        raise InputError(f"{error}.") from error
    if not quiet:
        print_choice(target)
        typer.echo(f"Results: {shown(target)}")
