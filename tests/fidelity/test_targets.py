"""The published side is complete, sourced and, where computed, follows from the archives."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from simulator.fidelity import published
from simulator.fidelity.targets import Target, Tolerance, targets

AREAS = {
    "surnames",
    "given names",
    "full names",
    "households",
    "legal status",
    "addresses",
    "movement",
    "tax roll",
}


def by_id() -> dict[str, Target]:
    return {target.id: target for target in targets()}


def test_there_are_enough_rows_in_every_area_and_none_twice() -> None:
    assert len(targets()) >= 45
    assert len(by_id()) == len(targets())
    counted = Counter(target.area for target in targets())
    assert set(counted) == AREAS
    assert min(counted.values()) >= 4


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.id)
def test_every_row_says_where_it_comes_from_and_why_it_is_tolerated(target: Target) -> None:
    assert target.mark in {"seen", "recalled", "computed"}
    assert all((target.label, target.statistic, target.unit, target.source, target.reason))
    assert np.isfinite(target.published)
    assert target.allowed > 0.0
    explained = target.expected is not None and target.expected_tolerance is not None
    assert explained == bool(target.explanation), "an explained row says what to expect"
    if target.expected_tolerance is not None:
        assert target.expected_tolerance > 0.0
    if target.mark == "recalled" and target.kind is Tolerance.RELATIVE:
        assert target.tolerance >= 0.10, "what is recalled is not known more closely"


def test_tolerance_is_in_the_unit_of_the_row() -> None:
    rows = by_id()
    assert rows["born_abroad_michael"].allowed == 0.06
    assert rows["surname_effective_white"].allowed == pytest.approx(0.05 * 1754)


@pytest.mark.skipif("OVERMATCH_ARCHIVES" not in os.environ, reason="needs the pinned archives")
def test_computed_rows_follow_from_the_archives() -> None:
    directory = Path(os.environ["OVERMATCH_ARCHIVES"])
    rows = by_id()
    for name, value in published.published_values(directory).items():
        assert rows[name].published == pytest.approx(value, rel=3e-3), name
    for name, drift in published.surname_drift(directory).items():
        assert rows[name].tolerance == pytest.approx(abs(drift) + 0.05, abs=0.006), name
