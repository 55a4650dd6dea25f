"""Which of the guardrails that a scenario wants explored its other choices leave without work.

A run leaves these out of its table of policies (``disclosure.toggles``, which a test holds this to)
and says so in its manifest; the notes of ``check`` and ``run`` say it before.
"""

from collections.abc import Callable, Iterator, Mapping

from simulator.scenario.choices import DecisionRule, Scope, SearchedRoll, TinNameCheck
from simulator.scenario.explore import Explorable
from simulator.scenario.schema import Scenario

_Choice = tuple[Callable[[Scenario], bool], str]


def _no_dates(scenario: Scenario) -> bool:
    return scenario.requests.birth_date_missing == 1.0


def _no_digits(scenario: Scenario) -> bool:
    voters = scenario.searched_roll == SearchedRoll.VOTER
    return scenario.requests.tin_present == 0.0 or voters


_NO_PATH: _Choice = (
    lambda scenario: not scenario.matching.tin_path,
    "while matching.tin_path is false",
)
_ADDRESS_ALONE: _Choice = (
    lambda scenario: scenario.disclosure.scope == Scope.ADDRESS,
    "while disclosure.scope is address",
)
_NO_DATES: _Choice = (_no_dates, "while requests.birth_date_missing is 1")
_WITHOUT_WORK: Mapping[Explorable, tuple[_Choice, ...]] = {
    Explorable.ADDRESS_REQUIRED: (
        (
            lambda scenario: scenario.requests.address_missing == 1.0,
            "while requests.address_missing is 1",
        ),
    ),
    Explorable.DETENTION_FACILITIES_REJECTED: (
        (
            lambda scenario: (
                scenario.listing.detained_share == 0.0 or scenario.requests.facility_given == 0.0
            ),
            "while listing.detained_share or requests.facility_given is 0",
        ),
    ),
    Explorable.BIRTH_DATE_REQUIRED: (_NO_DATES,),
    Explorable.BIRTH_DATE_COMPARED: (
        _NO_DATES,
        (
            lambda scenario: scenario.matching.decision_rule != DecisionRule.THRESHOLDS,
            "unless matching.decision_rule is thresholds",
        ),
    ),
    Explorable.TIN_NAME_CHECK: (
        _NO_PATH,
        (
            lambda scenario: scenario.matching.tin_name_check == TinNameCheck.NAME_THRESHOLD,
            "while matching.tin_name_check is name_threshold, which moves with the names",
        ),
    ),
    Explorable.TIN_ADDRESS: (_NO_PATH,),
    Explorable.LAST_FOUR: (
        (_no_digits, "while requests.tin_present is 0 or the voter roll is searched"),
    ),
    Explorable.JOINT_FILERS_SUPPRESSED: (_ADDRESS_ALONE,),
    Explorable.DEPENDANTS_SUPPRESSED: (_ADDRESS_ALONE,),
}


def without_work(scenario: Scenario) -> Iterator[tuple[Explorable, str]]:
    """Yield each of ``explore.guardrails`` that nothing comes of, and why.

    The reason completes the sentence "GUARDRAIL has no effect …".
    """
    for guardrail in scenario.explore.guardrails:
        reasons = (because for when, because in _WITHOUT_WORK.get(guardrail, ()) if when(scenario))
        reason = next(reasons, None)
        if reason is not None:
            yield guardrail, reason
