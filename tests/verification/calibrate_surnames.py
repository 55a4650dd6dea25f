"""Derive ``surnames_from_abroad_GROUP`` of ``constants.csv``: run it to print them.

    python -m tests.verification.calibrate_surnames

Generates a population in which the surnames of every origin are one and the same, named after the
origin, so that everybody's surname says from which origin's column it was drawn. The result depends
on who lives with whom and on how surnames run in families, not on the name tables. Who lives with
whom does not depend on the origin within a name group and nativity, so one share for each group
says all. How concentrated the surnames of the packaged tables then come out is printed as well.
"""

import sys
from collections.abc import Iterator
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from simulator import lexicon
from simulator.population import names
from simulator.population.alias import alias_tables
from simulator.population.people import generate_people
from simulator.population.places import draw_sample, shards
from simulator.population.vocabulary import MATERNAL_FIRST, vocabulary
from simulator.randomness import IntArray, Streams
from simulator.records import People
from simulator.reference import tables
from simulator.scenario.schema import NamesPart, PopulationPart

PEOPLE, REPLICATES = 3_000_000, 2
GROUPS = len(tables.NAME_GROUPS)
FloatArray = npt.NDArray[np.float64]


def populations() -> Iterator[tuple[Streams, People]]:
    """Generate the shards of every replicate."""
    for replicate in range(REPLICATES):
        rng = Streams(7, replicate)
        sample = draw_sample(PEOPLE, 1.0, rng=rng)
        for places in shards(sample):
            yield rng, generate_people(places, sample, PopulationPart(), rng=rng)


def surname_origins(people: People, rng: Streams) -> IntArray:
    """Return the origin from whose column everybody's surname is drawn.

    Where a mother's surname comes first it is the other one, which is the last and is shown.
    """
    found = names.generate_names(people, NamesPart(), np.arange(len(people)), rng=rng)
    maternal_first = tables.SURNAME_CUSTOMS[MATERNAL_FIRST]
    custom = np.array(tables.origins().surname_custom)[people.origin]
    last = (custom == maternal_first) & (found.surname_2 != lexicon.ABSENT)
    return np.where(last, found.surname_2, found.surname_1).astype(np.int64)


def count() -> FloatArray:
    """Count people by name group and by the origin of their surname, (groups, origins)."""
    origins = len(tables.origins().names)
    counts = np.zeros(GROUPS * origins)
    for rng, people in populations():
        groups = tables.origins().name_group.astype(np.int64)[people.origin]
        drawn = surname_origins(people, rng)
        counts += np.bincount(groups * origins + drawn, minlength=counts.size)
    return counts.reshape(GROUPS, origins)


def concentrations(counts: FloatArray) -> FloatArray:
    """Return 1 / sum p^2 of the listed surnames that people of each group so bear."""
    table = tables.surnames()
    listed = ~table.synthetic
    shares = np.stack([column.shares(len(table.names)) for column in table.by_origin])
    borne = (counts @ shares)[:, listed]
    return np.asarray(borne.sum(axis=1) ** 2 / (borne**2).sum(axis=1))


def main() -> None:
    """Count with one surname for each origin and print the shares."""
    origins = tables.origins()
    words = vocabulary()
    one_each = alias_tables(
        (np.array([origin], np.int32), np.ones(1)) for origin in range(len(origins.names))
    )
    with patch.object(names, "vocabulary", lambda: words._replace(surnames=one_each)):
        counts = count()
    own = np.where(origins.name_group == np.arange(GROUPS)[:, None], counts, 0.0)
    if own.sum() != counts.sum():
        raise RuntimeError("surnames have crossed name groups")
    abroad = counts[:, origins.foreign_born].sum(axis=1) / counts.sum(axis=1)
    for group, share in zip(tables.NAME_GROUPS, abroad, strict=True):
        sys.stdout.write(f"surnames_from_abroad_{group},{share:.4f}\n")
    for group, found in zip(tables.NAME_GROUPS, concentrations(counts), strict=True):
        sys.stdout.write(f"{group}: 1 / sum p^2 of the listed surnames {found:.1f}\n")


if __name__ == "__main__":
    main()
