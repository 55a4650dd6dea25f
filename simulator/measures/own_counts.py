"""The counts of every replicate at the scenario's own policy and selection, as one long table.

Whoever has them can estimate every measure of the run again, and set it against another run's
replicate by replicate. A row is a count that is not 0: ``replicate``, ``counted`` (a ``Quantity``
in lower case, a ``Detail`` after ``detail.`` or a ``Challenge`` after ``challenge.``), ``group``
and ``count``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from simulator.measures import challenges, groups
from simulator.measures.challenges import Challenge, rated_challenges
from simulator.measures.detail import Detail
from simulator.measures.detail_rates import rated_details
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.measures.rated import Rated
from simulator.measures.rates import own_values, rated_quantities
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario, SearchedRoll

COLUMNS = ("replicate", "counted", "group", "count")
DETAIL, CHALLENGE = "detail.", "challenge."


@dataclass(frozen=True)
class OwnCounts:
    """All counts at the scenario's own policy and selection, replicate by replicate.

    ``quantities`` has shape (replicates, Quantity, groups), ``details`` (replicates, Detail) and
    ``challenges`` (replicates, Challenge, ``challenges.labels``), all 0 where the tax roll is
    searched.
    """

    quantities: FloatArray
    details: FloatArray
    challenges: FloatArray

    @property
    def replicates(self) -> int:
        """Return how many replicates there are."""
        return int(self.quantities.shape[0])

    def first(self, replicates: int) -> "OwnCounts":
        """Return the counts of the first few replicates alone."""
        return OwnCounts(
            self.quantities[:replicates], self.details[:replicates], self.challenges[:replicates]
        )

    def rated(self, roll: SearchedRoll) -> Iterator[Rated]:
        """Yield every measure in the order of estimates.csv; ``roll`` is the one searched."""
        yield from rated_quantities(self.quantities)
        yield from rated_details(self.details)
        if roll != SearchedRoll.TAX:
            yield from rated_challenges(self.challenges)


def own_counts(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> OwnCounts:
    """Return what replicates counted at the scenario's own policy and selection."""
    selection = SELECTIONS.index(scenario.matching.selection)
    shape = (len(replicates), len(Challenge), len(challenges.labels()))
    flagged = [counts.challenges for counts in replicates]
    searched = scenario.searched_roll != SearchedRoll.TAX
    return OwnCounts(
        np.stack([own_values(counts, selection, scenario) for counts in replicates]),
        np.stack([counts.details for counts in replicates]).astype(np.float64),
        np.stack(flagged) if searched else np.zeros(shape),
    )


def _long(
    values: FloatArray, names: type[IntEnum], prefix: str, labels: Sequence[str]
) -> pd.DataFrame:
    """Return the rows of counts of shape (replicates, names, labels) that are not 0."""
    replicate, row, column = np.nonzero(values)
    counted = np.array([prefix + name.lower() for name in names.__members__])
    return pd.DataFrame(
        {
            "replicate": replicate.astype(np.int16),
            "counted": counted[row],
            "group": np.array(labels)[column],
            "count": values[replicate, row, column],
        }
    )


def counts_table(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> pd.DataFrame:
    """Return the long table of counts that are not 0, texts as categories."""
    counts = own_counts(replicates, scenario)
    table = pd.concat(
        [
            _long(counts.quantities, Quantity, "", groups.labels()),
            _long(counts.details[:, :, None], Detail, DETAIL, ("all",)),
            _long(counts.challenges, Challenge, CHALLENGE, challenges.labels()),
        ],
        ignore_index=True,
    )
    texts = {
        name: pd.Categorical(table[name], categories=list(dict.fromkeys(table[name])))
        for name in ("counted", "group")
    }
    return table.assign(**texts)


def _filled(
    table: pd.DataFrame,
    names: type[IntEnum],
    prefix: str,
    labels: Sequence[str],
    replicates: int,
) -> FloatArray:
    """Return counts of shape (replicates, names, labels) from the rows of ``table``."""
    values = np.zeros((replicates, len(names), len(labels)))
    rows = {prefix + name.lower(): int(value) for name, value in names.__members__.items()}
    row = table["counted"].map(rows).to_numpy(np.float64)
    column = table["group"].map({label: at for at, label in enumerate(labels)}).to_numpy(np.float64)
    mine = np.isfinite(row)
    if not np.isfinite(column[mine]).all():
        unknown = table["group"][mine & ~np.isfinite(column)].iloc[0]
        raise ValueError(f"no group is named {unknown!r}")
    replicate = table["replicate"].to_numpy(np.int64)[mine]
    at = (replicate, row[mine].astype(np.int64), column[mine].astype(np.int64))
    values[at] = table["count"].to_numpy(np.float64)[mine]
    return values


def counts_from(table: pd.DataFrame, replicates: int) -> OwnCounts:
    """Return the counts that ``counts_table`` wrote.

    Raises ValueError where a row is of no group or beyond the replicates, KeyError where a column
    is missing.
    """
    table = table.astype({"counted": str, "group": str})
    beyond = table["replicate"].to_numpy() >= replicates
    if beyond.any() or (table["replicate"].to_numpy() < 0).any():
        raise ValueError(f"there are counts beyond {replicates} replicates")
    return OwnCounts(
        _filled(table, Quantity, "", groups.labels(), replicates),
        _filled(table, Detail, DETAIL, ("all",), replicates)[:, :, 0],
        _filled(table, Challenge, CHALLENGE, challenges.labels(), replicates),
    )
