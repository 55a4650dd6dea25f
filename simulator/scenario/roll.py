"""Who is on the tax roll, and how their accounts came about: the scenario's part about it.

"Unauthorized" in published counts (14M in 2023, Pew) takes in people with temporary protection or
a pending claim of asylum; here these are ``protected``, and ``unauthorized`` is the rest.
"""

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
    """Share of adults of each legal status who are on the roll as primary filers or spouses."""

    native_born_citizen: Number = share(
        0.88,
        "Native-born citizens on the roll.",
        unit="share of adults",
        source="163.5M returns in 2024 [seen], about 54M of them joint, less 2.5M of minors, over "
        "about 265M adults [recalled]: 0.81 a year, 0.86 over the years of "
        "roll.years_since_filing [computed]; more among citizens than among others [assumption]",
    )
    naturalised_citizen: Number = share(
        0.88,
        "Naturalised citizens on the roll.",
        unit="share of adults",
        source="as native-born citizens [assumption]",
    )
    permanent_resident: Number = share(
        0.84,
        "Lawful permanent residents on the roll.",
        unit="share of adults",
        source="between citizens and unauthorized residents [assumption]",
    )
    temporary_visa: Number = share(
        0.76,
        "Holders of a temporary visa on the roll.",
        unit="share of adults",
        source="between citizens and unauthorized residents [assumption]",
    )
    protected: Number = share(
        0.65,
        "People with TPS, DACA or a pending asylum claim on the roll.",
        unit="share of adults",
        source="CBO 2007: 50-75% of unauthorized residents, who in published counts include "
        "these, file or pay [seen]; the upper half of that range [assumption]",
    )
    unauthorized: Number = share(
        0.62,
        "Unauthorized residents on the roll.",
        unit="share of adults",
        source="CBO 2007: 50-75% file or pay [seen]; the middle of that range [assumption]",
    )


def _ratio(default: float, who: str) -> Number:
    ratio: Number = parameter(
        default,
        f"How likely people {who} are to be on the roll, against those of 25 to 44.",
        unit="ratio",
        source="returns by age of the primary filer, IRS Statistics of Income 2018, over people "
        "of that age: 0.75 at 18 to 25, 0.83 from 26 to 64, 0.77 from 65 [recalled], less what "
        "living with a partner explains [assumption]",
        ge=0.0,
        le=5.0,
    )
    return ratio


class FilingRatios(Part):
    """How filing depends on age, on living with a partner and with children, at one legal status.

    The rates of the statuses are met by adults of the national mix of ages and families; these
    ratios say how the filers are spread over them. No rate exceeds 1.
    """

    age_18_24: Number = _ratio(0.85, "aged 18 to 24")
    age_45_64: Number = _ratio(0.98, "aged 45 to 64")
    age_65_over: Number = _ratio(0.87, "aged 65 or over")
    partner: Number = parameter(
        1.35,
        "How much likelier people who live with a partner are to be on the roll. Partners file "
        "or do not file together, each at the rate of the own status and age.",
        unit="ratio",
        source="54M joint returns and 4M separate ones over the couples simulated: 0.93 a year of "
        "the married; other returns over other adults: 0.69 [computed from recalled counts]",
        ge=0.0,
        le=5.0,
    )
    children: Number = parameter(
        1.35,
        "How much likelier people with a child under 19 at home are to be on the roll.",
        unit="ratio",
        source="nearly all file, for the earned income credit and the child tax credit; about "
        "0.92 of children are claimed [recalled]; the ratio is an [assumption]",
        ge=0.0,
        le=5.0,
    )


class MarriedShares(Part):
    """Which couples who live together are married; the others file a return each."""

    with_children: Number = share(
        0.85,
        "Couples with a child under 19 at home.",
        unit="share of couples",
        source="8-9M unmarried couples of 70M, 0.4 of them with children, and 26M couples with "
        "children, Census Bureau [recalled]: 0.87 [computed]; "
        "a little lower, for heads of household whose partner or child lives elsewhere, who are "
        "not simulated [assumption]",
    )
    under_35: Number = share(
        0.60,
        "Couples without such a child whose head is under 35.",
        unit="share of couples",
        source="half of unmarried couples are under 35 [recalled]; the split is an [assumption]",
    )
    from_35: Number = share(
        0.95,
        "Couples without such a child whose head is 35 or older.",
        unit="share of couples",
        source="what is left of 8-9M unmarried couples [recalled; computed]",
    )


class ClaimShares(Part):
    """Who is claimed as a dependant by somebody of the household who files."""

    child: Number = share(
        0.96,
        "Children, grandchildren and other kin under 19.",
        source="about 0.92 of all children are claimed [recalled], more where somebody files "
        "[assumption]",
    )
    student: Number = share(
        0.75,
        "Children and grandchildren from 19 to 23 in their parents' home: students, mostly.",
        source="about half of people from 19 to 23 are full-time students, more of those at home "
        "[recalled]; the value is an [assumption]",
    )
    parent: Number = share(
        0.8,
        "Parents who file no return, by the head or a grown child with whom they live.",
        source="3-4M parents are claimed a year, IRS Statistics of Income [recalled]; the value "
        "is an [assumption]",
    )
    relative: Number = share(
        0.8,
        "Grown children and other kin who file no return of their own.",
        source="8-10M other dependants are claimed a year, IRS Statistics of Income [recalled]; "
        "the value is an [assumption]",
    )


class TinShares(Part):
    """Kinds of taxpayer number on the accounts of unauthorized adults; they sum to 1."""

    ssn: Number = share(
        0.06,
        "A number of their own, from an earlier visa or work permit.",
        unit="share of accounts",
        source="[assumption]",
    )
    itin: Number = share(
        0.66,
        "An individual taxpayer identification number.",
        unit="share of accounts",
        source="3.8M returns with an ITIN [recalled], 5.8M active ITINs [seen], of 9.2M "
        "residents counted as unauthorized here, 0.88 of them adults, 0.62 of those on the "
        "roll: 0.6 to 0.7 once couples are allowed for [assumption]. Both counts take in holders "
        "abroad, who are not simulated",
    )
    borrowed_ssn: Number = share(
        0.16,
        "A social security number that belongs to somebody else.",
        unit="share of accounts",
        source="0.6 of immigrants without status hold an SSN-like number [seen]; many of them "
        "file under an ITIN, see roll.itin_borrowed_wages [assumption]",
    )
    invalid_ssn: Number = share(
        0.10,
        "A number in the form of a social security number that was never issued.",
        unit="share of accounts",
        source="$25.7B of social security tax were paid under borrowed or invalid numbers "
        "[seen]; the split between the two is an [assumption]",
    )
    none: Number = share(
        0.02,
        "No number.",
        unit="share of accounts",
        source="[assumption]",
    )

    @rule("ssn", "itin", "borrowed_ssn", "invalid_ssn", "none")
    def shares_sum_to_one(self) -> Iterator[Fault]:
        """Give every account one kind of number."""
        shares = (self.ssn, self.itin, self.borrowed_ssn, self.invalid_ssn, self.none)
        yield from sums_to_one(shares, "ssn, itin, borrowed_ssn, invalid_ssn and none")


class NamesAsFiled(Part):
    """How the names on the roll differ from those people bear."""

    double_surname_share: Number = share(
        0.196,
        "Accounts that show both surnames, of people who have two.",
        source="voter files: 0.128 with a space, 0.068 with a hyphen [computed]",
    )
    second_surname_alone: Number = share(
        0.02,
        "Accounts that show the mother's surname, of those that show one of two: the second, or "
        "the first of a Brazilian.",
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
    names_run_together: Number = share(
        0.2,
        "Particles, apostrophes and compound given names not set apart (DELACRUZ, OBRIEN, "
        "MARYANN) and not as they are spoken (DE LA CRUZ, O'BRIEN, MARY ANN).",
        source="rates not found [assumption]; vary it from 0 to 1",
    )
    surnames_hyphenated: Number = share(
        0.35,
        "Hyphen and not space between two surnames filed.",
        source="voter files: 0.068 of 0.196 [computed]",
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
        "Share of adults on the roll, by legal status, at the national mix of ages.",
        unit="share of adults",
        source="163.5M returns in 2024 [seen]; 50-75% of unauthorized residents file or pay, "
        "CBO 2007 [seen]; the split between statuses is an [assumption]",
    )
    filing_ratio: FilingRatios = group(
        FilingRatios,
        "How filing depends on age and on living with a partner.",
        unit="ratios",
        source="see each",
    )
    teenager_filing_rate: Number = share(
        0.2,
        "Share of people from 15 to 17 with a return of their own. Those who are claimed as "
        "dependants as well have one account, that of their own return.",
        unit="share of people",
        source="about 2.5M returns of minors, 12.9M people of 15 to 17 [recalled]",
    )
    years_since_filing: tuple[Share, ...] = parameter(
        (0.84, 0.10, 0.04, 0.02),
        "Shares of accounts whose latest return is 0, 1, 2, … years old; they sum to 1. The "
        "address on the roll is the one of that year. Those of 0 and 1 file every year: 1 is "
        "for those who have not yet filed this season.",
        unit="list of shares",
        source="about 0.89 of a year's returns are in by the end of June, when the requests "
        "came [recalled, IRS filing season statistics]; the shares of older ones are an "
        "[assumption]",
        min_length=1,
        max_length=20,
    )
    married_share: MarriedShares = group(
        MarriedShares,
        "Which couples who live together are married.",
        unit="shares of couples",
        source="see each",
    )
    joint_filing_share: Number = share(
        0.97,
        "Share of married couples, both on the roll, who file one joint return.",
        source="54M joint returns, 4M separate ones, by two thirds from couples who live together: "
        "0.96 to 0.98 [computed from recalled counts]",
    )
    claimed: ClaimShares = group(
        ClaimShares,
        "Who is claimed as a dependant where somebody of the household files.",
        unit="shares",
        source="see each",
    )
    unauthorized_tin: TinShares = group(
        TinShares,
        "Kinds of number on the accounts of unauthorized adults. Minors have no borrowed or "
        "invalid number but an ITIN.",
        unit="shares, sum 1",
        source="5.8M active ITINs end of 2022 [seen]; 0.6 of immigrants without status hold an "
        "SSN-like number [seen]; the split is an [assumption]",
    )
    itin_borrowed_wages: Number = share(
        0.42,
        "Share of unauthorized adults with an ITIN whose wages are reported under a social "
        "security number that belongs to somebody else.",
        source="with 0.06 own, 0.16 borrowed and 0.10 invalid numbers of roll.unauthorized_tin, "
        "0.6 hold an SSN-like number, as published [seen]; the split is an [assumption]",
    )
    protected_itin: Number = share(
        0.2,
        "Share of protected people who file under an ITIN: their work permit is pending.",
        source="[assumption]",
    )
    visa_dependant_itin: Number = share(
        0.6,
        "Share of partners and kin with a temporary visa, not heads of household, who have an "
        "ITIN: their visa does not allow work.",
        source="[assumption]",
    )
    unit_missing: Number = share(
        0.05,
        "Share of returns from a building of several units that leave out the unit.",
        source="up to 9.9% of an agency's address records are apartments without a unit [seen]; "
        "fewer where the tax authority's mail must arrive [assumption]",
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
