"""Derive ``AGE_WEIGHTS``: run it to print them and how near the population comes to its targets.

    python -m tests.verification.calibrate_ages

Each round generates a population with the weights so far and multiplies the weight of every band of
age, within each class of name group and nativity, by a power of the share it should have over the
share it has.
"""

import sys

import numpy as np
import numpy.typing as npt

from simulator.population import age_weights, ages
from simulator.population.people import generate_people
from simulator.population.places import draw_sample, shards
from simulator.randomness import Streams
from simulator.records import People
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

PEOPLE, ROUNDS, DAMPING = 3_000_000, 40, 0.7
LEAST, MOST = 0.05, 20.0
# Years from 1 January 2020 to the reference day.
YOUNGEST = ages.REFERENCE_YEAR - 2020 + (ages.REFERENCE_DAY - 1) / ages.YEAR
FloatArray = npt.NDArray[np.float64]


def ages_of_classes(people: People) -> FloatArray:
    """Return people by class of name group and nativity and by year of age, (10, 100)."""
    origins = tables.origins()
    classes = 2 * origins.name_group.astype(np.int64) + origins.foreign_born
    index = classes[people.origin] * (ages.OLDEST + 1) + people.age
    counts = np.bincount(index, minlength=ages.CLASSES * (ages.OLDEST + 1))
    return counts.reshape(ages.CLASSES, -1).astype(np.float64)


def bands(by_year: FloatArray) -> FloatArray:
    """Return the shares of decades of birth, the 1930s and before first, like ``targets``.

    The youngest is ``YOUNGEST`` years wide; those of one year of age are spread evenly over it.
    """
    lower = np.concatenate([[0.0], YOUNGEST + 10.0 * np.arange(9)])
    below = np.concatenate([np.zeros((by_year.shape[0], 1)), np.cumsum(by_year, axis=1)], axis=1)
    edges = np.append(lower, by_year.shape[1])
    at = np.stack([np.interp(edges, np.arange(below.shape[1]), row) for row in below])
    counted = np.diff(at, axis=1)[:, ::-1]
    return np.asarray(counted / np.maximum(counted.sum(axis=1, keepdims=True), 1.0))


def targets() -> FloatArray:
    """Return the published shares in the same order of classes and bands."""
    return np.asarray(tables.population_by_age().reshape(ages.CLASSES, -1))


def population(people: int = PEOPLE) -> FloatArray:
    """Return a generated population by class and year of age."""
    rng, part = Streams(7, 0), PopulationPart()
    sample = draw_sample(people, 1.0, rng=rng)
    counts = (
        ages_of_classes(generate_people(places, sample, part, rng=rng)) for places in shards(sample)
    )
    return np.asarray(sum(counts))


def main() -> None:
    """Fit the weights and print them with what they reach."""
    wanted, weights = targets(), np.array(age_weights.AGE_WEIGHTS, dtype=np.float64)
    for _ in range(ROUNDS):
        age_weights.AGE_WEIGHTS = tuple(tuple(row) for row in weights.tolist())
        ages.head_age_shares.cache_clear()
        ages.age_tables.cache_clear()
        by_year = population()
        reached = bands(by_year)
        change = np.where(wanted > 0.0, wanted / np.maximum(reached, 1e-9), 1.0) ** DAMPING
        change[:, -2:] = 1.0  # no adults there
        weights = weights * np.clip(change, 0.5, 2.0)
        weights /= np.exp(np.log(weights[:, :8]).mean(axis=1, keepdims=True))
        weights = np.clip(weights, LEAST, MOST)
    lines = ["AGE_WEIGHTS = ("]
    lines += [
        f"    ({', '.join(f'{weight:.3g}' for weight in row)})," for row in age_weights.AGE_WEIGHTS
    ]
    lines += [")"]
    for number, (have, want) in enumerate(zip(reached, wanted, strict=True)):
        lines += [f"class {number} reached {np.round(have, 3)}", f"  wanted {np.round(want, 3)}"]
    young, old = by_year[:, :18].sum() / by_year.sum(), by_year[:, 65:].sum() / by_year.sum()
    lines += [f"under 18: {young:.4f}; 65 and over: {old:.4f}"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
