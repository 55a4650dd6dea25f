"""The address that somebody gave when last filing or registering, as it stands on a roll.

Whoever moved since is found at the former home. How somebody writes an address, and whether the
unit is left out, is a habit: the same on every roll that the person is on.
"""

from typing import NamedTuple

import numpy as np

from simulator.population.addresses import mailing_addresses
from simulator.population.taxpayer_numbers import RETURN_SLOT
from simulator.randomness import IntArray, Stage, Streams
from simulator.records import Int8Array, Int32Array, People
from simulator.reference import tables
from simulator.written_addresses import written_styles


class Written(NamedTuple):
    """The addresses on the roll, account by account, and the dwellings behind them."""

    place: Int32Array
    dwelling: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    style: Int8Array


def filed_addresses(
    people: People,
    rows: IntArray,
    lag: Int8Array,
    unit_missing: float,
    po_box_share: float,
    *,
    rng: Streams,
) -> Written:
    """Return the addresses that people gave ``lag`` years ago, row by row of ``rows``.

    ``unit_missing`` is the share who leave out the unit, ``po_box_share`` that of households that
    get their mail at a PO box.
    """
    moved = people.years_since_move[rows] < lag
    place = np.where(moved, people.former_place[rows], people.place[rows])
    dwelling = np.where(moved, people.former_dwelling[rows], people.dwelling[rows])
    street, form, number, unit = mailing_addresses(
        place.astype(np.int64), dwelling.astype(np.int64), po_box_share
    )
    u = rng.columns(
        Stage.ROLL,
        RETURN_SLOT + people.member[rows].astype(np.int64),
        tables.zips().zip[people.place[rows]].astype(np.int64),
        people.dwelling[rows].astype(np.int64),
    )
    return Written(
        place.astype(np.int32),
        dwelling.astype(np.int32),
        street,
        form,
        number,
        np.where(u[0] < unit_missing, 0, unit).astype(np.int32),
        written_styles(u[1]),
    )
