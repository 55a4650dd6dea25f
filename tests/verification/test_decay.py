"""Rung 4 and published item 7: addresses go stale as (1 − m)^t, exact names survive as ∏(1 − e)."""

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.measures.closed_forms import address_still_current, exact_match_recall
from simulator.measures.own_counts import own_counts
from simulator.measures.quantities import Quantity
from simulator.population.taxpayer_numbers import ADULT
from simulator.randomness import FloatArray, Streams
from simulator.records import STATUSES
from simulator.scenario.schema import NamesAsFiled, Scenario
from simulator.study.replicate import run_replicate
from tests.enforcement.lists import PLAIN
from tests.enforcement.rates import NO_ERRORS
from tests.population.world import ALIKE, SEED, build, small_sample
from tests.verification.overlays import Axes
from tests.verification.theory import Held, Wrong, conclude, scaled, theory_check

pytestmark = pytest.mark.slow

YEARS = 10
CHANNELS = (
    *("given_misspelt", "given_transcribed", "surname_misspelt", "surname_transcribed"),
    "names_swapped",
)
NOTHING_REQUIRED = {
    "address_required": False,
    "address_check": "none",
    "placeholders_rejected": False,
    "period_required": False,
    "statute_required": False,
    "reason_required": False,
}
ONE_SURNAME = {"india": 6.0, "sub_saharan_africa": 2.0, "europe": 2.0}
NAMES_AS_BORNE = dict.fromkeys(NamesAsFiled.model_fields, 0.0)


def still_current(rate: float, replicates: int) -> FloatArray:
    """Return the share of household heads' filed addresses still theirs, by replicate and year.

    Shape (replicates, years). Everybody moves alike and is on the roll, with a return filed up to
    ten years ago; those who came of age since have moved and are left out.
    """
    lags = YEARS + 1
    scenario = Scenario.model_validate(
        {
            "population": {"annual_move_rate": rate, **ALIKE},
            "roll": {
                "filing_rate": dict.fromkeys(STATUSES, 1.0),
                "years_since_filing": [1.0 / lags] * lags,
            },
        }
    )
    shares = np.empty((replicates, lags))
    for replicate in range(replicates):
        world = build(scenario, small_sample(), Streams(SEED, replicate))
        people, row, truth = world.people, world.accounts.row, world.accounts
        current = truth.filed_place == people.place[row]
        current &= truth.filed_dwelling == people.dwelling[row]
        settled = (people.member[row] == 0) & (people.age[row] >= ADULT + lags)
        for year in range(lags):
            filed_then = settled & (world.roll.years_since_filing == year)
            shares[replicate, year] = current[filed_then].mean()
    return shares


def test_addresses_go_stale_as_the_power_of_years_says() -> None:
    values = []
    for rate in (0.12, 0.18):
        shares = still_current(rate, 40)
        for year in range(YEARS + 1):
            theory = address_still_current(rate, year)
            label = f"{rate:.0%} move a year, {year} years"
            values.append(Held(label, shares[:, year], theory, year, f"{rate:.0%} move a year"))
    by_label = {value.label: value.theory for value in values}
    assert round(by_label["12% move a year, 3 years"], 3) == 0.681
    assert round(by_label["18% move a year, 3 years"], 3) == 0.551
    conclude(
        theory_check(
            "07-stale-addresses",
            "Addresses still current after some years",
            "Share of household heads whose filed address is where they live, by years since the "
            "return, in populations of 20,000 through the package's movement; lines: (1 − m)^t. "
            "Published: .681 after three years at 12% a year, .551 at 18%.",
            "(1 − m)^t; .681 and .551 after 3 years",
            "7.7",
        ),
        values,
        [
            Wrong("one year more", lambda v: v.theory * (0.88 if "12%" in v.series else 0.82)),
            scaled(1.15),
        ],
        Axes(x="years since the return was filed", value="share of addresses still current"),
        detectable=0.12,
    )


def found_again(rate: float, replicates: int) -> FloatArray:
    """Return by replicate the share of mates found by exact names when five channels err so often.

    One error or more in either name keeps the mate from agreeing exactly. People of one surname.
    """
    scenario = Scenario.model_validate(
        {
            "population": {"size": 100_000},
            "roll": {
                "filing_rate": dict.fromkeys(STATUSES, 1.0),
                "names_as_filed": NAMES_AS_BORNE,
            },
            "listing": {
                "requests": 120,
                "departed_share": 0.0,
                "wrongly_listed_share": 0.0,
                "nationality_mix": ONE_SURNAME,
                **PLAIN,
            },
            "requests": NO_ERRORS | dict.fromkeys(CHANNELS, rate),
            "guardrails": NOTHING_REQUIRED,
            "matching": {"name_threshold": 1.0, "address_threshold": "any"},
        }
    )
    shares = np.empty(replicates)
    for replicate in range(replicates):
        counts = run_replicate(scenario, replicate)
        values = own_counts([counts], scenario).quantities[0, :, 0]
        assert counts.setting.mix_shortfall == 0.0, "others would be listed, who bear two surnames"
        shares[replicate] = values[Quantity.FOUND_MATED] / values[Quantity.MATED]
    return shares


def products(values: Sequence[Held], channels: int) -> dict[str, float]:
    """Return the closed form with another number of independent channels, by label."""
    return {value.label: exact_match_recall([value.at] * channels) for value in values}


def test_exact_names_survive_as_the_product_says() -> None:
    values = []
    for rate in (0.0, 0.02, 0.04, 0.08, 0.12, 0.16):
        theory = exact_match_recall([rate] * len(CHANNELS))
        values.append(Held(f"error rate {rate:g}", found_again(rate, 30), theory, rate))
    assert round(values[3].theory, 2) == 0.66
    conclude(
        theory_check(
            "07-exact-recall",
            "Mates found by exact names when five fields err",
            "Share of mated requests whose mate is found by exactly equal names, through the "
            "package's own error channels (five, each at the rate on the axis) and matcher, 30 "
            "replicates of 120 requests; line: (1 − e)^5. Published: 66% of true pairs agree on "
            "all fields, so that each of five agrees with .92, which is the point at .08.",
            "∏(1 − e); .92⁵ = .66",
            "7.7",
        ),
        values,
        [
            Wrong("four channels", lambda v: products(values, 4)[v.label] if v.at else 1.0),
            Wrong("six channels", lambda v: products(values, 6)[v.label] if v.at else 1.0),
        ],
        Axes(x="error rate of each channel", value="share of mates found"),
        detectable=0.16,
    )
