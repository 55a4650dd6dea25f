"""The decision about every candidate pair: the strictest policy that links it, and its rank.

One run evaluates a whole grid of policies; a pair's cell says at which of them it is a link. Under
rule ``thresholds`` a pair links where every field is at its threshold, under ``points`` and
``fellegi_sunter`` where its score is; those two ask nothing of single fields.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from simulator.matching.agreement import FLOOR, passed_step, scale
from simulator.matching.grid import (
    Grid,
    score_cells,
    score_grid,
    threshold_cells,
    threshold_grid,
)
from simulator.matching.ranking import Ranking, ranking
from simulator.matching.score_kernel import Cut, cut_at
from simulator.matching.scoring import UNITS, Scoring, scoring
from simulator.matching.vectors import effective_address
from simulator.matching.weights import Weights
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Int8Array, Int32Array, Int64Array, Requests, Roll
from simulator.scenario.schema import DecisionRule, MatchingPart


@dataclass(frozen=True)
class Decided:
    """Cell (-1: a link at no policy of the grid) and rank of each pair, the larger the better."""

    cell: Int32Array
    rank: Int64Array


@dataclass(frozen=True)
class Decision:
    """A rule ready to decide, and the grid of its policies."""

    part: MatchingPart
    grid: Grid
    scoring: Scoring
    ranking: Ranking
    counts_for: Int8Array  # by name agreement, in hundredths

    def decided(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> Decided:
        """Return cell and rank of every pair; pairs found by number take the highest cell.

        Among themselves those rank by their score, in which their numbers count.
        """
        units = self.scoring.score(pairs, requests, roll)
        rank = self.ranking.ranks(units, pairs, requests, roll)
        if self.part.decision_rule == DecisionRule.THRESHOLDS:
            return Decided(self._threshold_cells(pairs), rank)
        cell = score_cells(units / UNITS, self.grid)
        cell[pairs.by_tin] = self.grid.size - 1
        return Decided(cell, rank)

    def score(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> FloatArray:
        """Return the score of each pair in points or bits, a multiple of 1/64."""
        return self.scoring.score(pairs, requests, roll) / UNITS

    def cut(self, least: float, requests: Requests) -> Cut:
        """Return the cut that keeps pairs whose score, in points or bits, is ``least`` or more."""
        return cut_at(ceil(least * UNITS), self.scoring.compiled(requests))

    def contributions(
        self, pairs: CandidatePairs, requests: Requests, roll: Roll
    ) -> dict[str, FloatArray]:
        """Return what each field adds to the score of each pair; they add up to it exactly."""
        added = self.scoring.contributions(pairs, requests, roll)
        return {field: units / UNITS for field, units in added.items()}

    def _threshold_cells(self, pairs: CandidatePairs) -> Int32Array:
        name = np.minimum(self.counts_for[pairs.given], self.counts_for[pairs.surname])
        cell = threshold_cells(
            name.astype(np.int64) - FLOOR,
            passed_step(effective_address(pairs, self.part)).astype(np.int64),
            passed_step(pairs.birth).astype(np.int64),
        )
        cell[name < FLOOR] = -1
        return cell


def decision(part: MatchingPart, weights: Weights | None = None) -> Decision:
    """Return the scenario's rule, ready to decide; learnt weights have to be handed in.

    Raises ValueError where the scenario wants learnt weights and there are none.
    """
    scores = scoring(part, weights)
    if part.decision_rule == DecisionRule.THRESHOLDS:
        grid = threshold_grid()
    else:
        lowest, highest = scores.bounds
        grid = score_grid(lowest / UNITS, highest / UNITS, part.score_threshold)
    return Decision(part, grid, scores, ranking(scores.bounds), scale(part.name_agreements))
