"""What each request states beside name and address: purpose, officer, statute, order and so on.

None of it helps to find anybody; request validity asks for it.
"""

import numpy as np

from simulator.randomness import Streams
from simulator.records import Grounds, Listing, Purpose, TargetGroup
from simulator.scenario.schema import RequestsPart


def grounds(listing: Listing, part: RequestsPart, *, rng: Streams) -> Grounds:
    """Return what the request for each row of the list states."""
    count = len(listing)
    yes = np.ones(count, np.bool_)
    return Grounds(
        purpose=np.full(count, Purpose.CRIMINAL, np.int8),
        officer=np.zeros(count, np.int32),
        officer_named=yes,
        states_period=yes.copy(),
        states_statute=yes.copy(),
        states_reason=yes.copy(),
        about_order=np.asarray(listing.group == TargetGroup.FINAL_ORDER),
        order_days=listing.order_days.copy(),
        removable_class=listing.removable_class.copy(),
        wilfulness_evidence=listing.wilful.copy(),
    )
