"""The rows of the stored tables, typed, and their reading from bytes.

A table that is not what it should be is refused in one sentence that names file, line and column.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "numerator",
    "denominator",
    "replicates",
)
ESTIMATE_COLUMNS = ("measure", "policy", "threshold", "group", *_NUMBERS)
NAME_THRESHOLD, SCORE_THRESHOLD = "name_threshold", "score_threshold"
ADDRESS_THRESHOLD, BIRTH_DATE_THRESHOLD = "address_threshold", "birth_date_threshold"
THRESHOLD_COLUMNS = (
    "measure",
    "selection",
    NAME_THRESHOLD,
    ADDRESS_THRESHOLD,
    BIRTH_DATE_THRESHOLD,
    *_NUMBERS,
)
SCORE_COLUMNS = ("measure", "selection", SCORE_THRESHOLD, *_NUMBERS)
MATCHER_COLUMNS = ("matcher", "measure", "selection", SCORE_THRESHOLD, *_NUMBERS)
YEAR_COLUMNS = ("measure", "group", "year", *_NUMBERS)
WEIGHT_COLUMNS = ("field", "level", "m", "u", "weight_bits", "source")
PRECISION_TEXTS = ("measure", "rule", "relative", "kept")
PRECISION_NUMBERS = (
    "half_width_asked",
    "pilot",
    "cap",
    "replicates",
    "estimate",
    "ci_low",
    "ci_high",
    "half_width",
)
ANY = "any"


class ReportError(Exception):
    """A results directory that cannot be reported; the message is one sentence for the user."""


def fail(message: str) -> NoReturn:
    """Raise ReportError."""
    raise ReportError(message)


@dataclass(frozen=True)
class Estimate:
    """One measure with its interval; NaN where it was not available.

    ``estimate``, ``std_error`` and the interval are in the measure's own unit; ``numerator`` and
    ``denominator`` are counts summed over replicates.
    """

    measure: str
    policy: str
    threshold: str
    group: str
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    numerator: float
    denominator: float
    replicates: int

    @property
    def available(self) -> bool:
        """Say whether there is an estimate at all."""
        return math.isfinite(self.estimate)

    @property
    def has_interval(self) -> bool:
        """Say whether both ends of the interval are known."""
        return math.isfinite(self.ci_low) and math.isfinite(self.ci_high)

    @property
    def none_seen(self) -> bool:
        """Say whether there was something to count but no event among it."""
        return self.available and self.numerator == 0


@dataclass(frozen=True)
class ThresholdEstimate(Estimate):
    """One measure at one threshold of names or of the score, at one address threshold.

    ``policy`` is the selection rule, ``threshold`` the cut as text; ``cut`` is the same as a
    number: least similarity of names (0.80 to 1.00), or least score in points or bits. Under rules
    that score pairs ``address_threshold`` is ``any``. ``matcher`` is empty but in the table that
    compares matchers.
    """

    cut: float = math.nan
    address_threshold: str = ANY
    matcher: str = ""


@dataclass(frozen=True)
class YearEstimate(Estimate):
    """One measure of one year after disclosures began, 0 being the run itself.

    ``group`` is a community of filers, or all; ``policy`` and ``threshold`` are empty: the
    scenario's own.
    """

    year: int = 0


@dataclass(frozen=True)
class Weight:
    """What one level of agreement of one field weighs: log2(m / u), in bits."""

    field: str
    level: str
    m: float
    u: float
    weight_bits: float
    source: str


@dataclass(frozen=True)
class Precision:
    """How a run decided on its replicates, and the interval that is valid after that.

    Numbers are in the measure's own unit; ``half_width_asked`` is a share of the estimate if
    ``relative`` is yes. ``kept`` is yes where the interval is as narrow as asked.
    """

    measure: str
    rule: str
    relative: str
    kept: str
    half_width_asked: float
    pilot: float
    cap: float
    replicates: float
    estimate: float
    ci_low: float
    ci_high: float
    half_width: float


def _number(text: str, name: str, place: str) -> float:
    if text == "":
        return math.nan
    try:
        return float(text)
    except ValueError:
        fail(f"{place}: {name} is not a number: {text!r}.")


def _csv_rows(
    content: bytes, file: str, texts: Sequence[str], numbers: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the rows of a CSV table, the columns ``numbers`` as numbers, NaN where empty."""
    columns, found = (*texts, *numbers), []
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            fail(f"{file} has no column {', '.join(missing)}.")
        for row in reader:
            place = f"{file}:{reader.line_num}"
            if any(row[name] is None for name in columns):
                fail(f"{place}: the row is cut short.")
            values: dict[str, Any] = {name: row[name] for name in texts}
            values |= {name: _number(row[name], name, place) for name in numbers}
            if not math.isfinite(values.get("replicates", 0.0)):
                fail(f"{place}: replicates is empty.")
            found.append(values)
    except (UnicodeDecodeError, csv.Error) as problem:
        fail(f"{file} is not a readable table: {problem}.")
    return found


def _estimate_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        name: math.nan if row[name] is None else float(row[name]) for name in _NUMBERS[:-1]
    }
    return numbers | {"replicates": int(row["replicates"])}


def read_estimates(content: bytes) -> tuple[Estimate, ...]:
    """Read estimates.csv; raise ReportError where it is malformed."""
    rows = _csv_rows(content, "estimates.csv", ESTIMATE_COLUMNS[:4], _NUMBERS)
    return tuple(
        Estimate(**{name: row[name] for name in ESTIMATE_COLUMNS[:4]}, **_estimate_numbers(row))
        for row in rows
    )


def _grid_estimate(row: Mapping[str, Any], axis: str) -> ThresholdEstimate:
    cut = math.nan if row[axis] is None else round(float(row[axis]), 2)
    return ThresholdEstimate(
        measure=str(row["measure"]),
        policy=str(row["selection"]),
        threshold=f"{cut:.2f}",
        group="all",
        **_estimate_numbers(row),
        cut=cut,
        address_threshold=str(row.get(ADDRESS_THRESHOLD, ANY)),
        matcher=str(row.get("matcher", "")),
    )


def read_matchers(content: bytes) -> tuple[ThresholdEstimate, ...]:
    """Read matchers.csv; raise ReportError where it is malformed."""
    rows = _csv_rows(content, "matchers.csv", MATCHER_COLUMNS[:3], MATCHER_COLUMNS[3:])
    return tuple(_grid_estimate(row, SCORE_THRESHOLD) for row in rows)


def read_years(content: bytes) -> tuple[YearEstimate, ...]:
    """Read years.csv; raise ReportError where it is malformed."""
    rows = _csv_rows(content, "years.csv", YEAR_COLUMNS[:2], YEAR_COLUMNS[2:])
    if not all(math.isfinite(row["year"]) for row in rows):
        fail("years.csv: a year is empty.")
    return tuple(
        YearEstimate(
            measure=row["measure"],
            policy="",
            threshold="",
            group=row["group"],
            **_estimate_numbers(row),
            year=int(row["year"]),
        )
        for row in rows
    )


def read_precision(content: bytes) -> Precision:
    """Read precision.csv; raise ReportError where it is malformed."""
    rows = _csv_rows(content, "precision.csv", PRECISION_TEXTS, PRECISION_NUMBERS)
    if len(rows) != 1:
        fail(f"precision.csv has {len(rows)} rows; it should have one.")
    return Precision(**rows[0])


def read_weights(content: bytes) -> tuple[Weight, ...]:
    """Read weights.csv; raise ReportError where it is malformed."""
    rows = _csv_rows(content, "weights.csv", ("field", "level", "source"), WEIGHT_COLUMNS[2:5])
    return tuple(Weight(**row) for row in rows)


def _in_double(table: pa.Table) -> pa.Table:
    """Return the table with single-precision columns as the decimals they were rounded to."""
    for index, column in enumerate(table.schema):
        if pa.types.is_float32(column.type):
            values = [
                None if value is None else float(f"{value:.7g}")
                for value in table.column(index).to_pylist()
            ]
            table = table.set_column(index, column.name, pa.array(values, pa.float64()))
    return table


def read_thresholds(
    content: bytes, *, scored: bool, birth_date: str, measures: Sequence[str]
) -> tuple[ThresholdEstimate, ...]:
    """Read some measures of thresholds.parquet, at one birth-date threshold.

    ``scored`` says that the table has one axis, of scores, instead of names, addresses and birth
    dates. Raises ReportError where it is malformed.
    """
    columns = SCORE_COLUMNS if scored else THRESHOLD_COLUMNS
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as problem:
        fail(f"thresholds.parquet is not a readable Parquet file: {str(problem).splitlines()[0]}")
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        fail(f"thresholds.parquet has no column {', '.join(missing)}.")
    try:
        wanted = pc.is_in(table["measure"].cast(pa.string()), pa.array(measures, pa.string()))
        if not scored:
            at = pc.equal(table[BIRTH_DATE_THRESHOLD].cast(pa.string()), birth_date)
            wanted = pc.and_(wanted, at)
        rows = _in_double(table.select(columns).filter(wanted)).to_pylist()
        return tuple(_grid_estimate(row, columns[2]) for row in rows)
    except (TypeError, ValueError, pa.ArrowException) as problem:
        fail(f"thresholds.parquet holds a value of the wrong kind: {problem}.")
