import numpy as np
import pytest

from simulator.lexicon import street_names
from simulator.population.addresses import (
    FORMS,
    NUMBER_QUANTILES,
    NUMBER_SHARES,
    find_buildings,
    postal_addresses,
    postal_frame,
    written_address,
)
from simulator.reference import tables


def row_of_largest() -> int:
    return int(np.argmax(tables.zips().households))


def some_zips() -> list[int]:
    """Return rows of ZIPs: the largest, two of one household, the tenth to all multi-unit, …"""
    frame = tables.zips()
    single = np.flatnonzero(frame.households == 1)[:2].tolist()
    units = np.argsort(frame.share_multi_unit * (frame.households > 500))[-2:].tolist()
    chosen = np.random.default_rng(3).choice(frame.zip.size, 10, replace=False).tolist()
    return [row_of_largest(), *single, *units, *chosen]


def all_dwellings(row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, dwellings) of every dwelling of a ZIP."""
    count = int(tables.zips().households[row])
    return np.full(count, row), np.arange(count)


@pytest.mark.parametrize("row", some_zips())
def test_every_dwelling_has_an_address_of_its_own_that_exists(row: int) -> None:
    places, dwellings = all_dwellings(row)
    written = postal_addresses(places, dwellings)
    name, form, number, unit = written
    assert np.unique(written, axis=1).shape == written.shape
    assert (name >= 0).all()
    assert name.max() < street_names().size
    assert ((form >= 0) & (form < FORMS)).all()
    assert (number > 0).all()
    np.testing.assert_array_equal(find_buildings(places, written), np.where(unit > 0, 2, 1))


def test_units_number_a_building_from_1_without_gaps() -> None:
    frame = tables.zips()
    row = int(np.argmax(frame.share_multi_unit * (frame.households > 500)))
    name, form, number, unit = postal_addresses(*all_dwellings(row)).astype(np.int64)
    building = (name * FORMS + form) * 100_000 + number
    several = unit > 0
    assert not np.isin(building[~several], building[several]).any()
    assert np.unique(building[~several]).size == (~several).sum()
    _, where, size = np.unique(building[several], return_inverse=True, return_counts=True)
    largest = np.zeros(size.size, np.int64)
    np.maximum.at(largest, where, unit[several])
    np.testing.assert_array_equal(largest, size)
    assert (np.sort(size)[1:] == size.max()).all()  # all full but perhaps the last


def test_the_share_of_dwellings_in_buildings_with_units_is_the_zips() -> None:
    frame = tables.zips()
    for row in some_zips():
        unit = postal_addresses(*all_dwellings(row))[3]
        expected = frame.households[row] * frame.share_multi_unit[row]
        assert abs(int((unit > 0).sum()) - expected) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    "row", [row_of_largest(), *np.flatnonzero(tables.zips().households == 60)[:2].tolist()]
)
def test_only_addresses_of_dwellings_exist(row: int) -> None:
    """Try every form and many numbers on the ZIP's streets: just the ZIP's own are found."""
    real = np.unique(postal_addresses(*all_dwellings(row))[:3], axis=1)
    rng = np.random.default_rng(8)
    real_sample = real[:, rng.permutation(real.shape[1])[:60]]
    near = np.unique(np.concatenate([real_sample[2] + step for step in range(-9, 10)]))
    names = np.unique(np.concatenate([real_sample[0][:8], rng.integers(0, street_names().size, 8)]))
    grid = np.array(np.meshgrid(names, np.arange(-1, FORMS + 2), near, indexing="ij"))
    tried = grid.reshape(3, -1).astype(np.int32)
    known = {tuple(column) for column in real.T.tolist()}
    expected = np.array([tuple(column) in known for column in tried.T.tolist()])
    written = np.vstack([tried, np.zeros((1, tried.shape[1]), np.int32)])
    found = find_buildings(np.full(tried.shape[1], row), written)
    np.testing.assert_array_equal(found > 0, expected)
    assert expected.any()


def test_an_address_does_not_exist_in_another_zip() -> None:
    frame = tables.zips()
    here, there = np.argsort(frame.households)[-2:]
    written = postal_addresses(*all_dwellings(int(here)))
    real = {tuple(c) for c in postal_addresses(*all_dwellings(int(there)))[:3].T.tolist()}
    expected = np.array([tuple(column) in real for column in written[:3].T.tolist()])
    found = find_buildings(np.full(written.shape[1], there), written)
    np.testing.assert_array_equal(found > 0, expected)
    assert expected.mean() < 0.01


@pytest.mark.parametrize("field", range(3))
@pytest.mark.parametrize("wrong", [-1, -64, -(2**31)])
def test_a_missing_field_is_never_found(field: int, wrong: int) -> None:
    places, dwellings = all_dwellings(row_of_largest())
    written = postal_addresses(places, dwellings)
    written[field] = wrong
    assert not find_buildings(places, written).any()


@pytest.mark.parametrize(("field", "wrong"), [(0, 1), (0, 288), (1, 1), (1, 2)])
def test_a_misspelt_street_or_a_form_beyond_the_table_is_never_found(
    field: int, wrong: int
) -> None:
    places, dwellings = all_dwellings(row_of_largest())
    written = postal_addresses(places, dwellings)
    written[field] += wrong * (street_names().size if field == 0 else FORMS)
    assert not find_buildings(places, written).any()


def test_a_negative_place_is_never_found() -> None:
    places, dwellings = all_dwellings(row_of_largest())
    written = postal_addresses(places, dwellings)
    assert not find_buildings(np.full(places.size, -1), written).any()


def test_no_zip_has_more_streets_of_one_name_than_forms() -> None:
    """Beyond that two streets would share name and form; the busiest ZIPs come nearest."""
    frame = tables.zips()
    streets = postal_frame().layout[:, 4]
    for row in np.argsort(streets)[-10:]:
        name, form = postal_addresses(*all_dwellings(int(row)))[:2].astype(np.int64)
        assert np.unique(name * FORMS + form).size == streets[row]
    heaviest = tables.streets().weights.max() / tables.streets().weights.sum()
    assert heaviest * streets.max() + 1 < FORMS
    assert frame.zip.size == streets.size


def test_an_address_is_a_pure_function_of_its_dwelling() -> None:
    rng = np.random.default_rng(4)
    frame = tables.zips()
    places = rng.integers(0, frame.zip.size, 500)
    dwellings = (rng.random(500) * frame.households[places]).astype(np.int64)
    together = postal_addresses(places, dwellings)
    order = rng.permutation(500)
    np.testing.assert_array_equal(
        postal_addresses(places[order], dwellings[order]), together[:, order]
    )
    for at in (0, 17, 499):
        alone = postal_addresses(places[at : at + 1], dwellings[at : at + 1])
        np.testing.assert_array_equal(alone[:, 0], together[:, at])


def test_any_first_dwellings_are_a_fair_sample_of_the_zip() -> None:
    row = row_of_largest()
    name, _, number, unit = postal_addresses(*all_dwellings(row))
    part = slice(0, name.size // 10)
    assert (unit[part] > 0).mean() == pytest.approx((unit > 0).mean(), abs=0.02)
    assert np.median(number[part]) == pytest.approx(np.median(number), rel=0.2)
    assert np.unique(name[part]).size > 0.9 * np.unique(name).size


def test_house_numbers_have_the_published_quantiles() -> None:
    rng = np.random.default_rng(6)
    frame = tables.zips()
    places = rng.choice(frame.zip.size, 20_000, p=frame.households / frame.households.sum())
    dwellings = (rng.random(20_000) * frame.households[places]).astype(np.int64)
    number = postal_addresses(places, dwellings)[2]
    # 0.03: houses of a street spread about the number drawn, and streets start at 2 at least.
    for share, quantile in zip(NUMBER_SHARES[1:-1], NUMBER_QUANTILES[1:-1], strict=True):
        assert (number <= quantile).mean() == pytest.approx(share, abs=0.03)
    assert (number % 2 == 1).mean() == pytest.approx(0.485, abs=0.02)


def test_common_street_names_recur_in_many_zips_and_by_weight() -> None:
    frame = tables.zips()
    rows = np.random.default_rng(7).choice(frame.zip.size, 300, replace=False)
    counts = np.zeros(street_names().size)
    for row in rows:
        name, form = postal_addresses(*all_dwellings(int(row)))[:2].astype(np.int64)
        np.add.at(counts, np.unique(name * FORMS + form) // FORMS, 1)
    weights = tables.streets().weights / tables.streets().weights.sum()
    heavy = np.argsort(weights)[-40:]
    expected = weights[heavy].sum()
    assert counts[heavy].sum() / counts.sum() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (("OAK", 0, 12, 0), "12 OAK ST"),
        (("OAK", 1, 12, 7), "12 OAK AVE APT 7"),
        (("MAIN", 8, 1814, 0), "1814 N MAIN ST"),
        (("MAIN", 63, 3, 2), "3 SE MAIN WAY APT 2"),
    ],
)
def test_the_delivery_line_reads_as_people_write_it(
    address: tuple[str, int, int, int], line: str
) -> None:
    assert written_address(*address) == line
