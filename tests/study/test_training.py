"""Learning on a replicate of its own: random pairs, mates, and what may depend on the truth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.matching.decision import decision
from simulator.matching.vectors import FIELDS
from simulator.scenario.schema import Scenario
from simulator.study import training
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.random_pairs import pairs_that_share
from simulator.study.training import REPLICATE, learnt_weights
from tests.study.tiny import tiny

FS = {"decision_rule": "fellegi_sunter"}
keys = st.lists(st.integers(-1, 3), min_size=1, max_size=8).map(
    lambda values: np.array(values, dtype=np.int64)
)


@settings(max_examples=100, deadline=None)
@given(keys, keys)
def test_every_pair_with_equal_keys_is_drawn_equally_often(
    asked: np.ndarray, held: np.ndarray
) -> None:
    sharing = {(i, j) for i, a in enumerate(asked) for j, b in enumerate(held) if a == b and a >= 0}
    midpoints = (np.arange(3 * len(sharing)) + 0.5) / max(3 * len(sharing), 1)
    one, other, total = pairs_that_share(asked, held, midpoints)
    assert total == len(sharing)
    found = list(zip(one.tolist(), other.tolist(), strict=True))
    assert sorted(found) == sorted(list(sharing) * 3)


def test_the_replicate_of_the_weights_is_none_of_a_run() -> None:
    most = max(m.le for m in type(tiny()).model_fields["replicates"].metadata if hasattr(m, "le"))
    assert most < REPLICATE


@pytest.mark.parametrize("source", ["oracle", "em"])
def test_learnt_weights_are_a_pure_function_and_make_a_rule(source: str) -> None:
    scenario = tiny({"matching": {**FS, "weights_from": source}})
    weights, again = learnt_weights(scenario), learnt_weights(scenario)
    for field in FIELDS:
        np.testing.assert_array_equal(weights.fields[field].bits, again.fields[field].bits)
        assert np.isfinite(weights.fields[field].bits).all()
    for field in FIELDS[:4]:
        assert weights.fields[field].bits[0] > 0.0
        assert weights.fields[field].bits[-2] < 0.0
    assert decision(scenario.matching, weights).grid.size > 10
    with pytest.raises(ValueError, match="learnt first"):
        decision(scenario.matching)


def test_em_does_not_see_who_is_who_and_the_oracle_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def misled(scenario: Scenario, replicate: int, *, threads: int) -> PreparedReplicate:
        asked = prepared_replicate(scenario, replicate, threads=threads)
        return replace(asked, truth=replace(asked.truth, person=asked.truth.person[::-1].copy()))

    seen = {}
    for source in ("em", "oracle"):
        scenario = tiny({"matching": {**FS, "weights_from": source}})
        true = learnt_weights(scenario)
        with monkeypatch.context() as patched:
            patched.setattr(training, "prepared_replicate", misled)
            false = learnt_weights(scenario)
        seen[source] = all(
            np.array_equal(true.fields[field].m, false.fields[field].m)
            and np.array_equal(true.fields[field].u, false.fields[field].u)
            for field in FIELDS
        )
    assert seen == {"em": True, "oracle": False}


def test_given_weights_need_no_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "prepared_replicate", None)
    assert learnt_weights(tiny({"matching": FS})).source["address"] == "given"
    assert learnt_weights(tiny()).converged
