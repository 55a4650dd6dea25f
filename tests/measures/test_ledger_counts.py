"""What is read off a ledger: cases worked out by hand, and what must hold of any."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.disclosure.guardrails import Guardrail
from simulator.measures.ledger import Ledger, Relation
from simulator.measures.ledger_counts import Detail, evaluate
from simulator.scenario.schema import Scenario, Selection
from tests.measures.hand_ledgers import ExposureRow, LinkRow, bit, ledger_of

D, G, R = Detail, Guardrail, Relation
FATES = [detail for detail in Detail if detail.name.startswith("FATE_")]


def scenario(**parts: Any) -> Scenario:
    return Scenario.model_validate(parts)


def counts(ledger: Ledger, *, force: int = -1, selection: str = "all", **parts: Any) -> Any:
    return evaluate(ledger, scenario(**parts), force, Selection(selection))


def small() -> Ledger:
    """Return seven requests: one of every fate, and one asked for twice.

    0 found with others, 1 a wrong person alone, 2 rejected, 3 withheld, 4 nobody, 5 unanswered,
    6 for the person of 0 again.
    """
    links: list[LinkRow] = [
        (0, 10, 0, False, True, 7, 0),
        (0, 20, 2, True, True, 8, 0),
        (1, 20, 2, True, True, 8, 0),
        (1, 30, 2, True, False, 9, bit(G.REVIEW)),
        (2, 30, 2, True, False, 9, 0),
        (3, 30, 2, True, False, 9, bit(G.REVIEW, G.UNITS_REQUIRED)),
        (6, 10, 0, False, True, 7, 0),
    ]
    exposures: list[ExposureRow] = [
        (0, 10, R.HOLDER, False, 1, 0),
        (0, 11, R.CO_RESIDENT, True, 0, 0),
        (1, 20, R.HOLDER, True, 1, 0),
        (1, 21, R.JOINT_FILER, True, 2, bit(G.JOINT_FILERS_SUPPRESSED)),
        (1, 21, R.CO_RESIDENT, True, 0, 0),
        (2, 20, R.HOLDER, True, 1, 0),
        (3, 30, R.HOLDER, True, 1, 0),
        (3, 40, R.OCCUPANT, True, 0, 0),
        (4, 30, R.HOLDER, True, 1, 0),
        (5, 30, R.HOLDER, True, 1, 0),
        (6, 10, R.HOLDER, False, 1, 0),
        (6, 11, R.CO_RESIDENT, True, 0, 0),
    ]
    stops = [0, 0, bit(G.ADDRESS_CHECK, G.COURT_ORDER), 0, 0, bit(G.NO_TRANSFER), 0]
    return ledger_of([10, -1, 50, 60, -1, 70, 10], stops, links, exposures, deficient=[1])


def test_every_fate_by_hand() -> None:
    found = counts(small())
    assert {detail.name: found[detail] for detail in FATES} == {
        "FATE_FOUND": 1,
        "FATE_FOUND_WITH_OTHERS": 1,
        "FATE_WRONG_PERSON": 1,
        "FATE_NOBODY": 1,
        "FATE_NOT_UNIQUE": 0,
        "FATE_WITHHELD": 1,
        "FATE_REJECTED": 1,
        "FATE_UNANSWERED": 1,
    }
    assert found[D.REJECTED_ADDRESS_CHECK] == 1, "the first reason alone"
    assert found[D.REJECTED_COURT_ORDER] == 0
    assert found[D.UNANSWERED_NO_TRANSFER] == 1
    assert found[D.LINKS] == 4
    assert found[D.LINKS_WITHHELD] == 2
    assert found[D.LINKS_WITHHELD_UNITS_REQUIRED] == found[D.LINKS_WITHHELD_REVIEW] == 1
    assert found[D.LINKS_ON_DUPLICATES] == 1
    assert found[D.LINKS_DEFICIENT] == 1
    assert found[[D.MATED, D.FOUND_MATED, D.MISSED_MATED]].tolist() == [5, 2, 3]


def test_people_count_once_in_the_closest_relation_and_once_a_link_beside_it() -> None:
    found = counts(small())
    assert found[[D.PEOPLE_HOLDER_LAWFUL, D.PEOPLE_HOLDER_OTHER]].tolist() == [1, 1]
    assert found[D.EXPOSURES_HOLDER_LAWFUL] == 2
    assert found[D.PEOPLE_JOINT_FILER_LAWFUL] == 0, "blacked out"
    assert found[D.PEOPLE_CO_RESIDENT_LAWFUL] == 2, "11, and 21 whose home is given away"
    assert found[D.EXPOSURES_CO_RESIDENT_LAWFUL] == 3
    assert found[D.OVER_DISCLOSED_RESIDENTS] == 3
    assert found[D.FIELDS_LAWFUL] == 2


def test_names_that_are_not_blacked_out_are_closer_than_the_home() -> None:
    off = counts(small(), force=~bit(G.JOINT_FILERS_SUPPRESSED))
    assert off[[D.PEOPLE_JOINT_FILER_LAWFUL, D.PEOPLE_CO_RESIDENT_LAWFUL]].tolist() == [1, 1]
    assert off[D.EXPOSURES_JOINT_FILER_LAWFUL] == 1, "one row a person and link"
    assert off[D.OVER_DISCLOSED_RESIDENTS] == 3
    assert off[D.FIELDS_LAWFUL] == 4


def test_without_review_the_wrong_door_is_opened() -> None:
    found = counts(small())
    assert found[[D.WRONG_DOORS, D.AT_WRONG_DOORS_LAWFUL]].tolist() == [1, 2], "20 and 21 at 8"
    off = counts(small(), force=~bit(G.REVIEW))
    assert off[D.LINKS] == 5
    assert off[D.PEOPLE_OCCUPANT_LAWFUL] == 1
    assert off[D.OVER_DISCLOSED_RESIDENTS] == 4, "30 beside 11, 20 and 21; 40 is a stranger to all"
    assert off[[D.WRONG_DOORS, D.AT_WRONG_DOORS_LAWFUL]].tolist() == [2, 3], "and 40 at 9"
    assert off[D.WRONG_DOORS_EMPTY] == 0
    assert off[D.FATE_WITHHELD] == 1, "request 3 lacks its unit as well"
    nothing = counts(small(), force=0)
    assert nothing[D.FATE_REJECTED] == nothing[D.FATE_WITHHELD] == nothing[D.FATE_UNANSWERED] == 0
    assert nothing[D.LINKS] == 7
    assert nothing[D.LINKS_TO_PO_BOXES] == 0


def test_links_by_number_to_boxes_and_with_wages_of_others_by_hand() -> None:
    """0: right, by number. 1: two wrong persons by number, one of them at a box. 2: by address."""
    links: list[LinkRow] = [
        (0, 10, 0, False, True, 7, 0),
        (1, 20, 2, True, True, 8, 0),
        (1, 30, 3, True, False, -1, 0),
        (2, 40, 2, True, True, 9, 0),
    ]
    exposures: list[ExposureRow] = [
        (row, person, R.HOLDER, person != 30, 1, 0) for row, person in enumerate([10, 20, 30, 40])
    ]
    by_number, wages = [True, True, True, False], [True, False, True, False]
    found = counts(
        ledger_of([10, -1, -1], [0] * 3, links, exposures, by_tin=by_number, borrowed_wages=wages)
    )
    assert found[[D.LINKS_BY_TIN, D.LINKS_BY_TIN_WRONG_PERSON]].tolist() == [3, 2]
    assert found[[D.REQUESTS_LINKED_BY_TIN, D.LINKED_REQUESTS]].tolist() == [2, 3]
    assert found[D.LINKS_BORROWED_WAGES] == 2
    assert found[D.LINKS_TO_PO_BOXES] == 1
    doors = [D.WRONG_DOORS, D.WRONG_DOORS_EMPTY, D.AT_WRONG_DOORS_LAWFUL, D.AT_WRONG_DOORS_OTHER]
    assert found[doors].tolist() == [2, 0, 2, 0], "nobody lives in a box"


def test_selections_choose_among_links_that_nothing_stops() -> None:
    by_rule = {str(rule): counts(small(), selection=str(rule)) for rule in Selection}
    assert {rule: found[D.LINKS] for rule, found in by_rule.items()} == {
        "all": 4,
        "best": 3,
        "unique": 2,
        "top": 4,
    }
    assert by_rule["unique"][D.FATE_NOT_UNIQUE] == 1, "0; 1 has one link beside one withheld"
    assert counts(small(), selection="unique", force=~bit(G.REVIEW))[D.LINKS] == 1


def test_unique_is_a_guardrail_of_its_own_where_the_scenario_has_it() -> None:
    own = scenario(matching={"selection": "unique"})
    assert evaluate(small(), own)[D.LINKS] == 2
    assert evaluate(small(), own, ~bit(G.UNIQUE_ONLY))[D.LINKS] == 4


def test_what_the_recipient_does_by_hand() -> None:
    plain = counts(small())
    assert plain[[D.ACTED_ON, D.ACTED_ON_WRONG_PERSON, D.COPIES]].tolist() == [4, 2, 0]
    assert plain[D.ACTED_ON_PEOPLE_LAWFUL] == 3
    copied = counts(small(), recipient={"other_uses": 3})
    assert copied[[D.COPIES, D.DISCLOSURES_WITH_COPIES]].tolist() == [12, 16]
    barred = counts(small(), recipient={"other_uses": 3, "redisclosure_barred": True})
    assert barred[[D.COPIES, D.DISCLOSURES_WITH_COPIES]].tolist() == [0, 4]
    back = counts(small(), recipient={"recalled_share": 1.0})
    assert back[[D.LINKS, D.RECALLED, D.ACTED_ON, D.ACTED_ON_WRONG_PERSON]].tolist() == [4, 2, 2, 0]
    assert back[D.ACTED_ON_PEOPLE_LAWFUL] == 1, "11 beside the person requested"
    unused = counts(small(), recipient={"injunction": "no_use", "other_uses": 3})
    assert unused[[D.LINKS, D.ACTED_ON, D.COPIES]].tolist() == [4, 0, 0]


def test_recalls_nest_and_meet_their_share() -> None:
    links: list[LinkRow] = [(number, 9, 2, True, True, 1, 0) for number in range(4000)]
    many = ledger_of([-1] * 4000, [0] * 4000, links, [(0, 9, R.HOLDER, True, 1, 0)])
    shares = [0.0, 0.2, 0.5, 1.0]
    back = [counts(many, recipient={"recalled_share": share})[D.RECALLED] for share in shares]
    assert back[0] == 0
    assert back[3] == 4000
    assert abs(back[1] / 4000 - 0.2) < 0.02 < abs(back[1] / 4000 - 0.25)
    assert back == sorted(back)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Draw ledgers of up to 6 requests and 12 links."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    requests = draw(st.integers(0, 6))
    rails = [0, 0, bit(G.ADDRESS_CHECK), bit(G.NO_TRANSFER), bit(G.BATCH_CAP, G.COURT_ORDER)]
    held = [0, 0, bit(G.REVIEW), bit(G.KNOWN_STATUS, G.REVIEW)]
    persons = [int(number) for number in rng.integers(-1, 4, requests)]
    links: list[LinkRow] = []
    exposures: list[ExposureRow] = []
    for request in sorted(rng.integers(0, requests, 12).tolist()) if requests else []:
        holder = int(rng.integers(0, 4))
        wrong = 2 + holder % 2 if holder != persons[request] else 0
        home = bool(rng.random() < 0.5)
        stop = int(rng.choice(held))
        links.append((request, holder, wrong, wrong > 0, home, holder if home else -1, stop))
        for person in range(8):
            if person == holder or rng.random() < 0.3:
                relation = R.HOLDER if person == holder else int(rng.integers(1, 6))
                black = bit(G.DEPENDANTS_SUPPRESSED) if relation == R.DEPENDANT else 0
                exposures.append((len(links) - 1, person, relation, person < 4, 1, black))
    stops = [int(number) for number in rng.choice(rails, requests)]
    return ledger_of(persons, stops, links, exposures)


FORCES = st.sampled_from([-1, 0]) | st.sets(st.sampled_from(list(G))).map(lambda of: bit(*of))
"""Sets of guardrails; plain integers would hardly ever hold the high bits, which stop links."""


@given(ledgers(), st.sampled_from(list(Selection)), FORCES)
def test_fates_add_up_and_people_never_exceed_exposures(
    ledger: Ledger, selection: Selection, force: int
) -> None:
    found = evaluate(ledger, Scenario(), force, selection)
    assert found[FATES].sum() == found[D.REQUESTS]
    reasons = [detail for detail in Detail if detail.name.startswith("REJECTED_")]
    assert found[reasons].sum() == found[D.FATE_REJECTED]
    for relation in R:
        for kind in ("LAWFUL", "OTHER"):
            people = D[f"PEOPLE_{relation.name}_{kind}"]
            assert found[people] <= found[D[f"EXPOSURES_{relation.name}_{kind}"]]
    assert found[D.FOUND_MATED] + found[D.MISSED_MATED] == found[D.MATED]
    assert (found >= 0).all()


@given(ledgers())
def test_under_all_fewer_guardrails_never_reveal_fewer(ledger: Ledger) -> None:
    strict, loose = (evaluate(ledger, Scenario(), force, Selection.ALL) for force in (-1, 0))
    for detail in (D.LINKS, D.OVER_DISCLOSED_RESIDENTS, D.FIELDS_LAWFUL, D.ACTED_ON):
        assert strict[detail] <= loose[detail]
