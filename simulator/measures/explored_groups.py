"""The groups of lawful residents that are told apart at every policy: statuses and regions.

Origins are merged to regions, so that a table of all policies stays small; the estimates of a run
(``measures.rates``) have every origin.
"""

from functools import cache
from typing import Final

import numpy as np

from simulator.measures import groups
from simulator.randomness import FloatArray, IntArray
from simulator.records import STATUSES, Int8Array
from simulator.reference import tables

REGIONS: Final = {
    "us_white": ("us_white",),
    "us_black": ("us_black",),
    "us_hispanic": ("us_hispanic",),
    "us_asian_and_other": ("us_api", "us_other"),
    "mexico": ("mexico",),
    "central_america": (
        "guatemala",
        "honduras",
        "el_salvador",
        "nicaragua",
        "other_central_america",
    ),
    "south_america": ("colombia", "ecuador", "venezuela", "other_south_america", "brazil"),
    "caribbean": ("cuba", "dominican_republic", "haiti", "other_caribbean"),
    "asia": (
        "china",
        "india",
        "philippines",
        "vietnam",
        "korea",
        "south_asia_other",
        "east_southeast_asia_other",
    ),
    "elsewhere": (
        "sub_saharan_africa",
        "europe",
        "middle_east_north_africa",
        "canada_oceania",
    ),
}
"""The origins of each region; US-born people by group, the others by where they were born."""
REFERENCE: Final = {"status": "native_born_citizen", "region": "us_white"}


@cache
def labels() -> tuple[str, ...]:
    """Return the label of every group, such as 'status=protected' or 'region=mexico'."""
    return (
        *(f"status={name}" for name in STATUSES),
        *(f"region={name}" for name in REGIONS),
    )


@cache
def _region_of() -> IntArray:
    """Return the number of the region of each origin."""
    number = {name: at for at, names in enumerate(REGIONS.values()) for name in names}
    return np.array([number[name] for name in tables.origins().names], np.int64)


def columns_of(origin: Int8Array, status: Int8Array) -> IntArray:
    """Return the groups of people as numbers of ``labels``, shape (2, people)."""
    return np.stack([status.astype(np.int64), len(STATUSES) + _region_of()[origin]])


def merged(values: FloatArray) -> FloatArray:
    """Merge counts by group of ``measures.groups``, the last axis, to those of ``labels``."""
    result = np.zeros((*values.shape[:-1], len(labels())), values.dtype)
    for column, label in enumerate(groups.labels()):
        kind, _, name = label.partition("=")
        if kind == "status":
            result[..., labels().index(label)] += values[..., column]
        elif kind == "origin":
            region = len(STATUSES) + _region_of()[tables.origins().names.index(name)]
            result[..., region] += values[..., column]
    return result
