"""Rung 4: simulated shares against (1 - m)^t and the product of 1 - e."""

import numpy as np
import pytest

from simulator import lexicon
from simulator.enforcement.listing import draw_listing
from simulator.enforcement.requests import write_requests
from simulator.lexicon import ABSENT
from simulator.measures.closed_forms import address_still_current, exact_match_recall
from simulator.population.addresses import postal_addresses
from simulator.population.taxpayer_numbers import ADULT
from simulator.randomness import FloatArray, Streams
from simulator.records import STATUSES, BoolArray, Listing
from simulator.reference import tables
from simulator.scenario.schema import ListingPart, RequestsPart, Scenario
from tests.enforcement.lists import candidates, listing_part
from tests.enforcement.rates import NO_ERRORS
from tests.ladder import agreement
from tests.population.world import ALIKE, SEED, build, small_sample

LAGS = (0.1, 0.2, 0.3, 0.4)


def current_shares(replicates: int) -> FloatArray:
    """Return the share of household heads, all on the roll, whose filed address is today's.

    Of those who came of age before any return was filed: whoever did so since has moved.
    """
    scenario = Scenario.model_validate(
        {
            "population": {"annual_move_rate": 0.15, **ALIKE},
            "roll": {
                "filing_rate": dict.fromkeys(STATUSES, 1.0),
                "years_since_filing": LAGS,
            },
        }
    )
    shares = np.empty(replicates)
    for replicate in range(replicates):
        world = build(scenario, small_sample(), Streams(SEED, replicate))
        people, row = world.people, world.accounts.row
        current = (world.accounts.filed_place == people.place[row]) & (
            world.accounts.filed_dwelling == people.dwelling[row]
        )
        settled = (people.member[row] == 0) & (people.age[row] >= ADULT + len(LAGS))
        shares[replicate] = current[settled].mean()
    return shares


def test_addresses_on_the_roll_are_current_as_often_as_the_closed_form_says() -> None:
    """Notices 3% of the share current; a theory 3% higher or lower does not pass."""
    theory = sum(share * address_still_current(0.15, years) for years, share in enumerate(LAGS))
    simulated = current_shares(60)
    agreement(simulated, theory, detectable=0.03)
    for wrong in (theory / 1.03, theory * 1.03):
        with pytest.raises(AssertionError, match="theory"):
            agreement(simulated, wrong, detectable=0.04)


def departed(requests: int, mix: dict[str, float], rng: Streams) -> Listing:
    """Draw a list of people who left the country: it needs nobody here."""
    part = listing_part(
        requests=requests,
        departed_share=1.0,
        wrongly_listed_share=0.0,
        nationality_mix=mix,
        investigation_share=0.0,
    )
    nobody = candidates(listing_part(requests=0))
    everything = Scenario()
    return draw_listing(
        nobody, small_sample(), everything.names, part, everything.roll, rng=rng
    ).listing


def has_nickname(given: np.ndarray) -> BoolArray:
    words = lexicon.names().lexicon.texts
    known = tables.nicknames()
    with_one = {code for code in np.unique(given).tolist() if words[code] in known}
    return np.isin(given, list(with_one))


ERRORS = {
    "given_misspelt": 0.11,
    "given_transcribed": 0.07,
    "given_initial": 0.04,
    "surname_misspelt": 0.13,
    "surname_transcribed": 0.05,
    "names_swapped": 0.03,
}


def exact_shares(replicates: int, requests: int, *, nickname: float) -> tuple[FloatArray, float]:
    """Return the share of requests whose names are exact, and the share that has a nickname.

    People of one surname: whoever shows two can be misspelt in either.
    """
    rates = RequestsPart.model_validate(NO_ERRORS | ERRORS | {"nickname": nickname})
    shares, reach = np.empty(replicates), np.empty(replicates)
    for replicate in range(replicates):
        rng = Streams(SEED, replicate)
        listing = departed(requests, {"india": 1.0, "haiti": 1.0}, rng)
        assert (listing.surname_2 == ABSENT).all()
        written, *_ = write_requests(listing, small_sample(), rates, ListingPart(), 0.06, rng=rng)
        exact = (written.given == listing.given) & (written.surname_1 == listing.surname_1)
        unlike = listing.given != listing.surname_1  # swapping equal names changes nothing
        shares[replicate] = exact[unlike].mean()
        reach[replicate] = has_nickname(listing.given[unlike]).mean()
    return shares, float(reach.mean())


def test_exact_agreement_survives_as_the_product_says() -> None:
    """Notices 2% of the share left exact; a theory 2% off does not pass."""
    simulated, _ = exact_shares(20, 6_000, nickname=0.0)
    theory = exact_match_recall(list(ERRORS.values()))
    agreement(simulated, theory, detectable=0.02)
    for wrong in (theory / 1.02, theory * 1.02):
        with pytest.raises(AssertionError, match="theory"):
            agreement(simulated, wrong, detectable=0.03)


def test_nicknames_strike_those_who_have_one() -> None:
    simulated, reach = exact_shares(20, 6_000, nickname=0.5)
    assert 0.05 < reach < 0.95
    theory = exact_match_recall([*ERRORS.values(), 0.5 * reach])
    agreement(simulated, theory, detectable=0.02)
    without = exact_match_recall(list(ERRORS.values()))
    with pytest.raises(AssertionError, match="theory"):
        agreement(simulated, without, detectable=0.04)


def test_addresses_on_the_list_are_stale_and_whole_at_their_rates() -> None:
    """A request's address is that of today's dwelling with chance (1 - stale) and unharmed."""
    rates = RequestsPart.model_validate(
        NO_ERRORS | {"street_misspelt": 0.2, "address_missing": 0.1, "address_placeholder": 0.15}
    )
    shares = np.empty(20)
    for replicate in range(shares.size):
        rng = Streams(SEED, replicate)
        listing = departed(4_000, {"mexico": 1.0}, rng)
        written, *_ = write_requests(listing, small_sample(), rates, ListingPart(), 0.06, rng=rng)
        true = postal_addresses(listing.place.astype(np.int64), listing.dwelling.astype(np.int64))
        said = np.stack([written.street, written.form, written.number, written.unit])
        shares[replicate] = (said == true).all(axis=0).mean()
    theory = exact_match_recall([0.2]) * (1.0 - 0.1 - 0.15)
    agreement(shares, theory, detectable=0.03)
    with pytest.raises(AssertionError, match="theory"):
        agreement(shares, 0.97 * theory, detectable=0.04)
