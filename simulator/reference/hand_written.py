"""Check the reference tables that are written by hand as CSV.

They hold numbers that no pinned package carries. Every row names its mark (how far the number was
checked) and its source. Nothing here changes them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.reference.archives import BuildError
from simulator.reference.tables import (
    COHORT_FIRST_YEARS,
    NAME_GROUPS,
    STATUSES,
    SURNAME_CUSTOMS,
)

Row = dict[str, str]

MARKS = ("seen", "recalled", "computed", "assumption")
COLUMNS = {
    "constants.csv": ("name", "value", "unit", "mark", "source"),
    "origins.csv": (
        *("origin", "label", "name_group", "foreign_born", "population"),
        *("family_name_first", "surname_custom"),
        *STATUSES,
        *("final_orders", "mark", "source"),
    ),
    "population_by_age.csv": (
        *("name_group", "foreign_born", "born_decade", "share"),
        *("mark", "source"),
    ),
    "origin_names.csv": ("origin", "kind", "names", "mark", "source"),
    "romanisations.csv": ("kind", "names", "mark", "source"),
    "particles.csv": ("particle", "written", "name_groups", "rest", "names", "mark", "source"),
    "compound_given.csv": ("name", "place", "mark", "source"),
    "spanish_nicknames.csv": ("formal", "nickname", "mark", "source"),
    "street_words.csv": ("name", "count", "mark", "source"),
    "street_compounds.csv": ("part", "word", "mark", "source"),
}
LETTERS = re.compile("[A-Z]+")


def read_hand_written(directory: Path, name: str) -> list[Row]:
    """Read one hand-written table; raise BuildError if its columns or marks are wrong."""
    path = directory / name
    if not path.is_file():
        raise BuildError(f"{path} is missing; it is written by hand and cannot be rebuilt")
    with path.open(newline="", encoding="ascii") as opened:
        reader = csv.DictReader(opened)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS[name]:
        raise BuildError(f"{path}: columns must be {', '.join(COLUMNS[name])}")
    for number, row in enumerate(rows, start=2):
        if row["mark"] not in MARKS or not row["source"]:
            raise BuildError(
                f"{path}:{number}: needs a source and a mark, one of {', '.join(MARKS)}"
            )
    return rows


def group_totals(constants: Iterable[Row]) -> dict[str, int]:
    """Give the people of each name group in 2020; `other` is what the four others leave."""
    values = {row["name"]: row["value"] for row in constants}
    totals = {group: int(values[f"population_{group}"]) for group in NAME_GROUPS[:-1]}
    totals["other"] = int(values["population_total"]) - sum(totals.values())
    return totals


def check_origins(rows: list[Row], totals: dict[str, int]) -> list[str]:
    """Check the origins' shares and sums; return lines that state what they add up to.

    Shares of a row sum to 1; populations of a name group sum to its total of `totals`. Raises
    BuildError naming the first row or group that does not.
    """
    for row in rows:
        shares = [float(row[status]) for status in STATUSES]
        if abs(sum(shares) - 1.0) > 1e-9 or min(shares) < 0.0:
            raise BuildError(f"origins.csv: shares of {row['origin']} do not sum to 1")
        if row["foreign_born"] != ("0" if float(row["native_born_citizen"]) == 1.0 else "1"):
            raise BuildError(f"origins.csv: {row['origin']}: foreign_born contradicts its shares")
        if row["surname_custom"] not in SURNAME_CUSTOMS or row["family_name_first"] not in "01":
            raise BuildError(f"origins.csv: {row['origin']}: unknown naming custom")
    for group, total in totals.items():
        people = sum(int(row["population"]) for row in rows if row["name_group"] == group)
        if people != total:
            raise BuildError(f"origins.csv: group {group} has {people} people, expected {total}")
    lines = [f"origins: {sum(totals.values()) / 1e6:.2f}M people, of whom"]
    for status in STATUSES:
        people_of_status = sum(int(row["population"]) * float(row[status]) for row in rows)
        lines.append(f"  {status}: {people_of_status / 1e6:.2f}M")
    return lines


@dataclass(frozen=True)
class Origins:
    """Hold what splitting names needs of the origins, in their order.

    group: code into NAME_GROUPS. foreign: born abroad. people: population.
    """

    names: tuple[str, ...]
    group: npt.NDArray[np.int64]
    foreign: npt.NDArray[np.bool_]
    people: npt.NDArray[np.float64]


def origins_of(rows: list[Row]) -> Origins:
    """Gather the origins of the hand-written table."""
    return Origins(
        names=tuple(row["origin"] for row in rows),
        group=np.array([NAME_GROUPS.index(row["name_group"]) for row in rows]),
        foreign=np.array([row["foreign_born"] == "1" for row in rows]),
        people=np.array([float(row["population"]) for row in rows]),
    )


def age_shares(rows: list[Row]) -> npt.NDArray[np.float64]:
    """Gather the age structure, shape (groups, 2, cohorts): NAME_GROUPS, foreign-born, cohort."""
    shares = np.zeros((len(NAME_GROUPS), 2, len(COHORT_FIRST_YEARS)))
    for row in rows:
        cohort = COHORT_FIRST_YEARS.index(int(row["born_decade"]))
        group = NAME_GROUPS.index(row["name_group"])
        shares[group, int(row["foreign_born"]), cohort] = float(row["share"])
    return shares


def check_ages(rows: list[Row], origins: list[Row]) -> None:
    """Check that every group and nativity that has people has ten shares that sum to 1.

    Raises BuildError naming the first that has not.
    """
    wanted = {(row["name_group"], row["foreign_born"]) for row in origins}
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        shares = found.setdefault((row["name_group"], row["foreign_born"]), {})
        shares[int(row["born_decade"])] = float(row["share"])
    for key in sorted(wanted | set(found)):
        shares = found.get(key, {})
        if tuple(shares) != COHORT_FIRST_YEARS or abs(sum(shares.values()) - 1.0) > 1e-9:
            raise BuildError(f"population_by_age.csv: shares of {' '.join(key)} do not sum to 1")


def surname_people(constants: Mapping[str, float], origins: Origins) -> npt.NDArray[np.float64]:
    """Count people by the origin that their surname is of, at the scale of `origins.people`.

    constants: `surnames_from_abroad_GROUP` is the share of a group's people whose surname is of a
    foreign-born origin, 0 to 1; among these it divides as the people born there do.
    """
    by_group = np.bincount(origins.group, weights=origins.people, minlength=len(NAME_GROUPS))
    abroad = np.array([constants[f"surnames_from_abroad_{g}"] for g in NAME_GROUPS])
    wanted = np.where(origins.foreign, abroad[origins.group], 1.0 - abroad[origins.group])
    of_kind = 2 * origins.group + origins.foreign
    born = np.bincount(of_kind, weights=origins.people)
    return np.asarray(origins.people * wanted * by_group[origins.group] / born[of_kind])


def check_words(rows: list[Row], *columns: str) -> None:
    """Check that the columns hold upper-case letters only and that no row occurs twice."""
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        words = tuple(row[column] for column in columns)
        if not all(LETTERS.fullmatch(word) for word in words):
            raise BuildError(f"{' '.join(words)!r} must consist of the letters A-Z")
        if words in seen:
            raise BuildError(f"{' '.join(words)!r} occurs twice")
        seen.add(words)
