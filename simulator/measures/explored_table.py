"""The table of every policy a reader can ask for after a run, and what its manifest says of it.

A row per policy and replicate, counts alone; ``measures.explored`` makes estimates of them. Rows
stand by set of guardrails, threshold of names (or score), threshold of addresses, replicate.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.disclosure.toggles import Toggles
from simulator.measures import explored_groups
from simulator.measures.policies import policies, steps
from simulator.measures.policy_counts import COUNTED
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.scenario.schema import Scenario

EXPOSED: Final = "exposed:"
"""Begins the name of a column of lawful residents exposed, of one group."""


def count_columns() -> tuple[str, ...]:
    """Return the columns that hold counts, in order."""
    exposed = (EXPOSED + label for label in explored_groups.labels())
    return (*(quantity.name.lower() for quantity in COUNTED), *exposed)


def policy_table(replicates: Sequence[ReplicateCounts]) -> pd.DataFrame:
    """Return the counts of every policy and replicate; all replicates must have explored.

    Raises ValueError where one has not.
    """
    if any(counts.explored.size == 0 for counts in replicates):
        raise ValueError("a replicate was run without counting every policy")
    values = np.stack([counts.explored for counts in replicates], axis=3)
    sets, first, second, runs, _ = values.shape
    grid = replicates[0].grid
    cut, address = grid.axes[:2]
    subset, i, j, replicate = (
        part.ravel() for part in np.indices((sets, first, second, runs), dtype=np.int16)
    )
    columns: dict[str, Any] = {
        "guardrails": subset,
        cut.name: np.array(cut.steps, np.float32)[i],
        address.name: pd.Categorical.from_codes(j, pd.Index([str(step) for step in address.steps])),
        "replicate": replicate,
    }
    flat = values.reshape(-1, values.shape[-1])
    columns |= {name: flat[:, at] for at, name in enumerate(count_columns())}
    return pd.DataFrame(columns)


def explored_entry(
    replicates: Sequence[ReplicateCounts], scenario: Scenario, toggles: Toggles
) -> dict[str, Any]:
    """Return what a manifest says of the table: its axes, its groups and their sizes.

    ``own_cut`` and ``own_address`` are the scenario's own steps of the two axes, numbers from 0;
    ``selections`` gives the rule of selection of every set; ``left_out`` says of each guardrail
    that was asked for and is no toggle why.
    """
    grid = replicates[0].grid
    own = SELECTIONS.index(scenario.matching.selection)
    cut, address = grid.axes[:2]
    own_cut, own_address, _ = steps(grid, policies(grid, scenario.matching).own)
    # Residents are the same at every policy and selection.
    by_group = np.stack(
        [counts.group_values[own, Quantity.LAWFUL_RESIDENTS, 0, 0] for counts in replicates]
    )
    merged = explored_groups.merged(by_group)
    lawful = {
        "all": [int(counts.setting.lawful_residents) for counts in replicates],
        **{
            label: merged[:, at].astype(int).tolist()
            for at, label in enumerate(explored_groups.labels())
        },
    }
    return {
        "guardrails": [guardrail.name.lower() for guardrail in toggles.guardrails],
        "own": toggles.own,
        "left_out": dict(toggles.left_out),
        "axis": cut.name,
        "cuts": list(cut.steps),
        "addresses": list(address.steps),
        "own_cut": own_cut,
        "own_address": own_address,
        "selections": [str(toggles.selection(subset)) for subset in range(toggles.sets)],
        "groups": list(explored_groups.labels()),
        "lawful_residents": lawful,
    }
