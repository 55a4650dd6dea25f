"""Make what the page needs to show any policy of a run: numbers as shown, and paired counts.

Every number and interval is worked out and rounded here, by ``measures.explored`` and
``report.wording``, and carried as the whole numbers of which the shown text consists, so that the
page cannot round otherwise. What the page computes itself is the difference of two policies, from
the counts of each replicate, since there are too many pairs to list.

Limits. The selection rule, the birth-date threshold and whatever is no guardrail of the list stay
as the scenario has them. On rolls from which people are removed there is no explorer: what counts
there, notices and replies, is known at the scenario's own policy alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats

from simulator.measures.explored import ALL, Evaluated, all_policies
from simulator.report.ablated import LABELS
from simulator.report.explorer_words import (
    BY_GROUP,
    CARDS,
    CUT_ENDS,
    DIFFERENCE,
    GROUP_KINDS,
    MEASURES,
    RAILS,
    STANDINGS,
)
from simulator.report.headline import ANSWERED, DISCLOSED
from simulator.report.packing import IntArray, Plane, packed
from simulator.report.results import Manifest, Results
from simulator.report.sentences import words_as_data
from simulator.report.stored import Estimate, fail
from simulator.report.wording import (
    ADDRESS_THRESHOLDS,
    CHALLENGED,
    CUTS,
    FATES,
    RARE_FATES,
    ShownEstimate,
    group_label,
    level_words,
    plain_name,
    show,
)

FILE = "policies.parquet"
NO_TABLE = (
    "This run kept no table of other policies: an earlier version made it, or its scenario asks "
    "for none. The page shows the scenario's own policy; run the scenario again to try others."
)
OTHER_ROLL = (
    "Other policies cannot be tried here: on the {} people are flagged, written to and removed, "
    "and that is worked out at the scenario's own policy alone."
)
_EXPLORED = (
    *("guardrails", "own", "axis", "cuts", "addresses", "own_cut", "own_address"),
    *("groups", "lawful_residents"),
)
_COUNTED = ("requests", "mated", "links", "wrong_person_lawful", "wrong_person_other")
_FOUND, _EXPOSED = "found_mated", "exposed"
_PER_THOUSAND = 1000.0  # from a ratio of counts to the number shown
# What of a number is said by its code: decimals in the lowest three bits, then yes or no.
_DIGITS, _COUNTS = ("code", "value", "below", "above"), ("events", "of")
_AVAILABLE, _NONE_SEEN, _HAS_INTERVAL, _NOTHING = 8, 16, 32, 64


@dataclass(frozen=True)
class Explored:
    """The policies of a run: the stored table and what the manifest says of it.

    ``table`` has a row for every policy and replicate, sorted as stored: by set of guardrails, then
    cut, then address, then replicate.
    """

    table: pd.DataFrame
    part: Mapping[str, Any]  # Any: JSON

    @property
    def shape(self) -> tuple[int, int, int]:
        """Sets of guardrails, cuts, addresses."""
        part = self.part
        return 1 << len(part["guardrails"]), len(part["cuts"]), len(part["addresses"])

    @property
    def replicates(self) -> int:
        """How many replicates there are."""
        return len(self.table) // int(np.prod(self.shape))

    def along_cuts(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a value of each policy with cuts running fastest, where neighbours are alike."""
        return np.swapaxes(values.reshape(self.shape), 1, 2)

    def counts(self, name: str) -> IntArray:
        """Return a column as counts of shape (replicates, sets, addresses, cuts)."""
        values = self.table[name].to_numpy(np.int64).reshape(*self.shape, self.replicates)
        return np.transpose(values, (3, 0, 2, 1))


def why_not(results: Results) -> str:
    """Say why the page of a run offers no other policies; empty where it does."""
    roll = CHALLENGED.get(results.manifest.searched_roll)
    if roll is not None:
        return OTHER_ROLL.format(roll.roll)
    return "" if results.policies is not None and results.manifest.explored else NO_TABLE


def read_explored(results: Results) -> Explored | None:
    """Read the policies of a run, None where the page offers none.

    Raises ReportError where the table is not what the manifest says.
    """
    part = results.manifest.explored
    if why_not(results) or part is None or results.policies is None:
        return None
    missing = [name for name in _EXPLORED if name not in part]
    if missing:
        fail(f"manifest.json: explored has no field {', '.join(missing)}.")
    try:
        table = pq.read_table(pa.BufferReader(results.policies)).to_pandas()
    except (pa.ArrowException, OSError) as problem:
        fail(f"{FILE} is not a readable Parquet file: {str(problem).splitlines()[0]}")
    explored = Explored(table, part)
    _check(explored, results.manifest)
    return explored


def _check(explored: Explored, manifest: Manifest) -> None:
    """Raise ReportError where the table lacks a column or a row."""
    groups = [f"exposed:{label}" for label in explored.part["groups"]]
    wanted = ("guardrails", explored.part["axis"], "address_threshold", *_COUNTED, *groups)
    missing = [name for name in (*wanted, _FOUND, _EXPOSED) if name not in explored.table]
    if missing:
        fail(f"{FILE} has no column {', '.join(missing)}.")
    rows = int(np.prod(explored.shape)) * manifest.replicates
    if len(explored.table) != rows:
        fail(f"{FILE} has {len(explored.table)} rows instead of {rows}.")


def _kept_columns(evaluated: Evaluated) -> list[tuple[str, str]]:
    """Return measure and group of every number shown, in the order of the page."""
    wanted = [(measure, ALL) for measure in MEASURES]
    wanted += [row for row in evaluated.rows if row[0] == BY_GROUP and row[1] != ALL]
    return [column for column in wanted if column in evaluated.rows]


def _whole_numbers(text: ShownEstimate, denominator: float) -> tuple[int, int, int, int]:
    """Return a number's code and its digits: value, down to the low end, up to the high end."""
    if not text.available:
        return _NOTHING * (denominator == 0), 0, 0, 0
    value = _digits(text.value)
    decimals = len(text.value.partition(".")[2])
    code = decimals | _AVAILABLE | _NONE_SEEN * text.none_seen | _HAS_INTERVAL * text.has_interval
    if not text.has_interval:
        return code, value, 0, 0
    return code, value, value - _digits(text.low), _digits(text.high) - value


def _digits(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def _estimates(evaluated: Evaluated, at: int, replicates: int) -> list[Estimate]:
    """Return one measure of one group at every policy."""
    names = ("estimate", "ci_low", "ci_high", "numerator", "denominator")
    columns = [getattr(evaluated, name)[:, at].tolist() for name in names]
    return [
        Estimate("", "", "", "", estimate, math.nan, low, high, events, total, replicates)
        for estimate, low, high, events, total in zip(*columns, strict=True)
    ]


def _shown_planes(
    explored: Explored, evaluated: Evaluated, columns: Sequence[tuple[str, str]]
) -> dict[str, Plane]:
    """Return the numbers of all policies as shown, and the events behind them."""
    digits, counted = [], []
    for measure, group in columns:
        at, factor = evaluated.rows.index((measure, group)), MEASURES[measure].factor
        estimates = _estimates(evaluated, at, explored.replicates)
        digits.append([_whole_numbers(show(one, factor), one.denominator) for one in estimates])
        counted.append([(round(one.numerator), round(one.denominator)) for one in estimates])
    planes = {}
    for rows, names in ((digits, _DIGITS), (counted, _COUNTS)):
        values = np.array(rows)
        for place, name in enumerate(names):
            each = [explored.along_cuts(column) for column in values[..., place]]
            planes[name] = Plane(np.stack(each), differences=names is _COUNTS)
    return planes


def _paired_planes(explored: Explored) -> dict[str, Plane]:
    """Return the counts of each replicate from which two policies are compared."""
    requests, mated, links, lawful, other = (explored.counts(name) for name in _COUNTED)
    counts = {
        "exposed": explored.counts(_EXPOSED),
        "requests": requests,
        "wrong": lawful + other,
        "links": links,
        "missed": mated - explored.counts(_FOUND),
        "mated": mated,
    }
    return {f"each:{name}": Plane(values, differences=True) for name, values in counts.items()}


@dataclass(frozen=True)
class Paired:
    """How the page compares a number of two policies, as ``measures.explored`` does.

    ``above`` and ``below`` name the counts of each replicate whose ratio it is; ``fixed`` says that
    those below are the same at every policy; ``struck`` is the measure whose events are the
    requests that caused any, empty where events come singly.
    """

    above: str
    below: str
    fixed: bool
    struck: str = ""


PAIRED = {
    BY_GROUP: Paired("exposed", "requests", fixed=True, struck="yield"),
    "false_discovery_rate": Paired("wrong", "links", fixed=False),
    "false_negative_identification_rate": Paired("missed", "mated", fixed=True),
}


def _guardrails(names: Sequence[str]) -> list[dict[str, str]]:
    words = []
    for name in names:
        said = RAILS.get(name)
        standing = "" if said is None else said.standing
        words.append(
            {
                "name": name,
                "label": LABELS.get(name, plain_name(name)),
                "sentence": "" if said is None else said.sentence,
                "standing": standing,
                "standingMeans": STANDINGS.get(standing, ""),
            }
        )
    return words


def _columns_in_words(columns: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "measure": measure,
            "group": group,
            "name": MEASURES[measure].name if group == ALL else group_label(group),
            "kind": "" if group == ALL else GROUP_KINDS.get(group.partition("=")[0], ""),
            "unit": MEASURES[measure].unit,
        }
        for measure, group in columns
    ]


def _controls(manifest: Manifest, part: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Return what can be set, in words, and where the scenario itself stands."""
    words, ends = CUTS[manifest.rule], CUT_ENDS[manifest.rule]
    axis = {"name": part["axis"], "start": words.start, "end": words.end}
    return {
        "axis": axis | dict(zip(("label", "loose", "strict"), ends, strict=True)),
        "cuts": [f"{float(cut):.2f}" for cut in part["cuts"]],
        "addresses": [
            {"name": str(name), "words": ADDRESS_THRESHOLDS.get(name, plain_name(str(name)))}
            for name in part["addresses"]
        ],
        "guardrails": _guardrails(part["guardrails"]),
        "leftOut": [
            {"label": LABELS.get(name, plain_name(name)), "reason": str(reason)}
            for name, reason in part.get("left_out", {}).items()
        ],
        "own": {"cut": part["own_cut"], "address": part["own_address"], "rails": part["own"]},
    }


def _wording(confidence: float, replicates: int) -> dict[str, Any]:  # Any: JSON
    """Return the words in which numbers are said, and what the intervals of differences need."""
    level, tail = level_words(confidence), (1.0 - confidence) / 2.0
    return {
        "fates": list(FATES),
        "rareFates": list(RARE_FATES),
        "cards": [
            {"measure": name, "text": text, "short": short, "paired": asdict(PAIRED[name])}
            | {"factor": _PER_THOUSAND}
            for name, (text, short) in CARDS.items()
        ],
        "replicates": replicates,
        "student": float(stats.t.ppf(1.0 - tail, replicates - 1)) if replicates > 1 else None,
        # Garwood's upper bound of no event, in events.
        "unseen": -math.log(tail),
        "level": level,
        "difference": DIFFERENCE,
        "sentences": [sentence.as_data() for sentence in (ANSWERED, *DISCLOSED)],
        "words": words_as_data(level),
    }


def explorer_data(results: Results) -> dict[str, Any] | None:  # Any: JSON
    """Return everything that the script of the explorer needs, None where there is none.

    Raises ReportError where the stored table is not what the manifest says.
    """
    explored = read_explored(results)
    if explored is None:
        return None
    manifest = results.manifest
    try:
        evaluated = all_policies(explored.table, explored.part, manifest.confidence)
    except (KeyError, TypeError, ValueError) as problem:
        fail(f"{FILE} is not the table of which manifest.json speaks: {problem}.")
    columns = _kept_columns(evaluated)
    planes = _shown_planes(explored, evaluated, columns) | _paired_planes(explored)
    return {
        **_controls(manifest, explored.part),
        **_wording(manifest.confidence, explored.replicates),
        "columns": _columns_in_words(columns),
        "packed": packed(planes),
    }
