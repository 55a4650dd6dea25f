"""Rung 4: coincidental agreements on the full name against N L sum p^2.

The closed form is exact where names are drawn independently within group and sex. That holds for
people who left the country and for heads of household born abroad: families share surnames, and
the native-born take names of their birth cohort. So the accounts compared are those of such heads,
the list is of people who left or of such heads, and nothing else of the simulation is bypassed.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from simulator.enforcement.listing import draw_listing, list_candidates
from simulator.enforcement.requests import write_requests
from simulator.measures.closed_forms import coincidental_agreements_between
from simulator.measures.expected_names import given_shares, surname_shares
from simulator.measures.theory import full_name_agreement
from simulator.population.places import Sample, draw_sample
from simulator.population.vocabulary import SEXES
from simulator.randomness import FloatArray, IntArray, Streams
from simulator.records import MEMBER_BITS, AccountTruth, BoolArray, Listing, People, Requests, Roll
from simulator.reference import tables
from simulator.scenario.schema import NamesAsFiled, Scenario
from tests.enforcement.lists import PLAIN
from tests.enforcement.rates import NO_ERRORS
from tests.ladder import agreement
from tests.population.world import SEED, build

ORIGINS = len(tables.origins().names)
NAMES_AS_BORNE = dict.fromkeys(NamesAsFiled.model_fields, 0.0)


@dataclass(frozen=True)
class Named:
    """People of a list or of a roll: one number for the full name, group x sex, who they are."""

    name: IntArray
    kind: IntArray  # group * SEXES + sex; sex is not recorded for people who left: -group - 1
    person: IntArray


def scenario(people: int, *, departed: bool) -> Scenario:
    # Some origins are few in a small sample: the mix is of those that a sample can supply.
    mix = {"mexico": 10.0, "guatemala": 1.0, "india": 1.0, "europe": 1.0}
    return Scenario.model_validate(
        {
            "population": {"size": people},
            "names": {"given_surname_dependence": 0.0},
            "roll": {"names_as_filed": NAMES_AS_BORNE},
            "listing": {
                "requests": people // (25 if departed else 150),
                "departed_share": 1.0 if departed else 0.0,
                "wrongly_listed_share": 0.0,
                **PLAIN,
                "nationality_mix": mix,
            },
            "requests": NO_ERRORS,
        }
    )


def full_name(given: np.ndarray, surname: np.ndarray) -> IntArray:
    return np.asarray(given.astype(np.int64) << 32 | surname.astype(np.int64))


def origin_and_sex(people: People, rows: IntArray) -> IntArray:
    return np.asarray(people.origin[rows].astype(np.int64) * SEXES + people.sex[rows])


def heads_abroad(people: People, rows: np.ndarray) -> BoolArray:
    abroad = tables.origins().foreign_born[people.origin[rows]]
    return np.asarray((people.member[rows] == 0) & abroad)


def accounts_of(people: People, roll: Roll, accounts: AccountTruth) -> Named:
    """Return the accounts of heads of household born abroad."""
    keep = heads_abroad(people, accounts.row)
    return Named(
        full_name(roll.given[keep], roll.surname_1[keep]),
        origin_and_sex(people, accounts.row[keep].astype(np.int64)),
        accounts.person[keep],
    )


def listed(people: People, listing: Listing, requests: Requests, numbers: IntArray) -> Named:
    """Return the requests about people who left, or about heads of household."""
    keep = (listing.person == -1) | (listing.person % (1 << MEMBER_BITS) == 0)
    origin = listing.origin[keep].astype(np.int64)
    order = np.argsort(numbers)
    at = np.searchsorted(numbers, listing.person[keep], sorter=order)
    rows = order[np.minimum(at, numbers.size - 1)]
    here = listing.person[keep] >= 0
    kind = np.where(here, origin_and_sex(people, rows), -origin - 1)
    return Named(
        full_name(requests.given[keep], requests.surname_1[keep]), kind, listing.person[keep]
    )


def counted(requests: Named, accounts: Named) -> int:
    """Count pairs with the same full name that are not the same person."""
    names, frequency = np.unique(accounts.name, return_counts=True)
    at = np.minimum(np.searchsorted(names, requests.name), names.size - 1)
    pairs = int(frequency[at][names[at] == requests.name].sum())
    mated = np.isin(requests.person, accounts.person).sum()
    return pairs - int(mated)  # without errors every mate agrees


def agreement_by_kind() -> FloatArray:
    """Return the chance of the same full name for every two kinds (origin x sex)."""
    kinds = ORIGINS * SEXES
    return full_name_agreement(surname_shares(), given_shares()).reshape(kinds, kinds)


def counts_by_kind(kind: IntArray) -> FloatArray:
    """Count people by origin and sex; an unrecorded sex is half one, half the other."""
    counts = np.zeros(ORIGINS * SEXES)
    np.add.at(counts, kind[kind >= 0], 1.0)
    for origin in -kind[kind < 0] - 1:
        counts[origin * SEXES : (origin + 1) * SEXES] += 1.0 / SEXES
    return counts


def expected(requests: Named, accounts: Named, same: FloatArray) -> float:
    """Return the expected coincidences given how many of each kind there are; mates apart."""
    total = counts_by_kind(requests.kind) @ same @ counts_by_kind(accounts.kind)
    mated = requests.kind[np.isin(requests.person, accounts.person)]
    return float(total - same[mated, mated].sum())


def one_replicate(
    wanted: Scenario, sample: Sample, replicate: int, same: FloatArray
) -> tuple[int, float, int]:
    """Return coincidences counted and expected, and the number of mated requests."""
    rng = Streams(SEED, replicate)
    world = build(wanted, sample, rng)
    people = world.people
    candidates = list_candidates(people, sample, wanted.names, wanted.roll, wanted.listing, rng=rng)
    naming, roll = wanted.names, wanted.roll
    drawn = draw_listing([candidates], sample, naming, wanted.listing, roll, rng=rng)
    listing = drawn.listing
    boxes = wanted.population.po_box_share
    requests, *_ = write_requests(listing, sample, wanted.requests, wanted.listing, boxes, rng=rng)
    numbers = people.place.astype(np.int64) << 32 | (
        people.dwelling.astype(np.int64) << MEMBER_BITS | people.member
    )
    asked = listed(people, listing, requests, numbers)
    accounts = accounts_of(people, world.roll, world.accounts)
    mated = int(np.isin(asked.person, accounts.person).sum())
    return counted(asked, accounts), expected(asked, accounts, same), mated


def ratios(people: int, replicates: int, *, departed: bool) -> tuple[FloatArray, int]:
    """Return coincidences over their expectation, one per replicate, and all mated requests."""
    wanted = scenario(people, departed=departed)
    sample = draw_sample(people, 1.0, rng=Streams(SEED, 0))
    same = agreement_by_kind()
    found = [one_replicate(wanted, sample, replicate, same) for replicate in range(replicates)]
    return np.array([count / mean for count, mean, _ in found]), sum(m for _, _, m in found)


def hold(simulated: FloatArray, detectable: float) -> None:
    """Hold ratios against 1, and show that a theory off by ``detectable`` would not pass."""
    agreement(simulated, 1.0, detectable=detectable)
    for wrong in (1.0 + detectable, 1.0 / (1.0 + detectable)):
        with pytest.raises(AssertionError, match="theory"):
            agreement(simulated, wrong, detectable=2.0 * detectable)


def test_coincidences_with_people_who_left_are_as_many_as_expected() -> None:
    simulated, mated = ratios(300_000, 24, departed=True)
    assert mated == 0
    hold(simulated, 0.15)


def test_coincidences_of_residents_with_other_peoples_accounts_are_as_expected() -> None:
    simulated, mated = ratios(300_000, 30, departed=False)
    assert mated > 10_000  # mates agree too and are counted apart
    hold(simulated, 0.3)


def test_the_closed_form_of_kinds_is_the_sum_over_names() -> None:
    """The two closed forms agree: over origin and sex, and over every full name at once."""
    surnames, given = surname_shares(), given_shares()
    surnames, given = surnames[:, :500], given[:, :, :300]
    kinds = [(0, 0), (2, 1)]
    names = np.array([np.outer(surnames[group], given[group, sex]).ravel() for group, sex in kinds])
    people, accounts = np.array([30.0, 70.0]), np.array([500.0, 900.0])
    total = coincidental_agreements_between(people, accounts, names, names)
    same = full_name_agreement(surnames, given)
    by_hand = sum(
        people[a] * accounts[b] * same[kinds[a] + kinds[b]] for a in range(2) for b in range(2)
    )
    assert total == pytest.approx(by_hand, rel=1e-9)
