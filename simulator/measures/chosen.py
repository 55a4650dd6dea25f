"""Measures by name: whatever a table of estimates holds, chosen one by one.

Numerators, denominators and intervals are those of ``measures.rates`` and of
``measures.detail_rates``.

Limits: no disparities, which are ratios of two measures, and none of the roll challenged: those
have no count of their own here.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from simulator.measures.detail_rates import DETAIL_MEASURES, DetailMeasure, rated_detail
from simulator.measures.estimates import Estimates
from simulator.measures.rates import MEASURES, Measure, rated, reported_columns
from simulator.randomness import FloatArray

NAMED: Final[dict[str, Measure | DetailMeasure]] = {
    **{measure.name: measure for measure in DETAIL_MEASURES},
    **{measure.name: measure for measure in MEASURES},
}


class UnknownMeasureError(Exception):
    """There is no measure of that name; the message is one sentence."""


def chosen_measures(names: Iterable[str]) -> tuple[Measure | DetailMeasure, ...]:
    """Return measures by name; UnknownMeasureError names one there is not, and what is near."""
    found = []
    for name in names:
        if name not in NAMED:
            near = difflib.get_close_matches(name.lower(), NAMED, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see docs/measures.md"
            raise UnknownMeasureError(f"there is no measure {name!r}; {hint}")
        found.append(NAMED[name])
    return tuple(found)


@dataclass(frozen=True)
class Counts:
    """What replicates counted at one policy.

    ``quantities`` has shape (replicates, ``Quantity``, groups), everybody the first group and
    perhaps the only one; ``details`` shape (replicates, ``Detail``), zeros where nothing of the
    ledger was asked for.
    """

    quantities: FloatArray
    details: FloatArray


@dataclass(frozen=True)
class Chosen:
    """One measure of some groups: its estimates, and the events behind each replicate.

    ``numerators`` and ``denominators`` have shape (replicates, groups), before ``scale``.
    """

    labels: tuple[str, ...]
    estimates: Estimates
    numerators: FloatArray
    denominators: FloatArray
    scale: float


def measured(measure: Measure | DetailMeasure, counts: Counts, confidence: float) -> Chosen:
    """Estimate one measure for everybody and the groups that ``counts`` tells apart."""
    if isinstance(measure, DetailMeasure):
        found = rated_detail(measure, counts.details)
    else:
        columns = reported_columns(measure, counts.quantities)
        found = rated(measure, counts.quantities, columns)
    estimates = found.estimates(confidence)
    return Chosen(found.labels, estimates, found.numerators, found.denominators, found.scale)


def needs_ledger(measures: Iterable[Measure | DetailMeasure]) -> bool:
    """Say whether any of these is counted off the ledger."""
    return any(isinstance(measure, DetailMeasure) for measure in measures)
