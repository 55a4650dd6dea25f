"""What a paper prints: every figure and table, and the folder of results each is drawn from.

To add a figure, write a function from a folder to ``Printed`` and name it in ``FIGURES``; a table
likewise, to ``PrintedTable``, in ``TABLES``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.report import (
    paper_effects,
    paper_errors,
    paper_flow,
    paper_people,
    paper_scaling,
    paper_swept,
    paper_tables,
)
from simulator.report.folder import Folder
from simulator.report.printed import Printed
from simulator.report.printed_table import PrintedTable


@dataclass(frozen=True)
class PaperFigure:
    """One figure: the name of its files, its source among the folders of results, its drawing.

    A folder that a command has named after the source and its kind (``SOURCE-sensitivity``) does as
    well.
    """

    name: str
    source: str
    draw: Callable[[Folder], Printed]


@dataclass(frozen=True)
class PaperTable:
    """One table: the name of its files, its source, and how it is laid out."""

    name: str
    source: str
    lay_out: Callable[[Folder], PrintedTable]


BASELINE, REPLAY, ABLATION = "baseline", "mou-2025-calibration", "baseline-ablation"
MATCHERS, ASSUMPTIONS = "matchers", "vary-assumptions"
FIGURES = (
    PaperFigure("fate_flow", BASELINE, paper_flow.fate_flow),
    PaperFigure("threshold_map", BASELINE, paper_errors.threshold_map),
    PaperFigure("det_by_matcher", MATCHERS, paper_errors.det_by_matcher),
    PaperFigure("over_disclosure_by_origin", BASELINE, paper_people.over_disclosure_by_origin),
    PaperFigure("collateral_exposure", BASELINE, paper_people.collateral_exposure),
    PaperFigure("guardrail_ablation", ABLATION, paper_effects.guardrail_ablation),
    PaperFigure(
        "wrong_door_by_address_age", "vary-address-age", paper_swept.wrong_door_by_address_age
    ),
    PaperFigure(
        "list_error_against_false_match",
        "vary-list-errors",
        paper_swept.list_error_against_false_match,
    ),
    PaperFigure("scaling", "scaling", paper_scaling.scaling),
    PaperFigure("sensitivity", ASSUMPTIONS, paper_swept.sensitivity),
    PaperFigure("replay_2025", REPLAY, paper_effects.replay_2025),
)
TABLES = (
    PaperTable("headline", BASELINE, paper_tables.headline),
    PaperTable("over_disclosure_by_group", BASELINE, paper_tables.by_group),
    PaperTable("fates", BASELINE, paper_tables.fates),
    PaperTable("guardrail_ablation", ABLATION, paper_tables.ablation),
    PaperTable("matchers", MATCHERS, paper_tables.matchers),
    PaperTable("sensitivity_indices", ASSUMPTIONS, paper_tables.sensitivity_indices),
    PaperTable("predictions_2025", REPLAY, paper_tables.predictions),
)
LIBRARY = "library"
"""The one table that is of every run there is."""


def library(runs: Sequence[Path]) -> PrintedTable:
    """Lay out one line for every run."""
    return paper_tables.library(runs)
