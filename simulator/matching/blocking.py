"""Which pairs are compared at all: rules over fields that must agree exactly.

Every rule stands beside a similar surname, by which accounts are indexed. A rule is a set of keys
as bits; a pair is admitted if the keys it agrees on contain all of some rule. The empty rule admits
every pair and so loses none.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled
from simulator.randomness import IntArray
from simulator.scenario.schema import BlockingKey

KEYS = tuple(BlockingKey)


def rule_masks(rules: Sequence[Sequence[BlockingKey]]) -> npt.NDArray[np.int64]:
    """Return one bit mask per rule."""
    return np.array(
        [sum(1 << KEYS.index(key) for key in set(rule)) for rule in rules], dtype=np.int64
    )


@compiled
def agreement_mask(
    same_zip3: bool, same_zip5: bool, same_state: bool, same_year: bool, same_initial: bool
) -> int:
    """Return the bit mask of the keys on which a pair agrees, in the order of ``KEYS``."""
    return same_zip3 + 2 * same_zip5 + 4 * same_state + 8 * same_year + 16 * same_initial


@compiled
def admitted(mask: int, rules: IntArray) -> bool:
    """Say whether any rule admits a pair that agrees on ``mask``."""
    for rule in rules:  # noqa: SIM110  # compiled: no generators there
        if mask & rule == rule:
            return True
    return False
