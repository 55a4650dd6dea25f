"""Say what a scenario should give by closed forms alone, without any simulation.

Rests on the scenario, the reference tables and ``closed_forms``; shares no code with the stages it
checks, so it must restate in a line what they do in detail. Each expectation says in its note what
it leaves out: it is a yardstick for the simulation, not a substitute. Numbers that neither the
scenario nor a table holds are the constants below, each with its source.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.measures.closed_forms import address_still_current, exact_match_recall
from simulator.reference import tables
from simulator.scenario.schema import (
    AddressCheck,
    LegalStatus,
    NamesAsFiled,
    RequestsPart,
    Scenario,
    SurnameTokens,
)

FloatArray = npt.NDArray[np.float64]

US_POPULATION = 331_400_000
"""People counted in the 2020 census, 50 states and DC [recalled]."""

ADULT_SHARE_OF_2000S = 0.73
"""Share of those born 2000 to 2009 aged 18 and over on 7 April 2025 [computed]."""

_ADDRESS_MUST_PARSE = (AddressCheck.PARSEABLE, AddressCheck.DELIVERABLE)


@dataclass(frozen=True)
class Expectation:
    """One expected value, its unit, the formula behind it and what the formula ignores."""

    name: str
    value: float
    unit: str
    formula: str
    note: str


def expectations(scenario: Scenario) -> list[Expectation]:
    """Return the closed-form expectations for one scenario, most telling first."""
    return [
        *_coincidences(scenario),
        *_name_concentration(),
        *_addresses(scenario),
        *_recall(scenario),
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


def accounts_by_origin(scenario: Scenario) -> FloatArray:
    """Return the expected accounts of adults by origin: people * adults * filing.

    The population is taken to have the nation's composition by origin and legal status.
    """
    origins = tables.origins()
    filing = np.array([getattr(scenario.roll.filing_rate, status) for status in tables.STATUSES])
    people = scenario.population.size * origins.population / origins.population.sum()
    return np.asarray(people * _adult_shares() * (origins.status_shares @ filing))


def listed_by_origin(scenario: Scenario) -> FloatArray:
    """Return the expected requests by origin.

    The rightly listed and the departed follow the nationality mix; the wrongly listed follow the
    origins of adults of the legal statuses named.
    """
    listing = scenario.listing
    wrongly = listing.requests * listing.wrongly_listed_share
    by_origin = (listing.requests - wrongly) * _nationality_shares(listing.nationality_mix)
    origins = tables.origins()
    adults = origins.population * _adult_shares()
    for status, share in listing.wrongly_listed_status.model_dump().items():
        holders = adults * origins.status_shares[:, tables.STATUSES.index(status)]
        by_origin = by_origin + wrongly * share * holders / holders.sum()
    return np.asarray(by_origin)


def _adult_shares() -> FloatArray:
    """Return the share aged 18 and over by origin, from the ages of its group and nativity."""
    cohorts = np.array([1.0] * 7 + [ADULT_SHARE_OF_2000S, 0.0, 0.0])
    origins = tables.origins()
    ages = tables.population_by_age()[origins.name_group, origins.foreign_born.astype(np.int64)]
    return np.asarray(ages @ cohorts)


def _nationality_shares(mix: dict[str, float]) -> FloatArray:
    """Return the mix as shares of origins; "other" goes to those not named, by unauthorized."""
    origins = tables.origins()
    weights = np.array([mix.get(name, 0.0) for name in origins.names])
    unauthorized = origins.population * origins.status_shares[:, -1]
    unnamed = np.array(
        [
            abroad and name not in mix
            for name, abroad in zip(origins.names, origins.foreign_born, strict=True)
        ]
    )
    others = np.where(unnamed, unauthorized, 0.0)
    if others.sum() > 0.0:
        weights = weights + mix.get("other", 0.0) * others / others.sum()
    return np.asarray(weights / weights.sum())


@cache
def surname_shares() -> FloatArray:
    """Return the share of every surname by origin, shape (origins, surnames); rows sum to 1."""
    table = tables.surnames()
    return np.stack([column.shares(len(table.names)) for column in table.by_origin])


@cache
def given_shares() -> FloatArray:
    """Return the share of every given name by origin and sex, all birth cohorts together.

    Shape (origins, sexes, given names); the last axis sums to 1.
    """
    table, origins = tables.given_names(), tables.origins()
    bearers = np.zeros((len(origins.names), len(tables.SEXES), len(table.names)))
    for origin, sex in np.ndindex(bearers.shape[:2]):
        columns = [table.foreign(origin, sex)]
        if not origins.foreign_born[origin]:
            group = int(origins.name_group[origin])
            cohorts = range(len(tables.COHORT_FIRST_YEARS))
            columns = [table.native(group, sex, cohort) for cohort in cohorts]
        for column in columns:
            bearers[origin, sex, column.rows] += column.people
    return np.asarray(bearers / bearers.sum(axis=2, keepdims=True))


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
        Expectation("pairs with the same full name by chance", expected, "pairs", formula, ignored),
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


def _reach(scenario: Scenario, given: Collection[str], surnames: Collection[str]) -> float:
    """Return the share of the list with one of some given names or surnames; 1 for no list."""
    listed = listed_by_origin(scenario)
    if listed.sum() <= 0.0:
        return 1.0
    of_given = np.array([name in given for name in tables.given_names().names], dtype=np.float64)
    of_surname = np.array([name in surnames for name in tables.surnames().names], dtype=np.float64)
    missed = (1.0 - given_shares() @ of_given).mean(axis=1) * (1.0 - surname_shares() @ of_surname)
    return float(listed @ (1.0 - missed) / listed.sum())


def _struck_names(scenario: Scenario) -> dict[str, float]:
    """Return the share of the list whose names each error can strike, where that is not all."""
    families = {
        kind: {name for family in of_kind for name in family}
        for kind, of_kind in tables.romanisations().items()
    }
    bare = {name for name, (_, rest) in tables.particles().items() if rest}
    listed, origin = listed_by_origin(scenario), tables.origins()
    middle = scenario.names.middle_name
    by_origin = np.where(origin.foreign_born, middle.elsewhere, middle.us_born)
    hispanic = origin.name_group == tables.NAME_GROUPS.index("hispanic")
    by_origin[origin.foreign_born & hispanic] = middle.latin_american
    by_origin[origin.foreign_born & origin.family_name_first] = middle.east_asian
    return {
        "nickname": _reach(scenario, tables.nicknames(), ()),
        "given_shortened": _reach(scenario, tables.compound_given(), ()),
        "given_romanised": _reach(scenario, families["given"], ()),
        "surname_romanised": _reach(scenario, (), families["surname"]),
        "particle_dropped": _reach(scenario, (), bare),
        "goes_by_middle": float(listed @ by_origin / max(listed.sum(), 1.0)),
    }


def _name_errors(rates: RequestsPart | NamesAsFiled, scenario: Scenario) -> list[float]:
    """Return the chance of each error by which one side alone changes the names of its records."""
    listed = listed_by_origin(scenario)
    first = float(listed @ tables.origins().family_name_first / max(listed.sum(), 1.0))
    swapped = first * rates.names_swapped_family_name_first + (1.0 - first) * rates.names_swapped
    return [rates.given_misspelt, rates.surname_misspelt, swapped]


def _habits(scenario: Scenario) -> list[float]:
    """Return the chance that a habit shows on one side alone: the difference of both rates.

    A person's habit decides on both sides, so whom the lower rate strikes the higher one strikes.
    """
    listed, filed = scenario.requests, scenario.roll.names_as_filed
    return [
        abs(getattr(listed, habit) - getattr(filed, habit)) * share
        for habit, share in _struck_names(scenario).items()
    ]


def _first_surnames_unlike(scenario: Scenario) -> float:
    """Return the chance that dropping surnames makes the first ones of both sides differ.

    f and s are the shares on the list and the roll under the mother's surname alone; of the others
    d file both and 1 - m are listed under both, and whoever does the rarer does the other too.
    Where the father's stands first it is shown but by those under the mother's alone. Where it
    stands last (Brazil) it is first only where it stands alone.
    """
    requests, filed = scenario.requests, scenario.roll.names_as_filed
    f, m = requests.first_surname_dropped, requests.second_surname_dropped
    d, s = filed.double_surname_share, filed.second_surname_alone
    father_first = (1.0 - d) * abs(f - s) + d * f
    both_alone = (1.0 - max(f, s)) * min(m, 1.0 - d)
    father_last = (1.0 - f) * m + (1.0 - s) * (1.0 - d) - 2.0 * both_alone
    listed, customs = listed_by_origin(scenario), np.array(tables.origins().surname_custom)
    last = float(listed[customs == "maternal_paternal"].sum())
    first = float(listed[customs == "paternal_maternal"].sum())
    share = last / (first + last) if first + last > 0.0 else 0.0
    return (1.0 - share) * father_first + share * father_last


def _no_surname_shared(scenario: Scenario) -> float:
    """Return the chance that one side shows the father's surname alone, the other the mother's."""
    requests, filed = scenario.requests, scenario.roll.names_as_filed
    f, m = requests.first_surname_dropped, requests.second_surname_dropped
    d, s = filed.double_surname_share, filed.second_surname_alone
    return (1.0 - d) * max(f - s, 0.0) + min(1.0 - d, m) * max(s - f, 0.0)


def _recall(scenario: Scenario) -> list[Expectation]:
    errors, filed = scenario.requests, scenario.roll.names_as_filed
    single = [
        errors.given_transcribed,
        errors.surname_transcribed,
        *_name_errors(errors, scenario),
        *_name_errors(filed, scenario),
        *_habits(scenario),
    ]
    names = (
        "names misspelt, transcribed or swapped, on the list or the roll, and habits that show on "
        "one of them alone"
    )
    if scenario.matching.surname_tokens == SurnameTokens.FIRST:
        double = [*single, errors.surnames_swapped, _first_surnames_unlike(scenario)]
        surname_part = "surnames_swapped and first surnames that differ as one of them is dropped"
    else:
        double = [*single, _no_surname_shared(scenario)]
        surname_part = "the father's alone on one side and the mother's alone on the other"
    note = (
        "Both names equal to the roll's, letter for letter, address apart. Errors independent, "
        "each changes the name; habits (middle name, nickname, first part of a compound, "
        "romanisation, particle, which of two surnames) are the person's and strike both sides "
        "alike, so that they break agreement as far as the rates differ. Ignores errors that undo "
        "each other or change nothing, names that no slip makes another, and surnames changed by "
        "marriage."
    )
    return [
        Expectation(
            "exact agreement of both names, one surname",
            exact_match_recall(single),
            "share of mated requests",
            f"product of 1 - e over {names}",
            note,
        ),
        Expectation(
            "exact agreement of both names, two surnames",
            exact_match_recall(double),
            "share of mated requests",
            f"product of 1 - e over {names}; for two surnames also {surname_part}",
            note + " Every surname error counts, even in a part that is not compared.",
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
    rightly = 1.0 - listing.departed_share - listing.wrongly_listed_share
    wrongly = sum(
        share * (1.0 - getattr(filing, status))
        for status, share in listing.wrongly_listed_status.model_dump().items()
    )
    not_filing = 1.0 - getattr(filing, LegalStatus.UNAUTHORIZED.value)
    value = listing.departed_share + rightly * not_filing + listing.wrongly_listed_share * wrongly
    return [
        Expectation(
            "requests without an account of their own",
            value,
            "share of requests",
            "departed + rightly listed * (1 - filing) + wrongly listed * sum share * (1 - filing)",
            "The rightly listed are taken as unauthorized adults. Ignores dependants' accounts and "
            "whoever files jointly although not filing alone.",
        )
    ]
