"""Each matcher at a threshold where it can be compared with the others.

Thresholds are chosen on the replicates that are shown, a little in favour of every matcher.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.report.results import Results
from simulator.report.stored import Estimate

FALSE_ALARM = "false_positive_identification_rate"
MISSED = "false_negative_identification_rate"
WRONG = "false_discovery_rate"


@dataclass(frozen=True)
class MatcherPoint:
    """A matcher, the threshold chosen for it, and its measures there; none if none will do."""

    matcher: str
    cut: float
    at: Mapping[str, Estimate]

    @property
    def found(self) -> bool:
        """Say whether any threshold has no more false alarms than allowed."""
        return math.isfinite(self.cut)


def matcher_points(results: Results) -> list[MatcherPoint]:
    """Return each matcher at its loosest threshold with no more false alarms than the scenario's.

    That is the threshold that misses fewest; of several with equally few missed, the one with
    fewer false alarms.
    """
    rows = [row for row in results.matchers if row.policy == results.manifest.selection]
    allowed = results.get(FALSE_ALARM).estimate
    points = []
    for matcher in dict.fromkeys(row.matcher for row in rows):
        at: dict[float, dict[str, Estimate]] = {}
        for row in rows:
            if row.matcher == matcher:
                at.setdefault(row.cut, {})[row.measure] = row
        fitting = [
            (both[MISSED].estimate, both[FALSE_ALARM].estimate, cut)
            for cut, both in at.items()
            if {FALSE_ALARM, MISSED} <= set(both)
            and both[FALSE_ALARM].estimate <= allowed + 1e-12
            and math.isfinite(both[MISSED].estimate)
        ]
        cut = min(fitting)[2] if fitting else math.nan
        points.append(MatcherPoint(matcher, cut, at.get(cut, {})))
    return points
