"""Who is on the enforcement list, and what a request says: the scenario's parts about the list."""

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


class GroundsPart(Part):
    """What a request states beside name and address: how often each is there."""

    period_present: Number = share(
        0.98, "The taxable periods are stated.", source="asked for by law [seen]; [assumption]"
    )
    statute_present: Number = share(
        0.98, "The statute is stated.", source="asked for by law [seen]; [assumption]"
    )
    reason_present: Number = share(
        0.95, "The specific reason is stated.", source="asked for by law [seen]; [assumption]"
    )
    order_date_present: Number = share(
        0.95, "The date of the order, where there is one.", source="[assumption]"
    )
    class_present: Number = share(
        0.9, "The class of removability, where there is an order.", source="[assumption]"
    )
    evidence_present: Number = share(
        0.5, "Evidence of wilfulness, of those on whose file it is.", source="[assumption]"
    )
    officer_named: Number = share(
        0.5,
        "The officer personally and directly engaged is named.",
        source="asked for by law [seen]; [assumption]",
    )
    civil_purpose: Number = share(
        0.3,
        "Requests about an order that do not attest a criminal purpose alone: removal itself is a "
        "civil matter.",
        source="[assumption]; vary it from 0 to 1",
    )


class InvestigationRecordsPart(Part):
    """How much better the records of people under criminal investigation are."""

    error_ratio: Number = parameter(
        0.4,
        "Clerical errors (misspelt, transcribed, transposed, wrong) in them, against others.",
        unit="ratio",
        source="better documented [assumption]",
        ge=0.0,
        le=1.0,
    )
    lacking_ratio: Number = parameter(
        0.3,
        "What is lacking in them, against others: blank, placeholder, partial (no street, number "
        "or unit) and stale addresses, missing birth dates, and grounds that are not stated.",
        unit="ratio",
        source="better documented [assumption]",
        ge=0.0,
        le=1.0,
    )
    tin_present: Number = share(
        0.8, "A taxpayer number is given, where the person has one.", source="[assumption]"
    )


class RequestsPart(Part):
    """What a request carries and how often each kind of error strikes it."""

    grounds: GroundsPart = group(
        GroundsPart, "What a request states beside name and address.", unit="part", source="-"
    )
    investigation: InvestigationRecordsPart = group(
        InvestigationRecordsPart,
        "How much better the records of people under investigation are.",
        unit="part",
        source="-",
    )
    error_clustering: Number = share(
        0.2,
        "How far clerical errors strike the same records: the chance that a field is written with "
        "the same care as the record's other fields, not with care of its own. No rate changes; of "
        "two errors, the share of records with both is c² min(p, q) + (1 - c²) p q.",
        source="[assumption]; vary it from 0 to 0.8",
    )
    error_ratio_by_origin: dict[str, Weight] = parameter(
        {},
        "Clerical errors (misspelt, transcribed, transposed, swapped, wrong) in the records of an "
        "origin, against the rates stated; 1 for origins not named. No error becomes surer than 1.",
        unit="ratios",
        source="[assumption]; names strange to the clerk are mistyped more often",
    )

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
    years_since_address: tuple[Share, ...] = parameter(
        (),
        "Shares of addresses that are 0, 1, 2, … years old; they sum to 1. Whoever moved since is "
        "listed at the former dwelling. Empty: the share stale_address is.",
        unit="list of shares",
        source="a choice",
        max_length=20,
    )
    facility_given: Number = share(
        0.9,
        "The address of the detention facility in place of the home, of the detained.",
        source="jails stood among the addresses of 2025 [seen]; [assumption]",
    )
    shared_address: Number = share(
        0.02,
        "The address of a shelter, lawyer or reception centre in place of the home, of people "
        "whose request does not give that of a detention facility.",
        source="OIG-23-47: 780 addresses used more than 20 times among 981,671 [seen]; the share "
        "is an [assumption]",
    )
    shared_addresses: Integer = parameter(
        10,
        "Such addresses; the first is used most, the k-th 1/k as often.",
        unit="addresses in the sample",
        source="OIG-23-47 [seen], scaled to a sample [assumption]",
        ge=1,
        le=10_000,
    )
    street_missing: Number = share(
        0.02,
        "City and ZIP alone, without street and number, of addresses that are neither blank nor a "
        "placeholder.",
        source="such addresses stood on the list of 2025 [seen]; [assumption]",
    )
    number_missing: Number = share(
        0.02,
        "Street without house number, of the same.",
        source="such addresses stood on the list of 2025 [seen]; [assumption]",
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
    tin_present_without_address: Number | None = parameter(
        None,
        "The same for requests without street and number (blank, placeholder, city and ZIP alone); "
        "null: the same as for the others. Investigations have a share of their own.",
        unit="share, 0 to 1",
        source="about 42,695 of 47,300 releases of 2025 came by number, without a valid address "
        "[seen]",
        ge=0.0,
        le=1.0,
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

    @rule("street_missing", "number_missing")
    def streets_or_numbers_are_missing(self) -> Iterator[Fault]:
        """Leave out of each address the street with its number, the number, or nothing."""
        if self.street_missing + self.number_missing > 1.0:
            yield Fault("street_missing and number_missing exceed 1 together")

    @rule("years_since_address")
    def address_ages_sum_to_one(self) -> Iterator[Fault]:
        """Give every address one age, if any are given."""
        if self.years_since_address:
            yield from sums_to_one(self.years_since_address, "years_since_address")

    @rule()
    def origins_with_ratios_are_known(self) -> Iterator[Fault]:
        """Name origins only."""
        allowed = list(origins().names)
        for name in self.error_ratio_by_origin:
            if name not in allowed:
                yield Fault(
                    f"unknown origin {quoted(name)}; allowed: {', '.join(allowed)}"
                    f"{suggestion(name, allowed)}",
                    ("error_ratio_by_origin", name),
                )
