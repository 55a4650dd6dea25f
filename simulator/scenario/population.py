"""Who lives where with whom, and how often they move: the scenario's part about people."""

from collections.abc import Iterator

from simulator.scenario.choices import LegalStatus
from simulator.scenario.fields import Fault, Integer, Number, Part, group, parameter, rule, share


class MoveRatioByStatusPart(Part):
    """How much likelier households are to move, by the head's legal status; only ratios count."""

    native_born_citizen: Number = parameter(
        1.0,
        "Native-born citizens.",
        unit="ratio",
        source="the reference [assumption]",
        ge=0.0,
        le=5.0,
    )
    naturalised_citizen: Number = parameter(
        0.8,
        "Naturalised citizens.",
        unit="ratio",
        source="CPS mobility by nativity and citizenship: fewer moves than the native-born "
        "[recalled]",
        ge=0.0,
        le=5.0,
    )
    permanent_resident: Number = parameter(
        1.1,
        "Lawful permanent residents.",
        unit="ratio",
        source="[assumption]",
        ge=0.0,
        le=5.0,
    )
    temporary_visa: Number = parameter(
        2.0,
        "People on a temporary visa.",
        unit="ratio",
        source="CPS mobility: non-citizens move more often, recent arrivals most [recalled]; the "
        "ratio is an [assumption]",
        ge=0.0,
        le=5.0,
    )
    protected: Number = parameter(
        1.5,
        "Protected people.",
        unit="ratio",
        source="[assumption]",
        ge=0.0,
        le=5.0,
    )
    unauthorized: Number = parameter(
        1.5,
        "Unauthorized residents.",
        unit="ratio",
        source="CPS mobility: non-citizens move more often [recalled]; the ratio is an "
        "[assumption]",
        ge=0.0,
        le=5.0,
    )


class MoveRatioByAgePart(Part):
    """How much likelier households are to move, by the head's age; only ratios count."""

    under_35: Number = parameter(
        2.2,
        "Heads under 35.",
        unit="ratio",
        source="CPS 2022: about 21% of householders aged 18 to 34 moved within the year "
        "[recalled], against 35 to 64",
        ge=0.0,
        le=5.0,
    )
    from_35_to_64: Number = parameter(
        1.0,
        "Heads of 35 to 64.",
        unit="ratio",
        source="the reference; about 9% moved, CPS 2022 [recalled]",
        ge=0.0,
        le=5.0,
    )
    from_65: Number = parameter(
        0.45,
        "Heads of 65 and over.",
        unit="ratio",
        source="CPS 2022: about 4% moved [recalled], against 35 to 64",
        ge=0.0,
        le=5.0,
    )


class PopulationPart(Part):
    """Who lives where, and how often they move."""

    size: Integer = parameter(
        1_000_000,
        "People in one replicate: ZIPs drawn from a stratified national sample until the number "
        "is reached; only the last ZIP is cut short. Below about 400,000, parts of ZIPs are drawn "
        "and coincidences at one address or ZIP are understated. The whole frame holds 330.6 "
        "million; more than it holds is all of it.",
        unit="people",
        source="design choice; wrong people found without comparing addresses grow with it",
        ge=1_000,
        le=350_000_000,
    )
    annual_move_rate: Number = share(
        0.12,
        "Chance that somebody moves within a year, on average over the nation's people. Who moves "
        "more often is said by the ratios, which leave the average as it is.",
        source="ACS 2023, about 12% [recalled]; CPS 2021 says 8.4% [seen]",
        unit="share per year",
    )
    hispanic_move_ratio: Number = parameter(
        1.2,
        "How many times likelier a household with a Hispanic head is to move than another whose "
        "head is of the same age bracket and legal status.",
        unit="ratio",
        source="CPS 2006: 18% against all 14% [seen]; age and status make up the rest [computed]",
        ge=0.0,
        le=5.0,
    )
    move_ratio_by_status: MoveRatioByStatusPart = group(
        MoveRatioByStatusPart,
        "How much likelier households are to move, by the head's legal status; only ratios count.",
        unit="ratios",
        source="see the fields",
    )
    move_ratio_by_age: MoveRatioByAgePart = group(
        MoveRatioByAgePart,
        "How much likelier households are to move, by the head's age; only ratios count.",
        unit="ratios",
        source="see the fields",
    )
    group_quarters: Number = share(
        1.0,
        "Share of the places in group quarters (dormitories, barracks, prisons, nursing homes) "
        "that are lived in, one person each.",
        source="all 7.6 million that the ZIP table counts; 2020 Census 8.2 million [recalled]",
    )
    quarters_move_ratio: Number = parameter(
        5.0,
        "How many times likelier somebody in group quarters is to have moved than a household of "
        "a native-born head of 35 to 64.",
        unit="ratio",
        source="[assumption]; students and prisoners stay one to three years",
        ge=0.0,
        le=20.0,
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
        "Share of partners and housemates who come from the same origin; the others are drawn from "
        "the ZIP.",
        source="[assumption]",
    )
    partner_same_status: Number = share(
        0.65,
        "Share of partners, relatives and housemates of the head's origin who have the head's "
        "legal status; the others draw their own.",
        source="[assumption]: chosen so that about 22M people live in mixed-status households "
        "[seen], 11.3M of them citizens [seen]",
    )
    native_born_children: Number = share(
        0.80,
        "Share of the children of foreign-born parents who were born in the United States.",
        source="[assumption]: a little below the 85% or so of surveys [recalled], since citizen "
        "children in mixed-status households are 5.5M [seen] and come out higher",
    )
    twin_share: Number = share(
        0.031,
        "Share of children who are one of twins; two thirds of pairs are of one sex.",
        source="31.2 per 1,000 births, National Vital Statistics 2021 [recalled]",
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
