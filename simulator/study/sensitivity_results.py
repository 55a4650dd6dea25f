"""What a sweep over variants leaves: tidy tables of variants, differences and sensitivity.

Everything is worked out from the counts of the replicates, which all variants share: differences
are paired, and indices are of what parameters do, without the noise of the replicates. The same
counts give the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.measures.chosen import Chosen, Counts, chosen_measures, measured
from simulator.measures.sensitivity import (
    Indices,
    Outputs,
    linearised,
    paired_differences,
    sobol_indices,
    uncertainty,
)
from simulator.randomness import FloatArray, IntArray, Streams
from simulator.scenario.schema import Scenario
from simulator.scenario.vary import Design
from simulator.study.kind import Kind
from simulator.study.results import rounded, write_manifest
from simulator.study.variants import VariantCounts
from simulator.study.variation import Role, Variation

VARIANTS, DIFFERENCES, TORNADO = "variants.csv", "differences.csv", "tornado.csv"
INDICES, UNCERTAINTY = "indices.csv", "uncertainty.csv"
_REPLICATE: Final = 2**31 - 3
Row = dict[str, Any]  # Any: text or number, as a cell holds them


@dataclass(frozen=True)
class Seen:
    """The counts of all replicates, and the measures that were asked for."""

    scenario: Scenario
    plan: Variation
    replicates: Sequence[VariantCounts]

    def measured(self, name: str, variant: int) -> Chosen:
        """Estimate one measure of one variant."""
        (measure,) = chosen_measures([name])
        counts = Counts(
            np.stack([one.quantities[variant] for one in self.replicates]),
            np.stack([one.details[variant] for one in self.replicates]),
        )
        return measured(measure, counts, self.scenario.confidence)


def _of_all(seen: Seen, name: str) -> list[Chosen]:
    return [seen.measured(name, variant.number) for variant in seen.plan.variants]


def _replicated(found: Sequence[Chosen]) -> FloatArray:
    """Return what everybody's estimate of each variant is the mean of: (replicates, variants)."""
    each = [
        linearised(one.numerators[:, :1], one.denominators[:, :1], one.scale)[:, 0] for one in found
    ]
    return np.stack(each, axis=1)


def variant_rows(seen: Seen, name: str, found: Sequence[Chosen]) -> Iterator[Row]:
    """Yield a row per variant and group: one measure, estimated."""
    for variant, one in zip(seen.plan.variants, found, strict=True):
        start = {
            "variant": variant.number,
            "role": str(variant.role),
            "parameter": variant.parameter,
            **variant.shown,
            "measure": name,
        }
        for at, label in enumerate(one.labels):
            yield {
                **start,
                "group": label,
                "estimate": one.estimates.estimate[at],
                "std_error": one.estimates.std_error[at],
                "ci_low": one.estimates.ci_low[at],
                "ci_high": one.estimates.ci_high[at],
                "numerator": one.estimates.numerator[at],
                "denominator": one.estimates.denominator[at],
                "replicates": one.estimates.replicates,
            }


def difference_rows(seen: Seen, name: str, found: Sequence[Chosen]) -> Iterator[Row]:
    """Yield a row per variant but the base, and group: what it differs by, paired by replicate."""
    base = found[0]
    for variant, one in list(zip(seen.plan.variants, found, strict=True))[1:]:
        labels = [label for label in one.labels if label in base.labels]
        here = [one.labels.index(label) for label in labels]
        there = [base.labels.index(label) for label in labels]
        changed = paired_differences(
            linearised(one.numerators[:, here], one.denominators[:, here], one.scale),
            linearised(base.numerators[:, there], base.denominators[:, there], base.scale),
            seen.scenario.confidence,
        )
        for at, label in enumerate(labels):
            yield {
                "variant": variant.number,
                "role": str(variant.role),
                "parameter": variant.parameter,
                **variant.shown,
                "measure": name,
                "group": label,
                "estimate": changed.estimate[at],
                "std_error": changed.std_error[at],
                "ci_low": changed.ci_low[at],
                "ci_high": changed.ci_high[at],
                "numerator": one.estimates.numerator[here[at]],
                "denominator": one.estimates.denominator[here[at]],
                "replicates": one.estimates.replicates,
            }


def tornado_rows(seen: Seen, name: str, values: FloatArray) -> Iterator[Row]:
    """Yield a row per parameter and end: what moving it alone changes, paired by replicate."""
    base = values[:, :1]
    for path in seen.plan.paths:
        for role in (Role.LOW, Role.HIGH):
            (at,) = seen.plan.numbers(role, path)
            changed = paired_differences(values[:, [at]], base, seen.scenario.confidence)
            yield {
                "measure": name,
                "parameter": path,
                "end": str(role),
                "value": seen.plan.variants[at].shown[path],
                "estimate": values[:, at].mean(),
                "base_estimate": base.mean(),
                "difference": changed.estimate[0],
                "std_error": changed.std_error[0],
                "ci_low": changed.ci_low[0],
                "ci_high": changed.ci_high[0],
                "replicates": values.shape[0],
            }


def _outputs(plan: Variation, values: FloatArray) -> tuple[Outputs, IntArray]:
    """Return the sampled variants by sample, and the numbers of both samples' variants."""
    first, second = plan.numbers(Role.SAMPLE_A), plan.numbers(Role.SAMPLE_B)
    mixed = np.stack([values[:, plan.numbers(Role.SAMPLE_AB, path)] for path in plan.paths], axis=1)
    return Outputs(values[:, first], values[:, second], mixed), np.concatenate([first, second])


def index_rows(seen: Seen, name: str, values: FloatArray) -> Iterator[Row]:
    """Yield a row per parameter and kind of index."""
    outputs, _ = _outputs(seen.plan, values)
    rng = Streams(seen.scenario.seed, _REPLICATE)
    first, total, noise = sobol_indices(outputs, seen.scenario.confidence, rng=rng)
    for at, path in enumerate(seen.plan.paths):
        for kind, found in (("first", first), ("total", total)):
            yield {"measure": name, "parameter": path, "index": kind, **_cells(found, at)} | {
                "noise_share": noise
            }


def _cells(found: Indices, at: int) -> Row:
    return {
        "estimate": found.estimate[at],
        "ci_low": found.ci_low[at],
        "ci_high": found.ci_high[at],
        "uncorrected": found.uncorrected[at],
    }


def uncertainty_row(seen: Seen, name: str, values: FloatArray, found: Sequence[Chosen]) -> Row:
    """Return how sure one measure is, over chance, over parameters and over both."""
    outputs, draws = _outputs(seen.plan, values)
    errors = np.array([found[at].estimates.std_error[0] for at in draws])
    known = uncertainty(outputs, errors, seen.scenario.confidence)
    return {
        "measure": name,
        "estimate": known.estimate,
        "base_estimate": found[0].estimates.estimate[0],
        "monte_carlo_std_error": known.chance,
        "parameter_std": known.parameters,
        # No measure can be below 0, whatever a symmetrical interval says.
        "chance_low": max(0.0, known.over_chance[0]),
        "chance_high": known.over_chance[1],
        "parameters_low": max(0.0, known.over_parameters[0]),
        "parameters_high": known.over_parameters[1],
        "both_low": max(0.0, known.over_both[0]),
        "both_high": known.over_both[1],
        "draws": draws.size,
        "replicates": values.shape[0],
    }


def sensitivity_tables(seen: Seen) -> dict[str, pd.DataFrame]:
    """Return every table by name; indices and uncertainty of the sampled design alone."""
    rows: dict[str, list[Row]] = {VARIANTS: [], DIFFERENCES: [], TORNADO: []}
    sampled = seen.scenario.vary.design == Design.SOBOL
    if sampled:
        rows |= {INDICES: [], UNCERTAINTY: []}
    for name in seen.scenario.vary.measures:
        found = _of_all(seen, name)
        values = _replicated(found)
        rows[VARIANTS] += variant_rows(seen, name, found)
        rows[DIFFERENCES] += difference_rows(seen, name, found)
        rows[TORNADO] += tornado_rows(seen, name, values)
        if sampled:
            rows[INDICES] += index_rows(seen, name, values)
            rows[UNCERTAINTY].append(uncertainty_row(seen, name, values, found))
    return {name: pd.DataFrame(some) for name, some in rows.items()}


def write_sensitivity(
    scenario: Scenario,
    plan: Variation,
    replicates: Sequence[VariantCounts],
    directory: Path,
) -> None:
    """Write tables and manifest into an existing folder; the same input, the same bytes."""
    tables = sensitivity_tables(Seen(scenario, plan, replicates))
    for name, table in tables.items():
        content = _rounded(table).to_csv(index=False, lineterminator="\n").encode("utf-8")
        (directory / name).write_bytes(content)
    people, requests = np.mean([one.setting for one in replicates], axis=0)
    write_manifest(
        Kind.SENSITIVITY,
        scenario,
        tables,
        directory,
        replicates=len(replicates),
        variants=len(plan.variants),
        setting={"people": rounded(float(people)), "requests": rounded(float(requests))},
    )


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    floats = table.select_dtypes("float").columns
    return table.assign(**{name: [rounded(value) for value in table[name]] for name in floats})
