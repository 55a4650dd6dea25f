"""Splink with a scenario's weights: the same pairs and weights as here, or a refusal."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import JaroWinkler

from simulator import lexicon
from simulator.disclosure.guardrails import Guardrail
from simulator.exchange.written import written_requests, written_roll
from simulator.matching.decision import decision
from simulator.matching.external.extras import (
    EXTRAS,
    ExtraMissingError,
    InexpressibleError,
    require_extras,
)
from simulator.matching.external.splink_run import IDENTIFIER, RecordFiles, settings, splink_links
from simulator.matching.external.splink_sql import similar
from simulator.matching.linkage import candidate_pairs, searchable
from simulator.matching.similarity import hundredths
from simulator.records import taken
from simulator.scenario.files import load_scenario
from simulator.scenario.schema import Matcher, MatchingPart
from simulator.study.prepared import prepared_replicate
from simulator.study.world import shard_roll

TINY = Path(__file__).parents[1] / "goldens" / "tiny.yaml"
BLOCKED = (("zip5",), ("birth_year", "given_initial"), ("surname", "state"))
needs_splink = pytest.mark.skipif(
    importlib.util.find_spec("splink") is None, reason="the extra splink is not installed"
)


@needs_splink
@pytest.mark.slow
@pytest.mark.parametrize(("tokens", "threads"), [("best", 1), ("first", 2)])
def test_splink_finds_the_same_pairs_and_weights(tokens: str, threads: int, tmp_path: Path) -> None:
    scenario = load_scenario(
        TINY,
        [
            "matching.tin_path=false",
            "matching.decision_rule=fellegi_sunter",
            "matching.blocking=[[zip5],[birth_year,given_initial],[surname,state]]",
            f"matching.surname_tokens={tokens}",
        ],
    )
    asked, part = prepared_replicate(scenario, 0), scenario.matching
    heard = np.asarray(asked.rejected == Guardrail.NONE)
    roll = shard_roll(asked.parts[0], asked.sample, scenario, asked.lent, rng=asked.rng).roll
    pairs = candidate_pairs(asked.prepared, heard, roll, part)
    scores = decision(part).score(pairs, asked.requests, roll)
    ours = dict(zip(zip(pairs.request, pairs.account, strict=True), scores, strict=True))
    rows, accounts = np.flatnonzero(heard), np.flatnonzero(searchable(roll, part))
    left = written_requests(taken(asked.requests, rows), rng=asked.rng)
    right = written_roll(taken(roll, accounts), rng=asked.rng)
    requests, held = RecordFiles(tmp_path, "requests"), RecordFiles(tmp_path, "roll")
    requests.add(left.assign(**{IDENTIFIER: -1 - rows}))
    half = accounts.size // 2
    for some in (slice(None, half), slice(half, None)):
        held.add(right.iloc[some].assign(**{IDENTIFIER: accounts[some]}))
    found = splink_links(requests, held, part, threads=threads)
    pairs_found = zip(-1 - found.request, found.account, strict=True)
    theirs = dict(zip(pairs_found, found.weight, strict=True))
    assert len(ours) > 30
    assert set(ours) == set(theirs)
    # Four fields, each rounded to a sixty-fourth of a bit here.
    assert max(abs(ours[pair] - theirs[pair]) for pair in ours) <= 4 / 128


def _decided_by_sql(left: list[str], right: list[str], cut: float) -> np.ndarray:
    """Say which pairs of all left and all right strings SQL takes at a cut point."""
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {similar('a', 'b', cut)} as taken from "  # noqa: S608  # our own condition
            "(select unnest(?) a, unnest(range(len(?))) i), "
            "(select unnest(?) b, unnest(range(len(?))) j) order by i, j",
            [left, left, right, right],
        ).fetchnumpy()
    return np.asarray(found["taken"])


@needs_splink
def test_sql_takes_the_pairs_we_take_at_every_cut_point() -> None:
    words = lexicon.names().lexicon
    codes = np.arange(0, words.size * lexicon.SLOTS, 75_011)[:700]
    left = sorted({words.text(int(code)) for code in codes})
    right = sorted({words.texts[int(code) % words.size] for code in codes})
    ours = np.array([JaroWinkler.similarity(a, b) for a in left for b in right])
    levels = hundredths(ours)
    at_a_cut = np.abs(ours * 100 - np.round(ours * 100)) < 1e-9
    for percent in range(80, 101):
        theirs = _decided_by_sql(left, right, percent / 100)
        apart = theirs != (levels >= percent)
        assert not apart[~at_a_cut].any()
        assert apart.sum() <= 2, "both on a cut point and another last bit"


@needs_splink
@pytest.mark.parametrize(
    ("left", "right"), [("GLORIA", "GRECIA"), ("DENISE", "DANIEL"), ("J", "JIA")]
)
def test_four_fifths_are_a_hair_less_to_both(left: str, right: str) -> None:
    assert hundredths(np.array([JaroWinkler.similarity(left, right)]))[0] == 79
    assert not _decided_by_sql([left], [right], 0.80)[0]


@needs_splink
def test_accents_count_twice_unless_names_are_normalised_first() -> None:
    import duckdb

    query = "select jaro_winkler_similarity(?, ?)"
    with duckdb.connect() as connection:
        accented = connection.execute(query, ["JOSÉ", "JOSE"]).fetchall()[0][0]
        normalised = connection.execute(query, ["JOSE", "JOSE"]).fetchall()[0][0]
    assert accented < JaroWinkler.similarity("JOSÉ", "JOSE") - 0.01
    assert normalised == 1.0
    assert all(text.isascii() for text in lexicon.names().lexicon.texts), "export writes A to Z"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"tin_path": True}, "matching.tin_path: true"),
        (
            {"term_frequency": 0.5, "decision_rule": "fellegi_sunter"},
            "matching.term_frequency above 0",
        ),
        ({"name_measure": "damerau_levenshtein"}, "matching.name_measure: damerau_levenshtein"),
        ({"name_agreements": {"nickname": 0.95}}, "matching.name_agreements.nickname: 0.95"),
        ({"addresses_standardised": False}, "matching.addresses_standardised: false"),
        ({"blocking": ((),)}, "a rule of matching.blocking without fields"),
    ],
)
def test_what_sql_cannot_say_is_refused_by_name(changed: dict[str, object], named: str) -> None:
    part = MatchingPart.model_validate({"blocking": BLOCKED, **changed})
    with pytest.raises(InexpressibleError, match="cannot express") as error:
        settings(part)
    assert named in str(error.value)


def test_levels_and_chances_are_those_of_the_scenario() -> None:
    part = MatchingPart.model_validate({"blocking": BLOCKED})
    made = {item["output_column_name"]: item for item in settings(part)["comparisons"]}
    levels = made["surname"]["comparison_levels"]
    assert len(levels) == len(part.fields.surname.m) + 1, "one more for missing names"
    assert [level["m_probability"] for level in levels[1:]] == list(part.fields.surname.m)


def test_a_missing_extra_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "simulator.matching.external.extras.EXTRAS",
        {**EXTRAS, Matcher.SPLINK: ("splink", ("no_such_module",))},
    )
    with pytest.raises(ExtraMissingError, match=r"pip install 'overmatch\[splink\]'"):
        require_extras([Matcher.THRESHOLDS, Matcher.SPLINK])
    require_extras([Matcher.THRESHOLDS])
