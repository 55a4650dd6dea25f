"""The score of one pair in compiled code: what its levels weigh, looked up and added up.

``matching.scoring`` says what is weighed and holds the plain twin, field by field over whole
tables; here are the same sums pair by pair, so that the search can drop a pair before it is kept.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.matching.agreement import FULL, NAME_CODES, AddressAgreement, BirthAgreement
from simulator.records import Int8Array, Int32Array, Int64Array

_STREET, _ZIP5 = int(AddressAgreement.STREET), int(AddressAgreement.ZIP5)
_EXACT_BIRTH: Final = int(BirthAgreement.EXACT)
_MISSING: Final = NAME_CODES  # row of a table of names for a name that either record lacks


class ScoreTables(NamedTuple):
    """Units by agreement in each field, and what identical names add to them.

    ``given`` and ``surname``: shape (129,), by name agreement, missing last; ``given_frequency``
    and ``surname_frequency`` by code of the lexicon, of no length where names are not weighed by
    their frequency. ``asked_...`` are the names as the requests have them. ``best``: either surname
    counts. Streets less similar than ``street_cut`` hundredths are not the same;
    ``counts_number``: taxpayer numbers count for every pair, not only for those found by them.
    """

    given: Int64Array
    surname: Int64Array
    address: Int64Array
    birth: Int64Array
    tin: Int64Array
    given_frequency: Int64Array
    surname_frequency: Int64Array
    asked_given: Int32Array
    asked_surname_1: Int32Array
    asked_surname_2: Int32Array
    best: bool
    street_cut: int
    counts_number: bool


class Cut(NamedTuple):
    """The least score, in units, of a pair that is kept; all are kept unless ``on``.

    ``address``, ``inexact_birth`` and ``tin`` are the most that those fields can add, the second
    one for dates that are not the same.
    """

    on: bool
    least: int
    address: int
    inexact_birth: int
    tin: int
    tables: ScoreTables


class Held(NamedTuple):
    """The names of the accounts."""

    given: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array


def cut_at(least: int, tables: ScoreTables) -> Cut:
    """Return the cut at a least score, in units."""
    return Cut(
        True,
        least,
        int(tables.address.max()),
        int(tables.birth[:_EXACT_BIRTH].max()),
        int(tables.tin.max()) if tables.counts_number else int(tables.tin[0]),
        tables,
    )


def no_cut() -> Cut:
    """Return a cut that keeps every pair."""
    none, nobody = np.zeros(1, np.int64), np.empty(0, np.int32)
    units, names = (none, none, none, none, none, none, none), (nobody, nobody, nobody)
    tables = ScoreTables(*units, *names, best=False, street_cut=0, counts_number=False)
    return Cut(False, 0, 0, 0, 0, tables)


@inlined
def _frequency(asked: int, held: int, units: Int64Array) -> int:
    """Return what two identical names add; 0 for names without a frequency."""
    return int(units[asked]) if asked == held and 0 <= asked < units.size else 0


@inlined
def _rarer_in_common(r: int, at: int, held: Any, tables: ScoreTables) -> int:
    """Return what the rarer surname that both records show adds; 0 if they share none."""
    units, found, most = tables.surname_frequency, False, 0
    for pair in range(4 if tables.best else 1):
        ours = tables.asked_surname_1[r] if pair < 2 else tables.asked_surname_2[r]
        theirs = held.surname_1[at] if pair % 2 == 0 else held.surname_2[at]
        if ours < 0 or ours != theirs:
            continue
        added = _frequency(ours, theirs, units)
        most = max(most, added) if found else added
        found = True
    return most


@inlined
def name_units(r: int, at: int, given: int, surname: int, held: Any, tables: ScoreTables) -> int:
    """Return what the names of a pair weigh; ``held`` shows the account's in row ``at``."""
    if tables.asked_given[r] < 0 or held.given[at] < 0:
        given_units = tables.given[_MISSING]
    else:
        given_units = tables.given[given]
        if given == FULL and tables.given_frequency.size > 0:
            given_units += _frequency(tables.asked_given[r], held.given[at], tables.given_frequency)
    nameless = tables.asked_surname_1[r] < 0 and tables.asked_surname_2[r] < 0
    if nameless or (held.surname_1[at] < 0 and held.surname_2[at] < 0):
        return int(given_units + tables.surname[_MISSING])
    surname_units = tables.surname[surname]
    if surname == FULL and tables.surname_frequency.size > 0:
        surname_units += _rarer_in_common(r, at, held, tables)
    return int(given_units + surname_units)


@inlined
def address_units(address: int, street: int, tables: ScoreTables) -> int:
    """Return what an address level weighs, streets too little alike counting as their ZIP."""
    if address >= _STREET and street < tables.street_cut:
        return int(tables.address[_ZIP5])
    return int(tables.address[address])


@compiled
def score_pairs(
    request: Int32Array,
    account: Int32Array,
    levels: tuple[Int8Array, Int8Array, Int8Array, Int8Array, Int8Array, Int8Array],
    by_tin: Any,
    held: Held,
    tables: ScoreTables,
) -> Int64Array:
    """Return the units of pairs by their levels: given, surname, birth, address, street, tin."""
    given, surname, birth, address, street, tin = levels
    units = np.empty(request.size, np.int64)
    for i in range(request.size):
        names = name_units(request[i], account[i], given[i], surname[i], held, tables)
        number = tin[i] if tables.counts_number or by_tin[i] else 0
        place = address_units(address[i], street[i], tables)
        units[i] = names + place + tables.birth[birth[i]] + tables.tin[number]
    return units
