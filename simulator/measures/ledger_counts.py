"""Read the outcome under any set of guardrails off one ledger.

Requests stand or fall, then links that nothing stops are chosen from, then whoever the chosen ones
reveal is counted. No step looks at records again, so that evaluating costs a few passes over the
links and the exposures.

Limits: the guardrails of pairs, in matching, are no part of it: what they stop is in no ledger.
"""

from dataclasses import dataclass

import numpy as np

from simulator.disclosure import caps
from simulator.disclosure.guardrails import UNANSWERED, Guardrail, first_reason
from simulator.disclosure.outcomes import Outcome
from simulator.measures.detail import Detail
from simulator.measures.ledger import Ledger, Links, Relation
from simulator.randomness import FloatArray, IntArray, Stage
from simulator.records import BoolArray, Int8Array
from simulator.scenario.choices import Injunction
from simulator.scenario.schema import Scenario, Selection

__all__ = ["EVERYTHING", "Detail", "Standing", "closest", "evaluate", "revealed", "standing"]

_REJECTING = tuple(rail for rail in Guardrail if 0 < rail < Guardrail.BATCH_CAP)
_WITHHOLDING = tuple(
    rail for rail in Guardrail if Guardrail.KNOWN_STATUS <= rail <= Guardrail.REVIEW
)
_NOBODY = len(Relation)
EVERYTHING = -1
"""The set of all guardrails, as bits."""


@dataclass(frozen=True)
class Standing:
    """What a set of guardrails lets through: requests by reason, links by what became of them.

    ``stopped`` links are those of requests that are heard which a guardrail of links stops,
    ``passing`` the others of them, ``released`` those of ``passing`` that selection keeps.
    """

    reasons: Int8Array
    stopped: BoolArray
    passing: BoolArray
    released: BoolArray


def chosen(links: Links, passing: BoolArray, selection: Selection, top: int) -> BoolArray:
    """Return which of the ``passing`` links are released; the best of a request stand first."""
    rows = np.flatnonzero(passing)
    request = links.request[rows]
    is_first = np.ones(rows.size, np.bool_)
    is_first[1:] = request[1:] != request[:-1]
    start = np.flatnonzero(is_first)
    size = np.diff(np.append(start, rows.size))
    place = np.arange(rows.size) - np.repeat(start, size)
    if selection == Selection.UNIQUE:
        kept = np.repeat(size, size) == 1
    else:
        most = {Selection.BEST: 1, Selection.TOP: top}.get(selection, rows.size)
        kept = place < most
    released = np.zeros(passing.size, np.bool_)
    released[rows[kept]] = True
    return released


def standing(
    ledger: Ledger,
    scenario: Scenario,
    force: int = EVERYTHING,
    selection: Selection | None = None,
) -> Standing:
    """Return what stands under the guardrails whose bits are in ``force``.

    ``selection`` is the scenario's own where it is None; but ``unique`` is a guardrail too
    (``UNIQUE_ONLY``), without which all links are released.
    """
    if selection is None:
        selection = scenario.matching.selection
        if selection == Selection.UNIQUE and not force >> Guardrail.UNIQUE_ONLY & 1:
            selection = Selection.ALL
    links = ledger.links
    reasons = caps.standing(
        ledger.stops, ledger.grounds, scenario.guardrails, scenario.recipient, force
    )
    heard = (reasons == Guardrail.NONE)[links.request]
    stopped = heard & (links.stops & np.int64(force) != 0)
    passing = heard & ~stopped
    released = chosen(links, passing, selection, scenario.matching.top)
    return Standing(reasons, stopped, passing, released)


def _requests_of(ledger: Ledger, links: BoolArray) -> BoolArray:
    """Return which requests have any of these links."""
    any_link = np.zeros(ledger.stops.size, np.bool_)
    any_link[ledger.links.request[links]] = True
    return any_link


def _count_requests(ledger: Ledger, stands: Standing, values: FloatArray) -> None:
    """Count requests by fate and by reason."""
    reasons = stands.reasons
    heard, unanswered = reasons == Guardrail.NONE, np.isin(reasons, UNANSWERED)
    is_wrong = ledger.links.outcome >= Outcome.WRONG_PERSON_LAWFUL
    right = _requests_of(ledger, stands.released & ~is_wrong)
    wrong = _requests_of(ledger, stands.released & is_wrong)
    linked, passing = right | wrong, _requests_of(ledger, stands.passing)
    stopped = _requests_of(ledger, stands.stopped)
    found = right & ledger.mated
    counted = {
        Detail.REQUESTS: np.ones(reasons.size, np.bool_),
        Detail.MATED: ledger.mated,
        Detail.FOUND_MATED: found,
        Detail.MISSED_MATED: ledger.mated & ~found,
        Detail.FATE_FOUND: right & ~wrong,
        Detail.FATE_FOUND_WITH_OTHERS: right & wrong,
        Detail.FATE_WRONG_PERSON: wrong & ~right,
        Detail.FATE_NOBODY: heard & ~passing & ~stopped,
        Detail.FATE_NOT_UNIQUE: passing & ~linked,
        Detail.FATE_WITHHELD: stopped & ~passing,
        Detail.FATE_REJECTED: ~heard & ~unanswered,
        Detail.FATE_UNANSWERED: unanswered,
        Detail.LINKED_REQUESTS: linked,
        Detail.WRONGED_REQUESTS: wrong,
        Detail.REQUESTS_LINKED_BY_TIN: _requests_of(ledger, stands.released & ledger.links.by_tin),
    }
    for detail, which in counted.items():
        values[detail] = which.sum()
    by_reason = np.bincount(reasons, minlength=max(Guardrail) + 1)
    for rail in (*_REJECTING, *UNANSWERED):
        kind = "UNANSWERED" if rail in UNANSWERED else "REJECTED"
        values[Detail[f"{kind}_{rail.name}"]] = by_reason[rail]


def _count_links(ledger: Ledger, stands: Standing, force: int, values: FloatArray) -> None:
    """Count released links by what they are, and withheld ones by what stopped them."""
    links, released = ledger.links, stands.released
    for outcome in Outcome:
        values[Detail[f"LINKS_{outcome.name}"]] = (released & (links.outcome == outcome)).sum()
    wrong = released & (links.outcome >= Outcome.WRONG_PERSON_LAWFUL)
    counted = {
        Detail.LINKS: released,
        Detail.LINKS_WRONG_PERSON: wrong,
        Detail.LINKS_BY_TIN: released & links.by_tin,
        Detail.LINKS_BY_TIN_WRONG_PERSON: wrong & links.by_tin,
        Detail.LINKS_DEFICIENT: released & ledger.side.deficient[links.request],
        Detail.LINKS_WRONG_ADDRESS: released & links.wrong_address,
        Detail.LINKS_BORROWED_WAGES: released & links.borrowed_wages,
        Detail.LINKS_ON_DUPLICATES: released & ledger.repeated[links.request],
        Detail.LINKS_TO_PO_BOXES: released & (links.door < 0),
        Detail.LINKS_WITHHELD: stands.stopped,
    }
    for detail, which in counted.items():
        values[detail] = which.sum()
    reasons = first_reason(links.stops[stands.stopped] & np.int64(force))
    by_reason = np.bincount(reasons, minlength=max(Guardrail) + 1)
    for rail in _WITHHOLDING:
        values[Detail[f"LINKS_WITHHELD_{rail.name}"]] = by_reason[rail]


def revealed(ledger: Ledger, stands: Standing, force: int = EVERYTHING) -> IntArray:
    """Return the rows of exposures that stand: one per released link and person."""
    exposures = ledger.exposures
    open_ = exposures.stops & np.int64(force) == 0
    rows = np.flatnonzero(open_ & stands.released[exposures.link])
    is_first = np.ones(rows.size, np.bool_)
    is_first[1:] = (exposures.link[rows[1:]] != exposures.link[rows[:-1]]) | (
        ledger.who[rows[1:]] != ledger.who[rows[:-1]]
    )
    return np.asarray(rows[is_first])


def closest(ledger: Ledger, rows: IntArray) -> Int8Array:
    """Return for each person of ``ledger.who`` the closest relation among ``rows`` of exposures.

    ``len(Relation)`` where no row is of the person.
    """
    relation = np.full(ledger.lawful_people.size, _NOBODY, np.int8)
    np.minimum.at(relation, ledger.who[rows], ledger.exposures.relation[rows])
    return relation


def _count_people(ledger: Ledger, rows: IntArray, values: FloatArray) -> None:
    """Count whom the exposures ``rows`` reveal, once per link and once at all."""
    exposures, lawful = ledger.exposures, ledger.lawful_people
    relation = closest(ledger, rows)
    for number in Relation:
        by_link = exposures.lawful[rows[exposures.relation[rows] == number]]
        once = lawful[relation == number]
        for name, which in (("EXPOSURES", by_link), ("PEOPLE", once)):
            values[Detail[f"{name}_{number.name}_LAWFUL"]] = which.sum()
            values[Detail[f"{name}_{number.name}_OTHER"]] = (~which).sum()
    through_account = relation <= Relation.CO_RESIDENT
    values[Detail.OVER_DISCLOSED_RESIDENTS] = (lawful & through_account).sum()
    fields = exposures.fields[rows].astype(np.int64)
    values[Detail.FIELDS_LAWFUL] = fields[exposures.lawful[rows]].sum()
    values[Detail.FIELDS_OTHER] = fields[~exposures.lawful[rows]].sum()


def _count_doors(ledger: Ledger, stands: Standing, rows: IntArray, values: FloatArray) -> None:
    """Count the dwellings disclosed at which the person requested does not live, and who does."""
    links, exposures = ledger.links, ledger.exposures
    wrong = stands.released & links.wrong_address & (links.door >= 0)
    doors = np.unique(links.door[wrong])
    link, relation = exposures.link[rows], exposures.relation[rows]
    at_home = (relation <= Relation.CO_RESIDENT) & links.address_current[link]
    living = rows[wrong[link] & (at_home | (relation == Relation.OCCUPANT))]
    inside = np.zeros(ledger.lawful_people.size, np.bool_)
    inside[ledger.who[living]] = True
    values[Detail.WRONG_DOORS] = doors.size
    lived_in = np.unique(links.door[exposures.link[living]])
    values[Detail.WRONG_DOORS_EMPTY] = doors.size - lived_in.size
    values[Detail.AT_WRONG_DOORS_LAWFUL] = (inside & ledger.lawful_people).sum()
    values[Detail.AT_WRONG_DOORS_OTHER] = (inside & ~ledger.lawful_people).sum()


def recalled(ledger: Ledger, share: float) -> BoolArray:
    """Return which links would be found out and recalled: one draw per request and holder."""
    links = ledger.links
    wrong = links.outcome >= Outcome.WRONG_PERSON_LAWFUL
    rows = np.flatnonzero(wrong if share > 0.0 else np.zeros_like(wrong))
    key = ledger.side.truth.key[links.request[rows]]
    slots = np.zeros(rows.size, np.int64)
    u = ledger.rng.columns(Stage.RECIPIENT, slots, key, links.holder[rows])[0]
    drawn = np.zeros(wrong.size, np.bool_)
    drawn[rows] = u < share
    return drawn


def _count_uses(
    ledger: Ledger, stands: Standing, rows: IntArray, scenario: Scenario, values: FloatArray
) -> None:
    """Count what the agency does with what it received."""
    part, links = scenario.recipient, ledger.links
    may_use = part.injunction != Injunction.NO_USE
    back = stands.released & recalled(ledger, part.recalled_share)
    acted = stands.released & ~back & may_use
    uses = part.other_uses if may_use and not part.redisclosure_barred else 0
    acted_rows = rows[acted[ledger.exposures.link[rows]]]
    met = closest(ledger, acted_rows) < _NOBODY
    values[Detail.RECALLED] = back.sum()
    values[Detail.ACTED_ON] = acted.sum()
    wrong = links.outcome >= Outcome.WRONG_PERSON_LAWFUL
    values[Detail.ACTED_ON_WRONG_PERSON] = (acted & wrong).sum()
    values[Detail.ACTED_ON_PEOPLE_LAWFUL] = (met & ledger.lawful_people).sum()
    values[Detail.COPIES] = stands.released.sum() * uses
    values[Detail.DISCLOSURES_WITH_COPIES] = stands.released.sum() * (1 + uses)


def evaluate(
    ledger: Ledger,
    scenario: Scenario,
    force: int = EVERYTHING,
    selection: Selection | None = None,
) -> FloatArray:
    """Return every ``Detail`` under the guardrails whose bits are in ``force``, shape (Detail,).

    Selection, caps and what the recipient does are the scenario's; ``selection`` overrides its
    own. The ledger must have been built of a scenario that differs in guardrails at most.
    """
    values = np.zeros(len(Detail))
    stands = standing(ledger, scenario, force, selection)
    rows = revealed(ledger, stands, force)
    _count_requests(ledger, stands, values)
    _count_links(ledger, stands, force, values)
    _count_people(ledger, rows, values)
    _count_doors(ledger, stands, rows, values)
    _count_uses(ledger, stands, rows, scenario, values)
    values[Detail.LAWFUL_RESIDENTS] = ledger.lawful_residents
    return values
