"""A whole calibration: every draw over the workers, then tables, put in place at once."""

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd

from simulator.measures.detail import Detail
from simulator.scenario.schema import Scenario
from simulator.study.calibration import CalibrationError, Counted, Counting, Draw, calibrate
from simulator.study.executors import worker_pool
from simulator.study.kind import Kind
from simulator.study.predictions import draw_table, driver_table, prediction_table
from simulator.study.replicate import run_replicate
from simulator.study.results import rounded, write_manifest
from simulator.study.run import Progress, RunError, replacing
from simulator.study.training import learns

DRAWS, PREDICTIONS, DRIVERS = "draws.csv", "predictions.csv", "drivers.csv"
Finish = Callable[[Path, Scenario], object]


def count_replicate_for_calibration(scenario: Scenario, replicate: int) -> Counted:
    """Run one replicate and count, at the scenario's own policy and selection."""
    values = run_replicate(scenario, replicate).details

    def of(detail: Detail) -> float:
        return float(values[detail])

    return Counted(
        requests=of(Detail.REQUESTS),
        answered=of(Detail.LINKED_REQUESTS),
        released=of(Detail.LINKS),
        by_tin=of(Detail.LINKS_BY_TIN),
        deficient=of(Detail.LINKS_DEFICIENT),
        wrong_address=of(Detail.LINKS_WRONG_ADDRESS),
        wrong_person=of(Detail.LINKS_WRONG_PERSON),
        wrong_person_by_tin=of(Detail.LINKS_BY_TIN_WRONG_PERSON),
        wrong_person_lawful=of(Detail.LINKS_WRONG_PERSON_LAWFUL),
        listing_error=of(Detail.LINKS_LISTING_ERROR),
    )


def run_calibration(
    scenario: Scenario,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Finish,
    counting: Counting = count_replicate_for_calibration,
) -> list[Draw]:
    """Calibrate a scenario and leave draws, predictions, drivers and manifest in ``output``.

    ``finish`` is given the folder before it is put in place, to add a figure. Returns the draws.
    Raises CalibrationError, ListingError, RunError, or OSError where results cannot be written;
    earlier results stay.
    """
    if learns(scenario):
        raise CalibrationError("a rule that learns its weights cannot be calibrated")
    try:
        with worker_pool(max(1, min(workers, scenario.calibration.draws))) as executor:
            draws = calibrate(scenario, executor, counting, progress=progress)
    except BrokenProcessPool as error:
        raise RunError("a worker process died, perhaps for want of memory") from error
    except MemoryError as error:
        raise RunError("memory did not suffice for a replicate; try fewer --workers") from error
    with replacing(output) as fresh:
        write_calibration(scenario, draws, fresh)
        finish(fresh, scenario)
    return draws


def write_calibration(scenario: Scenario, draws: Sequence[Draw], directory: Path) -> None:
    """Write the tables and the manifest into an existing folder; the same input, the same bytes."""
    tables = {
        DRAWS: draw_table(draws),
        PREDICTIONS: prediction_table(draws, scenario),
        DRIVERS: driver_table(draws, scenario),
    }
    for name, table in tables.items():
        content = _rounded(table).to_csv(index=False, lineterminator="\n").encode("utf-8")
        (directory / name).write_bytes(content)
    fitted = sum(draw.is_fitted for draw in draws)
    write_manifest(
        Kind.CALIBRATION, scenario, tables, directory, draws=len(draws), draws_fitted=fitted
    )


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    floats = table.select_dtypes("float").columns
    return table.assign(**{name: [rounded(value) for value in table[name]] for name in floats})
