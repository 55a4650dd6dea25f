"""Who lives where with whom, and how often they move: the scenario's part about people."""

from collections.abc import Iterator

from simulator.scenario.choices import LegalStatus
from simulator.scenario.fields import Fault, Integer, Number, Part, parameter, rule, share


class PopulationPart(Part):
    """Who lives where, and how often they move."""

    size: Integer = parameter(
        1_000_000,
        "People in one replicate: ZIPs drawn from a stratified national sample until the number "
        "is reached; only the last ZIP is cut short. Below about 400,000, parts of ZIPs are drawn "
        "and coincidences at one address or ZIP are understated.",
        unit="people",
        source="design choice; wrong people found without comparing addresses grow with it",
        ge=1_000,
        le=10_000_000,
    )
    annual_move_rate: Number = share(
        0.12,
        "Chance that a household moves within a year.",
        source="ACS 2023, about 12% [recalled]; CPS 2021 says 8.4% [seen]",
        unit="share per year",
    )
    hispanic_move_ratio: Number = parameter(
        1.29,
        "How many times likelier a Hispanic household is to move.",
        unit="ratio",
        source="CPS 2006: 18% against 14% [computed]",
        ge=0.0,
        le=5.0,
    )
    same_zip_move_share: Number = share(
        0.3,
        "Share of moves that stay within the ZIP; the others come from anywhere in the sample, by "
        "where households of the head's name group live.",
        source="[assumption]",
    )
    po_box_share: Number = parameter(
        0.06,
        "Share of households that get their mail at a PO box, in the nation: more where few "
        "people live, fewer in buildings with units. Nobody in group quarters has one.",
        source="[assumption]: a third of the 21M boxes of the postal service [recalled], over 126M "
        "households",
        unit="share, 0 to 0.3",
        ge=0.0,
        le=0.3,
    )
    partner_same_origin: Number = share(
        0.8,
        "Share of partners who come from the same origin; the others are drawn from the ZIP.",
        source="[assumption]",
    )
    partner_same_status: Number = share(
        0.7,
        "Share of partners and housemates of the head's origin who have the head's legal status; "
        "the others draw their own.",
        source="[assumption]; about 22M people live in mixed-status households [seen]",
    )
    native_born_children: Number = share(
        0.85,
        "Share of the children of foreign-born parents who were born in the United States.",
        source="[assumption]; 5.5M citizen children in mixed-status households [seen]",
    )
    lawful_statuses: tuple[LegalStatus, ...] = parameter(
        (
            LegalStatus.NATIVE_BORN_CITIZEN,
            LegalStatus.NATURALISED_CITIZEN,
            LegalStatus.PERMANENT_RESIDENT,
            LegalStatus.TEMPORARY_VISA,
            LegalStatus.PROTECTED,
        ),
        "Which legal statuses count as lawful residents in every measure.",
        unit="list of legal statuses",
        source="a choice the user must own; protected covers TPS, DACA and pending asylum",
        min_length=1,
    )

    @rule("lawful_statuses")
    def lawful_statuses_are_lawful(self) -> Iterator[Fault]:
        """Hold each status at most once, and never unauthorized."""
        if len(set(self.lawful_statuses)) != len(self.lawful_statuses):
            yield Fault("lawful_statuses names a status twice")
        if LegalStatus.UNAUTHORIZED in self.lawful_statuses:
            yield Fault("lawful_statuses cannot hold unauthorized")
