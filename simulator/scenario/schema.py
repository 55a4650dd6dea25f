"""What a scenario may say: frozen models, one per stage.

This module gathers the parts and holds the rules between them; the rules within a part stand beside
its fields. Sources carry their marks (see ``simulator.scenario.fields``). The defaults are the
baseline: the law as written, on a national sample of a million people.
"""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from simulator.scenario.calibration import CalibrationPart, ranges_of
from simulator.scenario.chilling import CessationPart, ChillingPart, RevenuePart
from simulator.scenario.choices import (
    AccountsSearched,
    AddressCheck,
    AddressThreshold,
    BirthDateThreshold,
    BlockingKey,
    DecisionRule,
    Injunction,
    KnownStatus,
    LastFourCheck,
    LegalStatus,
    ListedFrom,
    Matcher,
    NameMeasure,
    NameOrder,
    Scope,
    SearchedRoll,
    Selection,
    SurnameTokens,
    TinNameCheck,
    TinThreshold,
    WeightsFrom,
)
from simulator.scenario.comparisons import NamedAgreements, WeighedFields
from simulator.scenario.disclosure import (
    DisclosurePart,
    KnownStatusPart,
    RecipientPart,
    ReviewPart,
)
from simulator.scenario.enforcement import (
    FINAL_ORDERS,
    OVERSTAYS,
    ListingPart,
    WronglyListedShares,
)
from simulator.scenario.explore import ExplorePart
from simulator.scenario.fields import Fault, Integer, Number, Part, Text, group, parameter, rule
from simulator.scenario.guardrails import CourtOrderPart, GuardrailsPart
from simulator.scenario.matching import MatchingPart
from simulator.scenario.names import NamesPart
from simulator.scenario.population import PopulationPart
from simulator.scenario.problems import quoted
from simulator.scenario.requests import GroundsPart, InvestigationRecordsPart, RequestsPart
from simulator.scenario.roll import FilingRates, NamesAsFiled, RollPart, TinShares
from simulator.scenario.secondary_use import BenefitRollPart, NoticePart, VoterRollPart

__all__ = [
    "FINAL_ORDERS",
    "OVERSTAYS",
    "AccountsSearched",
    "AddressCheck",
    "AddressThreshold",
    "BenefitRollPart",
    "BirthDateThreshold",
    "BlockingKey",
    "CessationPart",
    "ChillingPart",
    "CourtOrderPart",
    "DecisionRule",
    "DisclosurePart",
    "ExplorePart",
    "FilingRates",
    "GroundsPart",
    "GuardrailsPart",
    "Injunction",
    "InvestigationRecordsPart",
    "KnownStatus",
    "KnownStatusPart",
    "LastFourCheck",
    "LegalStatus",
    "ListedFrom",
    "ListingPart",
    "Matcher",
    "MatchingPart",
    "NameMeasure",
    "NameOrder",
    "NamedAgreements",
    "NamesAsFiled",
    "NamesPart",
    "NoticePart",
    "Part",
    "PopulationPart",
    "RecipientPart",
    "RequestsPart",
    "RevenuePart",
    "ReviewPart",
    "RollPart",
    "Scenario",
    "Scope",
    "SearchedRoll",
    "Selection",
    "SurnameTokens",
    "TinNameCheck",
    "TinShares",
    "TinThreshold",
    "VoterRollPart",
    "WeighedFields",
    "WeightsFrom",
    "WronglyListedShares",
]


_WEIGHING = frozenset(
    {
        Matcher.POINTS,
        Matcher.FELLEGI_SUNTER_GIVEN,
        Matcher.FELLEGI_SUNTER_ORACLE,
        Matcher.FELLEGI_SUNTER_EM,
        Matcher.SPLINK,
        Matcher.SPLINK_EM,
    }
)
"""Matchers that add up what the levels of fields weigh."""


class Scenario(Part):
    """One complete scenario: everything that determines the results of a run."""

    title: Text = parameter(
        "Untitled scenario",
        "One line that names it.",
        unit="text",
        source="-",
        min_length=1,
        max_length=200,
    )
    question: Text = parameter(
        "", "The question it answers.", unit="text", source="-", max_length=2000
    )
    description: Text = parameter(
        "",
        "What differs from the baseline and what to expect.",
        unit="text",
        source="-",
        max_length=10_000,
    )
    seed: Integer = parameter(
        20_250_407,
        "Seed of every random stream.",
        unit="integer",
        source="the date of the memorandum",
        ge=0,
        le=2**63 - 1,
    )
    replicates: Integer = parameter(
        20,
        "Independent repetitions; the unit of uncertainty.",
        unit="replicates",
        source="design choice",
        ge=1,
        le=10_000,
    )
    confidence: Number = parameter(
        0.95,
        "Confidence level of every interval.",
        unit="share",
        source="convention",
        ge=0.5,
        le=0.999,
    )
    population: PopulationPart = group(
        PopulationPart, "Who lives where, and how often they move.", unit="part", source="-"
    )
    names: NamesPart = group(NamesPart, "How names run in families.", unit="part", source="-")
    roll: RollPart = group(
        RollPart, "Who is on the tax roll, with an address of what age.", unit="part", source="-"
    )
    searched_roll: SearchedRoll = parameter(
        SearchedRoll.TAX,
        "Which roll the list is run against.",
        unit="tax, voter or benefit",
        source="the tax roll is the memorandum's; the others are secondary uses [seen]",
    )
    voter_roll: VoterRollPart = group(
        VoterRollPart, "Who is on the voter roll.", unit="part", source="-"
    )
    benefit_roll: BenefitRollPart = group(
        BenefitRollPart, "Who is on the benefit roll.", unit="part", source="-"
    )
    listing: ListingPart = group(
        ListingPart, "Who is on the list, and whether rightly.", unit="part", source="-"
    )
    requests: RequestsPart = group(
        RequestsPart, "What a request carries, and its errors.", unit="part", source="-"
    )
    matching: MatchingPart = group(
        MatchingPart, "How requests are compared with accounts.", unit="part", source="-"
    )
    guardrails: GuardrailsPart = group(
        GuardrailsPart, "Which requests are rejected before matching.", unit="part", source="-"
    )
    disclosure: DisclosurePart = group(
        DisclosurePart, "What is withheld although a link was made.", unit="part", source="-"
    )
    recipient: RecipientPart = group(
        RecipientPart, "What the recipient may do with addresses.", unit="part", source="-"
    )
    notice: NoticePart = group(
        NoticePart,
        "Whom the voter or benefit roll challenges is asked first.",
        unit="part",
        source="-",
    )
    chilling: ChillingPart = group(
        ChillingPart, "What years of disclosures do to filing.", unit="part", source="-"
    )
    calibration: CalibrationPart = group(
        CalibrationPart,
        "What overmatch calibrate fits; a run does not look at it.",
        unit="part",
        source="-",
    )
    explore: ExplorePart = group(
        ExplorePart,
        "Which guardrails a reader can turn on and off after the run.",
        unit="part",
        source="-",
    )
    matchers: tuple[Matcher, ...] = parameter(
        (),
        "Other ways of matching, evaluated on the same records at every threshold of their own. "
        "splink and splink_em need the extra of that name; screening the extra screening.",
        unit="list of matchers",
        source="a choice",
        max_length=8,
    )

    @rule(
        "listing.requests",
        "population.size",
        "listing.departed_share",
        "listing.died_share",
        "listing.never_existed_share",
    )
    def enough_people(self) -> Iterator[Fault]:
        """Have no fewer people than requests for people in the country."""
        absent = sum(
            (
                self.listing.departed_share,
                self.listing.died_share,
                self.listing.never_existed_share,
            )
        )
        present = self.listing.requests * (1.0 - absent)
        if present > self.population.size:
            yield Fault(
                f"listing.requests asks for {present:,.0f} people in the country, but "
                f"population.size is {self.population.size:,}"
            )

    @rule("listing.wrongly_listed_status", "population.lawful_statuses")
    def wrongly_listed_are_lawful(self) -> Iterator[Fault]:
        """List wrongly only people whom the scenario counts as lawful."""
        for status, share in self.listing.wrongly_listed_status.model_dump().items():
            if share > 0.0 and status not in self.population.lawful_statuses:
                yield Fault(
                    f"listing.wrongly_listed_status gives {status} a share, but "
                    "population.lawful_statuses does not count it as lawful"
                )

    @rule("requests.birth_date_missing", "guardrails.birth_date_required")
    def required_birth_dates_exist(self) -> Iterator[Fault]:
        """Not reject every request for want of a birth date."""
        if self.guardrails.birth_date_required and self.requests.birth_date_missing == 1.0:
            yield Fault(
                "guardrails.birth_date_required needs birth dates, but "
                "requests.birth_date_missing is 1"
            )

    @rule("requests.birth_date_missing", "matching.birth_date_threshold")
    def compared_birth_dates_exist(self) -> Iterator[Fault]:
        """Not compare birth dates that no request has."""
        compared = self.matching.birth_date_threshold != BirthDateThreshold.ANY
        if compared and self.requests.birth_date_missing == 1.0:
            yield Fault(
                "matching.birth_date_threshold needs birth dates, but "
                "requests.birth_date_missing is 1"
            )

    @rule("requests.address_missing", "guardrails.address_required")
    def required_addresses_exist(self) -> Iterator[Fault]:
        """Not reject every request for want of an address."""
        if self.guardrails.address_required and self.requests.address_missing == 1.0:
            yield Fault(
                "guardrails.address_required needs addresses, but requests.address_missing is 1"
            )

    @rule("requests.tin_present", "matching.tin_path")
    def numbers_exist(self) -> Iterator[Fault]:
        """Not match by numbers that no request has."""
        if self.matching.tin_path and self.requests.tin_present == 0.0:
            yield Fault("matching.tin_path needs numbers, but requests.tin_present is 0")

    @rule("searched_roll", "matching.tin_path")
    def whole_numbers_are_on_the_roll(self) -> Iterator[Fault]:
        """Not match by numbers that the roll does not hold."""
        if self.matching.tin_path and self.searched_roll != SearchedRoll.TAX:
            yield Fault(
                "matching.tin_path needs whole numbers, which only searched_roll tax holds; it "
                f"must be false under searched_roll {self.searched_roll}"
            )

    @rule("searched_roll", "matching.tin_compared")
    def weighed_numbers_are_on_the_roll(self) -> Iterator[Fault]:
        """Not weigh numbers that the roll does not hold."""
        if self.matching.tin_compared and self.searched_roll != SearchedRoll.TAX:
            yield Fault(
                "matching.tin_compared needs whole numbers, which only searched_roll tax holds; "
                f"it must be false under searched_roll {self.searched_roll}"
            )

    @rule("requests.tin_present", "matching.tin_compared")
    def weighed_numbers_exist(self) -> Iterator[Fault]:
        """Not weigh numbers that no request has."""
        if self.matching.tin_compared and self.requests.tin_present == 0.0:
            yield Fault("matching.tin_compared needs numbers, but requests.tin_present is 0")

    @rule("requests.tin_present", "matching.last_four_check", "searched_roll")
    def last_four_digits_exist(self) -> Iterator[Fault]:
        """Not check the digits of numbers that one side never shows."""
        check = self.matching.last_four_check
        if check == LastFourCheck.NONE:
            return
        if self.requests.tin_present == 0.0:
            yield Fault(
                f"matching.last_four_check: {check} needs numbers, but requests.tin_present is 0"
            )
        if self.searched_roll == SearchedRoll.VOTER:
            yield Fault(
                f"matching.last_four_check: {check} needs numbers, but the voter roll shows none"
            )

    @rule("matching.accounts_searched", "searched_roll")
    def itin_accounts_exist(self) -> Iterator[Fault]:
        """Not search for ITINs on a roll that never shows one."""
        itin = self.matching.accounts_searched == AccountsSearched.ITIN
        if itin and self.searched_roll != SearchedRoll.TAX:
            yield Fault(
                f"matching.accounts_searched: itin would search nobody: the {self.searched_roll} "
                "roll shows no ITIN; it needs searched_roll tax"
            )

    @rule("matching.tin_compared", "matching.decision_rule", "matchers")
    def numbers_are_weighed(self) -> Iterator[Fault]:
        """Not weigh numbers where nothing is weighed."""
        weighs = self.matching.decision_rule != DecisionRule.THRESHOLDS
        if self.matching.tin_compared and not (weighs or set(self.matchers) & _WEIGHING):
            yield Fault(
                "matching.tin_compared has no effect under matching.decision_rule thresholds; it "
                "needs points, fellegi_sunter or one of matchers that weighs"
            )

    @rule("chilling.years", "searched_roll")
    def years_are_of_the_tax_roll(self) -> Iterator[Fault]:
        """Not follow returns on a roll that nobody files."""
        if self.chilling.years > 0 and self.searched_roll != SearchedRoll.TAX:
            yield Fault(
                "chilling.years above 0 needs searched_roll tax: nobody stops filing on the others"
            )

    @rule("matchers")
    def matchers_differ(self) -> Iterator[Fault]:
        """Hold each matcher once."""
        for matcher in Matcher:
            if self.matchers.count(matcher) > 1:
                yield Fault(f"matchers names {matcher} twice")

    @rule()
    def calibration_moves_numbers(self) -> Iterator[Fault]:
        """Fit and draw only fields that hold one number, within what is allowed for them."""
        for path, between in ranges_of(self.calibration):
            part = "free" if path in self.calibration.free else "uncertain"
            where = ("calibration", part, path)
            try:
                whole, limits = _number_at(path)
            except KeyError:
                yield Fault(f"{quoted(path)} is no field that holds one number", where)
                continue
            for value in (between.low, between.high):
                if not limits[0] <= value <= limits[1]:
                    yield Fault(
                        f"{path} allows {limits[0]:g} to {limits[1]:g}; got {value:g}", where
                    )
            if whole:
                yield Fault(f"{path} holds whole numbers, which cannot be fitted", where)


def _number_at(path: str) -> tuple[bool, tuple[float, float]]:
    """Return whether the field at a dotted path is whole, and its least and greatest value.

    Raises KeyError where there is no such field or it holds anything but one number.
    """
    model: Any = Scenario
    *groups, name = path.split(".")
    for step in groups:
        model = model.model_fields[step].annotation
        if not (isinstance(model, type) and issubclass(model, Part)):
            raise KeyError(path)
    field = model.model_fields[name]
    kinds = {kind for kind in (int, float, bool) if _holds(field.annotation, kind)}
    several = get_origin(field.annotation) in (tuple, dict)
    if not kinds or bool in kinds or several:
        raise KeyError(path)
    low, high = float("-inf"), float("inf")
    for limit in field.metadata:  # such as annotated_types.Ge
        low = float(getattr(limit, "ge", low))
        high = float(getattr(limit, "le", high))
    return int in kinds, (low, high)


def _holds(annotation: object, kind: type) -> bool:
    """Say whether a kind is the annotation itself or one of what it allows."""
    return annotation is kind or any(_holds(inner, kind) for inner in get_args(annotation))
