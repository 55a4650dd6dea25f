"""What matchers stand beside each other: their rules, scores, cut points and their table.

Every matcher of ``scenario.matchers`` gives links with scores on the same requests and accounts.
All are judged by one truth (``study.matcher_links``) and counted at fixed cut points of their own
score, so that replicates add up: bits of evidence by ones, points by fives, names by hundredths,
screening by two hundredths.

Rule ``thresholds`` is cut at its name threshold, address and birth date being held at the
scenario's. Own rules and screening see the candidate pairs of the scenario's blocking; Splink finds
the same pairs itself.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    BIRTH_LEVELS,
    FULL,
    passed_step,
    scale,
)
from simulator.matching.decision import Decision, decision
from simulator.matching.external.extras import require_extras
from simulator.matching.external.splink_run import settings
from simulator.matching.vectors import effective_address
from simulator.matching.weights import Weights
from simulator.measures.scored_tables import threshold_rows
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Requests, Roll
from simulator.scenario.schema import DecisionRule, Matcher, MatchingPart, Scenario, WeightsFrom

SPLINK: Final = (Matcher.SPLINK, Matcher.SPLINK_EM)
_OTHERS: Final = (*SPLINK, Matcher.SCREENING)
_WEIGHTS_FROM: Final = {
    Matcher.FELLEGI_SUNTER_GIVEN: WeightsFrom.GIVEN,
    Matcher.FELLEGI_SUNTER_ORACLE: WeightsFrom.ORACLE,
    Matcher.FELLEGI_SUNTER_EM: WeightsFrom.EM,
}
LEARNING: Final = (Matcher.FELLEGI_SUNTER_ORACLE, Matcher.FELLEGI_SUNTER_EM)
"""Own matchers whose weights have to be learnt before they can score."""
NO_WEIGHTS: Final[Mapping[Matcher, Weights]] = MappingProxyType({})
_BITS = np.arange(-20.0, 61.0)
_POINTS = np.arange(-60.0, 205.0, 5.0)
_NAMES = np.arange(80, 101) / 100
_CONFIDENCES = np.arange(0, 101, 2) / 100


def cut_points(matcher: Matcher) -> FloatArray:
    """Return the scores at which a matcher is evaluated, ascending; the same in every replicate."""
    if matcher == Matcher.THRESHOLDS:
        return _NAMES
    if matcher == Matcher.POINTS:
        return _POINTS
    return _CONFIDENCES if matcher == Matcher.SCREENING else _BITS


def refuse_unusable(scenario: Scenario) -> None:
    """Raise ExtraMissingError or InexpressibleError if a matcher of the scenario cannot run."""
    require_extras(scenario.matchers)
    if any(matcher in SPLINK for matcher in scenario.matchers):
        settings(scenario.matching)


def as_ruled(scenario: Scenario, matcher: Matcher) -> Scenario:
    """Return the scenario, with nothing beside it, under the rule that an own matcher stands for.

    The own matchers are all but Splink's and screening.
    """
    if matcher in _WEIGHTS_FROM:
        changed = {
            "decision_rule": DecisionRule.FELLEGI_SUNTER,
            "weights_from": _WEIGHTS_FROM[matcher],
        }
    else:
        changed = {"decision_rule": DecisionRule(matcher.value)}
    matching = scenario.matching.model_copy(update=changed)
    return scenario.model_copy(update={"matching": matching, "matchers": ()})


def own_rules(scenario: Scenario, weights: Mapping[Matcher, Weights]) -> dict[Matcher, Decision]:
    """Return the rules of the own matchers, ready to score; ``weights`` of those that learn.

    Raises ValueError where weights must be learnt and are not given.
    """
    return {
        matcher: decision(as_ruled(scenario, matcher).matching, weights.get(matcher))
        for matcher in scenario.matchers
        if matcher not in _OTHERS
    }


def _threshold_scores(pairs: CandidatePairs, part: MatchingPart) -> FloatArray:
    """Return what the weaker name counts for; 0 where address or birth date fail."""
    counts_for = scale(part.name_agreements)
    name = np.minimum(counts_for[pairs.given], counts_for[pairs.surname]) / FULL
    address = passed_step(effective_address(pairs, part))
    passes = (address >= ADDRESS_LEVELS.index(part.address_threshold)) & (
        passed_step(pairs.birth) >= BIRTH_LEVELS.index(part.birth_date_threshold)
    )
    return np.where(passes | pairs.by_tin, name, 0.0)


def own_scores(
    matcher: Matcher, rule: Decision, pairs: CandidatePairs, requests: Requests, roll: Roll
) -> FloatArray:
    """Return the score of every candidate pair under the rule of an own matcher."""
    if matcher == Matcher.THRESHOLDS:
        return _threshold_scores(pairs, rule.part)
    scores = rule.score(pairs, requests, roll)
    return np.where(pairs.by_tin, cut_points(matcher)[-1], scores)


def matcher_table(
    replicates: Sequence[Mapping[str, FloatArray]], scenario: Scenario
) -> pd.DataFrame:
    """Return every measure of every matcher at every cut and selection, a row each.

    ``replicates`` hold arrays of shape (selections, 1, quantities, cuts, 1) by matcher.
    """
    frames = []
    for matcher in scenario.matchers:
        values = np.stack([counts[str(matcher)][:, 0] for counts in replicates])
        rows = threshold_rows(values, cut_points(matcher), scenario.confidence, len(replicates))
        rows.insert(0, "matcher", str(matcher))
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)
