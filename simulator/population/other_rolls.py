"""The voter roll and the benefit roll: the same people as other authorities see them.

Who is on them is one uniform per person against the rate of their legal status, so that raising a
rate keeps everybody who was there. Both rolls have the shape of the tax roll and everybody on them
has a return of their own: what matches, judges and counts need not know which roll it is. A person
writes names and addresses the same way everywhere (``roll.names_as_filed``, ``roll.unit_missing``),
and gives the address of the year in which the entry was last updated. Voters register where they
live and give no number; benefits are mailed, be it to a PO box, and their entries show the last
four digits of the social security number of those who have one of their own.

Nobody's entry is older than the holder, or than the holder's right to vote.

Limits: one entry per person, all of people who are alive and in the country; whether somebody is on
a roll does not depend on age beyond the bounds, on the household or on the other rolls; nobody is
on a roll under a borrowed number; children get benefits under their own entry.
"""

from typing import NamedTuple

import numpy as np

from simulator.lexicon import ABSENT
from simulator.population.filed_addresses import filed_addresses
from simulator.population.filed_names import filed_name_styles, filed_names
from simulator.population.places import Sample
from simulator.population.taxpayer_numbers import ADULT, taxpayer_numbers
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import (
    STATUSES,
    AccountTruth,
    FilingStatus,
    Int8Array,
    Int64Array,
    Names,
    People,
    Role,
    Roll,
    TinKind,
    person_number,
)
from simulator.reference import tables
from simulator.scenario.schema import BenefitRollPart, RollPart, VoterRollPart
from simulator.taxpayer_digits import only_last_four

CHILD_BELOW = 19
_VOTER, _BENEFIT = 0, 1  # slot 2 x member + this, of the stage of other rolls


class _Entries(NamedTuple):
    """Who is on a roll: rows of people, years since the update, kinds of number, number shown."""

    rows: IntArray
    lag: Int8Array
    kind: Int8Array
    tin: Int64Array


def _uniforms(people: People, roll: int, *, rng: Streams) -> FloatArray:
    """Return everybody's draws for one roll, shape (4, people): on it, how long ago, two more."""
    return rng.columns(
        Stage.OTHER_ROLL,
        2 * people.member.astype(np.int64) + roll,
        tables.zips().zip[people.place].astype(np.int64),
        people.dwelling.astype(np.int64),
    )


def _rates(shares: object) -> FloatArray:
    return np.array([getattr(shares, name) for name in STATUSES])


def _years(shares: tuple[float, ...], u: FloatArray, most: IntArray) -> Int8Array:
    """Return how many years ago entries were updated, cut to ``most``."""
    years = np.searchsorted(np.cumsum(shares), u, side="right")
    return np.minimum(np.minimum(years, len(shares) - 1), most).astype(np.int8)


def voter_roll(
    people: People,
    names: Names,
    sample: Sample,
    part: VoterRollPart,
    tax: RollPart,
    *,
    rng: Streams,
) -> tuple[Roll, AccountTruth]:
    """Return the entries of registered voters, and apart from them who they truly are.

    ``people`` are whole households and ``names`` names all of them, row by row; ``tax`` says how
    they write names and addresses. No entry has a number.
    """
    u = _uniforms(people, _VOTER, rng=rng)
    registered = u[0] < _rates(part.registered)[people.status]
    rows = np.flatnonzero(registered & (people.age >= ADULT))
    age = people.age[rows].astype(np.int64)
    lag = _years(part.years_since_registration, u[1, rows], age - ADULT)
    kind = taxpayer_numbers(people, sample, tax, rows, rng=rng).kind
    entries = _Entries(rows, lag, kind, np.full(rows.size, ABSENT, np.int64))
    return _written(people, names, entries, tax, 0.0, rng=rng)


def benefit_roll(
    people: People,
    names: Names,
    sample: Sample,
    part: BenefitRollPart,
    tax: RollPart,
    po_box_share: float,
    *,
    rng: Streams,
) -> tuple[Roll, AccountTruth]:
    """Return the entries of people who receive a benefit, and apart who they truly are.

    Arguments as in ``voter_roll``; ``po_box_share`` is the share of households that get their mail
    at a PO box. ``tin`` holds the last four digits of a number (``LAST_FOUR_BASE``) or ABSENT.
    """
    u = _uniforms(people, _BENEFIT, rng=rng)
    ratio = np.where(people.age < CHILD_BELOW, part.child_ratio, 1.0)
    chance = np.minimum(1.0, _rates(part.enrolled)[people.status] * ratio)
    rows = np.flatnonzero(u[0] < chance)
    lag = _years(part.years_since_renewal, u[1, rows], people.age[rows].astype(np.int64))
    numbers = taxpayer_numbers(people, sample, tax, rows, rng=rng)
    shown = (numbers.kind == TinKind.SSN) & (u[2, rows] >= part.ssn4_missing)
    digits = np.where(shown, only_last_four(numbers.tin), ABSENT)
    entries = _Entries(rows, lag, numbers.kind, digits)
    return _written(people, names, entries, tax, po_box_share, rng=rng)


def _written(
    people: People,
    names: Names,
    entries: _Entries,
    tax: RollPart,
    po_box_share: float,
    *,
    rng: Streams,
) -> tuple[Roll, AccountTruth]:
    """Write names and addresses as the holders would on a tax return of their own."""
    rows, lag = entries.rows, entries.lag
    written = filed_addresses(people, rows, lag, tax.unit_missing, po_box_share, rng=rng)
    shown = filed_names(names, people, tax.names_as_filed, rows, rng=rng)
    own = person_number(people.place[rows], people.dwelling[rows], people.member[rows])
    roll = Roll(
        given=shown.given,
        middle=shown.middle,
        surname_1=shown.surname_1,
        surname_2=shown.surname_2,
        suffix=shown.suffix,
        name_style=filed_name_styles(people, tax.names_as_filed, rows, rng=rng),
        birth=people.birth[rows],
        place=written.place,
        street=written.street,
        form=written.form,
        number=written.number,
        unit=written.unit,
        style=written.style,
        tin=entries.tin,
        role=np.full(rows.size, Role.PRIMARY, np.int8),
        filing_status=np.full(rows.size, FilingStatus.SINGLE, np.int8),
        years_since_filing=lag,
    )
    truth = AccountTruth(
        row=rows.astype(np.int32),
        person=own,
        primary=own.copy(),
        tin_kind=entries.kind,
        carries_borrowed_wages=np.zeros(rows.size, np.bool_),  # no wages stand on these rolls
        filed_place=written.place,
        filed_dwelling=written.dwelling,
    )
    return roll, truth
