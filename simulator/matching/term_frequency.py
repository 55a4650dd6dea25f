"""Rare names weigh more: the weight of an identical name by its own frequency.

Two people share a name by chance as often as the name is borne. Where both records show the same
name, its level's average u gives way to the share f of its bearers: the weight grows by
t (log2 u - log2 max(f, floor)), t from 0 (off) to 1 (full). This is the frequency-based matching of
Winkler ("Frequency-based matching in Fellegi-Sunter model of record linkage", US Census Bureau,
2000) in the form that Splink gives it (tf_adjustment_weight, tf_minimum_u_value).

The shares are those of the reference tables, over all people of the nation. A name nobody bears
there (an initial) is left as it is. Of double surnames the rarer part that both records show
counts.

Limits: one frequency for all origins, sexes and ages, so that a name common in a small group counts
as rare although the people it is confused with are of that group.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.matching.agreement import FULL
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Int32Array, Int64Array, Requests, Roll
from simulator.reference import tables
from simulator.scenario.schema import MatchingPart, SurnameTokens

RAREST: Final = 1e-6
"""Share below which no name counts as rarer: a slip of the pen would be proof [assumption]."""


def _shares(columns: tuple[tables.Bearers, ...], codes: Int32Array) -> FloatArray:
    people = np.zeros(lexicon.names().lexicon.size)
    for column in columns:
        people[codes[column.rows]] += column.people
    people /= people.sum()
    people.setflags(write=False)
    return people


@cache
def given_shares() -> FloatArray:
    """Return the share of people who bear each given name, by code; 0 for no given name."""
    return _shares(tables.given_names().columns, lexicon.names().given_codes)


@cache
def surname_shares() -> FloatArray:
    """Return the share of people who bear each surname, by code; 0 for no surname."""
    return _shares(tables.surnames().by_origin, lexicon.names().surname_codes)


def adjustment_bits(shares: FloatArray, u: float, strength: float) -> FloatArray:
    """Return what to add to the weight of each identical name: 0 for names without bearers.

    ``u`` is the chance of the level that identical names reach, ``strength`` lies in 0 to 1.
    """
    known = np.maximum(shares, RAREST)
    return np.where(shares > 0.0, strength * (np.log2(u) - np.log2(known)), 0.0)


@dataclass(frozen=True)
class TermFrequency:
    """What identical names add, by code of the lexicon, in units of the score; zeros if nothing.

    ``best`` says that the second surname of a record counts as well as the first.
    """

    given: Int64Array
    surname: Int64Array
    best: bool

    def given_units(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> Int64Array:
        """Return what the given names of each pair add."""
        asked, held = requests.given[pairs.request], roll.given[pairs.account]
        units = self._of(self.given, asked, held)
        return np.where(pairs.given == FULL, units, 0)

    def surname_units(self, pairs: CandidatePairs, requests: Requests, roll: Roll) -> Int64Array:
        """Return what the surnames of each pair add: that of the rarer part in common."""
        asked, held = [requests.surname_1], [roll.surname_1]
        if self.best:
            asked.append(requests.surname_2)
            held.append(roll.surname_2)
        nothing = np.iinfo(np.int64).min
        units = np.full(len(pairs), nothing, np.int64)
        for left in asked:
            for right in held:
                ours, theirs = left[pairs.request], right[pairs.account]
                added = self._of(self.surname, ours, theirs)
                same = (ours == theirs) & (ours != ABSENT)
                units = np.where(same, np.maximum(units, added), units)
        return np.where((pairs.surname == FULL) & (units != nothing), units, 0)

    def _of(self, units: Int64Array, asked: Int32Array, held: Int32Array) -> Int64Array:
        known = (asked == held) & (asked >= 0) & (asked < units.size)
        return np.where(known, units[np.where(known, asked, 0)], 0)


def term_frequency(
    part: MatchingPart, given_u: float, surname_u: float, unit: int
) -> TermFrequency:
    """Return the adjustments of a scenario, in whole ``1 / unit`` bits.

    ``given_u`` and ``surname_u`` are the chances of the level that identical names reach.
    """
    given = adjustment_bits(given_shares(), given_u, part.term_frequency)
    surname = adjustment_bits(surname_shares(), surname_u, part.term_frequency)
    return TermFrequency(
        np.rint(given * unit).astype(np.int64),
        np.rint(surname * unit).astype(np.int64),
        part.surname_tokens == SurnameTokens.BEST,
    )
