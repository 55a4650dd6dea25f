"""Names are divided so that every margin holds, and whole people are lost nowhere."""

from collections.abc import Mapping
from string import ascii_uppercase

import numpy as np
import pytest

from simulator.reference.archives import BuildError
from simulator.reference.bearers import bearer_table, name_table, whole_people
from simulator.reference.given_cells import (
    LEAST_ABROAD,
    MOST_IN_WRONG_COHORT,
    Fit,
    check_fit,
    fit_cells,
    name_cells,
)
from simulator.reference.hand_written import Origins
from simulator.reference.origin_affinity import (
    CLAIMED,
    COMMON,
    MOST_BY_LETTERS,
    OTHER_STRENGTHS,
    SPANISH_IN_PHILIPPINES,
    affinities,
    by_letters,
    chain,
    english,
    letters,
    most_english,
)
from simulator.reference.proportional_fitting import split_among
from simulator.reference.spelling_relations import (
    compound_table,
    particle_table,
    romanisation_table,
)
from simulator.reference.vocabularies import (
    ENGLISH,
    Vocabulary,
    provider_names,
    romanise,
    vocabularies,
    with_brazil,
)


def test_whole_people_keep_columns_and_carry_what_rounding_leaves() -> None:
    expected = np.full((10, 4), 0.3)
    whole = whole_people(expected)
    assert whole.sum(axis=0).tolist() == [3, 3, 3, 3]
    # 1.2 people over four columns are 1 or 2, never 0 or 4.
    assert set(whole.sum(axis=1)) <= {1, 2}
    assert whole_people(np.array([[2.0, 0.0], [0.5, 0.0], [0.5, 3.0]]))[:, 1].tolist() == [0, 0, 3]


def test_bearers_are_laid_out_by_cell_without_zeros() -> None:
    table = bearer_table(np.array([[0, 5], [2, 0], [3, 7]]))
    assert table.column("cell").to_pylist() == [0, 0, 1, 1]
    assert table.column("gap").to_pylist() == [2, 1, 1, 2]
    assert table.column("people").to_pylist() == [2, 3, 5, 7]


def test_odd_and_repeated_names_are_refused() -> None:
    with pytest.raises(ValueError, match="letters A-Z"):
        name_table(["GARCIA", "O'NEILL"], 2)
    with pytest.raises(ValueError, match="occurs twice"):
        name_table(["GARCIA", "GARCIA"], 1)


ANY = np.full((2, 2), np.inf)


def test_a_split_holds_both_margins_and_the_odds() -> None:
    bearers, people = np.array([60.0, 40.0]), np.array([3.0, 1.0])
    split = split_among(bearers, people, np.array([[1.0, 4.0], [1.0, 1.0]]), ANY)
    np.testing.assert_allclose(split.sum(axis=1), bearers)
    np.testing.assert_allclose(split.sum(axis=0), [75.0, 25.0], rtol=1e-5)
    assert split[0, 1] * split[1, 0] / (split[0, 0] * split[1, 1]) == pytest.approx(4.0)


def test_a_split_that_cannot_hold_is_refused() -> None:
    # Nobody may bear the one name in the second cell, which has people.
    with pytest.raises(BuildError, match="cannot be split among origins"):
        split_among(np.array([10.0]), np.array([1.0, 1.0]), np.array([[1.0, 0.0]]), ANY[:1])


def test_a_split_keeps_below_the_largest_shares() -> None:
    # By affinity 18 of the second cell's 25 people would bear the first name; half may.
    bearers, people, affinity = np.array([60.0, 40.0]), np.array([3.0, 1.0]), np.eye(2) + 0.5
    most = np.array([[np.inf, np.inf], [np.inf, 0.5]])
    free = split_among(bearers, people, affinity, ANY)
    assert free[1, 1] > 12.5
    held = split_among(bearers, people, affinity, most)
    assert held[1, 1] == pytest.approx(12.5, rel=1e-5)
    np.testing.assert_allclose(held.sum(axis=1), bearers)
    np.testing.assert_allclose(held.sum(axis=0), [75.0, 25.0], rtol=1e-5)
    with pytest.raises(BuildError, match="cannot be split among origins"):
        split_among(bearers, people, affinity, np.full((2, 2), 0.4))


AVERAGE = np.array([0.3, 0.3, 0.4])


def test_what_births_leave_is_born_abroad_unless_the_name_is_informal() -> None:
    bearers = np.array([1000.0, 1000.0, 1000.0, 1000.0])
    survivors = np.array([[300.0, 100.0], [300.0, 100.0], [0.0, 0.0], [600.0, 600.0]])
    common, informal = np.array([0.2, 0.9, 0.2, 0.9]), np.array([False, True, False, False])
    cells = name_cells(bearers, survivors, AVERAGE, common, informal)
    assert cells.traced.tolist() == [True, False, False, False]
    assert cells.abroad[0] == pytest.approx(0.6)
    np.testing.assert_allclose(cells.seed[0], [0.3, 0.1, 0.6])
    assert cells.seed[1, -1] == cells.seed[3, -1] == LEAST_ABROAD
    np.testing.assert_allclose(cells.seed[2], AVERAGE)


def test_three_margins_are_held() -> None:
    truth = np.random.default_rng(3).integers(200, 900, (40, 2, 3)).astype(float)
    bearers, people = truth.sum(axis=2), truth.sum(axis=0)
    survivors = truth[:, :, :-1].sum(axis=1)
    cells = name_cells(
        bearers.sum(axis=1), survivors, AVERAGE, np.zeros(40), np.zeros(40, dtype=np.bool_)
    )
    assert cells.traced.sum() > 10
    fit = fit_cells(bearers, people, cells)
    np.testing.assert_allclose(fit.people.sum(axis=2), bearers)
    np.testing.assert_allclose(fit.people.sum(axis=0), people, rtol=1e-3)
    abroad = fit.people[:, :, -1].sum(axis=1) / bearers.sum(axis=1)
    np.testing.assert_allclose(abroad[cells.traced], cells.abroad[cells.traced], atol=1e-3)
    # Among the US-born of two names the odds of the cohorts are those of their births.
    born_here = fit.people[:, :, :-1].sum(axis=1)
    odds = born_here[:, 0] / born_here[:, 1] / (survivors[:, 0] / survivors[:, 1])
    np.testing.assert_allclose(odds, odds[0], rtol=1e-3)


def test_margins_that_contradict_each_other_are_refused() -> None:
    # Every name is born abroad for nine tenths, the groups for one tenth.
    bearers, survivors = np.full((5, 1), 1000.0), np.full((5, 2), 50.0)
    cells = name_cells(bearers[:, 0], survivors, AVERAGE, np.zeros(5), np.zeros(5, dtype=np.bool_))
    with pytest.raises(BuildError, match="given names cannot be fitted"):
        fit_cells(bearers, np.array([[45.0, 45.0, 10.0]]), cells)


@pytest.mark.parametrize(
    ("group_cells", "abroad", "ages"),
    [(0.011, 0.0, 0.0), (0.0, 0.011, 0.0), (0.0, 0.0, 1.1 * MOST_IN_WRONG_COHORT), (0, 0, np.nan)],
)
def test_each_missed_margin_alone_stops_a_build(
    group_cells: float, abroad: float, ages: float
) -> None:
    check_fit(Fit(np.zeros((1, 1, 1)), 0.009, 0.009, 0.9 * MOST_IN_WRONG_COHORT))
    with pytest.raises(BuildError, match=f"{ages:.2%} of people are in a wrong birth cohort"):
        check_fit(Fit(np.zeros((1, 1, 1)), group_cells, abroad, ages))


def words(*by_hand: str, found: str = "") -> Vocabulary:
    return Vocabulary(frozenset(by_hand), frozenset(found.split()))


ORIGINS = Origins(
    names=("us_api", "vietnam", "philippines"),
    group=np.array([3, 3, 3]),
    foreign=np.array([False, True, True]),
    people=np.array([100.0, 60.0, 40.0]),
)
KNOWN: Mapping[tuple[str, str], Vocabulary] = {
    ("vietnam", "surname"): words("NGUYEN", found="TRAN"),
    ("philippines", "surname"): words("MANALO"),
}


def api_affinities(name: str, *, hispanic: float = 0.0, white: float = 0.0) -> list[float]:
    bearers = np.array([[white, 0.0, hispanic, 1.0 - hispanic - white, 0.0]]) * 1000.0
    names = [name, "ZZYZX"]
    table = affinities(
        names,
        np.zeros(2, np.bool_),
        np.vstack([bearers, bearers]),
        np.arange(3),
        ORIGINS,
        KNOWN,
        "surname",
    )
    return [float(value) for value in table[0]]


def test_a_vocabulary_claims_its_names() -> None:
    found, by_hand = OTHER_STRENGTHS
    us, vietnam, philippines = api_affinities("NGUYEN")
    assert vietnam == by_hand
    assert philippines <= CLAIMED
    # The US-born have the mean by descent.
    assert us == pytest.approx(0.6 * vietnam + 0.4 * philippines)
    assert api_affinities("TRAN")[1] == found


def test_spanish_names_of_asians_are_philippine_and_mixed_names_us_born() -> None:
    assert api_affinities("REYES", hispanic=0.5)[2] == SPANISH_IN_PHILIPPINES
    assert api_affinities("REYES")[2] <= MOST_BY_LETTERS
    plain, mixed = api_affinities("NGUYEN"), api_affinities("NGUYEN", white=0.5)
    assert mixed[0] == pytest.approx(2.0 * plain[0])
    assert mixed[1:] == plain[1:]


WHITE = Origins(
    names=("us_white", "europe", "canada_oceania"),
    group=np.array([0, 0, 0]),
    foreign=np.array([False, True, True]),
    people=np.array([900.0, 60.0, 40.0]),
)
ENGLISH_NAMES: Mapping[tuple[str, str], Vocabulary] = {
    (ENGLISH, "surname"): words(found="SMITH STARR GARCIA NOVAK"),
    ("europe", "surname"): words("NOVAK", "SMITH"),
    ("canada_oceania", "surname"): words(found="STARR TREMBLAY"),
}


def test_english_names_are_nobodys_more_than_the_us_borns() -> None:
    names = ["SMITH", "STARR", "GARCIA", "NOVAK", "TREMBLAY"]
    bearers = np.array([[900, 90, 0], [5, 2, 0], [10, 0, 990], [9, 0, 0], [9, 0, 0]], dtype=float)
    bearers = np.hstack([bearers, np.zeros((5, 2))])
    rare = np.tile([50.0, 0, 0, 0, 0], (COMMON, 1))  # so that SMITH alone of the five is common
    names += [
        f"NAME{ascii_uppercase[i // 676]}{ascii_uppercase[i // 26 % 26]}{ascii_uppercase[i % 26]}"
        for i in range(COMMON)
    ]
    bearers = np.vstack([bearers, rare])
    given = (names, bearers, np.arange(3), WHITE, ENGLISH_NAMES, "surname")
    found = english(*given)
    # GARCIA is mostly Hispanic, NOVAK by hand for Europe and rare, TREMBLAY not English.
    assert found[:5].tolist() == [True, True, False, False, False]
    invented = np.zeros(len(names), dtype=np.bool_)
    table = affinities(names, invented, *given[1:])
    assert table[:2].max() <= 1.0
    assert table[3, 1] > 1.0
    assert table[4, 2] > 1.0
    most = most_english(found, np.full(len(names), 0.01), np.arange(3), WHITE)
    assert most[0].tolist() == [np.inf, 0.01, 0.01]
    assert np.isinf(most[3]).all()


def test_letters_speak_for_the_origin_they_are_usual_in() -> None:
    here, there = chain(["ANOV", "ENOV", "INOV"]), chain(["SMITH", "JONES", "BROWN"])
    odds = by_letters([letters("UNOV"), letters("SMITE")], here, there)
    assert odds[0] > 1.0 > odds[1]
    assert odds.max() <= MOST_BY_LETTERS
    assert odds.min() >= 1.0 / MOST_BY_LETTERS
    with pytest.raises(ValueError, match="letters A-Z"):
        letters("ÑANDU")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Muñoz", "MUNOZ"),
        ("Nguyễn", "NGUYEN"),
        ("Đặng", "DANG"),
        ("Щербаков", "SHCHERBAKOV"),
        ("CHIA-HAO", "CHIAHAO"),
        ("D'Angelo", "DANGELO"),
        ("王", ""),
    ],
)
def test_names_are_romanised_or_left_out(written: str, plain: str) -> None:
    assert romanise(written) == plain


PROVIDER = """
import os
os.remove("never")
class Provider(PersonProvider):
    formats = ("Nobody",)
    last_names: tuple = ("Muñoz", "王", "A")
    first_names_male = OrderedDict((("José", 0.5), ("Luis", 0.1)))
    first_names = first_names_male
"""


def test_a_provider_is_parsed_and_never_run() -> None:
    assert provider_names(PROVIDER, ("last_names",)) == {"MUNOZ"}
    assert provider_names(PROVIDER, ("first_names_male",)) == {"JOSE", "LUIS"}


def test_hand_written_names_join_those_of_the_locales() -> None:
    row = {"origin": "mexico", "kind": "male", "names": "CRUZ", "mark": "", "source": ""}
    known = vocabularies([row], ["mexico"], lambda _: PROVIDER.encode())
    assert known[("mexico", "male")] == words("CRUZ", found="JOSE LUIS")
    assert known[("brazil", "surname")].words == ["MUNOZ"]
    people = {"JOAO": {"frequency_male": 1e6, "frequency_female": 3.0}}
    added = with_brazil(known, people)
    assert "JOAO" in added[("brazil", "male")].found
    assert "JOAO" not in added[("brazil", "female")].found
    with pytest.raises(BuildError, match=r"origin_names\.csv"):
        vocabularies([row | {"origin": "atlantis"}], ["mexico"], lambda _: PROVIDER.encode())


def surnames(**people: tuple[float, ...]) -> dict[str, np.ndarray]:
    return {name: np.array(bearers, dtype=float) for name, bearers in people.items()}


def test_families_hold_listed_names_once() -> None:
    rows = [
        {"kind": "surname", "names": "LI LEE LYI"},
        {"kind": "surname", "names": "LEE YI"},
        {"kind": "given", "names": "YURI YURY"},
    ]
    spanish, api = (0, 0, 9, 0, 0), (0, 0, 0, 9, 0)
    listed = surnames(LI=api, LEE=api, YI=api, VALDEZ=spanish, VALDES=spanish, LOPES=api)
    table = romanisation_table(rows, listed | surnames(LOPEZ=spanish), {"YURI", "YURY"})
    families: dict[tuple[str, int], set[str]] = {}
    for row in table.to_pylist():
        families.setdefault((row["kind"], row["family"]), set()).add(row["name"])
    # LEE belongs to its first family, which leaves YI alone; LOPES is not Spanish here.
    assert sorted(map(sorted, families.values())) == [
        ["LEE", "LI"],
        ["VALDES", "VALDEZ"],
        ["YURI", "YURY"],
    ]


def test_particles_need_a_rest_that_is_a_name() -> None:
    rows = [
        {"particle": "DELA", "written": "DE LA ", "name_groups": "hispanic", "rest": "listed"},
        {"particle": "DE", "written": "DE ", "name_groups": "hispanic", "rest": "commoner"},
        {"particle": "AL", "written": "AL-", "name_groups": "white", "rest": "vocabulary"},
        {"particle": "O", "written": "O'", "rest": "named", "names": "OBRIEN"},
    ]
    common, rare, white = (0, 0, 90, 0, 0), (0, 0, 9, 0, 0), (50, 0, 0, 0, 0)
    listed = surnames(
        CRUZ=common,
        DELACRUZ=rare,
        DELEON=rare,
        LEON=common,
        DESOTO=common,
        SOTO=rare,
        SAYED=white,
        ALSAYED=white,
        LENNY=white,
        ALLENNY=white,
        BRIEN=white,
        OBRIEN=white,
    )
    known = {("middle_east_north_africa", "surname"): words("SAYED")}
    found = [tuple(row.values()) for row in particle_table(rows, listed, known).to_pylist()]
    assert found == [
        ("ALSAYED", "AL-SAYED", "SAYED"),
        ("DELACRUZ", "DE LA CRUZ", "CRUZ"),
        ("DELEON", "DE LEON", "LEON"),
        ("OBRIEN", "O'BRIEN", ""),
    ]


def test_names_run_together_are_rarer_than_their_first() -> None:
    rows = [{"name": "MARY", "place": "first"}, {"name": "ROSE", "place": "first"}]
    rows += [{"name": "ANN", "place": "second"}, {"name": "MARY", "place": "second"}]
    given = {"MARY": 900.0, "ANN": 100.0, "MARYANN": 90.0, "ROSE": 100.0, "ROSEMARY": 80.0}
    assert compound_table(rows, given).to_pylist() == [
        {"compact": "MARYANN", "first": "MARY", "second": "ANN"}
    ]
