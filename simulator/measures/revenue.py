"""Revenue lost when unauthorized residents stop filing: the published elasticity, nothing else.

The Institute on Taxation and Economic Policy puts the loss at $9.5B a year for each ten points by
which the compliance of unauthorized residents falls (8.6 federal, 0.9 state and local) [seen]. A
point is read as a percentage point of the share of adults who file, not as a hundredth of those who
did: losing all of the 62% who file then costs 8.6 x 6.2 = $53B of federal revenue, within the
$59.4B that the same source says they pay [seen], where 86 would not be [computed]. Low and high are
parameters of their own; between them lies what is not known of the elasticity, which no number of
replicates narrows.

Limits. The elasticity is linear, national and of one year; whoever stops loses refunds and credits
too, which it nets out by its own assumptions; lawful filers who stop cost nothing here.
"""

from simulator.scenario.schema import RevenuePart

POINTS = 100.0


def compliance_points_lost(stopped: float, adults: float) -> float:
    """Return percentage points by which the share of ``adults`` who file fell.

    ``stopped`` of them filed and no longer do. NaN without adults.
    """
    return POINTS * stopped / adults if adults > 0.0 else float("nan")


def revenue_lost(points: float, per_ten_points: float) -> float:
    """Return billion dollars lost a year for ``points`` of compliance lost.

    ``per_ten_points`` is the loss in billion dollars a year for each ten points.
    """
    return points / 10.0 * per_ten_points


def elasticities(part: RevenuePart) -> dict[str, float]:
    """Return by measure the loss for each ten points: the centre and the ends of its range."""
    return {
        "revenue_lost": part.per_ten_points,
        "revenue_lost_low": part.per_ten_points_low,
        "revenue_lost_high": part.per_ten_points_high,
    }
