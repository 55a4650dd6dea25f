"""How requests are matched: what is compared, which pairs, by which rule, and whom it releases."""

from collections.abc import Iterator

from simulator.scenario.choices import (
    AccountsSearched,
    AddressThreshold,
    BirthDateThreshold,
    BlockingKey,
    DecisionRule,
    LastFourCheck,
    NameMeasure,
    NameOrder,
    Selection,
    SurnameTokens,
    TinNameCheck,
    TinThreshold,
    WeightsFrom,
)
from simulator.scenario.comparisons import NamedAgreements, WeighedFields
from simulator.scenario.fields import (
    Fault,
    Integer,
    Number,
    Part,
    Switch,
    group,
    parameter,
    rule,
    share,
)


def _is_hundredth(value: float, name: str) -> Iterator[Fault]:
    if abs(value * 100 - round(value * 100)) > 1e-9:
        yield Fault(f"{name} must be a multiple of 0.01; got {value!r}")


class MatchingPart(Part):
    """How requests are compared with accounts and which pairs become links."""

    name_threshold: Number = parameter(
        0.92,
        "Least that given name and surname must each count for: their similarity, or a named "
        "agreement. Every threshold from 0.80 "
        "to 1.00 is evaluated in the same run; this one gives the headline estimates. For "
        "decision_rule thresholds; the other rules ask nothing of single fields.",
        unit="similarity, steps of 0.01",
        source="a widely used full-agreement default [seen]",
        ge=0.80,
        le=1.0,
    )
    address_threshold: AddressThreshold = parameter(
        AddressThreshold.BUILDING,
        "Least agreement of addresses; every one is evaluated in the same run. The sample holds "
        "few of the ZIPs of a three-digit area, so zip3 is understated: read zip5 or any instead. "
        "For decision_rule thresholds.",
        unit="any < state < zip3 < zip5 < street < transposed < building < unit_compatible < exact",
        source="the law asks for an address [seen]; the level is a choice",
    )
    birth_date_threshold: BirthDateThreshold = parameter(
        BirthDateThreshold.ANY,
        "Least agreement of birth dates; every one is evaluated in the same run. For decision_rule "
        "thresholds; the other rules weigh birth dates wherever both records show them.",
        unit="any < year < near < swapped < exact",
        source="the memorandum submits names and addresses only [seen]",
    )
    birth_date_days: Integer = parameter(
        1,
        "Days by which birth dates may differ and still agree as near.",
        unit="days",
        source="a choice",
        ge=0,
        le=366,
    )
    street_similarity: Number = parameter(
        0.88,
        "Least Jaro-Winkler similarity for two street names to agree.",
        unit="similarity, steps of 0.01",
        source="a widely used partial-agreement default [seen]",
        ge=0.80,
        le=1.0,
    )
    name_measure: NameMeasure = parameter(
        NameMeasure.JARO_WINKLER,
        "How alike two spellings are. Damerau-Levenshtein: 1 - edits / length of the longer, an "
        "edit being a letter added, left out, replaced, or two neighbours exchanged.",
        unit="jaro_winkler or damerau_levenshtein",
        source="Jaro-Winkler is the usual choice for names [seen]",
    )
    name_order: NameOrder = parameter(
        NameOrder.AS_WRITTEN,
        "Whether the names of a request are compared as they stand only, or also with given name "
        "and surname in each other's place.",
        unit="as_written or either",
        source="a choice",
    )
    name_agreements: NamedAgreements = group(
        NamedAgreements, "Names that agree otherwise than by spelling.", unit="part", source="-"
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
    dissimilar_names_compared: Switch = parameter(
        False,
        "Pairs that a blocking rule admits are compared whatever their names; otherwise only those "
        "whose given names and surnames count for 0.80 at least. For rules that weigh evidence.",
        unit="true or false",
        source="design choice",
    )
    decision_rule: DecisionRule = parameter(
        DecisionRule.THRESHOLDS,
        "What makes a pair a link: every field at its threshold; the sum of points; or the sum of "
        "match weights (Fellegi and Sunter 1969), log2(m/u) of each field's level.",
        unit="thresholds, points or fellegi_sunter",
        source="a choice",
    )
    score_threshold: Number = parameter(
        24.0,
        "Least sum of points or of weights under those rules; every step is evaluated in the same "
        "run. Weights are in bits: each adds a factor 2 to the odds.",
        unit="points or bits, steps of 0.25",
        source="bits: on the baseline one pair in 2^21 is a match, so that odds are 8 to 1 at 24 "
        "[computed]; points need a threshold of their own",
        ge=-200.0,
        le=300.0,
    )
    weights_from: WeightsFrom = parameter(
        WeightsFrom.GIVEN,
        "Where m and u come from: this file; the truth of one more replicate that is used for "
        "nothing else; or its records alone by EM.",
        unit="given, oracle or em",
        source="a choice",
    )
    term_frequency: Number = share(
        0.0,
        "How far the weight of an identical name follows its own frequency rather than the average "
        "one: rare names weigh more.",
        source="a choice; 1 is the full adjustment",
    )
    fields: WeighedFields = group(
        WeighedFields, "Levels of every field and what they weigh.", unit="part", source="-"
    )
    tin_compared: Switch = parameter(
        False,
        "Taxpayer numbers are weighed as one more field beside name and address.",
        unit="true or false",
        source="a choice",
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
    tin_threshold: TinThreshold = parameter(
        TinThreshold.EXACT,
        "Least agreement of numbers on the TIN path.",
        unit="exact or one_digit_off",
        source="a choice",
    )
    tin_address_threshold: AddressThreshold = parameter(
        AddressThreshold.ANY,
        "Least agreement of addresses on the TIN path, where the law asks for name and address "
        "whatever the number. It is not moved along with address_threshold in the grid of a run.",
        unit="any < state < zip3 < zip5 < street < transposed < building < unit_compatible < exact",
        source="in 2025 no address was compared there [seen]; anything stricter is a proposal",
    )
    last_four_check: LastFourCheck = parameter(
        LastFourCheck.NONE,
        "Whether the last four digits of the numbers must agree beside the rule, on either path: "
        "never, where both records show a number, or always.",
        unit="none, if_present or required",
        source="benefit rolls are matched with them [recalled]; a choice",
    )
    accounts_searched: AccountsSearched = parameter(
        AccountsSearched.ALL,
        "Which accounts are searched: all, or only those filed under an ITIN, as the number shows. "
        "People with other accounts are then not there to be found.",
        unit="all or itin",
        source="a proposal: citizens and permanent residents have no ITIN",
    )
    selection: Selection = parameter(
        Selection.ALL,
        "Release every qualifying account, the best one, one only if it is the only one, or the "
        "best few. All four are evaluated in the same run; this one gives the headline estimates.",
        unit="all, best, unique or top",
        source="a choice",
    )
    top: Integer = parameter(
        3,
        "How many accounts selection top releases at most.",
        unit="accounts",
        source="a choice",
        ge=2,
        le=20,
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

    @rule("score_threshold")
    def score_threshold_is_a_step(self) -> Iterator[Fault]:
        """Fall on one of the steps at which scores are counted."""
        if self.score_threshold * 4 != round(self.score_threshold * 4):
            yield Fault(f"score_threshold must be a multiple of 0.25; got {self.score_threshold!r}")

    @rule("weights_from", "decision_rule")
    def learnt_weights_are_used(self) -> Iterator[Fault]:
        """Not learn weights that no rule adds up."""
        weighs = self.decision_rule == DecisionRule.FELLEGI_SUNTER
        if self.weights_from != WeightsFrom.GIVEN and not weighs:
            yield Fault(
                f"weights_from: {self.weights_from} has no effect under decision_rule "
                f"{self.decision_rule}; it needs fellegi_sunter"
            )

    @rule("term_frequency", "decision_rule")
    def frequencies_are_weighed(self) -> Iterator[Fault]:
        """Not adjust weights that no rule adds up."""
        if self.term_frequency > 0.0 and self.decision_rule != DecisionRule.FELLEGI_SUNTER:
            yield Fault(
                f"term_frequency has no effect under decision_rule {self.decision_rule}; it needs "
                "fellegi_sunter"
            )

    @rule("tin_threshold")
    def numbers_are_compared(self) -> Iterator[Fault]:
        """Not match by number whatever the number."""
        if self.tin_threshold == TinThreshold.ANY:
            yield Fault("tin_threshold cannot be any: every account would match")

    @rule("tin_threshold", "tin_path")
    def near_numbers_are_searched(self) -> Iterator[Fault]:
        """Not forgive a wrong digit where nothing is matched by number."""
        if self.tin_threshold == TinThreshold.ONE_DIGIT_OFF and not self.tin_path:
            yield Fault("tin_threshold: one_digit_off has no effect without tin_path")

    @rule("dissimilar_names_compared", "blocking", "decision_rule")
    def dissimilar_names_are_blocked(self) -> Iterator[Fault]:
        """Not compare everybody with everybody, nor what no threshold lets through."""
        if not self.dissimilar_names_compared:
            return
        if any(not fields for fields in self.blocking):
            yield Fault("dissimilar_names_compared needs fields in every blocking rule")
        if self.decision_rule == DecisionRule.THRESHOLDS:
            yield Fault("dissimilar_names_compared has no effect under decision_rule thresholds")

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
