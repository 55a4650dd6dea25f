"""How often people move, and how long addresses stay true.

Everybody counts, people in group quarters too: so does the survey, and so does the parameter.
"""

from dataclasses import dataclass

import numpy as np

from simulator.fidelity.counts import Counts, Numbers, Proportion, Statistics, share
from simulator.fidelity.world import GROUPS, World

YEARS = 3


@dataclass(frozen=True)
class MovementCounts(Counts):
    """Shape (2, 3): everybody and Hispanic people; of them, movers of a year, settled for three."""

    people: Numbers


def count_movement(world: World) -> MovementCounts:
    """Count the movers of a shard."""
    years = world.people.years_since_move
    rows = [
        [who.sum(), (who & (years == 0)).sum(), (who & (years >= YEARS)).sum()]
        for who in (np.ones(years.size, np.bool_), world.group == GROUPS.index("hispanic"))
    ]
    return MovementCounts(np.array(rows))


def movement_statistics(counts: MovementCounts) -> Statistics:
    """Return annual movers, what the Hispanic share is of the share of all, and who stayed."""
    (people, movers, settled), (hispanic, hispanic_movers, _) = counts.people.astype(np.float64)
    moved = Proportion(movers, people)
    return {
        "annual_movers_acs": moved,
        "annual_movers_cps": moved,
        "hispanic_mover_ratio": share(share(hispanic_movers, hispanic), float(moved)),
        "current_after_3_years": Proportion(settled, people),
    }
