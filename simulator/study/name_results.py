"""Results of counting links by name alone: every replicate, one tidy table and a manifest."""

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from simulator.disclosure.outcomes import lawful_statuses
from simulator.measures.name_links import NameLinks, name_table
from simulator.scenario.schema import Scenario
from simulator.study.executors import worker_pool
from simulator.study.kind import Kind
from simulator.study.name_counts import count_replicate
from simulator.study.results import rounded, write_log, write_manifest
from simulator.study.run import replacing

Progress = Callable[[int, int], None]
TABLE = "names.csv"
_FLOATS = ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator")


def write_name_tables(scenario: Scenario, counted: list[NameLinks], directory: Path) -> None:
    """Write table and manifest into an existing folder; the same input, the same bytes."""
    lawful = lawful_statuses(scenario.population.lawful_statuses)
    table = name_table(counted, lawful, scenario.confidence)
    table = table.assign(**{name: [rounded(value) for value in table[name]] for name in _FLOATS})
    content = table.to_csv(index=False, lineterminator="\n").encode("utf-8")
    (directory / TABLE).write_bytes(content)
    write_manifest(
        Kind.COUNT,
        scenario,
        (TABLE,),
        directory,
        replicates=len(counted),
        counted="links by name alone, before selection and guardrails on disclosure",
        setting={
            "accounts": sum(int(one.accounts.sum()) for one in counted) / len(counted),
            "requests": sum(one.requests for one in counted) / len(counted),
            "requests_heard": sum(one.heard for one in counted) / len(counted),
            "mated_requests": sum(one.mated for one in counted) / len(counted),
        },
    )


def count_scenario(
    scenario: Scenario, output: Path, *, workers: int, progress: Progress
) -> list[NameLinks]:
    """Count every replicate, one after another, and leave the results in ``output`` at once.

    Shards of a replicate are spread over ``workers`` processes, then its names over as many
    threads. ``progress`` hears thousandths of a replicate. Raises ListingError, RunError, or
    OSError where results cannot be written; earlier results stay.
    """
    started = time.monotonic()
    counted = []
    with worker_pool(workers) as executor:
        for number in range(scenario.replicates):

            def further(done: int, each: int, before: int = number) -> None:
                progress(before * each + done, scenario.replicates * each)

            counted.append(
                count_replicate(scenario, number, executor, threads=workers, progress=further)
            )
    with replacing(output) as fresh:
        write_name_tables(scenario, counted, fresh)
        write_log(fresh, time.monotonic() - started, workers)
    return counted


def headline(directory: Path, threshold: float) -> list[str]:
    """Return in sentences what was counted at one name threshold."""
    table = pd.read_csv(directory / TABLE)
    at = table[(table["name_threshold"] - threshold).abs() < 1e-9]
    values = dict(zip(zip(at["measure"], at["group"], strict=True), at["estimate"], strict=True))

    def value(measure: str, group: str = "all") -> float:
        return float(values[measure, group])

    linked = (
        f"At name threshold {threshold:.2f}, before selection and guardrails on disclosure, "
        f"{value('links_per_request'):,.3g} accounts are linked per request, "
        f"{value('selectivity'):,.3g} of them somebody else's."
    )
    wrong = (
        f"{value('false_discovery_rate'):.2%} of the links are to a wrong person; "
        f"{value('selectivity', 'lawful'):,.3g} lawful strangers are linked per request."
    )
    missed = value("false_negative_identification_rate")
    return [linked, wrong, f"{missed:.2%} of the requests with an account miss it."]
