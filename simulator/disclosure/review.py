"""Manual review: somebody looks at a share of the links before they are released.

A reviewer lets a link with the right person pass with the sensitivity of the scenario, and stops
one with a wrong person with a specificity that falls, in a straight line by the lesser similarity
of the two names, from that at 0.80 to that of the very same names. What the names count for is what
the scenario's named agreements say. Names less alike than 0.80 are stopped as often as those of
0.80. Pairs found by number carry no similarity of names where the path looked at none; the reviewer
does look, so theirs is worked out here.

Each link has a uniform for being looked at and one for the verdict, keyed by request and person:
raising the share, the specificity, or lowering the sensitivity keeps every stop there was, and a
link is judged alike whatever else is on the list.

Limits: the reviewer sees names alone, never birth date or address; links are judged one by one,
not a request's links beside each other; two requests for one person are two readings.
"""

import numpy as np

from simulator.matching.agreement import FLOOR, FULL, scale
from simulator.matching.compared import compare
from simulator.matching.prepared import PreparedRequests
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import (
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Int8Array,
    RequestTruth,
    Roll,
)
from simulator.scenario.schema import MatchingPart, ReviewPart, Scenario

_SLOT = 0


def specificity(similarity: Int8Array, part: ReviewPart) -> FloatArray:
    """Return the chance that a wrong person is stopped, by the similarity of names in hundredths.

    Below the floor of 80 it is that at the floor.
    """
    along = (np.maximum(similarity, FLOOR) - FLOOR) / (FULL - FLOOR)
    return np.asarray(part.specificity + along * (part.specificity_same_name - part.specificity))


def names_seen(
    pairs: CandidatePairs,
    rows: IntArray,
    prepared: PreparedRequests,
    roll: Roll,
    part: MatchingPart,
) -> Int8Array:
    """Return the lesser similarity of both names of some pairs, in hundredths, 0 below the floor.

    What was not compared so far (pairs found by number or by other matchers) is compared here.
    """
    given, surname = pairs.given[rows], pairs.surname[rows]
    unseen = np.flatnonzero(pairs.by_tin[rows] | (given == 0) | (surname == 0))
    if unseen.size:
        at = rows[unseen]
        request, account = pairs.request[at].astype(np.int64), pairs.account[at].astype(np.int64)
        seen = compare(prepared, request, account, roll, part).pairs
        given[unseen], surname[unseen] = seen.given, seen.surname
    counts_for = scale(part.name_agreements)
    return np.asarray(np.minimum(counts_for[given], counts_for[surname]))


def review_stops(
    pairs: CandidatePairs,
    prepared: PreparedRequests,
    truth: RequestTruth,
    roll: Roll,
    accounts: AccountTruth,
    scenario: Scenario,
    *,
    rng: Streams,
) -> BoolArray:
    """Say which pairs a reviewer would stop if they were links."""
    part = scenario.disclosure.review
    stopped = np.zeros(len(pairs), np.bool_)
    if part.reviewed_share == 0.0:
        return stopped
    person = accounts.person[pairs.account]
    key = truth.key[pairs.request]
    drawn = rng.columns(Stage.REVIEW, np.full(person.size, _SLOT), key, person)
    reviewed = drawn[0] < part.reviewed_share
    right = truth.person[pairs.request] == person
    stopped[reviewed & right & (drawn[1] >= part.sensitivity)] = True
    wrong = np.flatnonzero(reviewed & ~right)
    alike = names_seen(pairs, wrong, prepared, roll, scenario.matching)
    stopped[wrong] = drawn[1, wrong] < specificity(alike, part)
    return stopped
