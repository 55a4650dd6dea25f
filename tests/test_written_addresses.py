"""Addresses read as people write them, and are written alike just where the visible bits agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.lexicon import street_names
from simulator.population.streets import FORMS
from simulator.written_addresses import (
    DESIGNATOR_SHARES,
    DESIGNATOR_SHIFT,
    LETTERED,
    LETTERS,
    STYLES,
    TYPE_IN_FULL,
    TYPE_IN_FULL_SHARE,
    po_box_street,
    shown_bits,
    unit_code,
    unit_text,
    written_address,
    written_styles,
)

N_ST, SE_WAY, AVE = 14, 7 * 14 + 7, 1


@pytest.mark.parametrize(
    ("address", "style", "line"),
    [
        (("OAK", 0, 12, 0), 0, "12 OAK ST"),
        (("OAK", AVE, 12, 7), 0, "12 OAK AVE APT 7"),
        (("OAK", AVE, 12, 7), 1, "12 OAK AVENUE APT 7"),
        (("MAIN", N_ST, 1814, 0), 2, "1814 NORTH MAIN ST"),
        (("MAIN", N_ST, 1814, 0), 8, "1814 MAIN ST N"),
        (("SECOND", N_ST, 5, 0), 4, "5 N 2ND ST"),
        (("SECOND", N_ST, 5, 0), 0, "5 N SECOND ST"),
        (("TWENTYFIRST", AVE, 5, 0), 5, "5 21ST AVENUE"),
        (("FOXHOLLOW", SE_WAY, 3, LETTERED + 2 * LETTERS + 2), 16, "3 SE FOXHOLLOW WAY #2C"),
        (("OAK", 0, 12, LETTERED + 1), 32, "12 OAK ST UNIT B"),
        (("OAK", 0, 12, 103), 48 + 64, "103, 12 OAK ST"),
        (("POBOX", 0, 77, 0), 0, "PO BOX 77"),
        (("POBOX", 0, 77, 0), 1, "P.O. BOX 77"),
        (("MAIN", N_ST, -1, 0), 0, "N MAIN ST"),
        (("POBOX", 0, -1, 0), 0, "PO BOX"),
    ],
)
def test_the_delivery_line_reads_as_people_write_it(
    address: tuple[str, int, int, int], style: int, line: str
) -> None:
    assert written_address(*address, style) == line


@given(
    street=st.sampled_from((0, 1, 20, 60, 70, 4_000, po_box_street())),
    form=st.integers(0, FORMS - 1),
    unit=st.sampled_from((0, 1, 203, LETTERED + 3, LETTERED + 30)),
    styles=st.tuples(*[st.integers(0, STYLES - 1)] * 2),
)
def test_two_styles_read_alike_just_where_the_bits_shown_agree(
    street: int, form: int, unit: int, styles: tuple[int, int]
) -> None:
    if street == po_box_street():
        form = unit = 0
    text = street_names().text(street)
    one, other = (written_address(text, form, 12, unit, style) for style in styles)
    shown = shown_bits(street, form, unit, 60, po_box_street())
    assert (one == other) == ((styles[0] ^ styles[1]) & shown == 0)


@pytest.mark.parametrize("units", [2, 3, 4, 7, 14, 32, 70, 150])
@pytest.mark.parametrize("naming", [0.0, 0.3, 0.7, 0.99])
def test_units_of_a_building_have_names_of_their_own(units: int, naming: float) -> None:
    codes = [unit_code(unit, units, naming) for unit in range(units)]
    assert min(codes) > 0
    assert len({unit_text(code) for code in codes}) == len(set(codes)) == units


def test_units_are_named_by_number_floor_or_letter() -> None:
    def last(units: int, naming: float) -> str:
        return unit_text(unit_code(units - 1, units, naming))

    assert (last(4, 0.0), last(4, 0.9)) == ("4", "D")
    assert (last(14, 0.0), last(14, 0.5), last(14, 0.9)) == ("14", "402", "4B")
    assert (last(150, 0.5), last(150, 0.9)) == ("1510", "15J")


def test_styles_have_the_stated_shares() -> None:
    styles = written_styles((np.arange(100_000) + 0.5) / 100_000)
    assert styles.dtype == np.int8
    assert (styles & TYPE_IN_FULL > 0).mean() == pytest.approx(TYPE_IN_FULL_SHARE, abs=1e-3)
    designators = np.bincount(styles >> DESIGNATOR_SHIFT & 3) / styles.size
    np.testing.assert_allclose(designators, DESIGNATOR_SHARES, atol=1e-3)
    assert written_styles(np.array([0.0, 1.0 - 2**-53])).tolist() == [0, STYLES - 1]
