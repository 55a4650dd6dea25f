"""How often people move, and how long addresses stay true; people in group quarters left out."""

from dataclasses import dataclass

import numpy as np

from simulator.fidelity.counts import Counts, Numbers, Statistics, share
from simulator.fidelity.world import GROUPS, World
from simulator.records import HouseholdKind

YEARS = 3


@dataclass(frozen=True)
class MovementCounts(Counts):
    """Shape (2, 3): everybody and Hispanic people; of them, movers of a year, settled for three."""

    people: Numbers


def count_movement(world: World) -> MovementCounts:
    """Count the movers of a shard."""
    home = world.people.household != HouseholdKind.QUARTERS
    years = world.people.years_since_move
    rows = [
        [who.sum(), (who & (years == 0)).sum(), (who & (years >= YEARS)).sum()]
        for who in (home, home & (world.group == GROUPS.index("hispanic")))
    ]
    return MovementCounts(np.array(rows))


def movement_statistics(counts: MovementCounts) -> Statistics:
    """Return annual movers, what the Hispanic share is of the share of all, and who stayed."""
    (people, movers, settled), (hispanic, hispanic_movers, _) = counts.people
    moved = share(movers, people)
    return {
        "annual_movers_acs": moved,
        "annual_movers_cps": moved,
        "hispanic_mover_ratio": share(share(hispanic_movers, hispanic), moved),
        "current_after_3_years": share(settled, people),
    }
