"""Make runs, counts, ablations and calibrations again from their manifests alone.

A manifest's resolved scenario says nearly all; an ablation's also says among which guardrails their
common effect was shared out. Each function leaves tables and manifest in the folder it is given,
and unfinished work only beside it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.study.ablation import ablate_scenario
from simulator.study.ablation_plan import GuardrailError, plan_of
from simulator.study.calibration_run import run_calibration
from simulator.study.manifests import ManifestError, scenario_in
from simulator.study.name_results import count_scenario
from simulator.study.run import Progress, run_scenario

Fields = Mapping[str, Any]  # Any: JSON


def remake_run(manifest: Fields, directory: Path, *, workers: int, progress: Progress) -> None:
    """Run again; raise ManifestError, ListingError, RunError, or what an absent extra raises."""
    run_scenario(scenario_in(manifest), directory, workers=workers, progress=progress)


def remake_count(manifest: Fields, directory: Path, *, workers: int, progress: Progress) -> None:
    """Count links by name again; raise ManifestError, ListingError or RunError."""
    count_scenario(scenario_in(manifest), directory, workers=workers, progress=progress)


def remake_ablation(manifest: Fields, directory: Path, *, workers: int, progress: Progress) -> None:
    """Ablate again; raise ManifestError, ListingError or RunError."""
    scenario = scenario_in(manifest)
    ablated = manifest.get("ablated")
    players = ablated.get("shapley") if isinstance(ablated, Mapping) else None
    if not isinstance(players, list):
        raise ManifestError("manifest.json does not say which guardrails were ablated together")
    try:
        plan = plan_of(scenario, [str(player) for player in players])
    except GuardrailError as error:
        raise ManifestError(f"manifest.json, ablated.shapley: {error}") from error
    ablate_scenario(
        scenario, plan, directory, workers=workers, progress=progress, finish=_nothing_more
    )


def remake_calibration(
    manifest: Fields, directory: Path, *, workers: int, progress: Progress
) -> None:
    """Calibrate again; raise ManifestError, CalibrationError, ListingError or RunError."""
    run_calibration(
        scenario_in(manifest),
        directory,
        workers=workers,
        progress=progress,
        finish=lambda fresh, scenario: None,
    )


def _nothing_more(directory: Path) -> None:
    """Draw nothing."""
