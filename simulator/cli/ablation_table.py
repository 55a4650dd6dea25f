"""Show the stored results of an ablation as tables in the terminal."""

from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.report.ablated import LABELS, MEASURES, Ablation, read_ablation
from simulator.report.wording import level_words, shown, shown_decimals
from simulator.study.ablation_results import ALL_TOGETHER, PER_LOST

WIDTH_WITHOUT_TERMINAL = 132
_COLUMNS = ("Residents spared", "Wrong persons avoided", "True matches lost")


def print_ablation(directory: Path) -> None:
    """Print what each guardrail does alone, then Shapley values, from the tables in a folder."""
    ablation = read_ablation(directory)
    run = ablation.manifest
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(Text(one_line(str(run["scenario"]["title"])), style="bold"))
    for on, heading in (
        (True, "On in the scenario, each turned off alone"),
        (False, "Off in the scenario, each turned on alone"),
    ):
        names = [name for name in ablation.guardrails if ablation.is_on(name) == on]
        if names:
            console.print(_effects(ablation, names, heading))
    if ablation.shapley:
        console.print(_shapley(ablation))
    console.print(
        Text(
            "Per 1,000 requests on the list, heard or not: with the guardrail against without. "
            "Residents and wrong persons are those here lawfully. In "
            f"brackets the {level_words(run['confidence'])} over {run['replicates']} replicates, "
            "paired. Turning a guardrail off takes the same away again."
        )
    )


def _effects(ablation: Ablation, names: list[str], heading: str) -> Table:
    table = Table(box=SIMPLE, title=heading, title_justify="left", pad_edge=False)
    table.add_column("Guardrail", no_wrap=True)
    for column in (*_COLUMNS, "Spared per match lost"):
        table.add_column(column, justify="right")
    for name in names:
        cells = [ablation.effects[name, measure].words for measure in (*MEASURES, PER_LOST)]
        table.add_row(name, *cells)
    return table


def _shapley(ablation: Ablation) -> Table:
    orders = ablation.manifest["ablated"]["orders"]
    sampled = orders != "all"
    over = f"{orders} orders drawn; ± is the error of drawing" if sampled else "all orders"
    table = Table(
        box=SIMPLE,
        title=f"Shapley values: what each does on average over {over}",
        title_justify="left",
        pad_edge=False,
    )
    table.add_column("Guardrail", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for name in dict.fromkeys(name for name, _ in ablation.shapley):
        cells = []
        for measure in MEASURES:
            worth = ablation.shapley[name, measure]
            error = worth.sampling_error
            drawn = f" ± {shown(error, shown_decimals(error, error, error))}"
            cells.append(worth.words + (drawn if sampled and name != ALL_TOGETHER else ""))
        table.add_row(LABELS[name] if name == ALL_TOGETHER else name, *cells)
    return table
