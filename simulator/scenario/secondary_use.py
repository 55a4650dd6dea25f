"""The same list run against other rolls: voters and people who receive benefits."""

from collections.abc import Iterator

from simulator.scenario.choices import LegalStatus
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


class RegisteredShares(Part):
    """Share of adults of each legal status who are registered to vote."""

    native_born_citizen: Number = share(
        0.73, "Native-born citizens.", source="CPS 2022: 0.70 of citizens [recalled]"
    )
    naturalised_citizen: Number = share(
        0.61, "Naturalised citizens.", source="CPS 2022: 0.61 [recalled]"
    )
    permanent_resident: Number = share(
        0.0005,
        "Permanent residents, by mistake.",
        source="a 2025 state check flagged 2,724 of 18M voters, many of them citizens [seen]; the "
        "rate is an [assumption]",
    )
    temporary_visa: Number = share(0.0002, "Visa holders, by mistake.", source="[assumption]")
    protected: Number = share(0.0002, "Protected people, by mistake.", source="[assumption]")
    unauthorized: Number = share(
        0.0001, "Unauthorized residents, by mistake.", source="[assumption]"
    )


class EnrolledShares(Part):
    """Share of people of each legal status who are enrolled in a benefit."""

    native_born_citizen: Number = share(
        0.22, "Native-born citizens.", source="79M Medicaid enrollees [seen] of 335M [computed]"
    )
    naturalised_citizen: Number = share(0.22, "Naturalised citizens.", source="[assumption]")
    permanent_resident: Number = share(0.20, "Permanent residents.", source="[assumption]")
    temporary_visa: Number = share(0.03, "Visa holders.", source="[assumption]")
    protected: Number = share(0.20, "Protected people.", source="[assumption]")
    unauthorized: Number = share(
        0.01, "Unauthorized residents, emergency cover alone.", source="[assumption]"
    )


class VoterRollPart(Part):
    """Who is on the voter roll: name, birth date and address."""

    registered: RegisteredShares = group(
        RegisteredShares, "Share of adults registered, by legal status.", unit="shares", source="-"
    )
    years_since_registration: tuple[Share, ...] = parameter(
        (0.25, 0.15, 0.12, 0.10, 0.08, 0.06, 0.05, 0.05, 0.04, 0.10),
        "Shares of voters whose address was last updated 0, 1, 2, … years ago; they sum to 1.",
        unit="list of shares",
        source="[assumption]",
        min_length=1,
        max_length=20,
    )

    @rule("years_since_registration")
    def ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every entry one age."""
        yield from sums_to_one(self.years_since_registration, "years_since_registration")


class BenefitRollPart(Part):
    """Who is on the benefit roll: name, birth date, last four digits of the SSN and address."""

    enrolled: EnrolledShares = group(
        EnrolledShares, "Share of people enrolled, by legal status.", unit="shares", source="-"
    )
    child_ratio: Number = parameter(
        1.7,
        "How likely people under 19 are to be enrolled, against adults of their status.",
        unit="ratio",
        source="children are 0.22 of people and nearly half of Medicaid and CHIP enrollees "
        "[recalled]; the ratio is an [assumption]",
        ge=0.0,
        le=4.0,
    )
    years_since_renewal: tuple[Share, ...] = parameter(
        (0.8, 0.15, 0.05),
        "Shares of entries whose address was last updated 0, 1, 2, … years ago; they sum to 1.",
        unit="list of shares",
        source="eligibility is renewed every year [recalled]; the shares are an [assumption]",
        min_length=1,
        max_length=20,
    )
    ssn4_missing: Number = share(
        0.03, "Entries without the last four digits of a number.", source="[assumption]"
    )

    @rule("years_since_renewal")
    def ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every entry one age."""
        yield from sums_to_one(self.years_since_renewal, "years_since_renewal")


class NoticePart(Part):
    """Whoever is challenged gets a notice and may reply."""

    eligible_statuses: tuple[LegalStatus, ...] | None = parameter(
        None,
        "Who is rightly on the roll. Null: citizens on the voter roll, the lawful on others.",
        unit="list of legal statuses",
        source="-",
    )
    lost_in_mail: Number = share(
        0.05,
        "Share of notices that do not arrive although the address is current. Notices to an "
        "address where the person no longer lives never do.",
        source="IRS mail: 9.7% undeliverable, stale addresses included [seen]; the rest is an "
        "[assumption]",
    )
    reply_rate: Number = share(
        0.5,
        "Share of eligible people who got the notice and reply with proof in time.",
        source="30-day notice, then cancellation, reinstated on proof [seen]; the rate is an "
        "[assumption], vary it from 0.2 to 0.9",
    )
