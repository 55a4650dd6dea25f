"""Carry registered births by given name forward to those alive.

Rests on the Social Security births by name and year and its cohort life tables. Births in the
United States only, names with at least 5 births in a year; emigration is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference.tables import COHORT_FIRST_YEARS, SEXES

FloatArray = npt.NDArray[np.float64]


def survivors_by_cohort(
    births: bytes, life_tables: bytes, names: Sequence[str], survival_year: int
) -> FloatArray:
    """Carry the births of each of `names` forward to `survival_year`.

    Returns people, shape (names, 2, 10), axes name, SEXES, COHORT_FIRST_YEARS; the first cohort
    holds the earlier births as well. Zero for names without registered births.
    """
    table = pq.read_table(pa.BufferReader(births))
    row_of = {name: row for row, name in enumerate(names)}
    encoded = table.column("first_name").dictionary_encode().combine_chunks()
    codes = np.array([row_of.get(name.upper(), -1) for name in encoded.dictionary.to_pylist()])
    rows = codes[encoded.indices.to_numpy()]
    years = table.column("year").to_numpy()
    first, last = COHORT_FIRST_YEARS[0], COHORT_FIRST_YEARS[-1]
    cohorts = (np.clip(years, first, last) - first) // 10
    known = rows >= 0
    survivors = np.zeros((len(names), len(SEXES), len(COHORT_FIRST_YEARS)))
    for sex, column in enumerate(("count_male", "count_female")):
        span = np.arange(years.min(), years.max() + 1)
        shares = survival_shares(life_tables, SEXES[sex], span, survival_year)
        people = table.column(column).to_numpy() * shares[years - span[0]]
        np.add.at(survivors[:, sex, :], (rows[known], cohorts[known]), people[known])
    return survivors


def survival_shares(
    life_tables: bytes, sex: str, birth_years: npt.NDArray[np.int64], survival_year: int
) -> FloatArray:
    """Give the share of each birth year alive at the age it reaches in `survival_year`.

    l(age) / l(0) of the cohort life tables, interpolated linearly between the decades they are
    published for; births before the first or after the last decade use that decade's.
    """
    table = pq.read_table(pa.BufferReader(life_tables))
    of_sex = np.array(table.column("sex").to_pylist()) == sex[0].upper()
    decades = table.column("year").to_numpy()[of_sex]
    ages = table.column("x").to_numpy()[of_sex].astype(np.int64)
    alive = table.column("lx").to_numpy()[of_sex]
    published = np.unique(decades)
    living = np.zeros((len(published), ages.max() + 2))
    living[np.searchsorted(published, decades), ages] = alive
    living /= living[:, :1]
    age = np.clip(survival_year - birth_years, 0, ages.max() + 1)
    position = np.interp(birth_years, published, np.arange(len(published)))
    lower = np.floor(position).astype(np.int64)
    upper = np.minimum(lower + 1, len(published) - 1)
    weight = position - lower
    shares: FloatArray = (1.0 - weight) * living[lower, age] + weight * living[upper, age]
    return shares
