"""What a request says and how often errors strike it: the scenario's part about requests."""

from collections.abc import Iterator

from simulator.reference.tables import origins
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
