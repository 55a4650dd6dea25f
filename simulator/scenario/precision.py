"""How sure a run is asked to be: the scenario's part about how many replicates it makes."""

from collections.abc import Iterator
from enum import StrEnum

from simulator.scenario.fields import Fault, Integer, Number, Part, Switch, parameter, rule


class ControlledMeasure(StrEnum):
    """A measure that a run can be asked to know to a stated precision, of everybody."""

    NONE = "none"
    FALSE_DISCOVERY_RATE = "false_discovery_rate"
    PRECISION = "precision"
    RECALL = "recall"
    FALSE_POSITIVE_IDENTIFICATION_RATE = "false_positive_identification_rate"
    FALSE_NEGATIVE_IDENTIFICATION_RATE = "false_negative_identification_rate"
    SELECTIVITY = "selectivity"
    YIELD = "yield"
    OVER_DISCLOSED = "over_disclosed_residents_per_1000_requests"
    OVER_DISCLOSED_DIRECT = "over_disclosed_residents_direct_per_1000_requests"
    OVER_DISCLOSED_COLLATERAL = "over_disclosed_residents_collateral_per_1000_requests"
    OVER_DISCLOSED_PER_RESIDENT = "over_disclosed_residents_per_100000_lawful_residents"
    WRONG_ADDRESS_RATE = "wrong_address_rate"
    BORROWED_WAGES_RATE = "borrowed_wages_rate"
    DEFICIENT_DISCLOSURE_RATE = "deficient_disclosure_rate"
    FATE_FOUND = "fate_found"
    FATE_FOUND_WITH_OTHERS = "fate_found_with_others"
    FATE_WRONG_PERSON = "fate_wrong_person"
    FATE_NOBODY = "fate_nobody"
    FATE_REJECTED = "fate_rejected"
    DISCLOSURES_INTENDED = "disclosures_intended_per_1000_requests"
    DISCLOSURES_LISTING_ERROR = "disclosures_listing_error_per_1000_requests"
    DISCLOSURES_WRONG_PERSON_LAWFUL = "disclosures_wrong_person_lawful_per_1000_requests"
    DISCLOSURES_WRONG_PERSON_OTHER = "disclosures_wrong_person_other_per_1000_requests"


class PrecisionPart(Part):
    """Until when a run replicates; without a measure it makes ``replicates`` of them."""

    measure: ControlledMeasure = parameter(
        ControlledMeasure.NONE,
        "The measure whose interval is to be narrow enough, at the scenario's own policy; none "
        "leaves the number of repetitions to replicates.",
        unit="measure",
        source="a choice",
    )
    half_width: Number = parameter(
        0.1,
        "Half the width of the interval that is asked for.",
        unit="of the measure, or a share of the estimate if relative",
        source="a choice",
        gt=0.0,
        le=1e6,
    )
    relative: Switch = parameter(
        True,
        "Whether half_width is a share of the estimate instead of in the measure's unit.",
        unit="true or false",
        source="a choice",
    )
    pilot: Integer = parameter(
        20,
        "Replicates made first, whose spread decides how many are needed.",
        unit="replicates",
        source="design choice: fewer know the spread badly and ask for more than is needed",
        ge=4,
        le=1_000,
    )
    cap: Integer = parameter(
        200,
        "Most replicates in all; the run says if they did not suffice.",
        unit="replicates",
        source="design choice",
        ge=8,
        le=10_000,
    )

    @rule("pilot", "cap")
    def cap_leaves_room(self) -> Iterator[Fault]:
        """Have a cap of two pilots at least."""
        if self.cap < 2 * self.pilot:
            yield Fault(f"cap must be twice the pilot or more: {2 * self.pilot}; got {self.cap}")

    @property
    def is_asked(self) -> bool:
        """Say whether a precision is asked for at all."""
        return self.measure != ControlledMeasure.NONE

    def most(self, replicates: int) -> int:
        """Return how many replicates a run makes at most; ``replicates`` are the scenario's own."""
        return self.cap if self.is_asked else replicates
