"""The loop over years: rates from what was disclosed, filers from rates, and what a run leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from simulator.measures.detail import Detail
from simulator.measures.years import LABELS, Disclosed, YearQuantity
from simulator.population.people import generate_people
from simulator.population.silence import Census, Community, Silence
from simulator.randomness import FloatArray
from simulator.records import person_number
from simulator.scenario.schema import CessationPart, Scenario
from simulator.study.chilling import next_rates, years_of
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.replicate import run_replicate
from simulator.study.run import run_scenario
from tests.population.world import assert_share
from tests.study.tiny import digests, merged, quiet, tiny

Q = YearQuantity
NOBODY = np.zeros(0, np.int64)
BASE: dict[str, Any] = {"population": {"size": 20_000}, "listing": {"requests": 200}}
FIVE: dict[str, Any] = merged(BASE, {"chilling": {"years": 5}})


def counted(filing: tuple[float, float, float], exposed: tuple[float, float, float]) -> Census:
    zeros = np.zeros(3)
    return Census(
        zeros, zeros, np.array(filing), zeros, np.array(exposed), accounts=zeros, outdated=zeros
    )


def test_rates_are_the_base_and_twice_the_share_exposed() -> None:
    rates = next_rates(
        CessationPart(per_disclosure=2.0), counted((200.0, 100.0, 900.0), (8.0, 3.0, 90.0))
    )
    assert rates == pytest.approx((0.05 + 2 * 0.04, 0.03 + 2 * 0.03, 0.0))


def test_nobody_stops_twice_and_nobody_left_is_no_error() -> None:
    part = CessationPart(per_disclosure=100.0)
    assert next_rates(part, counted((10.0, 10.0, 0.0), (9.0, 0.0, 0.0))) == (1.0, 0.03, 0.0)
    assert next_rates(part, counted((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))) == (0.05, 0.03, 0.0)


def test_years_of_a_roll_that_nobody_files_are_refused() -> None:
    with pytest.raises(ValidationError, match="years above 0 needs searched_roll tax"):
        Scenario.model_validate({"chilling": {"years": 1}, "searched_roll": "voter"})


@pytest.fixture(scope="module")
def asked() -> PreparedReplicate:
    return prepared_replicate(Scenario.model_validate(FIVE), 0)


def nothing(silence: Silence) -> Disclosed:
    """Disclose nothing, in no year."""
    return Disclosed(np.zeros(len(Detail)), NOBODY)


def share_of_everybody(asked: PreparedReplicate, every: int) -> Callable[[Silence], Disclosed]:
    """Return what exposes each person whose number leaves no rest by ``every``, every year."""
    part = Scenario.model_validate(FIVE).population
    found = []
    for places in asked.parts:
        people = generate_people(places, asked.sample, part, rng=asked.rng)
        found.append(person_number(people.place, people.dwelling, people.member))
    persons = np.unique(np.concatenate(found))[::every]
    return lambda silence: Disclosed(np.zeros(len(Detail)), persons)


def chilled(**cessation: float) -> Scenario:
    return Scenario.model_validate(merged(FIVE, {"chilling": {"cessation": cessation}}))


def filing(years: FloatArray, community: Community) -> FloatArray:
    return np.asarray(years[:, Q.FILING, community])


def test_without_disclosures_filers_are_left_by_the_rate_alone(asked: PreparedReplicate) -> None:
    scenario = chilled(unauthorized=0.2, mixed_status_household=0.0, per_disclosure=0.0)
    years = years_of(scenario, asked, share_of_everybody(asked, 1))
    assert years.shape == (6, len(Q), len(LABELS))
    left = filing(years, Community.UNAUTHORIZED)
    first = left[0]
    assert first > 150
    for year in range(6):
        stayed = np.arange(first) < left[year]
        # Couples stop as one, so that fewer trials are independent than there are filers.
        assert_share(stayed[::2], 0.8**year, alpha=1e-4)
    with pytest.raises(AssertionError):
        assert_share((np.arange(first) < left[5])[::2], 0.9**5, alpha=1e-4)
    assert (filing(years, Community.OTHERS) == filing(years, Community.OTHERS)[0]).all()


def test_the_first_year_is_the_run_as_it_is(asked: PreparedReplicate) -> None:
    first, other = (years_of(chilled(unauthorized=rate), asked, nothing)[0] for rate in (0.0, 1.0))
    np.testing.assert_array_equal(first, other)
    assert first[Q.LOST].sum() == 0.0
    np.testing.assert_array_equal(first[Q.FILERS], first[Q.FILING])


def test_counts_of_a_year_add_up(asked: PreparedReplicate) -> None:
    years = years_of(chilled(unauthorized=0.3), asked, share_of_everybody(asked, 7))
    np.testing.assert_array_equal(years[1:, Q.FILING_BEFORE], years[:-1, Q.FILING])
    np.testing.assert_array_equal(
        years[1:, Q.FILING], years[1:, Q.FILING_BEFORE] - years[1:, Q.STOPPED]
    )
    np.testing.assert_array_equal(years[:, Q.LOST], years[:, Q.FILERS] - years[:, Q.FILING])
    np.testing.assert_array_equal(years[:, :, -1], years[:, :, :-1].sum(axis=2) + _only_all(years))


def _only_all(years: FloatArray) -> FloatArray:
    """Return what is no sum over communities: one per replicate counts 1 in every column."""
    apart = np.zeros((years.shape[0], len(Q)))
    apart[:, Q.REPLICATES] = -2.0
    return apart


def test_the_more_is_disclosed_the_fewer_file(asked: PreparedReplicate) -> None:
    scenario = chilled(unauthorized=0.02, mixed_status_household=0.02, per_disclosure=2.0)
    none, few, many = (
        years_of(scenario, asked, disclosed)
        for disclosed in (nothing, share_of_everybody(asked, 20), share_of_everybody(asked, 5))
    )
    for community in (Community.UNAUTHORIZED, Community.MIXED_STATUS_HOUSEHOLD):
        left = [filing(years, community) for years in (none, few, many)]
        assert (left[0] >= left[1]).all()
        assert (left[1] >= left[2]).all()
        assert left[0][-1] > left[1][-1] > left[2][-1]
        assert left[0][0] == left[2][0]
    others = filing(none, Community.OTHERS)
    np.testing.assert_array_equal(others, filing(many, Community.OTHERS))


def test_the_roll_loses_those_whose_return_is_too_old_and_ages_the_others(
    asked: PreparedReplicate,
) -> None:
    short, long = (
        years_of(
            Scenario.model_validate(
                merged(
                    FIVE,
                    {
                        "chilling": {
                            "cessation": {"unauthorized": 0.3, "per_disclosure": 0.0},
                            "address_kept_years": kept,
                        }
                    },
                )
            ),
            asked,
            nothing,
        )
        for kept in (0, 20)
    )
    accounts = [years[:, Q.ACCOUNTS, Community.UNAUTHORIZED] for years in (short, long)]
    assert (np.diff(accounts[0]) < 0).all()
    assert (accounts[1] == accounts[1][0]).all()
    outdated = long[:, Q.OUTDATED, -1]
    assert (np.diff(outdated) > 0).all()
    np.testing.assert_array_equal(short[:, Q.FILING], long[:, Q.FILING])


BY_NUMBER: dict[str, Any] = {
    "requests": {"tin_present": 1.0},
    "matching": {"tin_path": True, "name_address_path": False},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
    },
}


def by_number(kept: int) -> FloatArray:
    """Return years in which requests find by number alone, and accounts are kept so long."""
    cessation = {"unauthorized": 0.3, "per_disclosure": 0.0}
    change = {"chilling": {"cessation": cessation, "address_kept_years": kept}}
    scenario = Scenario.model_validate(merged(merged(FIVE, BY_NUMBER), change))
    return run_replicate(scenario, 0).years[:, :, -1]


def test_found_by_number_more_doors_are_wrong_every_year_while_accounts_are_kept() -> None:
    years = by_number(kept=20)
    for quantity in (Q.LINKED_REQUESTS, Q.FOUND, Q.LINKS):
        assert (years[:, quantity] == years[0, quantity]).all(), "a number does not age"
    assert (np.diff(years[:, Q.WRONG_ADDRESS]) >= 0).all()
    assert years[-1, Q.WRONG_ADDRESS] > 2 * years[0, Q.WRONG_ADDRESS] > 0


def test_found_by_number_the_yield_falls_when_accounts_leave_the_roll() -> None:
    years = by_number(kept=0)
    assert (np.diff(years[:, Q.LINKED_REQUESTS]) < 0).all()
    assert years[-1, Q.LINKED_REQUESTS] < 0.5 * years[0, Q.LINKED_REQUESTS]


SMALL: dict[str, Any] = {
    "population": {"size": 6_000},
    "listing": {"requests": 120},
    "matching": {"address_threshold": "any"},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
    },
}


def run(tmp_path: Path, name: str, chilling: dict[str, Any]) -> Path:
    scenario = tiny(merged(SMALL, {"chilling": chilling}))
    run_scenario(scenario, tmp_path / name, workers=1, progress=quiet)
    return tmp_path / name


def test_no_years_leave_no_table_and_years_leave_the_other_tables_alone(tmp_path: Path) -> None:
    without = run(tmp_path, "without", {"years": 0, "cessation": {"unauthorized": 1.0}})
    with_years = run(tmp_path, "with", {"years": 2, "cessation": {"unauthorized": 0.5}})
    before, after = digests(without), digests(with_years)
    assert "years.csv" not in before
    assert "years.csv" in after
    for name in set(before) - {"manifest.json"}:
        assert before[name] == after[name], name


def test_a_run_leaves_its_years_and_the_first_is_that_of_the_estimates(tmp_path: Path) -> None:
    results = run(tmp_path, "years", {"years": 3, "cessation": {"unauthorized": 0.6}})
    years = pd.read_csv(results / "years.csv")
    assert sorted(years.year.unique()) == [0, 1, 2, 3]
    estimates = pd.read_csv(results / "estimates.csv")
    own = estimates[(estimates.policy == "all") & (estimates.group == "all")]
    for measure in ("yield", "wrong_address_rate", "false_discovery_rate"):
        first = years[(years.year == 0) & (years.measure == measure)].iloc[0]
        same = own[own.measure == measure].iloc[0]
        for column in ("estimate", "numerator", "denominator"):
            assert first[column] == same[column], (measure, column)
    found = years[years.measure == "yield"].set_index("year").numerator
    assert found[3] < found[0], "whoever is silent for long is not found"
