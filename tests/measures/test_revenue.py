"""Revenue lost, by hand."""

import math

import pytest

from simulator.measures.revenue import compliance_points_lost, elasticities, revenue_lost
from simulator.scenario.schema import RevenuePart


def test_ten_points_cost_what_was_published() -> None:
    points = compliance_points_lost(stopped=10.0, adults=100.0)
    assert points == 10.0
    lost = {name: revenue_lost(points, each) for name, each in elasticities(RevenuePart()).items()}
    assert lost == {"revenue_lost": 9.5, "revenue_lost_low": 4.6, "revenue_lost_high": 14.8}


def test_the_loss_is_proportional_and_can_exceed_no_total() -> None:
    assert revenue_lost(2.5, 9.5) == pytest.approx(2.375)
    assert revenue_lost(0.0, 9.5) == 0.0
    # All of the 62% of adults who file, at $8.6B federal for each ten points: no more than the
    # $59.4B of federal tax that the same source says they pay. At 100 points it would be more.
    federal = revenue_lost(compliance_points_lost(stopped=62.0, adults=100.0), 8.6)
    assert federal == pytest.approx(53.32)
    assert federal < 59.4 < revenue_lost(100.0, 8.6)


def test_without_adults_there_are_no_points() -> None:
    assert math.isnan(compliance_points_lost(stopped=0.0, adults=0.0))
