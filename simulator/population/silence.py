"""Who has stopped filing, and since when: the roll some years after disclosures began.

A year's rates say which share of the filers of each ``Community`` stop in it. Whoever stopped is
silent from then on: the latest return, and the address on it, grow older by a year with every year,
until the account no longer counts as having a last known address. Everything follows from the rates
of the years so far: one uniform per return and year decides, used as U < rate, so that whoever
stops at a rate stops at every higher one.

Couples stop as one: a joint return follows the more affected community of the two who filed it,
and the draw of its primary filer; dependants are silent with the return that claims them.

Limits. People neither age nor move on: the population is in equilibrium, seen in each year as of
that year, so that an address known t years ago is current where the household has not moved for t
years, (1 - m)^t of them. Nobody begins to file again, and nobody else claims the dependants of a
return that is no longer filed. Everybody on the roll of the first year counts as a filer, whatever
the age of the latest return; those who go on filing stay as far behind as they were.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from simulator.population.filing import NOT_ON_ROLL, Filed
from simulator.population.taxpayer_numbers import ADULT
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import (
    MEMBER_BITS,
    UNAUTHORIZED,
    BoolArray,
    FilingStatus,
    Int8Array,
    Int64Array,
    People,
    Role,
    person_number,
)
from simulator.reference import tables

_DRAWS = 4  # years decided by one slot


class Community(IntEnum):
    """How somebody is touched by disclosures about unauthorized people, the most affected first.

    MIXED_STATUS_HOUSEHOLD: not unauthorized, in a household with somebody who is.
    """

    UNAUTHORIZED = 0
    MIXED_STATUS_HOUSEHOLD = 1
    OTHERS = 2


COMMUNITIES = tuple(community.name.lower() for community in Community)


@dataclass(frozen=True)
class Silence:
    """The years since disclosures began, each by the share of filers who stopped in it.

    ``rates`` holds a row for every year that has passed, of shares in the order of ``Community``;
    without rows nobody has stopped. An account whose holder has stopped is off the roll once its
    latest return is more than ``kept_years`` old.
    """

    rates: tuple[tuple[float, float, float], ...] = ()
    kept_years: int = 0

    def after(self, rates: tuple[float, float, float]) -> Self:
        """Return the same a year later, in which filers stopped at ``rates``, each 0 to 1."""
        return replace(self, rates=(*self.rates, rates))


NOBODY_STOPPED = Silence()


class Census(NamedTuple):
    """Adults and their filing in one year, each an array by ``Community`` of the person.

    ``filers`` filed in the first year, ``filing`` still do, ``stopped`` did until the year before;
    ``exposed`` are those still filing whom disclosures of the year exposed. ``accounts`` counts
    everybody on the roll, minors and dependants included, and ``outdated`` those of them whose
    address on the roll is a former one.
    """

    adults: FloatArray
    filers: FloatArray
    filing: FloatArray
    stopped: FloatArray
    exposed: FloatArray
    accounts: FloatArray
    outdated: FloatArray


def communities(people: People) -> Int8Array:
    """Return the ``Community`` of everybody; ``people`` are whole households."""
    unauthorized = people.status == UNAUTHORIZED
    head = np.arange(len(people)) - people.member
    mixed = np.bincount(head, unauthorized, len(people))[head] > 0
    others = np.where(mixed, Community.MIXED_STATUS_HOUSEHOLD, Community.OTHERS)
    return np.where(unauthorized, Community.UNAUTHORIZED, others).astype(np.int8)


def _primary_of(filed: Filed) -> Int64Array:
    """Return the row of the primary filer of the return each account is from, -1 without one."""
    own = np.arange(filed.role.size)
    found = np.where(filed.role == Role.PRIMARY, own, filed.claimant)
    return np.where(filed.role == NOT_ON_ROLL, -1, found).astype(np.int64)


def _draws(people: People, rows: Int64Array, years: int, *, rng: Streams) -> FloatArray:
    """Return one uniform per year and row, shape (years, rows)."""
    zips = tables.zips().zip[people.place[rows]].astype(np.int64)
    dwelling, member = people.dwelling[rows].astype(np.int64), people.member[rows].astype(np.int64)
    slots = range(-(-years // _DRAWS))
    drawn = [
        rng.columns(Stage.CESSATION, (slot << MEMBER_BITS) + member, zips, dwelling)
        for slot in slots
    ]
    return np.concatenate(drawn)[:years]


def silent_years(people: People, filed: Filed, silence: Silence, *, rng: Streams) -> Int8Array:
    """Return for everybody how many years ago the return they are on was filed for the last time.

    0 for returns that are still filed and for people on none; 1 for those that were filed until the
    year before. ``people`` are whole households and ``filed`` what they filed in the first year.
    """
    silent = np.zeros(len(people), np.int8)
    if not silence.rates:
        return silent
    of = _primary_of(filed)
    affected = communities(people)
    spouses = np.flatnonzero(filed.role == Role.SPOUSE)
    np.minimum.at(affected, of[spouses], affected[spouses])
    primary = np.flatnonzero(filed.role == Role.PRIMARY)
    draws = _draws(people, primary, len(silence.rates), rng=rng)
    since = np.zeros(primary.size, np.int8)
    for draw, rates in zip(draws, silence.rates, strict=True):
        stopped = (since > 0) | (draw < np.array(rates)[affected[primary]])
        since = (since + stopped).astype(np.int8)
    silent[primary] = since
    on_roll = of >= 0
    silent[on_roll] = silent[of[on_roll]]
    return silent


def silenced(people: People, filed: Filed, silence: Silence, *, rng: Streams) -> Filed:
    """Return what is on file after the years of a silence: older returns, and fewer.

    Where nobody stopped that is ``filed`` itself.
    """
    if not silence.rates:
        return filed
    return _on_file(filed, silent_years(people, filed, silence, rng=rng), silence.kept_years)


def _on_file(filed: Filed, silent: Int8Array, kept_years: int) -> Filed:
    lag = (filed.lag + silent).astype(np.int8)
    gone = (silent > 0) & (lag > kept_years)
    own = np.arange(gone.size, dtype=np.int32)
    # Whoever files and was claimed by somebody now gone stands alone.
    orphaned = (filed.role == Role.PRIMARY) & gone[np.maximum(filed.claimant, 0)]
    claimant = np.where(orphaned, own, filed.claimant)
    return Filed(
        np.where(gone, NOT_ON_ROLL, filed.role).astype(np.int8),
        np.where(gone, 0, lag).astype(np.int8),
        np.where(gone, FilingStatus.SINGLE, filed.status).astype(np.int8),
        np.where(gone, -1, claimant).astype(np.int32),
    )


def _outdated(people: People, filed: Filed) -> BoolArray:
    """Say whose address on the roll is a former one; everybody on a return lives together."""
    of = np.maximum(_primary_of(filed), 0)
    on_roll = filed.role != NOT_ON_ROLL
    return np.asarray(on_roll & (people.years_since_move[of] < filed.lag[of]))


def census(
    people: People, filed: Filed, silence: Silence, exposed: Int64Array, *, rng: Streams
) -> Census:
    """Count filers by community after the years of a silence.

    ``filed`` is what ``people``, whole households, filed in the first year; ``exposed`` holds the
    person numbers of whoever this year's disclosures exposed.
    """
    of = communities(people)
    silent = silent_years(people, filed, silence, rng=rng)
    now = _on_file(filed, silent, silence.kept_years)
    adult = people.age >= ADULT
    filer = adult & ((filed.role == Role.PRIMARY) | (filed.role == Role.SPOUSE))
    filing = filer & (silent == 0)
    known = np.isin(person_number(people.place, people.dwelling, people.member), exposed)

    def count(which: BoolArray) -> FloatArray:
        return np.bincount(of[which], minlength=len(Community)).astype(np.float64)

    return Census(
        adults=count(adult),
        filers=count(filer),
        filing=count(filing),
        stopped=count(filer & (silent == 1)),
        exposed=count(filing & known),
        accounts=count(now.role != NOT_ON_ROLL),
        outdated=count(_outdated(people, now)),
    )
