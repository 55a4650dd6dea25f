"""Who is flagged when the list is run against a voter or benefit roll, and who is removed by it.

A link here releases no address: it flags the holder of an entry for removal. Whoever is eligible
and flagged is flagged wrongly, be it that the list names them although they are eligible (the
person requested: who has naturalised since, say) or that somebody else's request found them. A
notice goes to the address on the roll; it arrives where the holder still lives there, unless it is
lost; eligible people who get it may reply with proof in time and are restored, and the others are
removed.

Everything is counted in distinct people, however many requests flag them. One uniform per person
for the notice and one for the reply: whoever replies at one rate does so at any higher one.

Limits: entries are current or not by the dwelling, so mail that is passed on to somebody's new
address counts as not arrived, and whoever has a PO box keeps it when moving; people of one
household reply independently of each other; nobody who is removed comes back later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
import pandas as pd

from simulator.disclosure.outcomes import Outcome, lawful_statuses
from simulator.measures import groups
from simulator.measures.ledger import Ledger, Links
from simulator.measures.ledger_counts import standing
from simulator.measures.rated import Rated, rated_rows
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import (
    BoolArray,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
)
from simulator.reference import tables
from simulator.scenario.schema import LegalStatus, NoticePart, Scenario, SearchedRoll

CITIZENS = (LegalStatus.NATIVE_BORN_CITIZEN, LegalStatus.NATURALISED_CITIZEN)
_RIGHT_PERSON = (Outcome.INTENDED, Outcome.LISTING_ERROR)


class Challenge(IntEnum):
    """What is counted: people by their own group, requests and entries for everybody only.

    ELIGIBLE of the flagged are LISTING_ERROR (the person requested) or WRONG_PERSON; and RESTORED,
    UNNOTIFIED (no notice reached them) or UNANSWERED (it did; no reply in time).
    """

    REQUESTS = 0
    ENTRIES = 1
    FLAGGED = 2
    ELIGIBLE = 3
    LISTING_ERROR = 4
    WRONG_PERSON = 5
    RESTORED = 6
    REMOVED = 7
    UNNOTIFIED = 8
    UNANSWERED = 9
    FLAGGING_REQUESTS = 10
    WRONGING_REQUESTS = 11


@dataclass(frozen=True)
class Flags(Frozen):
    """Links that flag somebody, a row each.

    ``holder`` is the person number of whose entry it is, ``right_person`` whether the request is
    for them, ``reached`` whether mail to the address on the roll would reach them.
    """

    request: Int32Array
    holder: Int64Array
    right_person: BoolArray
    reached: BoolArray
    origin: Int8Array
    status: Int8Array


@cache
def labels() -> tuple[str, ...]:
    """Return the label of every column counted: all, origins and legal statuses."""
    return tuple(label for label in groups.labels() if not label.startswith("tin_kind="))


def flags_of(links: Links, stands: BoolArray) -> Flags:
    """Return the links that stand after guardrails and selection as flags."""
    rows = np.flatnonzero(stands)
    return Flags(
        request=links.request[rows],
        holder=links.holder[rows],
        right_person=np.isin(links.outcome[rows], _RIGHT_PERSON),
        reached=links.address_current[rows] | (links.door[rows] < 0),
        origin=links.origin[rows],
        status=links.status[rows],
    )


def eligible_statuses(scenario: Scenario) -> BoolArray:
    """Return for each status code whether people of it are rightly on the roll searched."""
    chosen = scenario.notice.eligible_statuses
    if chosen is None:
        voter = scenario.searched_roll == SearchedRoll.VOTER
        chosen = CITIZENS if voter else scenario.population.lawful_statuses
    return lawful_statuses(chosen)


def challenges_of(ledger: Ledger, scenario: Scenario, entries: int) -> FloatArray:
    """Count one replicate at the scenario's own policy, as ``count_challenges``.

    ``entries`` is the size of the roll searched. Empty, shape (Challenge, 0), for the tax roll,
    from which nobody is removed.
    """
    if scenario.searched_roll == SearchedRoll.TAX:
        return np.zeros((len(Challenge), 0))
    return count_challenges(
        flags_of(ledger.links, standing(ledger, scenario).released),
        eligible_statuses(scenario),
        scenario.notice,
        requests=ledger.stops.size,
        entries=entries,
        rng=ledger.rng,
    )


def count_challenges(
    flags: Flags,
    eligible: BoolArray,
    notice: NoticePart,
    *,
    requests: int,
    entries: int,
    rng: Streams,
) -> FloatArray:
    """Return every quantity of one replicate, shape (Challenge, columns of ``labels``).

    ``eligible`` is indexed by status code; ``requests`` and ``entries`` are all of the list and all
    of the roll.
    """
    holder, first, at = np.unique(flags.holder, return_index=True, return_inverse=True)
    requested = np.zeros(holder.size, np.bool_)
    requested[at[flags.right_person]] = True
    status, reached = flags.status[first], flags.reached[first]
    wrongly = eligible[status]
    drawn = rng.table(Stage.NOTICE, 0, holder)
    notified = wrongly & reached & (drawn[0] >= notice.lost_in_mail)
    restored = notified & (drawn[1] < notice.reply_rate)
    people = {
        Challenge.FLAGGED: np.ones(holder.size, np.bool_),
        Challenge.ELIGIBLE: wrongly,
        Challenge.LISTING_ERROR: wrongly & requested,
        Challenge.WRONG_PERSON: wrongly & ~requested,
        Challenge.RESTORED: restored,
        Challenge.REMOVED: wrongly & ~restored,
        Challenge.UNNOTIFIED: wrongly & ~notified,
        Challenge.UNANSWERED: notified & ~restored,
    }
    columns = _columns(flags.origin[first], status)
    values = np.zeros((len(Challenge), len(labels())))
    for quantity, who in people.items():
        values[quantity] = np.bincount(columns[:, who].ravel(), minlength=values.shape[1])
    values[Challenge.REQUESTS, groups.ALL] = requests
    values[Challenge.ENTRIES, groups.ALL] = entries
    values[Challenge.FLAGGING_REQUESTS, groups.ALL] = np.unique(flags.request).size
    values[Challenge.WRONGING_REQUESTS, groups.ALL] = np.unique(
        flags.request[eligible[flags.status]]
    ).size
    return values


def _columns(origin: Int8Array, status: Int8Array) -> Int64Array:
    """Return the three columns each person counts in, shape (3, people)."""
    origins = len(tables.origins().names)
    return np.stack(
        [
            np.zeros(origin.size, np.int64),
            1 + origin.astype(np.int64),
            1 + origins + status.astype(np.int64),
        ]
    )


_FLAGGED = (Challenge.FLAGGED, Challenge.FLAGGING_REQUESTS)
_WRONGED = (Challenge.ELIGIBLE, Challenge.WRONGING_REQUESTS)


@dataclass(frozen=True)
class _Measure:
    """One measure: ``scale`` x numerator / denominator.

    ``clumps`` are people and the requests that flagged them: so many people come with one request,
    and are not independent of one another. ``by_group`` says whether it is reported by origin and
    status too, against the same denominator.
    """

    name: str
    numerator: Challenge
    denominator: Challenge
    scale: float = 1.0
    proportion: bool = True
    clumps: tuple[Challenge, Challenge] = _WRONGED
    by_group: bool = False


def _per_thousand(
    name: str,
    numerator: Challenge,
    clumps: tuple[Challenge, Challenge] = _WRONGED,
    by_group: bool = False,
) -> _Measure:
    return _Measure(
        f"{name}_per_1000_requests", numerator, Challenge.REQUESTS, 1000.0, False, clumps, by_group
    )


def _of_wrongly_flagged(name: str, numerator: Challenge) -> _Measure:
    return _Measure(name, numerator, Challenge.ELIGIBLE)


MEASURES = (
    _per_thousand("flagged", Challenge.FLAGGED, _FLAGGED),
    _Measure(
        "flagged_per_100000_on_roll",
        Challenge.FLAGGED,
        Challenge.ENTRIES,
        100_000.0,
        clumps=_FLAGGED,
    ),
    _Measure("eligible_share_of_flagged", Challenge.ELIGIBLE, Challenge.FLAGGED, clumps=_FLAGGED),
    _per_thousand("wrongly_flagged", Challenge.ELIGIBLE, by_group=True),
    _Measure(
        "wrongly_flagged_per_100000_on_roll", Challenge.ELIGIBLE, Challenge.ENTRIES, 100_000.0
    ),
    _per_thousand("wrongly_flagged_listing_error", Challenge.LISTING_ERROR),
    _per_thousand("wrongly_flagged_wrong_person", Challenge.WRONG_PERSON),
    _of_wrongly_flagged("restored_after_notice", Challenge.RESTORED),
    _of_wrongly_flagged("removed_without_notice", Challenge.UNNOTIFIED),
    _of_wrongly_flagged("removed_without_reply", Challenge.UNANSWERED),
    _per_thousand("wrongly_removed", Challenge.REMOVED, by_group=True),
)


def _reported(measure: _Measure, values: FloatArray) -> list[int]:
    """Return the columns to report: everybody, and the groups of whom somebody was flagged."""
    if not measure.by_group:
        return [groups.ALL]
    flagged = values[:, Challenge.FLAGGED].sum(axis=0) > 0
    return [column for column in range(flagged.size) if column == groups.ALL or flagged[column]]


def rated_challenges(values: FloatArray) -> Iterator[Rated]:
    """Yield every measure; ``values`` has shape (replicates, Challenge, columns of ``labels``)."""
    everybody = values[:, :, groups.ALL].sum(axis=0)
    for measure in MEASURES:
        columns = _reported(measure, values)
        below = values[:, measure.denominator][:, [groups.ALL]]
        denominators = np.repeat(below, len(columns), axis=1)
        people, requests = measure.clumps
        per_request = max(1.0, everybody[people] / max(1.0, everybody[requests]))
        yield Rated(
            name=measure.name,
            labels=tuple(labels()[column] for column in columns),
            numerators=values[:, measure.numerator][:, columns],
            denominators=denominators,
            units=denominators.sum(axis=0) / per_request,
            scale=measure.scale,
            proportion=measure.proportion,
        )


def challenge_rows(challenges: Sequence[FloatArray], confidence: float) -> pd.DataFrame:
    """Return every measure with its interval over replicates, a row per group reported.

    ``challenges`` holds the counts of each replicate, as from ``count_challenges``.
    """
    rows = rated_rows(rated_challenges(np.stack(challenges)), confidence)
    return pd.concat(rows, ignore_index=True)
