"""Rung 4 and published items 1 to 3: keys that coincide by chance, drawn from keyed streams."""

import numpy as np
import pytest

from simulator.measures.closed_forms import (
    birthday_collision_probability,
    poisson_probability,
    two_list_matched,
    two_list_pairs,
)
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from tests.verification.overlays import Axes
from tests.verification.theory import Held, Wrong, conclude, scaled, theory_check

pytestmark = pytest.mark.slow

SEED, BATCHES = 20_250_627, 40
DAYS_OF_BIRTH = 23_000  # in use among adults; the published computation's
FALSE_PAIRS, SERIALS = 35_750, 10_000


def keys(replicate: int, slot: int, count: int, different: int) -> IntArray:
    """Return ``count`` keys, each one of so many equally likely, from the package's streams."""
    records = np.arange(-(-count // 4))
    drawn = Streams(SEED, replicate).table(Stage.SELECTION, slot, records).reshape(-1)[:count]
    return (drawn * different).astype(np.int64)


def shared_birthdays(people: int, days: int, trials: int) -> FloatArray:
    """Return by batch the share of trials in which two people have one key."""
    shares = np.empty(BATCHES)
    for batch in range(BATCHES):
        drawn = keys(batch, people, people * trials, days).reshape(trials, people)
        drawn.sort(axis=1)
        shares[batch] = (np.diff(drawn, axis=1) == 0).any(axis=1).mean()
    return shares


def test_birthdays_collide_as_often_as_published() -> None:
    values = []
    for people in (60, 120, 180, 240, 320, 460):
        theory = birthday_collision_probability(people, DAYS_OF_BIRTH)
        found = shared_birthdays(people, DAYS_OF_BIRTH, 2_000)
        series = f"{DAYS_OF_BIRTH:,} days of birth"
        values.append(Held(f"{people} people", found, theory, people, series))
    for people in (10, 16, 23, 32, 40, 60):
        theory = birthday_collision_probability(people, 365)
        found = shared_birthdays(people, 365, 2_000)
        values.append(Held(f"{people} people, 365 days", found, theory, people, "365 days"))
    published = {180: 0.5045, 460: 0.9902}
    for value in values[:6]:
        if value.at in published:
            assert round(value.theory, 4) == published[int(value.at)]
    assert round(values[8].theory, 4) == 0.5073
    conclude(
        theory_check(
            "01-birthday-collisions",
            "Two people with one birthday",
            "Chance that at least two of so many people share a key, from the package's keyed "
            "streams in 80,000 trials each; lines: 1 less the product of (1 − i/D). "
            "Published: 50.73% for 23 people and 365 days, 50% and 99% for 180 and "
            "460 people and 23,000 dates of birth (McDonald and Levitt 2008; here 50.45% and "
            "99.02%).",
            "1 − ∏(1 − i/D); published .5073, .5045, .9902",
            "7.1",
        ),
        values,
        [
            scaled(1.15),
            Wrong(
                "one person in ten fewer",
                lambda value: birthday_collision_probability(
                    int(0.9 * value.at), 365 if "365" in value.series else DAYS_OF_BIRTH
                ),
            ),
        ],
        Axes(x="people", value="chance of a shared key"),
        detectable=0.12,
    )


def two_lists(first: int, second: int, different: int) -> tuple[FloatArray, FloatArray]:
    """Return by batch the mean pairs sharing a key, and the mean of the first list matched."""
    trials, pairs, matched = 100, np.empty(BATCHES), np.empty(BATCHES)
    for batch in range(BATCHES):
        one = keys(batch, 1, first * trials, different).reshape(trials, first)
        two = keys(batch, 1_000 + second, second * trials, different).reshape(trials, second)
        counts = np.zeros((trials, different), np.int32)
        np.add.at(counts, (np.arange(trials)[:, None], two), 1)
        hits = np.take_along_axis(counts, one, axis=1)
        pairs[batch], matched[batch] = hits.sum(axis=1).mean(), (hits > 0).sum(axis=1).mean()
    return pairs, matched


def test_two_lists_collide_as_often_as_published() -> None:
    values = []
    for second in (250, 500, 1_000, 2_000, 4_000):
        pairs, matched = two_lists(1_000, second, DAYS_OF_BIRTH)
        expected = two_list_pairs(1_000, second, DAYS_OF_BIRTH)
        label = f"second list {second:,}"
        values.append(Held(f"pairs, {label}", pairs, expected, second, "pairs"))
        expected = two_list_matched(1_000, second, DAYS_OF_BIRTH)
        values.append(
            Held(f"matched, {label}", matched, expected, second, "of the first list matched")
        )
    by_label = {value.label: value.theory for value in values}
    assert round(by_label["pairs, second list 1,000"], 2) == 43.48
    assert round(by_label["matched, second list 1,000"], 2) == 42.55
    conclude(
        theory_check(
            "02-two-lists",
            "Two lists that share keys by chance",
            "1,000 people against a second list, keys from the package's keyed streams, 4,000 "
            "trials each; lines: pairs n · m / D, people matched n (1 − (1 − 1/D)^m), D = 23,000. "
            "For 1,000 against 1,000: 43.48 pairs and 42.55 people.",
            "n · m / D = 43.48; n (1 − (1 − 1/D)^m) = 42.55",
            "7.2",
        ),
        values,
        [
            scaled(1.03),
            Wrong("pairs taken for people matched", lambda v: 1_000 * v.at / DAYS_OF_BIRTH),
        ],
        Axes(x="people on the second list", value="expected number", logarithmic=True),
        detectable=0.04,
    )


def chance_agreements(sets: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return by batch the mean number of agreeing serials and the shares of sets with 0 and 3."""
    found = np.empty((3, BATCHES))
    for batch in range(BATCHES):
        counts = np.array(
            [
                (
                    keys(batch, 2 * number, FALSE_PAIRS, SERIALS)
                    == keys(batch, 2 * number + 1, FALSE_PAIRS, SERIALS)
                ).sum()
                for number in range(sets)
            ]
        )
        found[:, batch] = counts.mean(), (counts == 0).mean(), (counts == 3).mean()
    return found[0], found[1], found[2]


def test_serials_of_false_pairs_agree_as_often_as_published() -> None:
    mean = FALSE_PAIRS / SERIALS
    counts, none, three = chance_agreements(400)
    assert (
        mean,
        round(poisson_probability(0, mean), 4),
        round(poisson_probability(3, mean), 4),
    ) == (
        3.575,
        0.0280,
        0.2133,
    )
    conclude(
        theory_check(
            "03-serials-by-chance",
            "Four digits that agree by chance among 35,750 false pairs",
            "Serials of both sides from the package's keyed streams for 16,000 sets of 35,750 "
            "pairs: the mean number that agree, and the shares of sets with none and with three, "
            "over the published values 3.575, 2.80% and 21.33%.",
            "35,750 × 10⁻⁴ = 3.575; Poisson P(0) = 2.80%, P(3) = 21.33%",
            "7.3",
        ),
        [
            Held("mean number that agree", counts, mean),
            Held("share of sets with none", none, poisson_probability(0, mean)),
            Held("share of sets with three", three, poisson_probability(3, mean)),
        ],
        [scaled(1.1), Wrong("9,000 serials", lambda v: v.theory * (10 / 9 if v.theory > 1 else 1))],
        Axes(value="simulated", ratio=True),
        detectable=0.4,
    )
