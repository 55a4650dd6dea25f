import numpy as np
import pytest

from simulator.lexicon import street_names
from simulator.population.addresses import (
    find_buildings,
    mailing_addresses,
    po_box_street,
    postal_addresses,
)
from simulator.population.buildings import (
    FACILITY_SIZES,
    HOUSES_PER_STREET,
    SHORT,
    UNIT_SHARES,
    UNIT_SIZES,
    building_frame,
    facilities,
)
from simulator.population.streets import FORMS
from simulator.reference import tables
from tests.population.world import assert_share


def row_of_most_units() -> int:
    """Return the ZIP with most of its many dwellings in buildings with units."""
    frame = tables.zips()
    return int(np.argmax(frame.share_multi_unit * (frame.households > 5_000)))


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


def test_the_units_of_a_building_are_as_many_as_buildings_of_its_size_have() -> None:
    row = row_of_most_units()
    name, form, number, unit = postal_addresses(*all_dwellings(row)).astype(np.int64)
    building = (name * FORMS + form) * 100_000 + number
    several = unit > 0
    assert not np.isin(building[~several], building[several]).any()
    assert np.unique(building[~several]).size == (~several).sum()
    size, buildings = np.unique(
        np.unique(building[several], return_counts=True)[1], return_counts=True
    )
    blocks = building_frame().blocks[row]
    assert dict(zip(size, buildings, strict=True)) == {
        units: count for units, count in zip(UNIT_SIZES.tolist(), blocks, strict=True) if count
    }
    assert size.size >= 7


def test_the_share_of_dwellings_in_buildings_with_units_is_the_zips() -> None:
    frame = tables.zips()
    for row in some_zips():
        unit = postal_addresses(*all_dwellings(row))[3]
        expected = frame.households[row] * frame.share_multi_unit[row]
        # Rounded; one dwelling that fills no building stands alone.
        assert -1.5 - 1e-6 <= int((unit > 0).sum()) - expected <= 0.5 + 1e-6


def test_dwellings_with_units_lie_in_buildings_of_the_sizes_counted() -> None:
    dwellings = (building_frame().blocks * UNIT_SIZES).sum(axis=0)
    np.testing.assert_allclose(dwellings / dwellings.sum(), UNIT_SHARES, atol=0.01)


def residents(row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, dwellings) of everybody in group quarters of a ZIP."""
    first, count = int(tables.zips().households[row]), int(tables.zips().quarters[row])
    return np.full(count, row), first + np.arange(count)


@pytest.mark.parametrize("row", np.argsort(tables.zips().quarters)[[-1, -300, -5_000]].tolist())
def test_residents_of_a_facility_share_one_address(row: int) -> None:
    written = postal_addresses(*residents(row))
    facility = facilities(*residents(row))
    assert (np.diff(facility) >= 0).all()
    sizes = np.bincount(facility)
    assert facility[0] == 0
    assert sizes.min() > 0
    assert set(sizes[1:-1].tolist()) <= set(FACILITY_SIZES)
    assert sizes.max() <= max(FACILITY_SIZES)
    addresses = np.unique(np.vstack([facility, written]), axis=1)
    assert addresses.shape[1] == sizes.size == np.unique(written, axis=1).shape[1]
    assert (written[3] == 0).all()
    assert (find_buildings(residents(row)[0], written) == 1).all()
    homes = {tuple(home) for home in postal_addresses(*all_dwellings(row))[:3].T.tolist()}
    assert not homes & {tuple(address) for address in written[:3].T.tolist()}


@pytest.mark.parametrize(
    "row", [row_of_largest(), *np.flatnonzero(tables.zips().households == 60)[:2].tolist()]
)
def test_only_addresses_of_dwellings_exist(row: int) -> None:
    """Try every form and many numbers on the ZIP's streets: just the ZIP's own are found."""
    homes, quarters = (postal_addresses(*of(row))[:3] for of in (all_dwellings, residents))
    real = np.unique(np.hstack([homes, quarters]), axis=1)
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
    real = {
        tuple(address)
        for of in (all_dwellings, residents)
        for address in postal_addresses(*of(int(there)))[:3].T.tolist()
    }
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
    number = postal_addresses(*some_dwellings(400_000, 6))[2]
    shares = (0.10, 0.25, 0.50, 0.75, 0.90)
    published = (91, 402, 1_814, 5_725, 12_462)
    np.testing.assert_allclose(np.quantile(number, shares), published, rtol=0.03)
    assert 0.48 < (number % 2 == 1).mean() < 0.49


def test_house_numbers_of_long_and_short_streets_differ_in_count() -> None:
    row = row_of_largest()
    name, form, number, _ = postal_addresses(*all_dwellings(row)).astype(np.int64)
    houses = np.unique((name * FORMS + form) * 100_000 + number) // 100_000
    counts = np.sort(np.unique(houses, return_counts=True)[1])
    assert counts.mean() == pytest.approx(HOUSES_PER_STREET, rel=0.05)
    assert np.median(counts) == SHORT
    assert counts[-1] > 4 * HOUSES_PER_STREET


def some_dwellings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, dwellings) drawn alike from all of the nation's dwellings."""
    rng, households = np.random.default_rng(seed), tables.zips().households
    places = rng.choice(households.size, count, p=households / households.sum())
    return places, (rng.random(count) * households[places]).astype(np.int64)


def test_po_boxes_are_as_many_as_stated_and_nest() -> None:
    places, dwellings = some_dwellings(200_000, 9)
    boxes = {
        share: mailing_addresses(places, dwellings, share)[0] == po_box_street()
        for share in (0.05, 0.1, 0.3)
    }
    for share, has_box in boxes.items():
        assert_share(has_box, share)
    assert (boxes[0.05] <= boxes[0.1]).all()
    assert (boxes[0.1] <= boxes[0.3]).all()
    units = postal_addresses(places, dwellings)[3] > 0
    sparse = tables.zips().density[places] < 100.0
    assert boxes[0.1][sparse].mean() > 2.0 * boxes[0.1][~sparse].mean()
    assert boxes[0.1][~sparse & ~units].mean() > 1.5 * boxes[0.1][~sparse & units].mean()


def test_mail_goes_to_the_street_or_to_a_box_of_ones_own() -> None:
    row = row_of_largest()
    street = postal_addresses(*all_dwellings(row))
    np.testing.assert_array_equal(mailing_addresses(*all_dwellings(row), 0.0), street)
    mail = mailing_addresses(*all_dwellings(row), 0.3)
    boxed = mail[0] == po_box_street()
    np.testing.assert_array_equal(mail[:, ~boxed], street[:, ~boxed])
    assert not mail[[1, 3]][:, boxed].any()
    assert np.unique(mail[2, boxed]).size == boxed.sum() > 100
    np.testing.assert_array_equal(
        mailing_addresses(*residents(row), 0.3), postal_addresses(*residents(row))
    )


def test_a_po_box_exists_up_to_the_boxes_of_the_zip() -> None:
    row, box = row_of_largest(), po_box_street()
    last = int(tables.zips().households[row])
    written = np.array(
        [(box, 0, 1, 0), (box, 0, last, 0), (box, 0, 0, 0), (box, 0, last + 1, 0), (box, 3, 1, 0)],
        dtype=np.int32,
    ).T
    found = find_buildings(np.full(5, row), written)
    assert found.tolist() == [1, 1, 0, 0, 0]
    mail = mailing_addresses(*all_dwellings(row), 0.3)
    assert (find_buildings(all_dwellings(row)[0], mail) > 0).all()
