"""Who is on the enforcement list: the scenario's part about it."""

from collections.abc import Iterator

from simulator.reference.tables import origins
from simulator.scenario.choices import ListedFrom
from simulator.scenario.fields import (
    Fault,
    Integer,
    Number,
    Part,
    Share,
    Weight,
    group,
    parameter,
    rule,
    share,
    sums_to_one,
)
from simulator.scenario.problems import quoted, suggestion

FINAL_ORDERS: dict[str, float] = {
    "honduras": 261_651,
    "guatemala": 253_413,
    "mexico": 252_044,
    "el_salvador": 203_822,
    "nicaragua": 45_995,
    "cuba": 42_084,
    "brazil": 38_677,
    "china": 37_908,
    "haiti": 32_363,
    "ecuador": 31_252,
    "colombia": 27_388,
    "venezuela": 22_749,
    "other": 196_203,
}


OVERSTAYS: dict[str, float] = {
    "venezuela": 172_640,
    "mexico": 48_000,
    "colombia": 40_884,
    "brazil": 20_811,
    "india": 17_000,
    "dominican_republic": 12_000,
    "china": 13_000,
    "other": 240_000,
}


class WronglyListedShares(Part):
    """Legal status of people who are listed wrongly; they sum to 1."""

    native_born_citizen: Number = share(
        0.05,
        "Native-born citizens among the wrongly listed: a mistake from the start.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    naturalised_citizen: Number = share(
        0.15,
        "Naturalised citizens among the wrongly listed: status changed since, by oath.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    permanent_resident: Number = share(
        0.45,
        "Lawful permanent residents among the wrongly listed: status changed since, by adjustment.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    temporary_visa: Number = share(
        0.0,
        "Holders of a temporary visa among the wrongly listed: a mistake from the start.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    protected: Number = share(
        0.35,
        "People with TPS, DACA or a pending asylum claim among the wrongly listed: status changed "
        "since, by relief granted.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )

    @rule(
        "native_born_citizen",
        "naturalised_citizen",
        "permanent_resident",
        "temporary_visa",
        "protected",
    )
    def shares_sum_to_one(self) -> Iterator[Fault]:
        """Give every wrongly listed person one status."""
        shares = (
            self.native_born_citizen,
            self.naturalised_citizen,
            self.permanent_resident,
            self.temporary_visa,
            self.protected,
        )
        yield from sums_to_one(shares, "the shares of the wrongly listed")


class ListingPart(Part):
    """Who is on the enforcement list, and whether rightly."""

    requests: Integer = parameter(
        10_000,
        "People on the list; each is one request, and duplicates come on top.",
        unit="people",
        source="design choice; about 1.28M were submitted on 27 June 2025 [seen]",
        ge=0,
        le=2_000_000,
    )
    drawn_from: ListedFrom = parameter(
        ListedFrom.FINAL_ORDERS,
        "From whom those rightly listed are drawn: to the mix of nationalities of final orders, to "
        "that of people who overstayed a visa, or from all unauthorized adults alike. Those who "
        "left, died or never existed follow the same mix, under all_unauthorized the origins of "
        "unauthorized residents. Whatever it is, requests are about orders and investigations.",
        unit="final_orders, overstays or all_unauthorized",
        source="700,000 people in February, 7.6M and 7.3M in June, 1.28M on 27 June 2025 [seen]",
    )
    investigation_share: Number = share(
        0.02,
        "Share of listed people under designated non-tax criminal investigation, the second group "
        "of the memorandum; the others are under final orders of removal. It is the same among "
        "those listed wrongly and those who are not here.",
        source="the two groups [seen]; the share is an [assumption]",
    )
    departed_share: Number = share(
        0.2,
        "Share of listed people who are no longer in the country and have no account.",
        source="[assumption]",
    )
    died_share: Number = share(
        0.01,
        "Share of listed people who have died since. They have no account.",
        source="about 0.3% a year at these ages over some years [assumption]",
    )
    never_existed_share: Number = share(
        0.005,
        "Share of listed people who never existed: records of made-up or garbled identities, with "
        "the address of somebody else and at times the number of somebody else.",
        source="[assumption]; vary it from 0 to 0.03",
    )
    duplicate_share: Number = share(
        0.02,
        "Chance that there is a second request for a listed person, written from another file with "
        "errors of its own.",
        unit="share of listed people",
        source="[assumption]; vary it from 0 to 0.1",
    )
    wrongly_listed_share: Number = share(
        0.03,
        "Share of listed people who live in the country lawfully and should not be listed.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    wrongly_listed_status: WronglyListedShares = group(
        WronglyListedShares,
        "Legal status of the wrongly listed; people whose status changed since they were listed "
        "weigh most, the others are mistakes. It does nothing where wrongly_listed_share is 0.",
        unit="shares, sum 1",
        source="[assumption]",
    )
    nationality_mix: dict[str, Weight] = parameter(
        FINAL_ORDERS,
        "Weight of each foreign-born origin among all but the wrongly listed; 'other' is shared by "
        "the foreign-born origins not named, in proportion to their unauthorized residents. A mix "
        "given in a scenario replaces this one as a whole; it is not merged. It does nothing "
        "unless drawn_from is final_orders.",
        unit="weights, any scale",
        source="final orders, not detained, 24 November 2024 [seen]; other: the rest of the "
        "1,445,549 [computed]",
        min_length=1,
    )

    overstay_mix: dict[str, Weight] = parameter(
        OVERSTAYS,
        "The same for people who overstayed a visa. It does nothing unless drawn_from is "
        "overstays.",
        unit="weights, any scale",
        source="suspected overstays in the country by citizenship, DHS Entry/Exit Overstay Report "
        "FY2023 [recalled]",
        min_length=1,
    )
    years_since_order: tuple[Share, ...] = parameter(
        (0.14, 0.10, 0.08, 0.07, 0.06, 0.06, 0.05, 0.05, 0.05, 0.04, 0.30),
        "Shares of orders that are 0, 1, 2, … years old, the last standing for all older ones. "
        "They sum to 1; days are even within a year. It does nothing where investigation_share is "
        "1.",
        unit="list of shares",
        source="1.4M final orders have gathered over decades [seen]; the shares are an "
        "[assumption]",
        min_length=1,
        max_length=40,
    )
    removable_class_share: Number = share(
        0.8,
        "Share of orders that rest on a class of 8 USC 1227(a). It does nothing where "
        "investigation_share is 1.",
        source="the crime of 8 USC 1253(a)(1) is limited to them [seen]; the share is an "
        "[assumption]",
    )
    wilful_share: Number = share(
        0.1,
        "Share of people under an order on whose file is evidence that they failed to depart "
        "wilfully. It does nothing where investigation_share is 1.",
        source="two prosecutions in FY2024 against 1.4M orders [seen]; the share is an "
        "[assumption]",
    )
    detained_share: Number = share(
        0.03,
        "Share of listed residents, rightly listed or not, whom the agency holds in detention.",
        source="final orders of people not detained are counted apart [seen]; the share is an "
        "[assumption]",
    )
    facilities: Integer = parameter(
        20,
        "Detention facilities among which they are spread: the k-th holds a share in proportion to "
        "1 / k. It does nothing where detained_share is 0.",
        unit="facilities in the sample",
        source="about 200 in the nation [recalled]; fewer are met by a sample [assumption]",
        ge=1,
        le=10_000,
    )
    officers: Integer = parameter(
        25,
        "Officers among whom the requests are spread evenly.",
        unit="officers",
        source="one officer signed for the whole list of 2025 [recalled]; the number is a choice",
        ge=1,
        le=100_000,
    )

    @rule("departed_share", "died_share", "never_existed_share", "wrongly_listed_share")
    def shares_leave_room(self) -> Iterator[Fault]:
        """Leave no less than nobody rightly listed."""
        absent = self.departed_share + self.died_share + self.never_existed_share
        if absent + self.wrongly_listed_share > 1.0:
            yield Fault(
                "departed_share, died_share, never_existed_share and wrongly_listed_share exceed 1 "
                "together"
            )

    @rule("years_since_order")
    def order_ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every order one age."""
        yield from sums_to_one(self.years_since_order, "years_since_order")

    @rule()
    def origins_are_known(self) -> Iterator[Fault]:
        """Name foreign-born origins only."""
        table = origins()
        abroad = zip(table.names, table.foreign_born, strict=True)
        allowed = [*(name for name, foreign_born in abroad if foreign_born), "other"]
        mixes = {"nationality_mix": self.nationality_mix, "overstay_mix": self.overstay_mix}
        for field, mix in mixes.items():
            for name in mix:
                if name not in allowed:
                    yield Fault(
                        f"unknown origin {quoted(name)}; allowed: {', '.join(allowed)}"
                        f"{suggestion(name, allowed)}",
                        (field, name),
                    )

    @rule("nationality_mix", "overstay_mix")
    def some_weight_is_positive(self) -> Iterator[Fault]:
        """Have somebody to draw; "other" is nobody where every origin is named."""
        table = origins()
        mixes = {"nationality_mix": self.nationality_mix, "overstay_mix": self.overstay_mix}
        for field, mix in mixes.items():
            abroad = zip(table.names, table.foreign_born, strict=True)
            anybody_else = any(foreign and name not in mix for name, foreign in abroad)
            weights = [weight for name, weight in mix.items() if name != "other" or anybody_else]
            if sum(weights) <= 0.0:
                yield Fault(f"{field} needs at least one positive weight")
