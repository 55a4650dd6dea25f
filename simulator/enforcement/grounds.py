"""What each request states beside name and address: purpose, officer, statute, order and so on.

None of it helps to find anybody; request validity asks for it. A request about an order states the
date of the order and the class it rests on; one about an investigation has no order to state.

Limits: what is stated is true where it is stated: no wrong date, no class that the order lacks.
"""

import numpy as np

from simulator.enforcement.drafts import lacking_ratio
from simulator.lexicon import ABSENT
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import BoolArray, Grounds, Listing, Purpose, TargetGroup
from simulator.scenario.schema import ListingPart, RequestsPart

_SLOTS = (160, 161, 162)  # of the request stage, beside those of the channels


def grounds(
    listing: Listing, part: RequestsPart, listing_part: ListingPart, *, rng: Streams
) -> Grounds:
    """Return what the request for each row of the list states.

    ``listing_part`` says how many officers there are; requests are spread evenly among them.
    """
    of_purpose, of_statements, of_evidence = (
        rng.table(Stage.REQUEST, slot, listing.key) for slot in _SLOTS
    )
    stated, ratio = part.grounds, lacking_ratio(listing, part)

    def asked_for(share: float, u: FloatArray) -> BoolArray:
        """Say which requests state what the law asks for; investigations lack it less often."""
        return np.asarray(u < 1.0 - (1.0 - share) * ratio)

    about_order = np.asarray(listing.group == TargetGroup.FINAL_ORDER)
    civil = about_order & (of_purpose[0] < stated.civil_purpose)
    dated = about_order & (of_statements[2] < stated.order_date_present)
    classed = about_order & (of_statements[3] < stated.class_present)
    return Grounds(
        purpose=np.where(civil, Purpose.CIVIL_TOO, Purpose.CRIMINAL).astype(np.int8),
        officer=(of_purpose[1] * listing_part.officers).astype(np.int32),
        officer_named=asked_for(stated.officer_named, of_purpose[2]),
        states_period=asked_for(stated.period_present, of_purpose[3]),
        states_statute=asked_for(stated.statute_present, of_statements[0]),
        states_reason=asked_for(stated.reason_present, of_statements[1]),
        about_order=about_order,
        order_days=np.where(dated, listing.order_days, ABSENT).astype(np.int32),
        removable_class=listing.removable_class & classed,
        wilfulness_evidence=listing.wilful & (of_evidence[0] < stated.evidence_present),
    )
