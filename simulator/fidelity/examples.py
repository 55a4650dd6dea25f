"""A few of the synthetic people as they would stand on paper, for readers to look at.

Rests on the first shard of the first replicate; rows are taken at even distances, so that they are
neither chosen nor drawn. Nobody in the file exists: names, addresses and numbers are composed.
"""

import numpy as np

from simulator import lexicon
from simulator.fidelity.world import World, worlds
from simulator.lexicon import written_name
from simulator.randomness import Streams
from simulator.records import STATUSES, TIN_KINDS, FilingStatus, Names, Relationship, Roll
from simulator.reference import tables
from simulator.scenario.schema import Scenario
from simulator.written_addresses import written_address

EXAMPLES = 100
Example = dict[str, str | int]


def examples(scenario: Scenario, count: int = EXAMPLES) -> list[Example]:
    """Return ``count`` accounts of a scenario's population, names and addresses as written.

    ``lived`` is the name as its bearer lives with it; ``filed`` and ``address`` are what the roll
    holds.
    """
    world = next(worlds(scenario, Streams(scenario.seed, 0)))
    accounts = np.linspace(0, len(world.roll) - 1, count).astype(np.int64)
    return [_example(world, int(account)) for account in accounts]


def _example(world: World, account: int) -> Example:
    row, roll, places = int(world.accounts.row[account]), world.roll, tables.zips()
    place = int(roll.place[account])
    return {
        "lived": _name(world.names, row, 0),
        "filed": _name(roll, account, int(roll.name_style[account])),
        "address": _address(roll, account),
        "city": places.city[place],
        "state": places.states[places.state[place]],
        "zip": f"{places.zip[place]:05d}",
        "age": int(world.people.age[row]),
        "relationship": Relationship(world.people.relationship[row]).name.lower(),
        "origin": tables.origins().names[world.people.origin[row]],
        "status": STATUSES[world.people.status[row]],
        "tin_kind": TIN_KINDS[world.accounts.tin_kind[account]],
        "filing_status": FilingStatus(roll.filing_status[account]).name.lower(),
        "years_since_filing": int(roll.years_since_filing[account]),
    }


def _name(names: Names | Roll, row: int, style: int) -> str:
    return written_name(
        int(names.given[row]),
        int(names.middle[row]),
        int(names.surname_1[row]),
        int(names.surname_2[row]),
        int(names.suffix[row]),
        style,
    )


def _address(roll: Roll, account: int) -> str:
    return written_address(
        lexicon.street_names().text(int(roll.street[account])),
        int(roll.form[account]),
        int(roll.number[account]),
        int(roll.unit[account]),
        int(roll.style[account]),
    )
