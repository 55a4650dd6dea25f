"""The commands that run, check and look at scenarios and results."""

import json
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.application import (
    Overrides,
    Quiet,
    Replicates,
    ScenarioFile,
    Seed,
    Workers,
    app,
)
from simulator.cli.codes import DONE
from simulator.cli.display import notices, one_line, progress_bar, show_lines
from simulator.cli.input import (
    FailedError,
    InputError,
    available_cpus,
    output_directory,
    scenario_from,
    scenario_with_notes,
    shown,
)
from simulator.scenario.choices import SearchedRoll
from simulator.scenario.files import (
    Note,
    Problem,
    ScenarioError,
    json_schema,
    load_scenario,
    load_with_notes,
    scenario_sha256,
)
from simulator.scenario.schema import Scenario

FEWEST, MOST = 20_000, 10_000_000
"""People in a replicate of `overmatch fidelity`: fewer show nothing, more would not fit memory."""


def _write_report(directory: Path) -> None:
    """Add figures and page to finished tables; what draws them is loaded only then."""
    from simulator.report.write import write_report

    write_report(directory)


@app.command(
    help="Run a scenario and leave estimates, figures and a report.\n\n"
    "Example:  overmatch run scenarios/baseline.yaml --set matching.name_threshold=0.88"
)
def run(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/ and the file's name)"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run ``scenario`` and print its headline estimates; results are written as a whole or not."""
    resolved, idle = scenario_with_notes(
        scenario, overrides or (), replicates=replicates, seed=seed
    )
    directory = output_directory(scenario, output)
    for note in idle:
        notices(quiet=quiet)(str(note))

    from simulator.enforcement.listing import ListingError
    from simulator.matching.external.extras import ExtraMissingError, InexpressibleError
    from simulator.study.run import RunError, run_scenario

    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            processes = workers or available_cpus()
            run_scenario(
                resolved,
                directory,
                workers=processes,
                progress=progress,
                finish=_write_report,
                notice=notices(quiet=quiet),
            )
    except (ListingError, InexpressibleError) as error:
        raise InputError(f"{shown(scenario)}: {error}") from error
    except ExtraMissingError as error:
        raise InputError(str(error)) from error
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if quiet:
        return

    from simulator.report.headline import headline_lines

    show_lines(one_line(resolved.title), headline_lines(directory))
    typer.echo(f"Results: {shown(directory)}")


@app.command(
    help="Count links by name alone, at sizes where pairs cannot be listed one by one.\n\n"
    "Counts every pair of a request and an account whose names agree, at every name threshold, "
    "before selection and guardrails on disclosure. Prints the rates at the scenario's threshold "
    "and leaves those at every threshold and by group in results/NAME-names.\n\n"
    "Example:  overmatch count scenarios/name-only.yaml --set population.size=150000000 "
    "--set listing.requests=1280000 --replicates 1"
)
def count(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/ and the name, -names)"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Count the links of ``scenario`` by name; refuse one that compares more than names."""
    resolved = scenario_from(scenario, overrides or (), replicates=replicates, seed=seed)
    directory = output_directory(scenario.with_stem(f"{scenario.stem}-names"), output)

    from simulator.enforcement.listing import ListingError
    from simulator.study.name_counts import beyond_names
    from simulator.study.name_results import count_scenario, headline
    from simulator.study.run import RunError

    if faults := beyond_names(resolved.matching):
        raise InputError(
            f"{shown(scenario)}: count compares names alone: {'; '.join(faults)} "
            "(in the file or with --set)."
        )
    try:
        with progress_bar(one_line(resolved.title), quiet=quiet) as progress:
            processes = workers or available_cpus()
            count_scenario(resolved, directory, workers=processes, progress=progress)
    except ListingError as error:
        raise InputError(f"{shown(scenario)}: {error}") from error
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if not quiet:
        show_lines(one_line(resolved.title), headline(directory, resolved.matching.name_threshold))
        typer.echo(f"Results: {shown(directory)}")


@app.command(
    help="Check scenario files and list every mistake at once, with its line.\n\n"
    "Fields that are set and have no effect under the file's other choices are noted; that is no "
    "mistake.\n\n"
    "Example:  overmatch check scenarios/*.yaml"
)
def check(
    scenarios: Annotated[
        list[Path], typer.Argument(metavar="SCENARIO.yaml...", help="The scenario files.")
    ],
    overrides: Overrides = None,
) -> None:
    """Check every file of ``scenarios`` under the same overrides."""
    problems: list[Problem] = []
    told: set[Note] = set()  # an override is the same in every file
    for path in scenarios:
        try:
            scenario, idle = load_with_notes(path, overrides or ())
        except ScenarioError as error:
            problems.extend(error.problems)
        else:
            for note in (note for note in idle if note not in told):
                typer.echo(str(note), err=True)
            told.update(idle)
            unknown = _unknown_measures(path, scenario)
            problems.extend(unknown)
            if not unknown:
                typer.echo(f"{shown(path)}: valid, sha256 {scenario_sha256(scenario)}")
    if problems:
        raise ScenarioError(dict.fromkeys(problems))


def _unknown_measures(path: Path, scenario: Scenario) -> list[Problem]:
    """Return what is wrong with the measures of ``vary``, which a scenario by itself cannot say."""
    if not scenario.vary.parameters:
        return []
    from simulator.measures.chosen import UnknownMeasureError, chosen_measures

    found = []
    for name in scenario.vary.measures:
        try:
            chosen_measures([name])
        except UnknownMeasureError as error:
            found.append(Problem(shown(path), None, "vary.measures", f"vary.measures: {error}"))
    return found


@app.command(
    help="List the scenarios of a folder, one line each: name, title, question.\n\n"
    "Example:  overmatch scenarios"
)
def scenarios(
    directory: Annotated[Path, typer.Argument(help="The folder to list.")] = Path("scenarios"),
) -> None:
    """List the scenario files in ``directory`` by name, then the problems of invalid ones."""
    if not directory.is_dir():
        raise InputError(f"{shown(directory)} is not a directory; give one that holds scenarios.")
    files = sorted(path for path in directory.iterdir() if path.suffix in {".yaml", ".yml"})
    if not files:
        raise InputError(f"{shown(directory)} holds no scenario (no .yaml file).")
    width = max(len(path.stem) for path in files)
    problems: list[Problem] = []
    for path in files:
        try:
            scenario = load_scenario(path)
        except ScenarioError as error:
            problems.extend(error.problems)
        else:
            about = one_line(f"{scenario.title}: {scenario.question}".rstrip(": "))
            typer.echo(f"{path.stem:<{width}}  {about}")
    if problems:
        raise ScenarioError(dict.fromkeys(problems))


@app.command(
    help="Show what closed forms expect of a scenario, without simulation.\n\n"
    "Example:  overmatch theory scenarios/baseline.yaml --set population.size=5000000"
)
def theory(
    scenario: ScenarioFile,
    overrides: Overrides = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the expectations for ``scenario`` as a table or as JSON."""
    resolved = load_scenario(scenario, overrides or ())

    if resolved.searched_roll != SearchedRoll.TAX:
        typer.echo(
            "overmatch: note: these expectations are of the tax roll, not of the "
            f"{resolved.searched_roll} roll that the scenario searches.",
            err=True,
        )

    from simulator.cli import theory_table
    from simulator.measures.theory import expectations

    expected = expectations(resolved)
    if as_json:
        typer.echo(theory_table.as_json(expected))
    else:
        theory_table.print_table(one_line(resolved.title), expected)


@app.command(
    help="Compare the simulated population with published figures.\n\n"
    "Without a scenario file the people are those of the defaults. Prints a table and leaves it "
    "with a figure in results/fidelity. Exit code 0 when done, whatever the verdicts, unless "
    "--strict is given.\n\n"
    "Examples:  overmatch fidelity --size 1000000 --replicates 2\n\n"
    "  overmatch fidelity --set population.annual_move_rate=0.084 --output results/movers"
)
def fidelity(
    scenario_file: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENARIO.yaml]", help="Whose people.", show_default=False),
    ] = None,
    overrides: Overrides = None,
    *,
    size: Annotated[
        int,
        typer.Option(
            min=FEWEST,
            max=MOST,
            help="People in one replicate; below 3 million many rows are biased.",
        ),
    ] = 3_000_000,
    replicates: Annotated[
        int, typer.Option(min=2, max=1000, help="Repetitions; intervals are over them.")
    ] = 8,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed, in place of the usual.", show_default=False)
    ] = None,
    workers: Workers = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to.  (default: results/fidelity)"),
    ] = None,
    quiet: Quiet = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Exit with 1 if a row is outside, or at full size undecided, without explanation, "
            "or not as far off as explained.",
        ),
    ] = False,
) -> None:
    """Compare a scenario's population, by default that of the defaults, with published figures."""
    directory = output_directory(Path("fidelity"), output)

    from simulator.cli.fidelity_table import failures, print_comparisons
    from simulator.fidelity.run import run_fidelity
    from simulator.study.run import RunError

    fixed = [f"population.size={size}", "listing.requests=1"]  # nobody need be listed
    scenario = scenario_from(
        scenario_file, [*(overrides or ()), *fixed], replicates=replicates, seed=seed
    )
    try:
        with progress_bar("Fidelity", quiet=quiet) as progress:
            processes = workers or available_cpus()
            compared = run_fidelity(scenario, directory, workers=processes, progress=progress)
    except RunError as error:
        raise FailedError(f"the run failed: {error}.") from error
    if not quiet:
        print_comparisons(compared, scenario)
        typer.echo(f"Results: {shown(directory)}")
    failed = [f"{row.target.label} ({failure})" for row, failure in failures(compared, scenario)]
    if strict and failed:
        raise FailedError(f"{len(failed)} rows fail: {'; '.join(failed)}.")
    raise typer.Exit(DONE)


@app.command(
    help="Make figures and report of a results folder again, from its stored data.\n\n"
    "Example:  overmatch report results/baseline"
)
def report(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The results folder.")],
) -> None:
    """Write figures/ and report.html into ``directory`` anew and print the page's path."""
    from simulator.report.results import ReportError
    from simulator.report.write import write_report

    try:
        page = write_report(directory)
    except ReportError as error:
        raise InputError(str(error)) from error
    typer.echo(shown(page))


@app.command(
    help="Say what became of one request of a finished run, and why.\n\n"
    "Regenerates the request from the results' manifest and shows its candidate accounts, how each "
    "field agrees and what it weighs, what rule, selection and guardrails decided, and whose the "
    "accounts truly are.\n\n"
    "Examples:  overmatch explain results/baseline --request 17\n\n"
    "  overmatch explain results/baseline --request 17 --figure request-17.svg"
)
def explain(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The results folder.")],
    *,
    request: Annotated[int, typer.Option(help="Which request; the first is 0.")],
    replicate: Annotated[int, typer.Option(help="Of which replicate; the first is 0.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Accounts shown at most.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw what speaks for one account: .svg, .png or .pdf."),
    ] = None,
    account: Annotated[
        int, typer.Option(min=1, help="Which account to draw, as numbered in the table.")
    ] = 1,
    quiet: Quiet = False,
) -> None:
    """Explain ``request`` of a replicate of the run in ``directory``."""
    from simulator.cli.explaining import Asked, draw, explained

    asked = Asked(directory, request, replicate, limit, figure, account)
    with progress_bar(f"Request {request}", quiet=quiet) as progress:
        explanation = explained(asked, progress)

    from simulator.cli.explain_table import json_text, print_explanation

    if as_json:
        typer.echo(json_text(explanation))
    elif not quiet:
        print_explanation(explanation)
    if figure is not None:
        draw(figure, explanation, account)
    if figure is not None and not as_json and not quiet:
        typer.echo(f"Figure: {shown(figure)}")


@app.command(
    help="Print the JSON Schema of scenario files, for editors.\n\n"
    "Example:  overmatch schema > scenario.schema.json"
)
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
