"""Run a scenario at several sizes and say how its wrong-person links grow, up to the nation.

Every world of a plan is run over the workers, the largest first; nothing depends on their order or
number. The check, where one is asked for, runs replicates of numbers that the fit has not seen.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.matching.weights import Weights
from simulator.scenario.schema import Scenario
from simulator.study.executors import worker_pool
from simulator.study.results import write_log
from simulator.study.run import Progress, collect, replacing
from simulator.study.scaled_worlds import WorldCounts, count_world
from simulator.study.scaling_plan import Cell, Plan, checked, plan_from, sized
from simulator.study.scaling_results import Scaled, write_scaling
from simulator.study.training import learns, learnt_weights

Finish = Callable[[Path], object]
_PER_WORLD = 100_000  # people; what a world costs beside its size


@dataclass(frozen=True)
class _Task:
    cell: Cell
    replicate: int
    is_check: bool


def _tasks(plan: Plan) -> list[_Task]:
    """Return every world of a plan, the largest first."""
    tasks = [
        _Task(cell, replicate, is_check=False)
        for cell in plan.cells()
        for replicate in range(plan.replicates)
    ]
    check = plan.check_cell()
    if check is not None:
        numbers = range(plan.replicates, plan.replicates + plan.check_replicates)
        tasks += [_Task(check, number, is_check=True) for number in numbers]
    return sorted(tasks, key=lambda task: -task.cell.people)


def scaled_worlds(
    scenario: Scenario,
    plan: Plan,
    executor: Executor,
    *,
    progress: Progress,
    weights: Weights | None = None,
) -> Scaled:
    """Run every world of a plan; ``progress`` is called with (done, total), by size of worlds.

    Raises ListingError where a population cannot supply its list and RunError where a worker dies
    or memory does not suffice.
    """
    tasks = _tasks(plan)
    costs = [task.cell.people + _PER_WORLD for task in tasks]
    done: dict[int, WorldCounts] = {}
    progress(0, sum(costs))

    def take(number: int, counts: WorldCounts) -> None:
        done[number] = counts
        progress(sum(costs[each] for each in done), sum(costs))

    def submit(number: int) -> Future[WorldCounts]:
        task = tasks[number]
        return executor.submit(count_world, sized(scenario, task.cell), task.replicate, weights)

    collect(submit, range(len(tasks)), take, "fewer --workers or smaller --sizes")
    return _gathered(plan, {task: done[number] for number, task in enumerate(tasks)})


def _gathered(plan: Plan, found: Mapping[_Task, WorldCounts]) -> Scaled:
    """Return the worlds by replicate and cell, those of the check apart."""
    check = plan.check_cell()
    numbers = range(plan.replicates, plan.replicates + plan.check_replicates)
    return Scaled(
        cells=plan.cells(),
        worlds=tuple(
            tuple(found[_Task(cell, replicate, is_check=False)] for cell in plan.cells())
            for replicate in range(plan.replicates)
        ),
        check=()
        if check is None
        else tuple(found[_Task(check, number, is_check=True)] for number in numbers),
    )


def scale_scenario(
    scenario: Scenario,
    plan: Plan,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Finish,
) -> None:
    """Scale a scenario and leave the results in ``output``, replacing earlier ones at once.

    ``finish`` is given the folder of tables before it is put in place, to add a figure. Weights
    that have to be learnt are learnt once, at the scenario's own size. Raises ScalingError where
    the plan cannot be used, ListingError, RunError, or OSError where results cannot be written;
    earlier results stay.
    """
    started = time.monotonic()
    plan = checked(plan, scenario)
    scaled = _run(scenario, plan, workers, progress)
    with replacing(output) as fresh:
        write_scaling(scenario, plan, scaled, fresh)
        finish(fresh)
        write_log(fresh, time.monotonic() - started, workers)


def remake(
    manifest: dict[str, Any],  # Any: JSON
    directory: Path,
    *,
    workers: int,
    progress: Progress,
) -> None:
    """Make the tables of a stored scaling again in an existing folder, from its manifest alone."""
    scenario = Scenario.model_validate(manifest["scenario"])
    plan = plan_from(manifest["scaling"])
    write_scaling(scenario, plan, _run(scenario, plan, workers, progress), directory)


def _run(scenario: Scenario, plan: Plan, workers: int, progress: Progress) -> Scaled:
    weights = learnt_weights(scenario, threads=workers) if learns(scenario) else None
    with worker_pool(max(1, workers)) as executor:
        return scaled_worlds(scenario, plan, executor, progress=progress, weights=weights)
