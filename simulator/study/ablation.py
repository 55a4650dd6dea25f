"""Turn guardrails off and on, alone and together: one match a replicate, then outcomes read off it.

Every replicate is matched once with all guardrails relaxed (``study.relaxed``); the sets of a plan
are then evaluated on what was found. All are thus seen on the same people, roll and list.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path

from simulator.matching.weights import Weights
from simulator.scenario.schema import Scenario
from simulator.study.ablation_plan import Plan
from simulator.study.ablation_results import write_ablation
from simulator.study.executors import worker_pool
from simulator.study.relaxed import Ablated, ablated_replicate
from simulator.study.results import write_log
from simulator.study.run import Progress, collect, replacing
from simulator.study.training import learnt_weights

Finish = Callable[[Path], object]


def ablated_replicates(
    scenario: Scenario,
    plan: Plan,
    executor: Executor,
    *,
    progress: Progress,
    weights: Weights | None = None,
    threads: int = 1,
) -> list[Ablated]:
    """Return what every replicate says of the sets of a plan, in the order of replicates.

    ``progress`` is called with (done, total). Raises ListingError where the population cannot
    supply the list and RunError where a worker dies or memory does not suffice.
    """
    total = scenario.replicates
    done: dict[int, Ablated] = {}
    progress(0, total)

    def take(number: int, ablated: Ablated) -> None:
        done[number] = ablated
        progress(len(done), total)

    def submit(number: int) -> Future[Ablated]:
        return executor.submit(
            ablated_replicate, scenario, plan.sets(), number, weights, threads=threads
        )

    collect(submit, range(total), take, "fewer --workers or a smaller population.size")
    return [done[number] for number in range(total)]


def ablate_scenario(
    scenario: Scenario,
    plan: Plan,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Finish,
) -> None:
    """Ablate a scenario and leave the results in ``output``, replacing earlier ones at once.

    ``finish`` is given the folder of tables before it is put in place, to add figures. Weights that
    have to be learnt are learnt once, under the scenario's own guardrails. Raises ListingError,
    RunError, or OSError where results cannot be written; earlier results stay.
    """
    started = time.monotonic()
    processes = max(1, min(workers, scenario.replicates))
    weights = learnt_weights(scenario, threads=workers)
    with worker_pool(processes) as executor:
        replicates = ablated_replicates(
            scenario,
            plan,
            executor,
            progress=progress,
            weights=weights,
            threads=max(1, workers // processes),
        )
    with replacing(output) as fresh:
        write_ablation(scenario, plan, replicates, fresh)
        finish(fresh)
        write_log(fresh, time.monotonic() - started, workers)
