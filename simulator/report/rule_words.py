"""Say in plain sentences when two records match and what is released.

Rests on the scenario stored in the manifest. A field that results of an earlier version lack is
read as switched off.
"""

from typing import Any

from simulator.report.results import Manifest
from simulator.report.wording import ADDRESS_THRESHOLDS, BIRTH_DATE_THRESHOLDS, SELECTIONS
from simulator.scenario.choices import (
    AccountsSearched,
    DecisionRule,
    LastFourCheck,
    SearchedRoll,
    TinNameCheck,
    TinThreshold,
)
from simulator.scenario.schema import Selection

_BESIDE_NUMBER = {
    TinNameCheck.NONE: "whatever the names",
    TinNameCheck.NAME_CONTROL: "if the first four letters of the surname agree",
}
_LAST_FOUR = {
    LastFourCheck.IF_PRESENT: (
        "Where both records show a number, its last four digits must agree."
    ),
    LastFourCheck.REQUIRED: "The last four digits of the numbers must agree.",
}


def _matching(manifest: Manifest, field: str, absent: Any) -> Any:  # Any: JSON
    at = f"matching.{field}"
    return manifest.scenario_value(at) if manifest.has_scenario_value(at) else absent


def _by_fields(manifest: Manifest) -> str:
    """Say when two records match by what they show beside the number."""
    if manifest.scored:
        sums = "points" if manifest.rule == DecisionRule.POINTS else "match weights, in bits,"
        return f"match when the sum of their {sums} reaches {manifest.cut:.2f}"
    address = ADDRESS_THRESHOLDS.get(manifest.address_threshold, manifest.address_threshold)
    birth = BIRTH_DATE_THRESHOLDS.get(manifest.birth_date_threshold, "")
    return (
        f"match when their names are at least {manifest.cut:.2f} alike (1 is "
        f"identical); {address}; {birth}"
    )


def _by_number(manifest: Manifest) -> str:
    """Say what must agree beside the number on the path by number."""
    check = str(_matching(manifest, "tin_name_check", TinNameCheck.NONE))
    alike = f"if the names are at least {manifest.scenario_value('matching.name_threshold'):.2f}"
    names = _BESIDE_NUMBER.get(TinNameCheck(check), f"{alike} alike")
    address = str(_matching(manifest, "tin_address_threshold", "any"))
    compared = ADDRESS_THRESHOLDS.get(address, address)
    near = _matching(manifest, "tin_threshold", TinThreshold.EXACT) == TinThreshold.ONE_DIGIT_OFF
    digit = " (one digit may differ)" if near else ""
    return (
        f"Requests with a taxpayer number are matched by it{digit}, {names}; {compared}; birth "
        "date not compared."
    )


def _released(manifest: Manifest) -> str:
    chosen = SELECTIONS.get(manifest.selection, manifest.selection)
    if manifest.selection == Selection.TOP:
        chosen = f"the best {manifest.scenario_value('matching.top')} accounts"
    if manifest.searched_roll == SearchedRoll.TAX:
        return f"Released: {chosen}."
    return f"Flagged: {chosen.replace('account', 'entry').replace('entrys', 'entries')}."


def rule_words(manifest: Manifest) -> str:
    """Say when two records match, on either path, and what is released or flagged."""
    sentences = []
    if not _matching(manifest, "tin_path", absent=False):
        sentences.append(f"Two records {_by_fields(manifest)}.")
    else:
        sentences.append(_by_number(manifest))
        if _matching(manifest, "name_address_path", absent=True):
            sentences.append(f"Without a number two records {_by_fields(manifest)}.")
        else:
            sentences.append("Requests without a number are not matched.")
    last_four = str(_matching(manifest, "last_four_check", LastFourCheck.NONE))
    if last_four != LastFourCheck.NONE:
        sentences.append(_LAST_FOUR[LastFourCheck(last_four)])
    if _matching(manifest, "accounts_searched", AccountsSearched.ALL) == AccountsSearched.ITIN:
        sentences.append("Only accounts filed under an ITIN are searched.")
    return " ".join([*sentences, _released(manifest)])
