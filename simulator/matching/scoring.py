"""The score of a pair: what its fields weigh, added up in whole small units.

Every entry of a table of points or bits is rounded to a multiple of 1/64 before anything is added.
Sums are therefore exact in any order, contributions of fields add up to the score to the last bit,
and no score falls on the wrong side of a threshold, all of which are multiples of 1/4. A weight is
off by at most 1/128 bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.matching.agreement import FULL
from simulator.matching.score_kernel import Held, ScoreTables, score_pairs
from simulator.matching.term_frequency import TermFrequency, term_frequency
from simulator.matching.uniform import uniform
from simulator.matching.vectors import FIELDS, agreement_levels, comparison_vectors
from simulator.matching.weights import Weights, given_weights
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Int64Array, Requests, Roll
from simulator.scenario.schema import (
    BirthDateThreshold,
    DecisionRule,
    MatchingPart,
    WeightsFrom,
)

UNITS: Final = 64
"""Parts of a point or a bit in which scores are counted."""
GIVEN_FREQUENCY, SURNAME_FREQUENCY = "given_name_frequency", "surname_frequency"


@dataclass(frozen=True)
class Scoring:
    """What every level of every field weighs, in units: shape (L + 2,) each, missing last, 0.

    ``frequency`` is there where identical names are weighed by their own frequency.
    """

    part: MatchingPart
    tables: Mapping[str, Int64Array]
    frequency: TermFrequency | None

    def contributions(
        self, pairs: CandidatePairs, requests: Requests, roll: Roll
    ) -> dict[str, Int64Array]:
        """Return what each field, and each name's frequency, adds to the score of each pair."""
        vectors = comparison_vectors(pairs, requests, roll, self.part)
        added = {
            field: self.tables[field][levels] for field, levels in zip(FIELDS, vectors, strict=True)
        }
        if self.frequency is not None:
            given = self.frequency.given_units(pairs, requests, roll)
            added[GIVEN_FREQUENCY] = np.where(vectors[0] == 0, given, 0)
            surname = self.frequency.surname_units(pairs, requests, roll)
            added[SURNAME_FREQUENCY] = np.where(vectors[1] == 0, surname, 0)
        return added

    def score(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> Int64Array:
        """Return the score of each pair, in units: the sum of its contributions."""
        levels = (pairs.given, pairs.surname, pairs.birth, pairs.address, pairs.street, pairs.tin)
        held = uniform(Held(roll.given, roll.surname_1, roll.surname_2))
        return score_pairs(
            pairs.request, pairs.account, levels, pairs.by_tin, held, self.compiled(requests)
        )

    def compiled(self, requests: Requests) -> ScoreTables:
        """Return the same weights by agreement, for compiled loops over pairs of the requests."""
        levels, none = agreement_levels(self.part), np.empty(0, np.int64)
        units = {field: self.tables[field][levels[field]] for field in FIELDS}
        given, surname = (
            np.append(units[field], self.tables[field][-1]) for field in ("given_name", "surname")
        )
        frequency = self.frequency
        tables = ScoreTables(
            given=given,
            surname=surname,
            address=units["address"],
            birth=units["birth_date"],
            tin=units["tin"],
            given_frequency=none if frequency is None else frequency.given,
            surname_frequency=none if frequency is None else frequency.surname,
            asked_given=requests.given,
            asked_surname_1=requests.surname_1,
            asked_surname_2=requests.surname_2,
            best=frequency is not None and frequency.best,
            street_cut=round(self.part.street_similarity * FULL),
            counts_number=self.part.tin_compared,
        )
        return uniform(tables)

    @property
    def bounds(self) -> tuple[int, int]:
        """The lowest and the highest score that a pair can reach, in units."""
        numbered = self.part.tin_compared or self.part.tin_path
        lowest, highest = 0, 0
        for field in FIELDS if numbered else FIELDS[:-1]:
            reached = self.tables[field]
            if self.frequency is not None and field in ("given_name", "surname"):
                shift = self.frequency.given if field == "given_name" else self.frequency.surname
                reached = np.append(reached, reached[0] + np.array([shift.min(), shift.max()]))
            lowest, highest = lowest + int(reached.min()), highest + int(reached.max())
        return lowest, highest


def _in_units(values: FloatArray) -> Int64Array:
    return np.rint(values * UNITS).astype(np.int64)


def _points(part: MatchingPart) -> dict[str, Int64Array]:
    """Return the points of every level, nothing for a missing field."""
    return {
        field: _in_units(np.append(np.array(getattr(part.fields, field).points), 0.0))
        for field in FIELDS
    }


def scoring(part: MatchingPart, weights: Weights | None = None) -> Scoring:
    """Return the scores of a scenario; learnt weights have to be handed in.

    Under rule ``thresholds``, where scores only order the accounts of a request, birth dates count
    only if the scenario compares them at all.

    Raises ValueError where the scenario wants learnt weights and there are none.
    """
    if part.decision_rule != DecisionRule.FELLEGI_SUNTER:
        tables = _points(part)
        ordered_only = part.decision_rule == DecisionRule.THRESHOLDS
        if ordered_only and part.birth_date_threshold == BirthDateThreshold.ANY:
            tables["birth_date"] = np.zeros_like(tables["birth_date"])
        return Scoring(part, tables, None)
    if weights is None:
        if part.weights_from != WeightsFrom.GIVEN:
            raise ValueError(f"weights_from: {part.weights_from} needs weights to be learnt first")
        weights = given_weights(part)
    tables = {field: _in_units(weights.fields[field].bits) for field in FIELDS}
    if part.term_frequency == 0.0:
        return Scoring(part, tables, None)
    given, surname = (float(weights.fields[field].u[0]) for field in ("given_name", "surname"))
    return Scoring(part, tables, term_frequency(part, given, surname, UNITS))
