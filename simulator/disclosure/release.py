"""What is withheld although the records agree: the guardrails between a link and its release.

They are asked of every pair before any of them is selected: a withheld account is as good as not
found, so that ``best`` releases the best of what may be released and ``unique`` counts no other.
The opposite order would answer with silence where the best account is withheld.

Known status is a matter of the authority's records: a mark on a person's account that is right or
wrong for good, by one uniform per person. Citizens and permanent residents file under numbers of
their own and are shown as such with the scenario's share; among all others, those whose number does
not show that it is an ITIN are taken for one of them by mistake. Who files under a borrowed number
is one of these others: that its owner is known does not help or hurt.

Units and shared addresses are read off the roll as written. Two returns share an address if street,
form, number, unit and ZIP are the same in both; two that left out the unit of one building share
one.

Limits: of returns from one address, those of people who now live in different ZIPs do not count as
shared, because rolls are generated ZIP by ZIP; both would have filed from where one of them no
longer lives.
"""

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.disclosure.review import review_stops
from simulator.matching.prepared import PreparedRequests
from simulator.population.addresses import find_buildings
from simulator.randomness import IntArray, Stage, Streams
from simulator.records import (
    STATUSES,
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Int64Array,
    People,
    RequestTruth,
    Role,
    Roll,
    TinKind,
)
from simulator.scenario.schema import DisclosurePart, KnownStatus, KnownStatusPart, Scenario
from simulator.taxpayer_digits import shows_itin

_SLOT = 0
_SEVERAL_UNITS = 2
_CITIZENS = ("native_born_citizen", "naturalised_citizen")
WITHHELD_STATUSES = {
    KnownStatus.NONE: (),
    KnownStatus.CITIZENS: _CITIZENS,
    KnownStatus.CITIZENS_AND_RESIDENTS: (*_CITIZENS, "permanent_resident"),
}
"""The statuses whose accounts each choice holds back."""


def known_as_lawful(
    rows: IntArray,
    roll: Roll,
    accounts: AccountTruth,
    people: People,
    part: KnownStatusPart,
    *,
    rng: Streams,
) -> BoolArray:
    """Say which of some accounts the records show, rightly or not, as of a withheld status."""
    withheld = np.isin(STATUSES, WITHHELD_STATUSES[part.withheld])
    theirs = withheld[people.status[accounts.row[rows]]]
    own = accounts.tin_kind[rows] == TinKind.SSN
    numbered = (roll.tin[rows] >= 0) & ~shows_itin(roll.tin[rows])
    chance = np.where(theirs, part.known_share * own, part.mistaken_share * numbered)
    return np.asarray(rng.table(Stage.KNOWN_STATUS, _SLOT, accounts.person[rows])[0] < chance)


def lacks_unit(rows: IntArray, roll: Roll) -> BoolArray:
    """Say which of some accounts give a building of several units without the unit."""
    written = np.stack([roll.street[rows], roll.form[rows], roll.number[rows], roll.unit[rows]])
    several = find_buildings(roll.place[rows].astype(np.int64), written) == _SEVERAL_UNITS
    return np.asarray(several & (roll.unit[rows] == 0))


def _addresses(rows: IntArray, roll: Roll, home: IntArray) -> IntArray:
    """Return the written addresses of accounts, and their holders' ZIPs, as columns (6, n)."""
    columns = (roll.place, roll.street, roll.form, roll.number, roll.unit)
    return np.stack([*(column[rows].astype(np.int64) for column in columns), home[rows]])


def _scrambled(addresses: IntArray) -> Int64Array:
    """Return a number per address that differs between nearly all addresses."""
    mixed = np.zeros(addresses.shape[1], np.uint64)
    for column in addresses:
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed.view(np.int64))


def shared_addresses(
    rows: IntArray, roll: Roll, accounts: AccountTruth, people: People
) -> BoolArray:
    """Say of which accounts the address stands on more than one return of the roll."""
    home = people.place[accounts.row].astype(np.int64)
    asked = _addresses(rows, roll, home)
    primary = np.flatnonzero(roll.role == Role.PRIMARY)
    returns = _addresses(primary, roll, home)
    # The scrambled numbers spare most of the roll the exact comparison that follows.
    returns = returns[:, np.isin(_scrambled(returns), _scrambled(asked))]
    _, code, count = np.unique(
        np.concatenate([returns, asked], axis=1), axis=1, return_inverse=True, return_counts=True
    )
    code = code.reshape(-1)
    on_returns = np.bincount(code[: returns.shape[1]], minlength=count.size)
    return np.asarray(on_returns[code[returns.shape[1] :]] > 1)


def account_stops(
    rows: IntArray,
    roll: Roll,
    accounts: AccountTruth,
    people: People,
    part: DisclosurePart,
    *,
    rng: Streams,
) -> Int64Array:
    """Return for some accounts the guardrails that withhold them from anybody, as bits."""
    stopped: dict[Guardrail, BoolArray] = {}
    if part.known_status.withheld != KnownStatus.NONE:
        stopped[Guardrail.KNOWN_STATUS] = known_as_lawful(
            rows, roll, accounts, people, part.known_status, rng=rng
        )
    if part.max_address_age_years is not None:
        age = roll.years_since_filing[rows]
        stopped[Guardrail.MAX_ADDRESS_AGE] = np.asarray(age > part.max_address_age_years)
    if part.units_required:
        stopped[Guardrail.UNITS_REQUIRED] = lacks_unit(rows, roll)
    if part.shared_addresses_withheld:
        stopped[Guardrail.SHARED_ADDRESSES] = shared_addresses(rows, roll, accounts, people)
    return bits(stopped, rows.size)


def pair_stops(
    pairs: CandidatePairs,
    prepared: PreparedRequests,
    truth: RequestTruth,
    roll: Roll,
    accounts: AccountTruth,
    people: People,
    scenario: Scenario,
    *,
    rng: Streams,
) -> Int64Array:
    """Return for each pair the guardrails that keep it from release, as bits of ``Guardrail``.

    Only those that are on in the scenario stop anything: KNOWN_STATUS, MAX_ADDRESS_AGE,
    UNITS_REQUIRED, SHARED_ADDRESSES and REVIEW. ``roll``, ``accounts`` and ``people`` are those of
    whole ZIPs.
    """
    rows, at = np.unique(pairs.account.astype(np.int64), return_inverse=True)
    stops = account_stops(rows, roll, accounts, people, scenario.disclosure, rng=rng)[at]
    reviewed = review_stops(pairs, prepared, truth, roll, accounts, scenario, rng=rng)
    return np.asarray(stops | bits({Guardrail.REVIEW: reviewed}, len(pairs)))


def released(
    pairs: CandidatePairs,
    prepared: PreparedRequests,
    truth: RequestTruth,
    roll: Roll,
    accounts: AccountTruth,
    people: People,
    scenario: Scenario,
    *,
    rng: Streams,
) -> BoolArray:
    """Say which pairs may be disclosed; the others are answered with silence."""
    stops = pair_stops(pairs, prepared, truth, roll, accounts, people, scenario, rng=rng)
    return np.asarray(stops == 0)
