"""Evaluate anybody's links by the measures of a run: the truth of an export meets its links.

What a run would do with the same links is done: links of requests that a guardrail rejects and
links to accounts that are withheld are not counted, and how many those are is said. Limits: manual
review and the check of last four digits, which look at pairs, strike none of these links.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.disclosure.outcomes import Outcome
from simulator.exchange.exports import Export
from simulator.exchange.links import Links
from simulator.measures import groups
from simulator.measures.scored import Members, ScoredLinks, ScoredRequests, World, count_scored
from simulator.measures.scored_tables import (
    BLOCKS,
    IntervalOver,
    dealt,
    estimate_rows,
    repetitions,
    threshold_rows,
)
from simulator.randomness import FloatArray, IntArray
from simulator.records import MEMBER_BITS, BoolArray, Int64Array, Listed, rows_of_runs
from simulator.scenario.choices import LastFourCheck, SearchedRoll
from simulator.scenario.schema import Scenario
from simulator.study.results import write_evaluated

MOST_CUTS = 1000
_WRONGLY = Listed.WRONGLY_LISTED.name.lower()


@dataclass(frozen=True)
class Judged:
    """The links of one export that count, the world they are judged in, and what did not count."""

    links: ScoredLinks
    world: World
    rejected: int
    withheld: int


@dataclass(frozen=True)
class Evaluation:
    """Estimates at one threshold, every measure at every threshold, and what to know of them."""

    estimates: pd.DataFrame
    thresholds: pd.DataFrame
    over: IntervalOver
    notices: tuple[str, ...]


def _columns(table: pd.DataFrame) -> IntArray:
    return groups.columns_of(
        table["origin"].to_numpy(), table["status"].to_numpy(), table["tin_kind"].to_numpy()
    )


def _outcomes(export: Export, request: Int64Array, account: Int64Array) -> IntArray:
    asked, held = export.requests.iloc[request], export.accounts.iloc[account]
    same = asked["person"].to_numpy() == held["person"].to_numpy()
    wrongly = (asked["listed"] == _WRONGLY).to_numpy(dtype=np.bool_)
    return np.where(
        same,
        np.where(wrongly, Outcome.LISTING_ERROR, Outcome.INTENDED),
        np.where(
            held["lawful"].to_numpy(), Outcome.WRONG_PERSON_LAWFUL, Outcome.WRONG_PERSON_OTHER
        ),
    )


def _wrong_address(export: Export, request: Int64Array, account: Int64Array) -> BoolArray:
    asked, held = export.requests.iloc[request], export.accounts.iloc[account]
    there = (asked["place"].to_numpy() == held["filed_place"].to_numpy()) & (
        asked["dwelling"].to_numpy() == held["filed_dwelling"].to_numpy()
    )
    return np.asarray(~there)


def _tie(request: Int64Array, account: Int64Array) -> Int64Array:
    """Scramble a link into a number, so that equal scores fall to nobody in particular."""
    mixed = request.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + account.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed >> np.uint64(1)).astype(np.int64))


def _households(export: Export, account: Int64Array) -> tuple[Members, IntArray]:
    """Return the lawful members behind the accounts of the links, and their groups."""
    residents = export.residents
    person = residents["person"].to_numpy()
    order = np.argsort(person, kind="stable")
    reference = np.unique(account)
    holder = export.accounts["person"].to_numpy()[reference]
    home = person[order] >> MEMBER_BITS
    first = np.searchsorted(home, holder >> MEMBER_BITS, side="left")
    size = np.searchsorted(home, holder >> MEMBER_BITS, side="right") - first
    rows = order[rows_of_runs(first, size)]
    members = residents.iloc[rows]
    return Members(
        reference=np.repeat(reference, size),
        person=person[rows],
        holder=person[rows] == np.repeat(holder, size),
    ), _columns(members)


def judged(export: Export, links: Links) -> Judged:
    """Judge links by the truth of their export."""
    heard = export.requests["rejected"].isna().to_numpy(dtype=np.bool_)
    withheld = export.accounts["withheld"].to_numpy(dtype=np.bool_)
    unheard, kept_back = ~heard[links.request], withheld[links.account]
    kept = np.flatnonzero(~unheard & ~kept_back)
    request, account = links.request[kept], links.account[kept]
    wages = export.accounts["carries_borrowed_wages"].to_numpy(dtype=np.bool_)
    scored = ScoredLinks(
        request=request,
        account=account,
        score=links.score[kept],
        tie=_tie(request, account),
        outcome=_outcomes(export, request, account).astype(np.int8),
        wrong_address=_wrong_address(export, request, account),
        borrowed_wages=wages[account],
    )
    households, members = _households(export, account)
    world = World(
        requests=ScoredRequests(
            columns=_columns(export.requests),
            block=dealt(len(export.requests)),  # an export has them in random order
            heard=heard,
            mated=export.requests["mate"].notna().to_numpy(dtype=np.bool_),
            deficient=export.requests["deficient"].to_numpy(dtype=np.bool_, copy=True),
        ),
        households=households,
        member_columns=members,
        lawful=groups.count(_columns(export.residents)),
        accounts=float(len(export.accounts)),
    )
    return Judged(scored, world, int(unheard.sum()), int((kept_back & ~unheard).sum()))


def cut_points(scores: FloatArray) -> FloatArray:
    """Return all distinct scores, or ``MOST_CUTS`` quantiles of them; [0] where there are none."""
    distinct = np.unique(scores)
    if distinct.size == 0:
        return np.zeros(1)
    if distinct.size <= MOST_CUTS:
        return distinct
    at = np.linspace(0.0, 1.0, MOST_CUTS)
    return np.unique(np.quantile(distinct, at, method="inverted_cdf"))


def _notices(
    scenario: Scenario, parts: Sequence[Judged], scores: FloatArray, cuts: FloatArray
) -> list[str]:
    rejected, withheld = (sum(getattr(p, name) for p in parts) for name in ("rejected", "withheld"))
    notices = []
    if rejected:
        notices.append(
            f"{rejected:,} links belong to requests that the scenario's guardrails reject; they "
            "are not counted."
        )
    if withheld:
        notices.append(
            f"{withheld:,} links are to accounts that the scenario withholds; they are not counted."
        )
    notices += _not_looked_at(scenario)
    if scores.size == 0:
        notices.append("There are no links: what is measured on links is not available.")
    distinct = np.unique(scores).size
    if distinct > cuts.size:
        notices.append(
            f"The scores have {distinct:,} values; thresholds are {cuts.size:,} quantiles of them."
        )
    return notices


def _not_looked_at(scenario: Scenario) -> list[str]:
    """Say what of a scenario strikes none of these links, where it is switched on."""
    said = []
    if scenario.disclosure.review.reviewed_share > 0.0:
        said.append("The scenario has links reviewed; none of these was.")
    if scenario.matching.last_four_check != LastFourCheck.NONE:
        said.append(
            "The scenario compares last four digits; exported numbers are invented, so that they "
            "were not compared."
        )
    if scenario.searched_roll != SearchedRoll.TAX:
        said.append(
            f"The roll is a {scenario.searched_roll} roll: a link flags somebody and releases "
            "nothing; notice and reply are no part of this."
        )
    return said


def evaluate(
    exports: Sequence[Export], links: Sequence[Links], *, threshold: float | None = None
) -> Evaluation:
    """Evaluate the links of one or several exported replicates.

    ``threshold`` is the score at which ``estimates`` are taken, by default the lowest: all links as
    given. Thresholds are those of all replicates together.
    """
    top = exports[0].scenario.matching.top
    confidence = exports[0].scenario.confidence
    parts = [judged(export, made) for export, made in zip(exports, links, strict=True)]
    scores = np.concatenate([part.links.score for part in parts])
    cuts = cut_points(scores)
    at = np.array([cuts[0] if threshold is None else threshold])
    labels = len(groups.labels())
    grid = [_counted(part, cuts, top=top, width=1) for part in parts]
    here = [_counted(part, at, top=top, width=labels) for part in parts]
    values, over = repetitions(grid)
    single, _ = repetitions(here)
    return Evaluation(
        estimate_rows(single, f"score>={at[0]:.10g}", confidence, len(parts)),
        threshold_rows(values, cuts, confidence, len(parts)),
        over,
        tuple(_notices(exports[0].scenario, parts, scores, cuts)),
    )


def _counted(part: Judged, cuts: FloatArray, *, top: int, width: int) -> FloatArray:
    """Count a replicate at some cuts for everybody (``width`` 1) or for all groups."""
    world = part.world
    if width == 1:
        requests = ScoredRequests(
            world.requests.columns[:1].copy(),
            world.requests.block,
            world.requests.heard,
            world.requests.mated,
            world.requests.deficient,
        )
        world = World(
            requests,
            world.households,
            world.member_columns[:1],
            world.lawful[:1],
            world.accounts,
        )
    return count_scored(part.links, world, cuts, top=top, blocks=BLOCKS)


def curves(thresholds: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the DET and precision-recall curves, a row per selection and cut."""
    wanted = {
        "precision": "precision",
        "recall": "recall",
        "false_positive_identification_rate": "fpir",
        "false_negative_identification_rate": "fnir",
        "selectivity": "selectivity",
    }
    chosen = thresholds[thresholds["measure"].isin(wanted)]
    points = chosen.pivot_table(
        index=["selection", "score_threshold"],
        columns="measure",
        values="estimate",
        dropna=False,
        sort=False,
        observed=False,
    )
    return points.rename(columns=wanted)[list(wanted.values())].reset_index()


def write_evaluation(
    evaluation: Evaluation, exports: Sequence[Export], links: Sequence[Path], directory: Path
) -> None:
    """Write the tables of an evaluation and what they rest on into an existing folder."""
    about = {
        "interval_over": str(evaluation.over),
        "notices": list(evaluation.notices),
        "replicates": [export.replicate for export in exports],
        "scenario": exports[0].scenario.model_dump(mode="json"),
        "links": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in links},
    }
    write_evaluated(
        evaluation.estimates, evaluation.thresholds, curves(evaluation.thresholds), directory
    )
    text = json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False)
    (directory / "manifest.json").write_text(text + "\n", encoding="utf-8")
