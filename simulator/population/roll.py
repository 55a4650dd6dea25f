"""The tax roll: everybody's account, as the tax authority sees it, and apart from it the truth.

``population.filing`` says who filed and with whom, ``population.taxpayer_numbers`` under which
number. Here the returns are written down: names as filed, and for everybody on a return the
address where its primary filer lived, or had a PO box, in the year of filing: (1 - m)^t of the
addresses from t years ago are still current. Each return is written in a style of its own, and some
from buildings of several units leave out the unit.

Accounts whose latest return is at most ``LATE`` years old are those of people who file every year:
these are the returns of a year in published counts.

``population.silence`` turns it into the roll of later years, in which some have stopped filing.

Limits: one account per person; dependants who file as well have that of their own return; only a
return of the latest season has a new address.
"""

import numpy as np

from simulator.kernels import compiled
from simulator.population.filed_addresses import Written, filed_addresses
from simulator.population.filed_names import filed_name_styles, filed_names
from simulator.population.filing import NOT_ON_ROLL, Filed, file_returns
from simulator.population.places import Sample
from simulator.population.silence import NOBODY_STOPPED, Silence, silenced
from simulator.population.taxpayer_numbers import owners_of, taxpayer_numbers
from simulator.randomness import IntArray, Streams
from simulator.records import (
    AccountTruth,
    BoolArray,
    Int8Array,
    Int32Array,
    Int64Array,
    Names,
    People,
    Role,
    Roll,
    TinKind,
    person_number,
)
from simulator.scenario.schema import RollPart

LATE = 1
_PRIMARY = int(Role.PRIMARY)


@compiled
def _returns_of(rows: IntArray, role: Int8Array, claimant: Int32Array) -> Int32Array:
    """Return for each account which return, counted in order of the primary filers, it is on."""
    order = np.empty(role.size, np.int32)
    count = 0
    for row in rows:
        if role[row] == _PRIMARY:
            order[row] = count
            count += 1
    found = np.empty(rows.size, np.int32)
    for i in range(rows.size):
        row = rows[i]
        found[i] = order[row] if role[row] == _PRIMARY else order[claimant[row]]
    return found


def _write_addresses(
    people: People,
    filed: Filed,
    rows: IntArray,
    part: RollPart,
    po_box_share: float,
    *,
    rng: Streams,
) -> Written:
    """Write the address of every return, and hand it to everybody on it."""
    primary = rows[filed.role[rows] == Role.PRIMARY]
    lag, missing = filed.lag[primary], part.unit_missing
    written = filed_addresses(people, primary, lag, missing, po_box_share, rng=rng)
    of = _returns_of(rows, filed.role, filed.claimant)
    return Written._make(column[of] for column in written)


def generate_roll(
    people: People,
    names: Names,
    sample: Sample,
    part: RollPart,
    po_box_share: float,
    lent: Int64Array,
    silence: Silence = NOBODY_STOPPED,
    *,
    rng: Streams,
) -> tuple[Roll, AccountTruth]:
    """Return the accounts of everybody on the roll, and apart from them who they truly are.

    ``people`` are whole households and ``names`` names all of them, row by row. ``po_box_share`` is
    the share of households that get their mail at a PO box. ``lent`` holds the numbers that
    borrowers of the whole sample work under, sorted (``lent_numbers``). ``silence`` are the years
    in which some stopped filing, by default none.
    """
    filed = silenced(people, file_returns(people, part, rng=rng), silence, rng=rng)
    rows = np.flatnonzero(filed.role != NOT_ON_ROLL)
    written = _write_addresses(people, filed, rows, part, po_box_share, rng=rng)
    numbers = taxpayer_numbers(people, sample, part, rows, rng=rng)
    shown = filed_names(names, people, part.names_as_filed, rows, rng=rng)
    own = person_number(people.place[rows], people.dwelling[rows], people.member[rows])
    roll = Roll(
        given=shown.given,
        middle=shown.middle,
        surname_1=shown.surname_1,
        surname_2=shown.surname_2,
        suffix=shown.suffix,
        name_style=filed_name_styles(people, part.names_as_filed, rows, rng=rng),
        birth=people.birth[rows],
        place=written.place,
        street=written.street,
        form=written.form,
        number=written.number,
        unit=written.unit,
        style=written.style,
        tin=numbers.tin,
        role=filed.role[rows],
        filing_status=filed.status[rows],
        years_since_filing=filed.lag[rows],
    )
    claimant = filed.claimant[rows]
    truth = AccountTruth(
        row=rows.astype(np.int32),
        person=own,
        primary=person_number(
            people.place[claimant], people.dwelling[claimant], people.member[claimant]
        ),
        tin_kind=numbers.kind,
        carries_borrowed_wages=_carries_wages(own, numbers.kind, lent),
        filed_place=written.place,
        filed_dwelling=written.dwelling,
    )
    return roll, truth


def _carries_wages(own: Int64Array, kind: Int8Array, lent: Int64Array) -> BoolArray:
    """Return which accounts are under an SSN that somebody else works under."""
    return np.asarray(owners_of(own, lent) & (kind == TinKind.SSN))
