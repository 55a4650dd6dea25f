"""Derive the ZIP and street-name tables.

Rests on a ZIP table compiled from the 2022 American Community Survey and the Census Gazetteer, on
the Census Bureau's 1993 counts of street names, and on surnames and first names as street names.
Beyond the names counted in 1993 the weights follow a rule, not a count. Street names of two words
are written as one, as ordinals are, since strings are compared letter by letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.reference.hand_written import LETTERS, Row

FloatArray = npt.NDArray[np.float64]

LARGEST_HOUSEHOLD_MEAN = 6
# Surnames, origins and national totals are of the 50 states and DC.
TERRITORIES = ("AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI")
SHARE_COLUMNS = {
    "share_white": ("pct_white",),
    "share_black": ("pct_black",),
    "share_hispanic": ("pct_hispanic",),
    "share_api": ("pct_asian", "pct_pacific_islander"),
}
STREET_SURNAMES = 10_000
STREET_GIVEN_NAMES = 3_000
# Makes the weights add up to 3.52 million, the streets that the addresses of this package lie on,
# so that the counted names are as frequent as counted.
STREET_DECAY = 0.605
LAST_ORDINAL = 60
ORDINAL_DECAY = 1.5
PO_BOX = "POBOX"
UNITS = ("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH", "EIGHTH", "NINTH")
TEENS = (
    *("TENTH", "ELEVENTH", "TWELFTH", "THIRTEENTH", "FOURTEENTH", "FIFTEENTH", "SIXTEENTH"),
    *("SEVENTEENTH", "EIGHTEENTH", "NINETEENTH"),
)
TENS = ("TWENT", "THIRT", "FORT", "FIFT", "SIXT")


def zip_table(metadata: bytes, multi_unit_mean: float) -> pa.Table:
    """Build the table of ZIPs in which somebody lives.

    Kept are ZIPs of the 50 states and DC with at least one person and one household. quarters
    counts the people in group quarters, who are part of the population and belong to no household.
    A household count below a sixth of the people in households is raised to it, one above them
    lowered. Shares are 0 to 1; share_other is what the four named groups leave, never below 0. The
    source counts buildings of five and more units; share_multi_unit scales their odds so that its
    mean over all households is `multi_unit_mean`.
    """
    table = pq.read_table(pa.BufferReader(metadata))
    population = _numbers(table, "population")
    households = _numbers(table, "households")
    outside = np.isin(table.column("state").to_pylist(), TERRITORIES)
    rows = np.flatnonzero((population >= 1) & (households >= 1) & ~outside)
    rows = rows[np.argsort(_numbers(table, "zip")[rows], kind="stable")]
    population = population[rows]
    quarters = np.rint(population * _numbers(table, "pct_dorm_population")[rows])
    in_households = population - np.minimum(quarters, population - 1)
    fewest = np.ceil(in_households / LARGEST_HOUSEHOLD_MEAN)
    households = np.clip(households[rows], fewest, in_households)
    arrays = {
        "zip": pa.array(_numbers(table, "zip")[rows].astype(np.int32)),
        "state": pa.array([table.column("state")[int(row)].as_py() for row in rows]),
        "county": pa.array(plain_place(table.column("county"), rows)),
        "city": pa.array(plain_place(table.column("primary_city"), rows)),
        "latitude": pa.array(_numbers(table, "lat")[rows].astype(np.float32)),
        "longitude": pa.array(_numbers(table, "lon")[rows].astype(np.float32)),
        "population": pa.array(population.astype(np.int32)),
        "density": pa.array(_numbers(table, "population_density")[rows].astype(np.float32)),
        "households": pa.array(households.astype(np.int32)),
        "quarters": pa.array((population - in_households).astype(np.int32)),
    }
    left = np.ones(len(rows))
    for share, columns in SHARE_COLUMNS.items():
        values = np.sum([_numbers(table, column)[rows] for column in columns], axis=0)
        arrays[share] = pa.array(values.round(6).astype(np.float32))
        left -= values.round(6)
    if left.min() < -1e-5:
        raise ValueError("the shares of the four named groups exceed 1 in some ZIP")
    arrays["share_other"] = pa.array(np.maximum(left, 0.0).round(6).astype(np.float32))
    five_and_more = _numbers(table, "pct_multi_family")[rows]
    multi_unit = scale_odds(five_and_more, households, multi_unit_mean)
    arrays["share_multi_unit"] = pa.array(multi_unit.round(6).astype(np.float32))
    return pa.table(arrays)


def scale_odds(shares: FloatArray, weights: FloatArray, mean: float) -> FloatArray:
    """Multiply the odds of all shares by one factor so that their weighted mean is `mean`.

    Odds are s / (1 - s), so shares of 0 and 1 stay and order is kept. The factor is found by
    halving an interval on the log scale. Raises ValueError if no factor gives the mean.
    """
    total = weights.sum()
    least, most = weights[shares >= 1.0].sum() / total, weights[shares > 0.0].sum() / total
    if not least < mean < most:
        raise ValueError(f"scaling odds gives means between {least} and {most}, not {mean}")
    low, high = -50.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2.0
        scaled = _with_odds(shares, np.exp(middle))
        low, high = (middle, high) if weights @ scaled / total < mean else (low, middle)
    return _with_odds(shares, np.exp(high))


def _with_odds(shares: FloatArray, factor: float) -> FloatArray:
    scaled: FloatArray = factor * shares / (1.0 - shares + factor * shares)
    return scaled


def plain_place(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> list[str]:
    """Write place names in upper-case letters A-Z and single spaces; accents are dropped."""
    plain = []
    for name in column.take(pa.array(rows)).to_pylist():
        decomposed = unicodedata.normalize("NFKD", name or "").upper()
        letters = [c if "A" <= c <= "Z" else " " for c in decomposed if c.isascii() and c != "'"]
        plain.append(" ".join("".join(letters).split()))
    return plain


def street_table(
    words: Sequence[Row],
    compounds: Sequence[Row],
    surnames: Sequence[str],
    given: Sequence[str],
) -> pa.Table:
    """Build the street names and their weights: ordinals first, then the others, heaviest first.

    Counted names keep their count. Words without a count, then an even mixture of two-word
    names, surnames and given names, continue the ranks after the r-th and last counted name with
    weight (its count) x (r / rank)^STREET_DECAY. The n-th ordinal from 10 on weighs (count of
    NINTH) x (9 / n)^1.5. `surnames` and `given` stand in falling order of bearers. The last entry,
    POBOX, weighs nothing: no street is called so.
    """
    weights = {row["name"]: float(row["count"]) for row in words if row["count"]}
    last_rank, last_count = len(weights), min(weights.values())
    ordinals = [ordinal(number) for number in range(1, LAST_ORDINAL + 1)]
    for number in range(10, LAST_ORDINAL + 1):
        weights[ordinals[number - 1]] = weights["NINTH"] * (9.0 / number) ** ORDINAL_DECAY
    ordered = [row["name"] for row in words if not row["count"]]
    taken = set(ordered) | weights.keys()
    further = mixed(
        two_word_names(compounds),
        [name for name in surnames if name not in taken][:STREET_SURNAMES],
        [name for name in given if name not in taken][:STREET_GIVEN_NAMES],
    )
    ordered += [name for name in dict.fromkeys(further) if name not in taken]
    for rank, name in enumerate(ordered, start=last_rank + 1):
        weights[name] = last_count * (last_rank / rank) ** STREET_DECAY
    numbered = set(ordinals)
    names = sorted(weights, key=lambda name: (name not in numbered, -weights[name], name))
    rounded = np.array([weights[name] for name in names] + [0.0]).round(2)
    return pa.table(
        {
            "name": pa.array([*names, PO_BOX]),
            "weight": pa.array(rounded.astype(np.float32)),
            "numbered": pa.array([name in numbered for name in [*names, PO_BOX]]),
        }
    )


def commonest_names(census: bytes) -> list[str]:
    """Read the names of a Census list that are words of letters, those of most people first."""
    table = pq.read_table(pa.BufferReader(census), columns=["name", "count"])
    order = np.argsort(-_numbers(table, "count"), kind="stable")
    names = table.column("name").take(pa.array(order)).to_pylist()
    return [name for name in names if LETTERS.fullmatch(name or "")]


def two_word_names(compounds: Sequence[Row]) -> list[str]:
    """Join every first word with every second one, those early in both lists first."""
    first = [row["word"] for row in compounds if row["part"] == "first"]
    second = [row["word"] for row in compounds if row["part"] == "second"]
    pairs = [
        (i / len(first) + j / len(second), left + right)
        for i, left in enumerate(first)
        for j, right in enumerate(second)
        if left != right
    ]
    return [name for _, name in sorted(pairs)]


def mixed(*lists: Sequence[str]) -> list[str]:
    """Merge lists evenly: any first part of the result holds the same part of each."""
    placed = [
        ((place + 0.5) / len(names), which, name)
        for which, names in enumerate(lists)
        for place, name in enumerate(names)
    ]
    return [name for _, _, name in sorted(placed)]


def ordinal(number: int) -> str:
    """Spell an ordinal from 1 to 69 in capitals without space or hyphen: 21 is TWENTYFIRST."""
    if not 1 <= number <= 69:
        raise ValueError(f"ordinal {number} is outside 1 to 69")
    if number < 10:
        return UNITS[number - 1]
    if number < 20:
        return TEENS[number - 10]
    tens, unit = divmod(number, 10)
    return TENS[tens - 2] + ("IETH" if unit == 0 else "Y" + UNITS[unit - 1])


def _numbers(table: pa.Table, column: str) -> FloatArray:
    """Read a column as numbers; what is missing counts as 0."""
    values: FloatArray = table.column(column).cast(pa.float64()).fill_null(0.0).to_numpy()
    return np.nan_to_num(values)
