"""Rung 4: full names that coincide grow as N L Σp², through the package's own people and lists."""

import numpy as np
import pytest

from simulator.population.places import draw_sample
from simulator.randomness import Streams
from tests.population.world import SEED
from tests.theory.test_coincidences import agreement_by_kind, one_replicate, scenario
from tests.verification.overlays import Axes
from tests.verification.theory import Held, Wrong, conclude, scaled, theory_check

pytestmark = pytest.mark.slow

SIZES = {
    True: ((100_000, 40), (200_000, 32), (400_000, 24), (800_000, 24)),
    False: ((600_000, 32),),
}


def counted(people: int, replicates: int, *, departed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return by replicate the coincidences seen and those expected, mates apart."""
    wanted = scenario(people, departed=departed)
    sample, same = draw_sample(people, 1.0, rng=Streams(SEED, 0)), agreement_by_kind()
    found = [one_replicate(wanted, sample, number, same) for number in range(replicates)]
    return np.array([one[0] for one in found]), np.array([one[1] for one in found])


def held(people: int, replicates: int, *, departed: bool) -> Held:
    """Return coincidences at one size, each scaled to the mean expectation of the replicates.

    Who is on the list and on the roll differs a little between replicates, and with it what is
    expected; over its own expectation a count has less spread.
    """
    seen, expected = counted(people, replicates, departed=departed)
    theory = float(expected.mean())
    series = "people who left the country" if departed else "residents, mates apart"
    label = f"{people:,} people, {series}"
    return Held(label, seen / expected * theory, theory, people, series)


def test_full_names_coincide_in_proportion_to_list_times_roll() -> None:
    values = [
        held(people, replicates, departed=departed)
        for departed, sizes in SIZES.items()
        for people, replicates in sizes
    ]
    least = min(value.theory for value in values if "left" in value.series)
    conclude(
        theory_check(
            "04-coincidental-names",
            "Full names that coincide by chance",
            "Pairs of a request and somebody else's account with the same full name, through the "
            "package's own people, roll, list and names, against N · L · sum of p² by origin and "
            "sex. List and roll both grow with the population, so that doubling it gives "
            "four times the coincidences. Accounts are of household heads born abroad, whose "
            "names are drawn independently.",
            "N·L·Σp² over groups",
        ),
        values,
        [
            Wrong(
                "growth with the population alone",
                lambda value: least * value.at / SIZES[True][0][0],
            ),
            scaled(1.3),
        ],
        Axes(x="people in the population", value="coincidences expected", logarithmic=True),
        detectable=0.3,
    )
