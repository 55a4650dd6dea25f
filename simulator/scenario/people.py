"""Who lives where, and who is on the tax roll: the scenario's parts about people."""

from collections.abc import Iterator

from simulator.scenario.choices import LegalStatus
from simulator.scenario.fields import (
    Fault,
    Integer,
    Number,
    Part,
    Share,
    group,
    parameter,
    rule,
    share,
    sums_to_one,
)


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
    double_surname_share: Number = share(
        0.196,
        "Share of Hispanic people who use two surnames on tax records.",
        source="voter files: 0.128 with a space, 0.068 with a hyphen [computed]",
    )
    partner_same_surname: Number = share(
        0.79,
        "Share of couples with one surname, both partners other than Hispanic.",
        source="Pew Research Center 2023 [recalled]",
    )
    partner_same_surname_hispanic: Number = share(
        0.4,
        "Share of couples with one surname where the head of the household is Hispanic.",
        source="[assumption]",
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
    child_named_after_parent: Number = share(
        0.03,
        "Share of children, among those with a parent of their own sex, who bear that parent's "
        "given name. Grown children at home with their parent's name are the commonest wrong "
        "person at the right address: the false discovery rate of strict rules hangs on this.",
        source="[assumption]; vary it from 0 to 0.1",
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


class FilingRates(Part):
    """Share of adults of each legal status who are on the tax roll."""

    native_born_citizen: Number = share(
        0.86,
        "Native-born citizens on the roll.",
        unit="share of adults",
        source="163.5M returns in 2024 [seen], about 54M of them joint, over about 262M adults "
        "[recalled]: 0.83 [computed]; a little more for those who file late [assumption]",
    )
    naturalised_citizen: Number = share(
        0.86,
        "Naturalised citizens on the roll.",
        unit="share of adults",
        source="as native-born citizens [assumption]",
    )
    permanent_resident: Number = share(
        0.80,
        "Lawful permanent residents on the roll.",
        unit="share of adults",
        source="between citizens and unauthorized residents [assumption]",
    )
    temporary_visa: Number = share(
        0.75,
        "Holders of a temporary visa on the roll.",
        unit="share of adults",
        source="between citizens and unauthorized residents [assumption]",
    )
    protected: Number = share(
        0.65,
        "People with TPS, DACA or a pending asylum claim on the roll.",
        unit="share of adults",
        source="between citizens and unauthorized residents [assumption]",
    )
    unauthorized: Number = share(
        0.60,
        "Unauthorized residents on the roll.",
        unit="share of adults",
        source="CBO 2007: 50-75% file or pay [seen]; a value inside that range [assumption]",
    )


class TinShares(Part):
    """Kinds of taxpayer number on the accounts of unauthorized residents; they sum to 1."""

    ssn: Number = share(
        0.10,
        "A number of their own, from an earlier visa or work permit.",
        unit="share of accounts",
        source="[assumption]",
    )
    itin: Number = share(
        0.55,
        "An individual taxpayer identification number.",
        unit="share of accounts",
        source="3.8M returns with an ITIN [recalled] over 14M residents [seen], 0.85 of them "
        "adults [assumption], 0.6 of those on the roll: 0.53 [computed]",
    )
    borrowed_ssn: Number = share(
        0.33,
        "A social security number that belongs to somebody else.",
        unit="share of accounts",
        source="0.6 of immigrants without status hold an SSN-like number [seen]; fewer of those "
        "who file [assumption]",
    )
    none: Number = share(
        0.02,
        "No number, or one that was never issued.",
        unit="share of accounts",
        source="[assumption]",
    )

    @rule("ssn", "itin", "borrowed_ssn", "none")
    def shares_sum_to_one(self) -> Iterator[Fault]:
        """Give every account one kind of number."""
        shares = (self.ssn, self.itin, self.borrowed_ssn, self.none)
        yield from sums_to_one(shares, "ssn, itin, borrowed_ssn and none")


class RollPart(Part):
    """Who is on the tax roll, under which number, with an address of what age."""

    filing_rate: FilingRates = group(
        FilingRates,
        "Share of adults on the roll, by legal status.",
        unit="share of adults",
        source="163.5M returns in 2024 [seen]; 50-75% of unauthorized residents file or pay, "
        "CBO 2007 [seen]; the split between statuses is an [assumption]",
    )
    years_since_filing: tuple[Share, ...] = parameter(
        (0.82, 0.09, 0.05, 0.04),
        "Shares of accounts whose latest return is 0, 1, 2, … years old; they sum to 1. The "
        "address on the roll is the one of that year.",
        unit="list of shares",
        source="[assumption]",
        min_length=1,
        max_length=20,
    )
    joint_filing_share: Number = share(
        0.87,
        "Share of couples, both on the roll, who file one joint return.",
        source="about 54M joint returns for 62M married couples [recalled]",
    )
    unauthorized_tin: TinShares = group(
        TinShares,
        "Kinds of number on the accounts of unauthorized residents.",
        unit="shares, sum 1",
        source="5.8M active ITINs end of 2022 [seen]; 0.6 of immigrants without status hold an "
        "SSN-like number [seen]; the split is an [assumption]",
    )

    @rule("years_since_filing")
    def filing_ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every account one age of its latest return."""
        yield from sums_to_one(self.years_since_filing, "years_since_filing")
