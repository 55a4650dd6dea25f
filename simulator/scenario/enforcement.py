"""Who is on the enforcement list, and what a request says: the scenario's parts about the list."""

from collections.abc import Iterator

from simulator.reference.tables import origins
from simulator.scenario.fields import (
    Fault,
    Integer,
    Number,
    Part,
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


class WronglyListedShares(Part):
    """Legal status of people who are listed wrongly; they sum to 1."""

    native_born_citizen: Number = share(
        0.05,
        "Native-born citizens among the wrongly listed.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    naturalised_citizen: Number = share(
        0.15,
        "Naturalised citizens among the wrongly listed: the order predates the oath.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    permanent_resident: Number = share(
        0.45,
        "Lawful permanent residents among the wrongly listed.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    temporary_visa: Number = share(
        0.0,
        "Holders of a temporary visa among the wrongly listed.",
        unit="share of the wrongly listed",
        source="[assumption]",
    )
    protected: Number = share(
        0.35,
        "People with TPS, DACA or a pending asylum claim among the wrongly listed.",
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
        "Requests on the list, one per listed person.",
        unit="requests",
        source="design choice; about 1.28M were submitted on 27 June 2025 [seen]",
        ge=0,
        le=2_000_000,
    )
    departed_share: Number = share(
        0.2,
        "Share of listed people who are no longer in the country and have no account.",
        source="[assumption]",
    )
    wrongly_listed_share: Number = share(
        0.03,
        "Share of listed people who live in the country lawfully and should not be listed.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    wrongly_listed_status: WronglyListedShares = group(
        WronglyListedShares,
        "Legal status of the wrongly listed; people whose status changed weigh most.",
        unit="shares, sum 1",
        source="[assumption]",
    )
    nationality_mix: dict[str, Weight] = parameter(
        FINAL_ORDERS,
        "Weight of each foreign-born origin among the rightly listed and the departed; 'other' "
        "is shared by the foreign-born origins not named, in proportion to their unauthorized "
        "residents. A mix given in a scenario replaces this one as a whole; it is not merged.",
        unit="weights, any scale",
        source="final orders, not detained, 24 November 2024 [seen]; other: the rest of the "
        "1,445,549 [computed]",
        min_length=1,
    )

    @rule("departed_share", "wrongly_listed_share")
    def shares_leave_room(self) -> Iterator[Fault]:
        """Leave no less than nobody rightly listed."""
        if self.departed_share + self.wrongly_listed_share > 1.0:
            yield Fault("departed_share and wrongly_listed_share exceed 1 together")

    @rule()
    def origins_are_known(self) -> Iterator[Fault]:
        """Name foreign-born origins only."""
        table = origins()
        abroad = zip(table.names, table.foreign_born, strict=True)
        allowed = [*(name for name, foreign_born in abroad if foreign_born), "other"]
        for name in self.nationality_mix:
            if name not in allowed:
                yield Fault(
                    f"unknown origin {quoted(name)}; allowed: {', '.join(allowed)}"
                    f"{suggestion(name, allowed)}",
                    ("nationality_mix", name),
                )

    @rule("nationality_mix")
    def some_weight_is_positive(self) -> Iterator[Fault]:
        """Have somebody to draw; "other" is nobody where every origin is named."""
        table, mix = origins(), self.nationality_mix
        abroad = zip(table.names, table.foreign_born, strict=True)
        anybody_else = any(foreign and name not in mix for name, foreign in abroad)
        weights = [weight for name, weight in mix.items() if name != "other" or anybody_else]
        if sum(weights) <= 0.0:
            yield Fault("nationality_mix needs at least one positive weight")


class RequestsPart(Part):
    """What a request carries and how often each kind of error strikes it."""

    given_misspelt: Number = share(
        0.03,
        "Given name misspelt (a letter wrong, missing, added or transposed).",
        source="[assumption]; exact agreement per field about 0.92 [computed]",
    )
    surname_misspelt: Number = share(
        0.03,
        "Surname misspelt (a letter wrong, missing, added or transposed).",
        source="[assumption]; exact agreement per field about 0.92 [computed]",
    )
    given_transcribed: Number = share(
        0.01, "Given name misread or misheard in transcription.", source="[assumption]"
    )
    surname_transcribed: Number = share(
        0.01, "Surname misread or misheard in transcription.", source="[assumption]"
    )
    nickname: Number = share(
        0.02, "Given name replaced by a nickname, where the name has one.", source="[assumption]"
    )
    second_surname_dropped: Number = share(
        0.3,
        "Of two surnames the mother's left out: the second, or the first of a Brazilian.",
        source="[assumption]",
    )
    first_surname_dropped: Number = share(
        0.02,
        "Of two surnames the father's left out, the mother's stands alone: the second, or the "
        "first of a Brazilian.",
        source="[assumption]",
    )
    surnames_swapped: Number = share(
        0.02, "The surnames of a person who has two in the wrong order.", source="[assumption]"
    )
    names_swapped: Number = share(
        0.01, "Given name in the surname field and the reverse.", source="[assumption]"
    )
    names_swapped_family_name_first: Number = share(
        0.05,
        "The same for origins that write the family name first.",
        source="rates not found [assumption]; vary it from 0 to 0.2",
    )
    goes_by_middle: Number = share(
        0.02,
        "Middle name in place of the given name, of people who have one.",
        source="[assumption]; vary it from 0 to 0.1",
    )
    given_shortened: Number = share(
        0.05,
        "First part of a compound given name alone.",
        source="[assumption]; vary it from 0 to 0.2",
    )
    given_romanised: Number = share(
        0.05,
        "Given name in another romanisation, where it has one.",
        source="rates not found [assumption]; vary it from 0 to 0.2",
    )
    surname_romanised: Number = share(
        0.02,
        "Surnames in another romanisation or spelling, where they have one.",
        source="rates not found [assumption]; vary it from 0 to 0.2",
    )
    given_initial: Number = share(
        0.01,
        "Given name as an initial.",
        source="rates not found [assumption]; vary it from 0 to 0.1",
    )
    particle_dropped: Number = share(
        0.05,
        "Surnames without their particle, where the rest is a surname too.",
        source="[assumption]; vary it from 0 to 0.2",
    )
    names_run_together: Number = share(
        0.2,
        "Particles, apostrophes and compound given names not set apart (DELACRUZ, OBRIEN, "
        "MARYANN) and not as they are spoken (DE LA CRUZ, O'BRIEN, MARY ANN).",
        source="rates not found [assumption]; vary it from 0 to 1",
    )
    surnames_hyphenated: Number = share(
        0.35,
        "Hyphen and not space between two surnames.",
        source="as on the roll [assumption]",
    )
    middle_absent: Number = share(
        0.5, "Middle name left out, of people who have one.", source="[assumption]"
    )
    middle_initial: Number = share(
        0.3, "Middle name as an initial, of those given.", source="[assumption]"
    )
    suffix_left_out: Number = share(
        0.5, "Suffix left out, of people who have one.", source="[assumption]"
    )
    stale_address: Number = share(
        0.45,
        "Address of the former dwelling instead of today's, for this share of the listed, be they "
        "of a kind that moves often or seldom: of each kind those whose household moved most "
        "recently, since a list goes stale by people moving.",
        source="1 - (1 - 0.18)^3 from CPS 2006 mobility over three years [computed]",
    )
    address_missing: Number = share(
        0.055, "Address left blank.", source="OIG-23-47: 5.5% blank, border releases [seen]"
    )
    address_placeholder: Number = share(
        0.125,
        "Placeholder text in place of an address, with or without a five-digit number.",
        source="OIG-23-47: 18.0% missing or invalid less 5.5% blank [computed]",
    )
    placeholder_with_number: Number = share(
        0.2,
        "Share of placeholder texts that hold a five-digit number ('DON'T CARE 12345', '00000'), "
        "which a ZIP proxy takes for an address.",
        source="[assumption]; the texts are from the court record of February 2026 [seen]",
    )
    po_box_given: Number = share(
        0.3,
        "Share of those with a PO box who gave the agency the box, not the street.",
        source="[assumption]; forms ask for both, the residence first [recalled]",
    )
    unit_missing: Number = share(
        0.38,
        "Unit left out of an address in a building with several.",
        source="OIG-23-47: up to 9.9% of addresses, over 26% of dwellings [computed]",
    )
    street_misspelt: Number = share(0.03, "Street name misspelt.", source="[assumption]")
    number_transposed: Number = share(
        0.01, "Two digits of the house number transposed.", source="[assumption]"
    )
    birth_date_missing: Number = share(0.02, "Birth date left out.", source="[assumption]")
    birth_date_wrong: Number = share(
        0.03,
        "Birth date wrong: day and month swapped, a day or a year off.",
        source="[assumption]",
    )
    tin_present: Number = share(
        0.3, "A taxpayer number is given, where the person has one.", source="[assumption]"
    )
    tin_wrong: Number = share(0.02, "The number given has a wrong digit.", source="[assumption]")
    tin_borrowed: Number = share(
        0.35,
        "The number given is the borrowed one, of people who work under the number of somebody "
        "else and have an ITIN of their own; those without one always give the borrowed number.",
        source="[assumption]; strikes 0.1 of unauthorized adults with a number, as 0.28 have an "
        "ITIN and work under a borrowed number [computed]; vary it from 0 to 1",
    )
    wrong_tin_is_somebodys: Number = share(
        0.5,
        "Chance that a number with a wrong digit is one that was issued to somebody.",
        source="about half of all nine-digit numbers are issued [recalled]",
    )

    @rule("address_missing", "address_placeholder")
    def addresses_are_missing_or_placeholders(self) -> Iterator[Fault]:
        """Give each request at most one reason to lack an address."""
        if self.address_missing + self.address_placeholder > 1.0:
            yield Fault("address_missing and address_placeholder exceed 1 together")
