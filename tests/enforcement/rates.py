"""Lists and rates without anything that a test of error channels does not ask for."""

from dataclasses import replace

import numpy as np

from simulator.records import Listing, TargetGroup
from simulator.scenario.schema import RequestsPart

NOT_SHARES = (
    *("grounds", "investigation", "error_ratio_by_origin", "years_since_address"),
    *("shared_addresses", "tin_present_without_address"),
)
SHARES = tuple(name for name in RequestsPart.model_fields if name not in NOT_SHARES)
NO_ERRORS: dict[str, float] = dict.fromkeys(SHARES, 0.0)


def under_orders(listing: Listing) -> Listing:
    """Return the same people, all under an order: requests about others have rates of their own."""
    return replace(listing, group=np.full(len(listing), TargetGroup.FINAL_ORDER, np.int8))
