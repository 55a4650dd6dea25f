"""Streets are as common, as numbered and as formed as stated, and no two of a ZIP are alike."""

from functools import cache

import numpy as np
import pytest

from simulator.population.addresses import streets_of
from simulator.population.streets import DIRECTIONS, FORMS, STREET_TYPES
from simulator.reference import tables


@cache
def nation() -> np.ndarray:
    """Return place, name and form of all the nation's streets, shape (3, n)."""
    return streets_of(np.arange(tables.zips().zip.size)).astype(np.int64)


def test_no_two_streets_of_a_zip_have_one_name_and_form() -> None:
    place, name, form = nation()
    assert form.min() >= 0
    assert form.max() < FORMS
    street = (place * len(tables.streets().names) + name) * FORMS + form
    assert np.unique(street).size == street.size


def test_street_names_are_as_frequent_as_counted() -> None:
    table = tables.streets()
    counts = np.bincount(nation()[1], minlength=len(table.names))
    commonest = np.argsort(-table.weights)[:20]
    np.testing.assert_allclose(counts[commonest], table.weights[commonest], rtol=0.04)
    assert counts[-1] == 0  # POBOX names no street
    assert (counts[:-1] > 0).all()


def test_numbered_streets_cluster_in_some_zips() -> None:
    place, name, _ = nation()
    numbered = tables.streets().numbered[name]
    assert numbered.mean() == pytest.approx(0.0354, abs=0.001)
    streets = np.bincount(place)
    shares = np.bincount(place, weights=numbered)[streets >= 100] / streets[streets >= 100]
    assert np.median(shares) < 0.015
    assert 0.1 < (shares > 0.1).mean() < 0.3


def test_a_fifth_of_streets_have_a_direction_and_numbered_ones_more() -> None:
    _, name, form = nation()
    has_direction = form >= len(STREET_TYPES)
    numbered = tables.streets().numbered[name]
    assert has_direction.mean() == pytest.approx(0.21, abs=0.01)
    assert has_direction[numbered].mean() == pytest.approx(0.5, abs=0.05)
    assert np.unique(form // len(STREET_TYPES)).size == len(DIRECTIONS)


def test_the_commonest_types_come_in_the_stated_order() -> None:
    shares = np.bincount(nation()[2] % len(STREET_TYPES)) / nation().shape[1]
    order = [STREET_TYPES[kind] for kind in np.argsort(-shares)]
    assert order[:6] == ["ST", "DR", "RD", "AVE", "LN", "CT"]
    assert shares.min() > 0.002
