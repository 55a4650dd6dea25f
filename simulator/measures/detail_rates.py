"""The counts of the ledger as measures: rates at the scenario's own policy and selection.

They stand beside the measures of the grid in the table of estimates, each under a name of its own.
What belongs together is a family over guardrails or relations; docs/measures.md states them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.disclosure.guardrails import Guardrail
from simulator.measures.detail import Detail
from simulator.measures.ledger import Relation
from simulator.measures.rated import Rated, rated_rows, row_units
from simulator.randomness import FloatArray

D = Detail


@dataclass(frozen=True)
class DetailMeasure:
    """One measure: ``scale`` x numerator / denominator.

    ``units`` counts what may be taken as struck independently; without it the denominator is
    divided by the events that come with one request that has any link.
    """

    name: str
    numerator: Detail
    denominator: Detail
    scale: float = 1.0
    proportion: bool = True
    units: Detail | None = None


def _per_thousand(name: str, numerator: Detail) -> DetailMeasure:
    return DetailMeasure(f"{name}_per_1000_requests", numerator, D.REQUESTS, 1000.0, False)


def _families() -> Iterator[DetailMeasure]:
    """Yield the measures of every guardrail and of every relation."""
    for rail in Guardrail:
        for kind in ("rejected", "unanswered"):
            detail = D.__members__.get(f"{kind.upper()}_{rail.name}")
            if detail is not None:
                name = f"{kind}_by_{rail.name.lower()}"
                yield DetailMeasure(name, detail, D.REQUESTS, units=D.REQUESTS)
        detail = D.__members__.get(f"LINKS_WITHHELD_{rail.name}")
        if detail is not None:
            yield _per_thousand(f"links_withheld_by_{rail.name.lower()}", detail)
    for counted in ("people", "exposures"):
        for relation in Relation:
            for kind in ("lawful", "other"):
                name = f"{counted}_{relation.name.lower()}_{kind}"
                yield _per_thousand(name, Detail[name.upper()])


def _of_links(name: str, numerator: Detail) -> DetailMeasure:
    return DetailMeasure(name, numerator, D.LINKS, units=D.LINKED_REQUESTS)


DETAIL_MEASURES: tuple[DetailMeasure, ...] = (
    *_families(),
    _per_thousand("links_withheld", D.LINKS_WITHHELD),
    _of_links("by_number_share_of_links", D.LINKS_BY_TIN),
    DetailMeasure(
        "wrong_person_share_of_links_by_number",
        D.LINKS_BY_TIN_WRONG_PERSON,
        D.LINKS_BY_TIN,
        units=D.REQUESTS_LINKED_BY_TIN,
    ),
    _of_links("duplicate_request_share_of_links", D.LINKS_ON_DUPLICATES),
    _of_links("po_box_share_of_links", D.LINKS_TO_PO_BOXES),
    _per_thousand("wrong_doors", D.WRONG_DOORS),
    _per_thousand("wrong_doors_with_nobody", D.WRONG_DOORS_EMPTY),
    _per_thousand("people_at_wrong_doors_lawful", D.AT_WRONG_DOORS_LAWFUL),
    _per_thousand("people_at_wrong_doors_other", D.AT_WRONG_DOORS_OTHER),
    _per_thousand("fields_released_lawful", D.FIELDS_LAWFUL),
    _per_thousand("fields_released_other", D.FIELDS_OTHER),
    DetailMeasure(
        "recalled_share_of_wrong_persons",
        D.RECALLED,
        D.LINKS_WRONG_PERSON,
        units=D.WRONGED_REQUESTS,
    ),
    _of_links("acted_on_share_of_links", D.ACTED_ON),
    _per_thousand("acted_on_wrong_person", D.ACTED_ON_WRONG_PERSON),
    _per_thousand("people_acted_on_lawful", D.ACTED_ON_PEOPLE_LAWFUL),
    _per_thousand("copies_passed_on", D.COPIES),
    _per_thousand("disclosures_with_copies", D.DISCLOSURES_WITH_COPIES),
)


def _units(measure: DetailMeasure, totals: FloatArray) -> float:
    if measure.units is not None:
        return float(totals[measure.units])
    per_request = totals[measure.numerator] / max(1.0, totals[D.LINKED_REQUESTS])
    return float(totals[measure.denominator] / max(1.0, per_request))


def rated_details(values: FloatArray) -> Iterator[Rated]:
    """Yield every measure of the ledger, of everybody; ``values`` is (replicates, Detail)."""
    totals = values.sum(axis=0)
    for measure in DETAIL_MEASURES:
        yield Rated(
            name=measure.name,
            labels=("all",),
            numerators=values[:, [measure.numerator]],
            denominators=values[:, [measure.denominator]],
            units=row_units(_units(measure, totals), 1),
            scale=measure.scale,
            proportion=measure.proportion,
        )


def detail_rows(details: Sequence[FloatArray], confidence: float) -> pd.DataFrame:
    """Return every measure of the ledger over replicates, one row each, of everybody.

    ``details`` holds the counts of each replicate, shape (Detail,).
    """
    rows = rated_rows(rated_details(np.stack(details)), confidence)
    return pd.concat(rows, ignore_index=True)
