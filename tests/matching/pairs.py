"""Tables of candidate pairs with any agreement in any field, and rules to decide on them."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from simulator.matching.agreement import FLOOR, FULL, NamedAgreement
from simulator.records import CandidatePairs, Requests, Roll
from simulator.scenario.schema import MatchingPart
from tests.matching.samples import code, part, requests_table, roll_table

NAMES = (0, *range(FLOOR, FULL + 1), *map(int, NamedAgreement))
SURNAMES = ("GARCIA", "GONZALEZ", "LOPEZ", "LI")


def pairs_table(rows: list[dict[str, Any]]) -> CandidatePairs:
    """Return pairs, row i of request i and account i unless it says otherwise."""
    base = {"given": 100, "surname": 100, "birth": 5, "address": 9, "street": 100, "tin": 0}
    filled = [
        {"request": i, "account": i, "by_tin": False, **base, **row} for i, row in enumerate(rows)
    ]
    kinds = {"request": np.int32, "account": np.int32, "by_tin": np.bool_}
    names = ("request", "account", *base, "by_tin")
    return CandidatePairs(
        **{
            name: np.array([row[name] for row in filled], dtype=kinds.get(name, np.int8))
            for name in names
        }
    )


def agreements() -> st.SearchStrategy[dict[str, Any]]:
    """Draw how one pair agrees."""
    return st.fixed_dictionaries(
        {
            "given": st.sampled_from(NAMES),
            "surname": st.sampled_from(NAMES),
            "birth": st.integers(0, 5),
            "address": st.integers(0, 9),
            "street": st.sampled_from((0, 80, 85, 88, 95, 100)),
            "tin": st.integers(0, 3),
            "by_tin": st.sampled_from((False, False, False, True)),
        }
    )


def names() -> st.SearchStrategy[dict[str, int]]:
    """Draw the names of a record, sometimes double, sometimes none."""
    surname = st.sampled_from((-1, *SURNAMES))
    return st.builds(
        lambda given, first, second: {
            "given": given if given == -1 else code(given),
            "surname_1": first if first == -1 else code(first),
            "surname_2": second if second == -1 else code(second),
        },
        st.sampled_from((-1, "MARIA", "JOSE", "M")),
        surname,
        surname,
    )


@st.composite
def compared(draw: st.DrawFn) -> tuple[CandidatePairs, Requests, Roll]:
    """Draw up to twelve pairs, each of a request and an account of its own."""
    rows = draw(st.lists(agreements(), min_size=1, max_size=12))
    requests = requests_table([draw(names()) for _ in rows])
    return pairs_table(rows), requests, roll_table([draw(names()) for _ in rows])


def rules() -> st.SearchStrategy[MatchingPart]:
    """Draw a rule with its options."""
    shared = {
        "tin_compared": st.booleans(),
        "street_similarity": st.sampled_from((0.8, 0.88, 1.0)),
        "tin_path": st.just(True),
        "name_agreements": st.sampled_from(({}, {"nickname": 0.95, "initial": 0.8})),
        "fields": st.sampled_from(
            (
                {},
                {"given_name": {"at_least": [0.9], "points": [7.3, -3], "m": [0.9, 0.1],
                                "u": [0.01, 0.99]},
                 "address": {"levels": ["building", "zip5"], "points": [30, 10, 0],
                             "m": [0.5, 0.2, 0.3], "u": [1e-5, 0.001, 0.99899]}},
            )
        ),
        "score_threshold": st.sampled_from((-200.0, -3.25, 0.0, 12.0, 300.0)),
    }  # fmt: skip
    weighed = st.sampled_from((0.0, 0.3, 1.0))
    return st.one_of(
        st.fixed_dictionaries({**shared, "decision_rule": st.just("thresholds")}),
        st.fixed_dictionaries({**shared, "decision_rule": st.just("points")}),
        st.fixed_dictionaries(
            {**shared, "decision_rule": st.just("fellegi_sunter"), "term_frequency": weighed}
        ),
    ).map(lambda values: part(**values))
