"""Who is on the tax roll, and how their accounts came about: the scenario's part about it."""

from collections.abc import Iterator

from simulator.scenario.fields import (
    Fault,
    Number,
    Part,
    Share,
    group,
    parameter,
    rule,
    share,
    sums_to_one,
)


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


class NamesAsFiled(Part):
    """How the names on the roll differ from those people bear."""

    double_surname_share: Number = share(
        0.196,
        "Accounts that show both surnames, of people who have two.",
        source="voter files: 0.128 with a space, 0.068 with a hyphen [computed]",
    )
    second_surname_alone: Number = share(
        0.02,
        "Accounts that show the second surname, of those that show one of two.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    goes_by_middle: Number = share(
        0.01,
        "The middle name filed as the given name, of people who have one.",
        source="[assumption]; names on returns must agree with those on record for the number",
    )
    nickname: Number = share(
        0.01,
        "A nickname filed as the given name, where the name has one.",
        source="[assumption]; vary it from 0 to 0.05",
    )
    given_shortened: Number = share(
        0.05,
        "The first part of a compound given name filed alone.",
        source="[assumption]; vary it from 0 to 0.2",
    )
    given_romanised: Number = share(
        0.02,
        "The given name filed in another romanisation, where it has one.",
        source="rates not found [assumption]; vary it from 0 to 0.1",
    )
    surname_romanised: Number = share(
        0.01,
        "Surnames filed in another romanisation or spelling, where they have one.",
        source="rates not found [assumption]; vary it from 0 to 0.1",
    )
    particle_dropped: Number = share(
        0.02,
        "Surnames filed without their particle, where the rest is a surname too.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    given_misspelt: Number = share(
        0.003,
        "The given name filed as another listed one, a slip of the pen away.",
        source="[assumption]; vary it from 0 to 0.02",
    )
    surname_misspelt: Number = share(
        0.003,
        "A surname filed as another listed one, a slip of the pen away.",
        source="[assumption]; vary it from 0 to 0.02",
    )
    names_swapped: Number = share(
        0.001,
        "Given name and surname filed in each other's field, where both are borne by enough people "
        "to be met there (2,000 in the nation).",
        source="rates not found [assumption]; vary it from 0 to 0.01",
    )
    names_swapped_family_name_first: Number = share(
        0.01,
        "The same for origins that write the family name first.",
        source="rates not found [assumption]; vary it from 0 to 0.05",
    )
    middle_absent: Number = share(
        0.3,
        "Accounts without the middle name, of people who have one.",
        source="[assumption]",
    )
    middle_initial: Number = share(
        0.9,
        "Middle names filed as an initial, of those filed.",
        source="Form 1040 asks for first name and middle initial [recalled]; the share is an "
        "[assumption]",
    )
    suffix_left_out: Number = share(
        0.3, "Suffix left out of the name filed, of people who have one.", source="[assumption]"
    )
    senior_written: Number = share(
        0.1,
        "Fathers who file as SENIOR, of those with a child at home who bears JUNIOR.",
        source="[assumption]",
    )


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

    names_as_filed: NamesAsFiled = group(
        NamesAsFiled,
        "How the names on the roll differ from those people bear.",
        unit="shares",
        source="voter files for two surnames [computed]; the rest are [assumption]",
    )

    @rule("years_since_filing")
    def filing_ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every account one age of its latest return."""
        yield from sums_to_one(self.years_since_filing, "years_since_filing")
