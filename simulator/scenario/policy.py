"""How requests are matched, rejected and answered: the scenario's parts a policy can switch."""

from collections.abc import Iterator

from simulator.scenario.choices import (
    AddressCheck,
    AddressThreshold,
    BirthDateThreshold,
    BlockingKey,
    Selection,
    SurnameTokens,
    TinNameCheck,
)
from simulator.scenario.fields import Fault, Integer, Number, Part, Switch, parameter, rule


def _is_hundredth(value: float, name: str) -> Iterator[Fault]:
    if abs(value * 100 - round(value * 100)) > 1e-9:
        yield Fault(f"{name} must be a multiple of 0.01; got {value!r}")


class MatchingPart(Part):
    """How requests are compared with accounts and which pairs become links."""

    name_threshold: Number = parameter(
        0.92,
        "Least Jaro-Winkler similarity of given name and of surname. Every threshold from 0.80 "
        "to 1.00 is evaluated in the same run; this one gives the headline estimates.",
        unit="similarity, steps of 0.01",
        source="a widely used full-agreement default [seen]",
        ge=0.80,
        le=1.0,
    )
    address_threshold: AddressThreshold = parameter(
        AddressThreshold.BUILDING,
        "Least agreement of addresses; every one is evaluated in the same run. The sample holds "
        "few of the ZIPs of a three-digit area, so zip3 is understated: read zip5 or any instead.",
        unit="any < zip3 < zip5 < street < building < exact",
        source="the law asks for an address [seen]; the level is a choice",
    )
    birth_date_threshold: BirthDateThreshold = parameter(
        BirthDateThreshold.ANY,
        "Least agreement of birth dates.",
        unit="any < year < near < exact",
        source="the memorandum submits names and addresses only [seen]",
    )
    street_similarity: Number = parameter(
        0.88,
        "Least Jaro-Winkler similarity for two street names to agree.",
        unit="similarity, steps of 0.01",
        source="a widely used partial-agreement default [seen]",
        ge=0.80,
        le=1.0,
    )
    surname_tokens: SurnameTokens = parameter(
        SurnameTokens.BEST,
        "Double surnames: best assignment of the parts, an absent part being no evidence, or the "
        "first part only: the father's, but the mother's of a Brazilian who shows both.",
        unit="best or first",
        source="a choice; name control takes the first [seen]",
    )
    suffix_conflict_rejects: Switch = parameter(
        False,
        "Two records that show different suffixes (JR, SR, III) are not compared by name and "
        "address.",
        unit="true or false",
        source="a proposal; whether suffixes were compared in 2025 is not known",
    )
    middle_conflict_rejects: Switch = parameter(
        False,
        "Two records that show middle names which cannot be one are not compared by name and "
        "address; an initial agrees with every name that begins with it.",
        unit="true or false",
        source="a proposal; whether middle names were compared in 2025 is not known",
    )
    addresses_standardised: Switch = parameter(
        True,
        "Written forms are brought to one before addresses are compared (ST is STREET, # is APT); "
        "otherwise addresses agree beyond their ZIP only if they are written in the same style.",
        unit="true or false",
        source="a choice; that slight variations of addresses blocked matches in 2025 was "
        "reported in June 2026 [seen]",
    )
    blocking: tuple[tuple[BlockingKey, ...], ...] = parameter(
        ((),),
        "Which pairs are compared at all: a list of rules, each a list of fields that must agree "
        "exactly, beside a similar surname. A pair is compared if any rule admits it; an empty "
        "rule admits every pair.",
        unit="list of lists of fields",
        source="design choice; the empty rule loses no pair",
        min_length=1,
        max_length=8,
    )
    name_address_path: Switch = parameter(
        True,
        "Requests are matched by name and address.",
        unit="true or false",
        source="one of the two processes of 2025 [seen]",
    )
    tin_path: Switch = parameter(
        False,
        "Requests with a taxpayer number are matched by it, without any address comparison, and "
        "only by it.",
        unit="true or false",
        source="one of the two mutually exclusive processes of 2025 [seen]",
    )
    tin_name_check: TinNameCheck = parameter(
        TinNameCheck.NAME_CONTROL,
        "What must agree beside the number on the TIN path: nothing, the first four letters of "
        "the first surname, or the names at the name threshold.",
        unit="none, name_control or name_threshold",
        source="name control is standard; which was used in 2025 is not known [seen]",
    )
    selection: Selection = parameter(
        Selection.ALL,
        "Release every qualifying account, the best one, or one only if it is the only one. All "
        "three are evaluated in the same run; this one gives the headline estimates.",
        unit="all, best or unique",
        source="a choice",
    )
    search_dependants: Switch = parameter(
        False,
        "Dependants named on returns are searched too, not only those who filed.",
        unit="true or false",
        source="a choice",
    )

    @rule("name_threshold")
    def name_threshold_is_a_step(self) -> Iterator[Fault]:
        """Fall on one of the steps at which similarities are counted."""
        yield from _is_hundredth(self.name_threshold, "name_threshold")

    @rule("street_similarity")
    def street_similarity_is_a_step(self) -> Iterator[Fault]:
        """Fall on one of the steps at which similarities are counted."""
        yield from _is_hundredth(self.street_similarity, "street_similarity")

    @rule("name_address_path", "tin_path")
    def some_path_is_open(self) -> Iterator[Fault]:
        """Match by something."""
        if not (self.name_address_path or self.tin_path):
            yield Fault("name_address_path and tin_path are both false: nothing would match")

    @rule("blocking")
    def blocking_repeats_nothing(self) -> Iterator[Fault]:
        """Hold each field at most once in a blocking rule."""
        for fields in self.blocking:
            if len(set(fields)) != len(fields):
                yield Fault(f"a blocking rule names a field twice: {', '.join(fields)}")


class GuardrailsPart(Part):
    """Which requests are rejected before any matching."""

    address_required: Switch = parameter(
        True,
        "A request without any address text is rejected.",
        unit="true or false",
        source="26 USC 6103(i)(2): the request must state name and address [seen]",
    )
    address_check: AddressCheck = parameter(
        AddressCheck.DELIVERABLE,
        "What an address must pass: nothing; a five- or nine-digit number anywhere in it (the "
        "proxy of 2025); a street, number and ZIP; or an address that exists, with its unit. A "
        "blank address is the business of address_required.",
        unit="none, zip_proxy, parseable or deliverable",
        source="the ZIP proxy is from the court record of February 2026 [seen]",
    )
    placeholders_rejected: Switch = parameter(
        True,
        "Known placeholder texts ('UNKNOWN ADDRESS', …) are rejected.",
        unit="true or false",
        source="a proposal",
    )
    birth_date_required: Switch = parameter(
        False,
        "A request without a birth date is rejected.",
        unit="true or false",
        source="a proposal",
    )


class DisclosurePart(Part):
    """What is withheld although a link was made."""

    max_address_age_years: Integer | None = parameter(
        None,
        "Withhold addresses from returns older than this; null releases every age.",
        unit="years",
        source="a proposal",
        ge=0,
        le=50,
    )
