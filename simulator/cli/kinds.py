"""Which function makes, draws and makes again each kind of results: one row a kind.

The rooms that make them stand on several floors, so the table stands above all. Everything named
here can be sent to a worker process.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simulator.enforcement.listing import ListingError
from simulator.fidelity.run import remake_fidelity, run_fidelity
from simulator.matching.external.extras import ExtraMissingError, InexpressibleError
from simulator.report.ablation_figure import write_figure as draw_ablation
from simulator.report.calibration_figure import write_calibration_figure
from simulator.report.stored import ReportError
from simulator.report.write import write_report
from simulator.scenario.problems import ScenarioError
from simulator.scenario.schema import Scenario
from simulator.study.ablation import ablate_scenario
from simulator.study.ablation_plan import GuardrailError, plan_of
from simulator.study.calibration import CalibrationError
from simulator.study.calibration_run import run_calibration
from simulator.study.manifests import ManifestError, read_stored
from simulator.study.name_results import count_scenario
from simulator.study.reference import Build
from simulator.study.reference_list import Command
from simulator.study.remaking import (
    remake_ablation,
    remake_calibration,
    remake_count,
    remake_run,
)
from simulator.study.replay import Finish, NoRemakeError, Remake
from simulator.study.results import Kind
from simulator.study.run import RunError, run_scenario

INPUT_ERRORS: Final = (
    CalibrationError,
    ExtraMissingError,
    GuardrailError,
    InexpressibleError,
    ListingError,
    ManifestError,
    NoRemakeError,
    ReportError,
    ScenarioError,
)
"""What is wrong with what the user gave, whichever command was to be done."""
FAILURES: Final = (RunError,)


def _unheard(done: int, total: int) -> None:
    """Hear no progress."""


def _nothing_more(directory: Path) -> None:
    """Draw nothing."""


def _draw_calibration(directory: Path) -> None:
    write_calibration_figure(directory, read_stored(directory).scenario)


def _run(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish = write_report if drawn else _nothing_more
    run_scenario(scenario, output, workers=workers, progress=_unheard, finish=finish)


def _count(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    count_scenario(scenario, output, workers=workers, progress=_unheard)


def _ablate(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish = draw_ablation if drawn else _nothing_more
    plan = plan_of(scenario)
    ablate_scenario(scenario, plan, output, workers=workers, progress=_unheard, finish=finish)


def _calibrate(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    def finish(fresh: Path, scenario: Scenario) -> None:
        if drawn:
            write_calibration_figure(fresh, scenario)

    run_calibration(scenario, output, workers=workers, progress=_unheard, finish=finish)


def _compare_people(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    run_fidelity(scenario, output, workers=workers, progress=_unheard)


BUILDS: Final[Mapping[Command, Build]] = {
    Command.RUN: _run,
    Command.COUNT: _count,
    Command.ABLATE: _ablate,
    Command.CALIBRATE: _calibrate,
    Command.FIDELITY: _compare_people,
}
"""Makes the results of a scenario by the command of an entry."""

REMAKES: Final[Mapping[Kind, Remake]] = {
    Kind.RUN: remake_run,
    Kind.COUNT: remake_count,
    Kind.ABLATION: remake_ablation,
    Kind.CALIBRATION: remake_calibration,
    Kind.FIDELITY: remake_fidelity,
}
"""Makes the tables of a manifest again, by its kind."""

FINISHES: Final[Mapping[Kind, Finish]] = {
    Kind.RUN: write_report,
    Kind.COUNT: _nothing_more,  # has no figures
    Kind.ABLATION: draw_ablation,
    Kind.CALIBRATION: _draw_calibration,
    Kind.FIDELITY: _nothing_more,  # drawn while it is made
}
"""Draws the figures of a folder of tables, by its kind."""
