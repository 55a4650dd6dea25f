"""Rung 7, items 5 and 6: how concentrated names are, and names that go together.

Judged as the fidelity command judges: each row has a published value and a tolerance with its
reason; a row that is not met has an explanation, with what is simulated instead. A generator that
hands out names whatever the origin must fail.
"""

from functools import reduce
from operator import add

import numpy as np
import pytest

from simulator.fidelity.replicate import count, statistics
from simulator.fidelity.targets import targets
from simulator.fidelity.verdicts import Comparison, compare_all
from simulator.fidelity.world import worlds
from simulator.randomness import Streams
from simulator.scenario.schema import Scenario
from tests.fidelity.test_broken_generators import names_regardless_of_origin
from tests.verification.overlays import Axes, Check, Point, Verdict, record

pytestmark = pytest.mark.slow

PEOPLE, REPLICATES, CONFIDENCE = 500_000, 4, 0.95
SURNAMES = ("surname_effective", "surname_top10", "control_concentration", "other_surname_given")
GIVEN = ("given_effective",)
RATIOS = ("ratio_maria_garcia", "ratio_james_smith")
Found = dict[str, Comparison]


@pytest.fixture(scope="module")
def judged() -> tuple[Found, Found]:
    """Return every row of the population, and of one whose names disregard origin."""
    rng = np.random.default_rng(20_250_407)
    wanted = {"population": {"size": PEOPLE}, "listing": {"requests": 1}, "replicates": REPLICATES}
    scenario = Scenario.model_validate(wanted)
    sound, broken = [], []
    for replicate in range(REPLICATES):
        shards = tuple(worlds(scenario, Streams(scenario.seed, replicate)))
        sound.append(statistics(reduce(add, map(count, shards))))
        mixed = (names_regardless_of_origin(world, rng) for world in shards)
        broken.append(statistics(reduce(add, map(count, mixed))))
    both = (compare_all(targets(), of, CONFIDENCE) for of in (sound, broken))
    first, second = ({row.target.id: row for row in rows} for rows in both)
    return first, second


def tolerated(row: Comparison) -> bool:
    """Return whether a row lies within its tolerance of the published value."""
    return abs(row.simulated - row.target.published) <= row.target.allowed


def verdict(rows: list[Comparison]) -> Verdict:
    """Return what came of rows: each is met, or explained and where the explanation says."""
    if any(row.failure(undecided=False) is not None for row in rows):
        return Verdict.FAILS
    explained = any(not tolerated(row) for row in rows)
    return Verdict.DIFFERS_AS_EXPLAINED if explained else Verdict.AGREES


def conclude(
    judged: tuple[Found, Found], beginnings: tuple[str, ...], check: tuple[str, str, str, str]
) -> None:
    """Record the rows whose id begins so and hold them to their verdicts."""
    sound, broken = judged
    rows = [row for name, row in sound.items() if name.startswith(beginnings)]
    wrong = [broken[row.target.id] for row in rows]
    name, title, facts, caption = check
    points = [
        Point(
            row.target.label, row.target.published, row.simulated, row.ci_low, row.ci_high, series
        )
        for series, of in (("package", rows), ("names whatever the origin", wrong))
        for row in of
    ]
    off = [row for row in rows if not tolerated(row)]
    missed = "; ".join(
        f"{row.target.label}: {row.simulated:.4g} for {row.target.published:g}, "
        f"{row.target.explanation}"
        for row in off
    )
    failing = [row for row in wrong if not tolerated(row)]
    found = f"{len(rows) - len(off)} of {len(rows)} within tolerance"
    if len(rows) <= 2:
        found = "; ".join(
            f"{row.target.label}: {row.simulated:.3g} ({row.ci_low:.3g} to {row.ci_high:.3g})"
            for row in rows
        )
    allowed = [row.target.allowed / row.target.published for row in rows]
    record(
        Check(
            name=name,
            title=title,
            caption=f"{caption} {PEOPLE:,} people, {REPLICATES} replicates. "
            + (f"Not met: {missed}." if off else ""),
            against="; ".join(f"{row.target.label} {row.target.published:g}" for row in rows),
            found=found,
            detects=f"tolerances of {min(allowed):.0%} to {max(allowed):.0%}, each with its reason",
            wrong_input=f"names drawn whatever the origin: {len(failing)} of {len(wrong)} outside",
            verdict=verdict(rows),
            facts=facts,
        ),
        points,
        Axes(value="simulated", ratio=True, theory="published"),
    )
    assert verdict(rows) is not Verdict.FAILS
    assert failing, "names whatever the origin must fail"


def test_surnames_are_as_concentrated_as_published(judged: tuple[Found, Found]) -> None:
    text = (
        "Surnames by group: 1 / sum of p², share of the ten commonest, name control (first four "
        "letters)."
    )
    conclude(judged, SURNAMES, ("08-surnames", "Surname and name control", "7.5", text))


def test_given_names_are_as_concentrated_as_published(judged: tuple[Found, Found]) -> None:
    text = "Given names by group and sex: 1 / sum of p² of listed names."
    conclude(judged, GIVEN, ("08-given-names", "Given names", "7.5", text))


def test_names_go_together_as_published(judged: tuple[Found, Found]) -> None:
    text = "How many times commoner a full name is than independence over everybody predicts."
    conclude(judged, RATIOS, ("09-names-together", "Names that go together", "7.6", text))
    sound, broken = judged
    assert broken["ratio_maria_garcia"].simulated < 2.5 < sound["ratio_maria_garcia"].simulated
