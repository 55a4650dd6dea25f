"""What a run leaves: tidy tables and a manifest from which it can be run again.

Tables hold nothing that differs between identical runs; numbers that are not counts are rounded to
``DIGITS`` significant digits. What belongs to one machine and one moment (times, versions of the
interpreter, state of a git checkout) goes to ``run.log``, which is no part of the results.
"""

import dataclasses
import hashlib
import json
import math
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.disclosure.toggles import toggles_of
from simulator.matching.agreement import scale
from simulator.matching.weights import COLUMNS as WEIGHT_COLUMNS
from simulator.matching.weights import Weights
from simulator.measures import comparisons
from simulator.measures.explored_table import explored_entry, policy_table
from simulator.measures.own_counts import counts_table
from simulator.measures.quantities import ReplicateCounts, Setting
from simulator.measures.rates import estimate_table
from simulator.measures.threshold_tables import threshold_table, tradeoff_table
from simulator.measures.years import year_table
from simulator.randomness import FloatArray
from simulator.reference.tables import table_hashes
from simulator.scenario.choices import DecisionRule
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.kind import Kind
from simulator.study.matchers import matcher_table
from simulator.study.precision import PRECISION, precision_plan, precision_table

DIGITS = 8
NOTHING = 1e-15
ESTIMATES, THRESHOLDS, COMPARISONS = "estimates.csv", "thresholds.parquet", "comparisons.parquet"
TRADEOFF, WEIGHTS = "error_tradeoff.parquet", "weights.csv"
REPLICATES, POLICIES = "replicates.parquet", "policies.parquet"
TABLES = (ESTIMATES, THRESHOLDS, TRADEOFF, COMPARISONS, REPLICATES, POLICIES)
FEW_DIGITS = 5
CURVES, MATCHERS = "curves.csv", "matchers.csv"
YEARS = "years.csv"
MANIFEST, LOG = "manifest.json", "run.log"
PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "rapidfuzz",
    "pandas",
    "pyarrow",
    "pydantic",
    "altair",
    "vl-convert-python",
)
_EXACT = 2.0**53
_FLOATS = ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator")


def rounded(value: float) -> float:
    """Return a count as it is and any other number to ``DIGITS`` significant digits.

    What is smaller than ``NOTHING`` in size is 0: a limit of 1e-60 is no information.
    """
    if abs(value) < NOTHING:
        return 0.0
    if not math.isfinite(value) or (value == int(value) and abs(value) < _EXACT):
        return value
    return float(f"{value:.{DIGITS}g}")


def _cell(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < _EXACT else repr(value)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    columns = {name: [rounded(value) for value in table[name]] for name in _FLOATS}
    return table.assign(**columns)


def shortened(values: FloatArray) -> npt.NDArray[np.float32]:
    """Return numbers to ``FEW_DIGITS`` significant digits, as the long tables hold them.

    What is smaller than ``NOTHING`` in size is 0.
    """
    size = np.abs(values)
    plain = ~np.isfinite(values) | (size < NOTHING)
    exponent = np.floor(np.log10(np.where(plain, 1.0, size)))
    unit = 10.0 ** (exponent - FEW_DIGITS + 1)
    short = np.where(plain, np.where(np.isfinite(values), 0.0, values), 1.0)
    np.copyto(short, np.round(np.where(plain, 0.0, values) / unit) * unit, where=~plain)
    return short.astype(np.float32)


def _shortened(table: pd.DataFrame) -> pd.DataFrame:
    """Shorten what is estimated; counts and thresholds stay as they are."""
    kept = {"name_threshold", "score_threshold", "numerator", "denominator"}
    floats = [
        name for name in table.columns if table[name].dtype == np.float64 and name not in kept
    ]
    return table.assign(**{name: shortened(table[name].to_numpy()) for name in floats})


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    text = table.assign(**{name: [_cell(value) for value in table[name]] for name in _FLOATS})
    path.write_text(text.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None),
        path,
        compression="zstd",
    )


def _write_policies(table: pd.DataFrame, path: Path) -> None:
    """Write counts byte by byte apart: the high ones are mostly 0, which halves the file."""
    counts = [name for name in table.columns if table[name].dtype == np.int32]
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None),
        path,
        compression="zstd",
        compression_level=15,
        use_dictionary=[name for name in table.columns if name not in counts],
        use_byte_stream_split=counts,
    )


def package_versions() -> dict[str, str]:
    """Return the version of every library that results rest on."""
    return {name: version(name) for name in PACKAGES}


def package_version() -> str:
    """Return the version of this package, or 'unknown' where it was never installed."""
    try:
        return version("overmatch")
    except PackageNotFoundError:
        return "unknown"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, as manifests state it of tables."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _mean_setting(replicates: Sequence[ReplicateCounts]) -> dict[str, float]:
    names = [field.name for field in dataclasses.fields(Setting)]
    return {
        name: rounded(float(np.mean([getattr(counts.setting, name) for counts in replicates])))
        for name in names
    }


def write_tables(
    scenario: Scenario,
    replicates: Sequence[ReplicateCounts],
    directory: Path,
    weights: Weights | None = None,
) -> None:
    """Write every table and the manifest into an existing folder.

    ``weights`` are written where the rule adds them up. Raises ValueError where a replicate was run
    without exploring every policy.
    """
    names: tuple[str, ...] = TABLES
    if scenario.matchers:
        matched = matcher_table([counts.matchers for counts in replicates], scenario)
        _write_csv(_rounded(matched), directory / MATCHERS)
        names = (*names, MATCHERS)
    if scenario.chilling.years > 0:
        years = [counts.years for counts in replicates]
        table = year_table(years, scenario.chilling.revenue, scenario.confidence)
        _write_csv(_rounded(table), directory / YEARS)
        names = (*names, YEARS)
    if weights is not None and scenario.matching.decision_rule == DecisionRule.FELLEGI_SUNTER:
        rows = weights.to_rows(scenario.matching.fields)
        table = pd.DataFrame(rows, columns=list(WEIGHT_COLUMNS))
        text = table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")
        (directory / WEIGHTS).write_text(text, encoding="utf-8")
        names = (*names, WEIGHTS)
    _write_csv(_rounded(estimate_table(replicates, scenario)), directory / ESTIMATES)
    _write_parquet(_shortened(threshold_table(replicates, scenario)), directory / THRESHOLDS)
    _write_parquet(_shortened(tradeoff_table(replicates, scenario)), directory / TRADEOFF)
    counted = comparisons.add([counts.comparisons for counts in replicates])
    counts_for = scale(scenario.matching.name_agreements)
    _write_parquet(pd.DataFrame(comparisons.columns(counted, counts_for)), directory / COMPARISONS)
    _write_parquet(counts_table(replicates, scenario), directory / REPLICATES)
    _write_policies(policy_table(replicates), directory / POLICIES)
    further: dict[str, Any] = {  # Any: JSON
        "replicates": len(replicates),
        "setting": _mean_setting(replicates),
        "explored": explored_entry(replicates, scenario, toggles_of(scenario)),
    }
    if scenario.precision.is_asked:
        plan = precision_plan(replicates, scenario)
        decided = precision_table(plan, replicates, scenario)
        decided = decided.map(lambda cell: rounded(cell) if isinstance(cell, float) else cell)
        decided.to_csv(directory / PRECISION, index=False, lineterminator="\n")
        names = (*names, PRECISION)
        further["decided_by"] = {"rule": str(plan.rule), "pilot": plan.pilot}
    write_manifest(Kind.RUN, scenario, names, directory, **further)


def write_manifest(
    kind: Kind,
    scenario: Scenario,
    names: Iterable[str],
    directory: Path,
    **further: Any,  # Any: JSON
) -> None:
    """Write what it takes to make the tables ``names`` of a folder again, and their hashes.

    ``further`` holds what one kind of results states beside it.
    """
    manifest: dict[str, Any] = {
        "kind": str(kind),
        "overmatch": package_version(),
        "scenario": scenario.model_dump(mode="json"),
        "scenario_sha256": scenario_sha256(scenario),
        "seed": scenario.seed,
        "confidence": scenario.confidence,
        "versions": package_versions(),
        "reference_tables": table_hashes(),
        "tables": {name: digest(directory / name) for name in names},
        **further,
    }
    # Within the scenario mappings keep their order: draws of a calibration follow it.
    ordered = {name: manifest[name] for name in sorted(manifest)}
    text = json.dumps(ordered, indent=2, ensure_ascii=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def write_evaluated(
    estimates: pd.DataFrame, thresholds: pd.DataFrame, curves: pd.DataFrame, directory: Path
) -> None:
    """Write the tables of evaluated links in the form of a run's."""
    _write_csv(_rounded(estimates), directory / ESTIMATES)
    _write_parquet(_rounded(thresholds), directory / THRESHOLDS)
    curves.to_csv(directory / CURVES, index=False, lineterminator="\n")


def _git_state() -> str:
    """Return the commit of the working folder and whether it was changed, if git knows."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607  # whichever git is there
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()


def write_log(directory: Path, seconds: float, workers: int) -> None:
    """Write what belongs to this run alone: time taken, machine, interpreter, git state."""
    lines = {
        "seconds": f"{seconds:.1f}",
        "workers": str(workers),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "git": _git_state(),
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    (directory / LOG).write_text(text, encoding="utf-8")
