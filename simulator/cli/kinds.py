"""Which function makes, draws and makes again each kind of results: one row a kind.

The rooms that make them stand on several floors, so the table stands above all. Everything named
here can be sent to a worker process.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from simulator.enforcement.listing import ListingError
from simulator.fidelity.run import remake_fidelity, run_fidelity
from simulator.matching.external.extras import ExtraMissingError, InexpressibleError
from simulator.measures.choice import TooFewReplicatesError
from simulator.measures.chosen import UnknownMeasureError
from simulator.report.rebuild import WRITERS, writer_of
from simulator.report.stored import ReportError
from simulator.scenario.problems import ScenarioError
from simulator.scenario.schema import Scenario
from simulator.study.ablation import ablate_scenario
from simulator.study.ablation_plan import GuardrailError, plan_of
from simulator.study.calibration import CalibrationError
from simulator.study.calibration_run import run_calibration
from simulator.study.choice import ChoiceError
from simulator.study.choice_run import remake as remake_choice
from simulator.study.comparing import remake as remake_comparison
from simulator.study.kind import Kind
from simulator.study.manifests import ManifestError
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
from simulator.study.run import RunError, run_scenario
from simulator.study.scaling import remake as remake_scaling
from simulator.study.scaling import scale_scenario
from simulator.study.scaling_plan import Plan, ScalingError
from simulator.study.sensitivity_run import remake as remake_sensitivity
from simulator.study.sensitivity_run import run_sensitivity
from simulator.study.stored_counts import StoredCountsError
from simulator.study.variation import VariationError

INPUT_ERRORS: Final = (
    CalibrationError,
    ChoiceError,
    ExtraMissingError,
    GuardrailError,
    InexpressibleError,
    ListingError,
    ManifestError,
    NoRemakeError,
    ReportError,
    ScalingError,
    ScenarioError,
    StoredCountsError,
    TooFewReplicatesError,
    UnknownMeasureError,
    VariationError,
)
"""What is wrong with what the user gave, whichever command was to be done."""
FAILURES: Final = (RunError,)


def _unheard(done: int, total: int) -> None:
    """Hear no progress."""


def _nothing_more(directory: Path) -> None:
    """Draw nothing."""


def _draw(kind: Kind, directory: Path) -> None:
    writer_of(kind, {})(directory)


FINISHES: Final[Mapping[Kind, Finish]] = {
    **{kind: partial(_draw, kind) for kind in WRITERS},
    Kind.COUNT: _nothing_more,  # has no figures
    Kind.FIDELITY: _nothing_more,  # drawn while it is made
}
"""Draws the figures of a folder of tables, by its kind."""


def _finish(kind: Kind, *, drawn: bool) -> Finish:
    return FINISHES[kind] if drawn else _nothing_more


def _run(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish = _finish(Kind.RUN, drawn=drawn)
    run_scenario(scenario, output, workers=workers, progress=_unheard, finish=finish)


def _count(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    count_scenario(scenario, output, workers=workers, progress=_unheard)


def _ablate(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish, plan = _finish(Kind.ABLATION, drawn=drawn), plan_of(scenario)
    ablate_scenario(scenario, plan, output, workers=workers, progress=_unheard, finish=finish)


def _calibrate(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    def finish(fresh: Path, _: Scenario) -> None:
        _finish(Kind.CALIBRATION, drawn=drawn)(fresh)

    run_calibration(scenario, output, workers=workers, progress=_unheard, finish=finish)


def _vary(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish = _finish(Kind.SENSITIVITY, drawn=drawn)
    run_sensitivity(scenario, output, workers=workers, progress=_unheard, finish=finish)


def _scale(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    finish = _finish(Kind.SCALING, drawn=drawn)
    scale_scenario(scenario, Plan(), output, workers=workers, progress=_unheard, finish=finish)


def _compare_people(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    run_fidelity(scenario, output, workers=workers, progress=_unheard)


BUILDS: Final[Mapping[Command, Build]] = {
    Command.RUN: _run,
    Command.COUNT: _count,
    Command.ABLATE: _ablate,
    Command.CALIBRATE: _calibrate,
    Command.VARY: _vary,
    Command.SCALE: _scale,
    Command.FIDELITY: _compare_people,
}
"""Makes the results of a scenario by the command of an entry."""

REMAKES: Final[Mapping[Kind, Remake]] = {
    Kind.RUN: remake_run,
    Kind.COUNT: remake_count,
    Kind.ABLATION: remake_ablation,
    Kind.CALIBRATION: remake_calibration,
    Kind.SENSITIVITY: remake_sensitivity,
    Kind.SCALING: remake_scaling,
    Kind.COMPARISON: remake_comparison,
    Kind.CHOICE: remake_choice,
    Kind.FIDELITY: remake_fidelity,
}
"""Makes the tables of a manifest again, by its kind."""
