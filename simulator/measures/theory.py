"""Say what a scenario should give by closed forms alone, without any simulation.

Rests on the scenario, the reference tables and ``closed_forms``; shares no code with the stages it
checks, so it must restate in a line what they do in detail. Each expectation says in its note what
it leaves out: it is a yardstick for the simulation, not a substitute. Numbers that neither the
scenario nor a table holds are the constants below, each with its source.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.measures.closed_forms import address_still_current, exact_match_recall
from simulator.measures.expectation import Expectation
from simulator.measures.expected_names import (
    accounts_by_origin,
    given_shares,
    listed_by_origin,
    surname_shares,
)
from simulator.measures.expected_recall import recall
from simulator.reference import tables
from simulator.scenario.schema import (
    AddressCheck,
    LegalStatus,
    Scenario,
)

FloatArray = npt.NDArray[np.float64]

US_POPULATION = 331_400_000
"""People counted in the 2020 census, 50 states and DC [recalled]."""

SAME_FULL_NAME = "pairs with the same full name by chance"
"""Name of the expectation that grows with requests times accounts."""

_ADDRESS_MUST_PARSE = (AddressCheck.PARSEABLE, AddressCheck.DELIVERABLE)


def expectations(scenario: Scenario) -> list[Expectation]:
    """Return the closed-form expectations for one scenario, most telling first."""
    return [
        *_coincidences(scenario),
        *_name_concentration(),
        *_addresses(scenario),
        *recall(scenario),
        *_rejected(scenario),
        *_unmated(scenario),
    ]


def full_name_agreement(surname_shares: FloatArray, given_shares: FloatArray) -> FloatArray:
    """Return the chance that two people bear the same given name and surname, by origin and sex.

    ``surname_shares`` has shape (origins, surnames), ``given_shares`` (origins, sexes, given
    names); the shares of an origin and sex sum to 1. The result has shape (origins, sexes,
    origins, sexes): sum over surnames of p_gk p_hk, times sum over given names of q_gsj q_htj.
    Given name and surname are independent within origin and sex.
    """
    origins, sexes, _ = given_shares.shape
    surname = surname_shares @ surname_shares.T
    flat = given_shares.reshape(origins * sexes, -1)
    given = (flat @ flat.T).reshape(origins, sexes, origins, sexes)
    return np.asarray(surname[:, np.newaxis, :, np.newaxis] * given)


@cache
def _agreement() -> FloatArray:
    """Return the chance of the same full name by origin of either, the sexes equally frequent."""
    return np.asarray(full_name_agreement(surname_shares(), given_shares()).mean(axis=(1, 3)))


def _coincidences(scenario: Scenario) -> list[Expectation]:
    sexes = len(tables.SEXES)
    listed, accounts = listed_by_origin(scenario), accounts_by_origin(scenario)
    expected = float(listed @ _agreement() @ accounts)
    requests = scenario.listing.requests
    per_thousand = 1000.0 * expected / requests if requests else float("nan")
    formula = "sum over origins g, h of N_g L_h mean over sexes of (sum p_gk p_hk)(sum q_gj q_hj)"
    ignored = (
        f"Coincidences of people who share a full name by chance, before any address comparison. "
        f"Given name and surname independent within origin and sex, {sexes} sexes equally "
        "frequent on both lists; ignores errors, double and family surnames, birth cohorts "
        "(names of one age group coincide more often), similar but unequal names, dependants, "
        "guardrails. National composition by origin; adult shares by group and nativity [recalled]."
    )
    scale = US_POPULATION / scenario.population.size
    return [
        Expectation(
            "accounts of adults on the roll",
            float(accounts.sum()),
            "accounts",
            "sum over origins of people * adults * sum over statuses of share * filing",
            "National composition; adult shares by group and nativity [recalled].",
        ),
        Expectation(SAME_FULL_NAME, expected, "pairs", formula, ignored),
        Expectation(
            "the same, per 1,000 requests",
            per_thousand,
            "pairs per 1,000 requests",
            f"1000 / N times {formula}",
            ignored,
        ),
        Expectation(
            "the same, per 1,000 requests, against the whole country's roll",
            per_thousand * scale,
            "pairs per 1,000 requests",
            f"times {US_POPULATION:,} / population.size",
            "Grows in proportion to the roll, per request; in all it grows with requests "
            "times accounts. " + ignored,
        ),
    ]


def _name_concentration() -> list[Expectation]:
    note = (
        "Census 2020 names with the invented tail for people outside the published list. "
        "Chance that two people of the group, drawn at random, bear the same name."
    )
    origins = tables.origins()
    # US-born children count with the origin that their surname is of.
    surname_people = np.array([column.people.sum() for column in tables.surnames().by_origin])
    rows: list[Expectation] = []
    for group, name in enumerate(tables.NAME_GROUPS):
        people = np.where(origins.name_group == group, origins.population, 0.0)
        people = people / people.sum()
        bearers = np.where(origins.name_group == group, surname_people, 0.0)
        surname = bearers / bearers.sum() @ surname_shares()
        value = float(surname @ surname)
        rows.append(
            Expectation(f"same surname, {name}", value, "chance per pair", "sum of p^2", note)
        )
        for sex, label in enumerate(tables.SEXES):
            given = people @ given_shares()[:, sex]
            rows.append(
                Expectation(
                    f"same given name, {name} {label}",
                    float(given @ given),
                    "chance per pair",
                    "sum of q^2",
                    note + " Ignores birth cohorts.",
                )
            )
    return rows


def _addresses(scenario: Scenario) -> list[Expectation]:
    rate = scenario.population.annual_move_rate
    shares = scenario.roll.years_since_filing
    current = sum(share * address_still_current(rate, years) for years, share in enumerate(shares))

    return [
        Expectation(
            "real addresses on the list still current",
            1.0 - scenario.requests.stale_address,
            "share of requests with a real address",
            "1 - stale_address",
            "Of residents. Ignores former addresses that equal today's; for people who "
            "have left the country no address is current.",
        ),
        Expectation(
            "addresses on the roll still current",
            current,
            "share of accounts",
            "sum over k of share_k (1 - m)^k",
            "Years k from years_since_filing, everybody moving at the average rate m; that some "
            "move more often than others raises the share a little. Ignores moving back, that "
            "people who file late may move more often, and that whoever came of age since has "
            "moved.",
        ),
    ]


def _rejected(scenario: Scenario) -> list[Expectation]:
    errors, guardrails = scenario.requests, scenario.guardrails
    check = guardrails.address_check
    placeholders_failing = 0.0
    if guardrails.placeholders_rejected or check in _ADDRESS_MUST_PARSE:
        placeholders_failing = 1.0
    elif check == AddressCheck.ZIP_PROXY:
        placeholders_failing = 1.0 - errors.placeholder_with_number
    frame = tables.zips()
    multi = float(np.average(frame.share_multi_unit, weights=frame.households))
    undeliverable = 0.0
    if check == AddressCheck.DELIVERABLE:
        undeliverable = 1.0 - exact_match_recall(
            [errors.street_misspelt, errors.number_transposed, errors.unit_missing * multi]
        )
    missing = errors.address_missing
    placeholder = errors.address_placeholder
    rejected = (
        missing * guardrails.address_required
        + placeholder * placeholders_failing
        + (1.0 - missing - placeholder) * undeliverable
    )
    return [
        Expectation(
            "requests rejected for their address",
            rejected,
            "share of requests",
            "missing + placeholder * failing + (1 - missing - placeholder) * undeliverable",
            "Only the terms the guardrails switch on; address_required alone rejects blanks. "
            f"Undeliverable: {multi:.3f} of dwellings lie in buildings with several units, "
            "as in the nation; every misspelt street and transposed number counts, though a few "
            "exist by chance. Ignores rejections for other reasons.",
        )
    ]


def _unmated(scenario: Scenario) -> list[Expectation]:
    listing, filing = scenario.listing, scenario.roll.filing_rate
    absent = listing.departed_share + listing.died_share + listing.never_existed_share
    rightly = 1.0 - absent - listing.wrongly_listed_share
    wrongly = sum(
        share * (1.0 - getattr(filing, status))
        for status, share in listing.wrongly_listed_status.model_dump().items()
    )
    not_filing = 1.0 - getattr(filing, LegalStatus.UNAUTHORIZED.value)
    value = absent + rightly * not_filing + listing.wrongly_listed_share * wrongly
    return [
        Expectation(
            "requests without an account of their own",
            value,
            "share of requests",
            "departed, died or never there + rightly listed * (1 - filing) "
            "+ wrongly listed * sum share * (1 - filing)",
            "The rightly listed are taken as unauthorized adults. Ignores dependants' accounts and "
            "whoever files jointly although not filing alone.",
        )
    ]
