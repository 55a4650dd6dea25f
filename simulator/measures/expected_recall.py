"""How often the names on the list equal those on the roll, by closed forms.

Errors are independent; habits are a person's own and show on both records (see each function).
"""

from collections.abc import Collection

import numpy as np

from simulator.measures.closed_forms import exact_match_recall
from simulator.measures.expectation import Expectation
from simulator.measures.expected_names import given_shares, listed_by_origin, surname_shares
from simulator.reference import tables
from simulator.scenario.schema import NamesAsFiled, RequestsPart, Scenario, SurnameTokens


def _reach(scenario: Scenario, given: Collection[str], surnames: Collection[str]) -> float:
    """Return the share of the list with one of some given names or surnames; 1 for no list."""
    listed = listed_by_origin(scenario)
    if listed.sum() <= 0.0:
        return 1.0
    of_given = np.array([name in given for name in tables.given_names().names], dtype=np.float64)
    of_surname = np.array([name in surnames for name in tables.surnames().names], dtype=np.float64)
    missed = (1.0 - given_shares() @ of_given).mean(axis=1) * (1.0 - surname_shares() @ of_surname)
    return float(listed @ (1.0 - missed) / listed.sum())


def _struck_names(scenario: Scenario) -> dict[str, float]:
    """Return the share of the list whose names each error can strike, where that is not all."""
    families = {
        kind: {name for family in of_kind for name in family}
        for kind, of_kind in tables.romanisations().items()
    }
    bare = {name for name, (_, rest) in tables.particles().items() if rest}
    listed, origin = listed_by_origin(scenario), tables.origins()
    middle = scenario.names.middle_name
    by_origin = np.where(origin.foreign_born, middle.elsewhere, middle.us_born)
    hispanic = origin.name_group == tables.NAME_GROUPS.index("hispanic")
    by_origin[origin.foreign_born & hispanic] = middle.latin_american
    by_origin[origin.foreign_born & origin.family_name_first] = middle.east_asian
    return {
        "nickname": _reach(scenario, tables.nicknames(), ()),
        "given_shortened": _reach(scenario, tables.compound_given(), ()),
        "given_romanised": _reach(scenario, families["given"], ()),
        "surname_romanised": _reach(scenario, (), families["surname"]),
        "particle_dropped": _reach(scenario, (), bare),
        "goes_by_middle": float(listed @ by_origin / max(listed.sum(), 1.0)),
    }


def _name_errors(rates: RequestsPart | NamesAsFiled, scenario: Scenario) -> list[float]:
    """Return the chance of each error by which one side alone changes the names of its records."""
    listed = listed_by_origin(scenario)
    first = float(listed @ tables.origins().family_name_first / max(listed.sum(), 1.0))
    swapped = first * rates.names_swapped_family_name_first + (1.0 - first) * rates.names_swapped
    return [rates.given_misspelt, rates.surname_misspelt, swapped]


def _habits(scenario: Scenario) -> list[float]:
    """Return the chance that a habit shows on one side alone: the difference of both rates.

    A person's habit decides on both sides, so whom the lower rate strikes the higher one strikes.
    """
    listed, filed = scenario.requests, scenario.roll.names_as_filed
    return [
        abs(getattr(listed, habit) - getattr(filed, habit)) * share
        for habit, share in _struck_names(scenario).items()
    ]


def _first_surnames_unlike(scenario: Scenario) -> float:
    """Return the chance that dropping surnames makes the first ones of both sides differ.

    f and s are the shares on the list and the roll under the mother's surname alone; of the others
    d file both and 1 - m are listed under both, and whoever does the rarer does the other too.
    Where the father's stands first it is shown but by those under the mother's alone. Where it
    stands last (Brazil) it is first only where it stands alone.
    """
    requests, filed = scenario.requests, scenario.roll.names_as_filed
    f, m = requests.first_surname_dropped, requests.second_surname_dropped
    d, s = filed.double_surname_share, filed.second_surname_alone
    father_first = (1.0 - d) * abs(f - s) + d * f
    both_alone = (1.0 - max(f, s)) * min(m, 1.0 - d)
    father_last = (1.0 - f) * m + (1.0 - s) * (1.0 - d) - 2.0 * both_alone
    listed, customs = listed_by_origin(scenario), np.array(tables.origins().surname_custom)
    last = float(listed[customs == "maternal_paternal"].sum())
    first = float(listed[customs == "paternal_maternal"].sum())
    share = last / (first + last) if first + last > 0.0 else 0.0
    return (1.0 - share) * father_first + share * father_last


def _no_surname_shared(scenario: Scenario) -> float:
    """Return the chance that one side shows the father's surname alone, the other the mother's."""
    requests, filed = scenario.requests, scenario.roll.names_as_filed
    f, m = requests.first_surname_dropped, requests.second_surname_dropped
    d, s = filed.double_surname_share, filed.second_surname_alone
    return (1.0 - d) * max(f - s, 0.0) + min(1.0 - d, m) * max(s - f, 0.0)


def recall(scenario: Scenario) -> list[Expectation]:
    """Return how often both names of a request equal those of its account, letter for letter."""
    errors, filed = scenario.requests, scenario.roll.names_as_filed
    single = [
        errors.given_initial,
        errors.given_transcribed,
        errors.surname_transcribed,
        *_name_errors(errors, scenario),
        *_name_errors(filed, scenario),
        *_habits(scenario),
    ]
    names = (
        "names misspelt, transcribed, cut to an initial or swapped, on the list or the roll, and "
        "habits that show on one of them alone"
    )
    if scenario.matching.surname_tokens == SurnameTokens.FIRST:
        double = [*single, errors.surnames_swapped, _first_surnames_unlike(scenario)]
        surname_part = "surnames_swapped and first surnames that differ as one of them is dropped"
    else:
        double = [*single, _no_surname_shared(scenario)]
        surname_part = "the father's alone on one side and the mother's alone on the other"
    note = (
        "Both names equal to the roll's, letter for letter, address apart. Errors independent, "
        "each changes the name; habits (middle name, nickname, first part of a compound, "
        "romanisation, particle, which of two surnames) are the person's and strike both sides "
        "alike, so that they break agreement as far as the rates differ. Ignores errors that undo "
        "each other or change nothing, names that no slip makes another, and surnames changed by "
        "marriage."
    )
    return [
        Expectation(
            "exact agreement of both names, one surname",
            exact_match_recall(single),
            "share of mated requests",
            f"product of 1 - e over {names}",
            note,
        ),
        Expectation(
            "exact agreement of both names, two surnames",
            exact_match_recall(double),
            "share of mated requests",
            f"product of 1 - e over {names}; for two surnames also {surname_part}",
            note + " Every surname error counts, even in a part that is not compared.",
        ),
    ]
