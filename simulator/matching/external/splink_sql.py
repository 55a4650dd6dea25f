"""A scenario's comparisons and blocking as SQL conditions on two records, for Splink on DuckDB.

Every condition reads ``l`` and ``r`` alike, since Splink decides which table stands on which side.
Names are compared in the parts brought to one form (capitals A to Z): DuckDB's similarity works on
bytes, so that an accented letter would count as two wrong ones (JOSÉ and JOSE 0.85, not 0.88).

DuckDB and rapidfuzz compute one similarity in different orders and differ in the last bit, about
once in fifteen thousand pairs. Both take a pair whose similarity is a cut point as their last bit
has it, and so agree but where both happens at once: GLORIA and GRECIA, four fifths as a fraction,
are a hair less to either.

Limits: what has no condition here is refused (``inexpressible``), not approximated.
"""

from collections.abc import Iterator, Sequence

from simulator.matching.external.extras import InexpressibleError
from simulator.scenario.comparisons import NamedAgreements
from simulator.scenario.schema import (
    AddressThreshold,
    BirthDateThreshold,
    BlockingKey,
    MatchingPart,
    NameMeasure,
    NameOrder,
    SurnameTokens,
    TinThreshold,
)

FLOOR = 0.80
DERIVED = ("birth_year", "birth_month", "birth_dom", "birth_day")
"""Columns that ``splink_run`` adds: parts of the birth date, and its day counted on."""


def _refusals(part: MatchingPart) -> Iterator[str]:
    if part.tin_path:
        yield "matching.tin_path: true"
    if part.name_measure != NameMeasure.JARO_WINKLER:
        yield f"matching.name_measure: {part.name_measure}"
    if part.name_order != NameOrder.AS_WRITTEN:
        yield f"matching.name_order: {part.name_order}"
    if not part.addresses_standardised:
        yield "matching.addresses_standardised: false"
    if part.term_frequency > 0.0:
        yield "matching.term_frequency above 0"
    if part.tin_compared and TinThreshold.ONE_DIGIT_OFF in part.fields.tin.levels:
        yield "matching.fields.tin.levels with one_digit_off"
    for name in NamedAgreements.model_fields:
        value = getattr(part.name_agreements, name)
        if value is not None and (name, value) != ("differently_written", 1.0):
            yield f"matching.name_agreements.{name}: {value:g}"
    if any(not rule for rule in part.blocking):
        yield "a rule of matching.blocking without fields"


def refuse_inexpressible(part: MatchingPart) -> None:
    """Raise InexpressibleError naming all that this scenario's matching asks for beyond SQL."""
    refused = list(_refusals(part))
    if refused:
        raise InexpressibleError(
            f"matcher splink cannot express {', '.join(refused)}; change that or leave splink out "
            "of matchers."
        )


def similar(left: str, right: str, cut: float) -> str:
    """Return that two columns' values are at least so similar; false where one is missing."""
    return f"coalesce(jaro_winkler_similarity({left}, {right}) >= {cut:.10f}::double, false)"


def given_at_least(cut: float) -> str:
    """Return that given names agree at a cut point."""
    return similar("{l}given_name{_l}", "{r}given_name{_r}", cut)


def surname_at_least(cut: float, tokens: SurnameTokens) -> str:
    """Return that surnames agree at a cut point, by best assignment of their parts or the first."""

    def parts(left: int, right: int) -> str:
        return similar(f"{{l}}surname_{left}{{_l}}", f"{{r}}surname_{right}{{_r}}", cut)

    if tokens == SurnameTokens.FIRST:
        return parts(1, 1)
    straight, crossed = (
        f"({parts(1, 1)} and {parts(2, 2)})",
        f"({parts(1, 2)} and {parts(2, 1)})",
    )
    any_part = " or ".join(parts(left, right) for left in (1, 2) for right in (1, 2))
    both_double = "{l}surname_2{_l} is not null and {r}surname_2{_r} is not null"
    return f"(case when {both_double} then {straight} or {crossed} else {any_part} end)"


def same(column: str) -> str:
    """Return that both records show the same value."""
    return f"coalesce({{l}}{column}{{_l}} = {{r}}{column}{{_r}}, false)"


def _alike(column: str) -> str:
    """Return that both show the same value or neither shows one."""
    return f"{{l}}{column}{{_l}} is not distinct from {{r}}{column}{{_r}}"


def _transposed() -> str:
    """Return that two house numbers differ by two neighbouring digits exchanged."""
    left, right = "{l}number{_l}", "{r}number{_r}"
    return (
        f"coalesce(case when length({left}) = length({right}) then "
        f"hamming({left}, {right}) = 2 and damerau_levenshtein({left}, {right}) = 1 "
        "else false end, false)"
    )


def address_at_least(level: AddressThreshold, part: MatchingPart) -> str:
    """Return that addresses agree at a level or better."""
    zip3 = "coalesce(substr({l}zip{_l}, 1, 3) = substr({r}zip{_r}, 1, 3), false)"
    street = f"{same('zip')} and " + similar(
        "{l}street{_l}", "{r}street{_r}", part.street_similarity
    )
    form = f"{street} and {_alike('street_type')} and {_alike('street_direction')}"
    building = f"{form} and {same('number')}"
    either_missing = "({l}unit{_l} is null or {r}unit{_r} is null)"
    conditions = {
        AddressThreshold.STATE: f"{same('state')} or {zip3}",
        AddressThreshold.ZIP3: zip3,
        AddressThreshold.ZIP5: same("zip"),
        AddressThreshold.STREET: street,
        AddressThreshold.TRANSPOSED: f"{form} and ({same('number')} or {_transposed()})",
        AddressThreshold.BUILDING: building,
        AddressThreshold.UNIT_COMPATIBLE: f"{building} and ({_alike('unit')} or {either_missing})",
        AddressThreshold.EXACT: f"{building} and {same('street')} and {_alike('unit')}",
    }
    return conditions[level]


def birth_at_least(level: BirthDateThreshold, part: MatchingPart) -> str:
    """Return that birth dates agree at a level or better."""
    year, exact = same("birth_year"), same("birth_date")
    swapped = (
        f"{exact} or ({year} and {{l}}birth_month{{_l}} = {{r}}birth_dom{{_r}} "
        "and {l}birth_dom{_l} = {r}birth_month{_r})"
    )
    off = " + ".join(f"abs({{l}}{name}{{_l}} - {{r}}{name}{{_r}})" for name in DERIVED[:3])
    days = f"abs({{l}}birth_day{{_l}} - {{r}}birth_day{{_r}}) <= {part.birth_date_days}"
    near = f"{swapped} or coalesce({off} = 1, false) or coalesce({days}, false)"
    return {
        BirthDateThreshold.YEAR: f"{near} or {year}",
        BirthDateThreshold.NEAR: near,
        BirthDateThreshold.SWAPPED: swapped,
        BirthDateThreshold.EXACT: exact,
    }[level]


_KEYS: dict[BlockingKey, tuple[str, ...]] = {
    BlockingKey.ZIP3: ("substr(l.zip, 1, 3) = substr(r.zip, 1, 3)",),
    BlockingKey.ZIP5: ("l.zip = r.zip",),
    BlockingKey.STATE: ("l.state = r.state",),
    BlockingKey.BUILDING: (
        (
            "l.zip = r.zip and l.street = r.street and l.number = r.number "
            "and coalesce(l.street_type, '') = coalesce(r.street_type, '') "
            "and coalesce(l.street_direction, '') = coalesce(r.street_direction, '')"
        ),
    ),
    BlockingKey.BIRTH_YEAR: ("l.birth_year = r.birth_year",),
    BlockingKey.BIRTH_DATE: ("l.birth_date = r.birth_date",),
    BlockingKey.GIVEN_INITIAL: ("substr(l.given_name, 1, 1) = substr(r.given_name, 1, 1)",),
    BlockingKey.GIVEN_NAME: ("l.given_name = r.given_name",),
    BlockingKey.SURNAME: tuple(
        f"l.surname_{left} = r.surname_{right}" for left in (1, 2) for right in (1, 2)
    ),
}


def _joined(rule: Sequence[BlockingKey], part: MatchingPart) -> Iterator[str]:
    """Yield the conjunctions of equalities that together admit what one rule does."""
    ways = [""]
    for key in rule:
        met = _KEYS[key]
        if key == BlockingKey.SURNAME and part.surname_tokens == SurnameTokens.FIRST:
            met = met[:1]
        ways = [f"{way} and {one}" if way else one for way in ways for one in met]
    yield from ways


def sides(condition: str) -> str:
    """Return a condition as a blocking rule says it: l.column and r.column."""
    return condition.format(l="l.", r="r.", _l="", _r="")


def suffixed(condition: str) -> str:
    """Return a condition as a comparison says it: column_l and column_r."""
    return condition.format(l="", r="", _l="_l", _r="_r")


def _required(part: MatchingPart) -> list[str]:
    """Return what every compared pair must meet beside a blocking rule."""
    required = []
    if not part.dissimilar_names_compared:
        required += [given_at_least(FLOOR), surname_at_least(FLOOR, part.surname_tokens)]
    if part.suffix_conflict_rejects:
        required.append("coalesce({l}suffix{_l} = {r}suffix{_r}, true)")
    if part.middle_conflict_rejects:
        left, right = "{l}middle_name{_l}", "{r}middle_name{_r}"
        required.append(
            f"coalesce({left} = {right} or ((length({left}) = 1 or length({right}) = 1) "
            f"and substr({left}, 1, 1) = substr({right}, 1, 1)), true)"
        )
    return [sides(condition) for condition in required]


def blocking_rules(part: MatchingPart) -> list[str]:
    """Return the blocking rules of a scenario as SQL; a pair that meets any is compared."""
    required = _required(part)
    rules = [way for rule in part.blocking for way in _joined(rule, part)]
    return [" and ".join([rule, *required]) for rule in dict.fromkeys(rules)]
