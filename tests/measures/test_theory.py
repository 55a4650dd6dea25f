import math

import numpy as np
import pytest

from simulator.measures import expected_names, theory
from simulator.measures.expectation import Expectation
from simulator.measures.theory import expectations, full_name_agreement
from simulator.reference import tables
from simulator.scenario.schema import NamesAsFiled, Scenario
from tests.ladder import agreement

MEXICO = tables.origins().names.index("mexico")
CHINA = tables.origins().names.index("china")
HISPANIC = tables.NAME_GROUPS.index("hispanic")


def expected(part: str, **parts: object) -> Expectation:
    """Return the only expectation whose name holds ``part``, for a scenario with these parts."""
    scenario = Scenario.model_validate(parts)
    found = [entry for entry in expectations(scenario) if part in entry.name]
    assert len(found) == 1, [entry.name for entry in found]
    return found[0]


def test_every_expectation_is_named_once_explained_and_finite() -> None:
    entries = expectations(Scenario())
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert math.isfinite(entry.value), entry.name
        assert entry.unit, entry.name
        assert entry.formula, entry.name
        assert len(entry.note) > 20, entry.name
        if entry.unit.startswith("share"):
            assert 0.0 <= entry.value <= 1.0, entry.name


def small_names() -> tuple[np.ndarray, np.ndarray]:
    surnames = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    given = np.array([[[0.7, 0.3], [0.2, 0.8]], [[0.5, 0.5], [1.0, 0.0]]])
    return surnames, given


def test_full_name_agreement_is_the_sum_over_all_full_names() -> None:
    surnames, given = small_names()
    found = full_name_agreement(surnames, given)
    for g, s, h, t in np.ndindex(2, 2, 2, 2):
        total = sum(
            surnames[g, k] * given[g, s, j] * surnames[h, k] * given[h, t, j]
            for k in range(3)
            for j in range(2)
        )
        assert found[g, s, h, t] == pytest.approx(total, rel=1e-12)


def drawn_coincidences(replicates: int, *, seed: int) -> np.ndarray:
    """Draw full names by the tables for 300 requests and 4,000 accounts of Mexicans, and count.

    Names are drawn one by one and looked up by value, not by any formula.
    """
    rng = np.random.default_rng(seed)
    surname = np.cumsum(expected_names.surname_shares()[MEXICO])
    given = np.cumsum(expected_names.given_shares()[MEXICO].T, axis=0)
    counts = np.empty(replicates)
    for replicate in range(replicates):
        lists = []
        for people in (300, 4000):
            last = np.searchsorted(surname, rng.random(people) * surname[-1], side="right")
            male = int(rng.binomial(people, 0.5))
            first = np.concatenate(
                [
                    np.searchsorted(given[:, sex], rng.random(some) * given[-1, sex], side="right")
                    for sex, some in enumerate((male, people - male))
                ]
            )
            lists.append(last * len(given) + first)
        names, frequency = np.unique(lists[1], return_counts=True)
        at = np.minimum(np.searchsorted(names, lists[0]), names.size - 1)
        counts[replicate] = frequency[at][names[at] == lists[0]].sum()
    return counts


def test_coincidences_are_the_mean_over_drawn_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    only_mexico = np.eye(len(tables.origins().names))[MEXICO]
    monkeypatch.setattr(theory, "listed_by_origin", lambda _: 300 * only_mexico)
    monkeypatch.setattr(theory, "accounts_by_origin", lambda _: 4000 * only_mexico)
    entries = {entry.name: entry.value for entry in expectations(Scenario())}
    simulated = drawn_coincidences(600, seed=17)
    expected_pairs = entries["pairs with the same full name by chance"]
    agreement(simulated, expected_pairs, detectable=0.15)
    with pytest.raises(AssertionError, match="theory"):
        agreement(simulated, 1.25 * expected_pairs, detectable=0.15)


def test_coincidences_grow_with_the_roll_and_with_the_list() -> None:
    small = expected("pairs with the same full name").value
    assert expected(
        "pairs with the same full name",
        population={"size": 3_000_000},
        listing={"requests": 20_000},
    ).value == pytest.approx(6.0 * small, rel=1e-9)
    per_thousand = expected("the same, per 1,000 requests, against").value
    assert expected(
        "the same, per 1,000 requests, against", population={"size": 3_000_000}
    ).value == pytest.approx(per_thousand, rel=1e-9)


def test_an_empty_list_has_no_coincidences_and_no_rate() -> None:
    values = {
        entry.name: entry.value
        for entry in expectations(Scenario.model_validate({"listing": {"requests": 0}}))
    }
    assert values["pairs with the same full name by chance"] == 0.0
    assert math.isnan(values["the same, per 1,000 requests"])


def test_listed_people_add_up_and_follow_the_mix() -> None:
    scenario = Scenario.model_validate(
        {
            "listing": {
                "requests": 1000,
                "wrongly_listed_share": 0.0,
                "nationality_mix": {"mexico": 3.0, "china": 1.0},
            }
        }
    )
    listed = expected_names.listed_by_origin(scenario)
    assert listed.sum() == pytest.approx(1000.0)
    assert listed[MEXICO] == pytest.approx(750.0)
    assert expected_names.listed_by_origin(Scenario()).sum() == pytest.approx(10_000.0)


def test_other_origins_share_by_unauthorized_residents() -> None:
    scenario = Scenario.model_validate(
        {"listing": {"wrongly_listed_share": 0.0, "nationality_mix": {"mexico": 0.0, "other": 1.0}}}
    )
    origins = tables.origins()
    weights = origins.population * origins.status_shares[:, -1]
    weights[[origins.names.index("mexico")]] = 0.0
    expected = 10_000.0 * weights / weights.sum()
    np.testing.assert_allclose(expected_names.listed_by_origin(scenario), expected)


def test_listed_people_follow_the_mix_that_they_are_drawn_to() -> None:
    origins = tables.origins()
    unauthorized = origins.population * origins.status_shares[:, -1]
    for drawn_from, expected in (
        ("final_orders", (100.0, 0.0)),
        ("overstays", (0.0, 100.0)),
        ("all_unauthorized", 100.0 * unauthorized[[MEXICO, CHINA]] / unauthorized.sum()),
    ):
        listing = {
            "requests": 100,
            "wrongly_listed_share": 0.0,
            "drawn_from": drawn_from,
            "nationality_mix": {"mexico": 1.0},
            "overstay_mix": {"china": 1.0},
        }
        listed = expected_names.listed_by_origin(Scenario.model_validate({"listing": listing}))
        np.testing.assert_allclose(listed[[MEXICO, CHINA]], expected)


def test_the_wrongly_listed_come_from_the_origins_of_their_status() -> None:
    status = dict.fromkeys(tables.STATUSES[:-1], 0.0) | {"permanent_resident": 1.0}
    listing = {
        "wrongly_listed_share": 1.0,
        "departed_share": 0.0,
        "died_share": 0.0,
        "never_existed_share": 0.0,
        "wrongly_listed_status": status,
    }
    listed = expected_names.listed_by_origin(Scenario.model_validate({"listing": listing}))
    origins = tables.origins()  # within a group, permanent residents are adults alike
    holders = origins.population * origins.status_shares[:, 2]
    hispanic = (origins.name_group == HISPANIC) & (holders > 0)
    expected = holders[hispanic] / holders[hispanic].sum()
    np.testing.assert_allclose(listed[hispanic] / listed[hispanic].sum(), expected)
    assert listed.sum() == pytest.approx(10_000.0)


def test_everybody_filing_puts_all_adults_on_the_roll() -> None:
    statuses = dict.fromkeys(tables.STATUSES, 1.0)
    scenario = Scenario.model_validate({"roll": {"filing_rate": statuses}})
    adults = expected_names.accounts_by_origin(scenario).sum() / 1_000_000
    assert 0.76 < adults < 0.79
    none = dict.fromkeys(tables.STATUSES, 0.0)
    nobody = Scenario.model_validate({"roll": {"filing_rate": none}})
    assert expected_names.accounts_by_origin(nobody).sum() == 0.0


def test_name_concentration_is_sum_p_squared() -> None:
    table, people = tables.surnames(), dict[int, float]()
    for group, column in zip(tables.origins().name_group, table.by_origin, strict=True):
        if group == HISPANIC:
            for row, count in zip(column.rows.tolist(), column.people.tolist(), strict=True):
                people[row] = people.get(row, 0.0) + count
    total = sum(people.values())
    by_hand = sum((count / total) ** 2 for count in people.values())
    assert expected("same surname, hispanic").value == pytest.approx(by_hand, rel=1e-4)


def test_roll_addresses_age_by_year_of_filing() -> None:
    parts = {
        "population": {"annual_move_rate": 0.1},
        "roll": {"years_since_filing": [0.5, 0.3, 0.2]},
    }
    current = expected("addresses on the roll still current", **parts).value
    assert current == pytest.approx(0.5 + 0.3 * 0.9 + 0.2 * 0.81)
    assert expected(
        "real addresses on the list", requests={"stale_address": 0.25}
    ).value == pytest.approx(0.75)


NO_NAME_ERRORS = dict.fromkeys(
    (
        "given_misspelt",
        "surname_misspelt",
        "given_transcribed",
        "given_initial",
        "surname_transcribed",
        "surnames_swapped",
        "nickname",
        "names_swapped",
        "names_swapped_family_name_first",
        "goes_by_middle",
        "given_shortened",
        "given_romanised",
        "surname_romanised",
        "particle_dropped",
    ),
    0.0,
)
AS_BORNE = dict.fromkeys(NamesAsFiled.model_fields, 0.0) | {"double_surname_share": 1.0}


def recall(part: str, requests: dict[str, float], **parts: object) -> float:
    """Return the expected share of exact names where the roll holds them as they are borne."""
    borne = {"names_as_filed": AS_BORNE}
    return expected(part, **{"roll": borne, "requests": requests, **parts}).value


def test_recall_is_the_product_over_channels_that_break_agreement() -> None:
    errors = {**NO_NAME_ERRORS, "given_misspelt": 0.1, "surname_transcribed": 0.2}
    assert recall("one surname", errors) == pytest.approx(0.72)
    dropped = {**NO_NAME_ERRORS, "first_surname_dropped": 0.1, "surnames_swapped": 0.5}
    assert recall("one surname", dropped) == 1.0
    assert recall("two surnames", dropped) == 1.0, "the roll shows both here"
    first = {"surname_tokens": "first"}
    mexico = {"wrongly_listed_share": 0.0, "nationality_mix": {"mexico": 1.0}}
    found = recall("two surnames", dropped, matching=first, listing=mexico)
    assert found == pytest.approx(0.45)
    filed = {"names_as_filed": {**AS_BORNE, "given_misspelt": 0.2}}
    assert recall("one surname", errors, roll=filed) == pytest.approx(0.72 * 0.8)


@pytest.mark.parametrize(("listed", "filed"), [(0.3, 0.0), (0.0, 0.3), (0.2, 0.5), (0.4, 0.4)])
def test_a_habit_breaks_agreement_as_far_as_both_rates_differ(listed: float, filed: float) -> None:
    """Everybody listed has a middle name here; each habit of theirs shows on both sides."""
    everybody = {"middle_name": dict.fromkeys(("us_born", "latin_american", "elsewhere"), 1.0)}
    mexico = {"wrongly_listed_share": 0.0, "nationality_mix": {"mexico": 1.0}}
    found = recall(
        "one surname",
        {**NO_NAME_ERRORS, "goes_by_middle": listed},
        roll={"names_as_filed": {**AS_BORNE, "goes_by_middle": filed}},
        names=everybody,
        listing=mexico,
    )
    assert found == pytest.approx(1.0 - abs(listed - filed))


@pytest.mark.parametrize("tokens", ["first", "best"])
@pytest.mark.parametrize("origin", ["mexico", "brazil"])
@pytest.mark.parametrize(
    ("f", "m", "d", "s"),
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.2, 0.3, 0.25, 0.1),
        (0.1, 0.8, 0.6, 0.3),
        (0.3, 1.0, 0.0, 0.3),
        (0.4, 0.0, 1.0, 0.2),
    ],
)
def test_surnames_are_dropped_on_both_sides_by_one_habit(
    tokens: str, origin: str, f: float, m: float, d: float, s: float
) -> None:
    """Walk a fine grid of the two uniforms behind which surnames are shown, side by side."""
    steps = (np.arange(200) + 0.5) / 200
    which, both = (grid.ravel() for grid in np.meshgrid(steps, steps))
    on_roll = np.where(both < d, "both", np.where(which < s, "mother", "father"))
    listed = np.where(which < f, "mother", np.where(both >= 1.0 - m, "father", "both"))
    if tokens == "first":
        first = "mother" if origin == "brazil" else "father"
        unlike = np.where(on_roll == "both", first, on_roll) != np.where(
            listed == "both", first, listed
        )
    else:
        unlike = (on_roll != listed) & (on_roll != "both") & (listed != "both")
    found = recall(
        "two surnames",
        {**NO_NAME_ERRORS, "first_surname_dropped": f, "second_surname_dropped": m},
        roll={"names_as_filed": {**AS_BORNE, "double_surname_share": d, "second_surname_alone": s}},
        matching={"surname_tokens": tokens},
        listing={"wrongly_listed_share": 0.0, "nationality_mix": {origin: 1.0}},
    )
    assert found == pytest.approx(1.0 - unlike.mean())


def test_names_are_swapped_at_the_rate_of_their_origin() -> None:
    swapped = {**NO_NAME_ERRORS, "names_swapped": 0.1, "names_swapped_family_name_first": 0.4}
    lists = {"requests": 100, "wrongly_listed_share": 0.0}
    for mix, value in (
        ({"mexico": 1.0}, 0.9),
        ({"china": 1.0}, 0.6),
        ({"mexico": 3.0, "china": 1.0}, 1.0 - (0.75 * 0.1 + 0.25 * 0.4)),
    ):
        listing = {**lists, "nationality_mix": mix}
        assert recall("one surname", swapped, listing=listing) == pytest.approx(value)


def test_who_has_no_middle_name_cannot_go_by_it() -> None:
    always = {**NO_NAME_ERRORS, "goes_by_middle": 1.0}
    names = {"middle_name": {"latin_american": 0.25, "east_asian": 0.75}}
    for origin, value in (("mexico", 0.75), ("china", 0.25)):
        listing = {"wrongly_listed_share": 0.0, "nationality_mix": {origin: 1.0}}
        found = recall("one surname", always, names=names, listing=listing)
        assert found == pytest.approx(value)


def test_nicknames_break_agreement_only_for_names_that_have_one() -> None:
    found = recall(
        "one surname",
        {**NO_NAME_ERRORS, "nickname": 1.0},
        listing={"wrongly_listed_share": 0.0, "nationality_mix": {"mexico": 1.0}},
    )
    names, known = tables.given_names(), tables.nicknames()
    has_one = np.array([name in known for name in names.names])
    without = 1.0 - (expected_names.given_shares()[MEXICO] @ has_one).mean()
    assert found == pytest.approx(without)
    assert 0.2 < found < 0.8


ADDRESS_ERRORS = {
    "address_missing": 0.1,
    "address_placeholder": 0.2,
    "street_misspelt": 0.05,
    "number_transposed": 0.0,
    "unit_missing": 0.0,
    "placeholder_with_number": 0.25,
}


@pytest.mark.parametrize(
    ("guardrails", "rejected"),
    [
        ({"address_required": False, "address_check": "none", "placeholders_rejected": False}, 0.0),
        ({"address_check": "none", "placeholders_rejected": False}, 0.1),
        ({"address_check": "none"}, 0.1 + 0.2),
        ({"address_check": "zip_proxy"}, 0.1 + 0.2),
        ({"address_check": "zip_proxy", "placeholders_rejected": False}, 0.1 + 0.2 * 0.75),
        ({"address_check": "parseable", "placeholders_rejected": False}, 0.1 + 0.2),
        ({"address_check": "deliverable"}, 0.1 + 0.2 + 0.7 * 0.05),
    ],
)
def test_rejection_follows_the_guardrails(guardrails: dict[str, object], rejected: float) -> None:
    found = expected("rejected for their address", requests=ADDRESS_ERRORS, guardrails=guardrails)
    assert found.value == pytest.approx(rejected)


def test_unmated_are_the_departed_and_those_who_do_not_file() -> None:
    filing = dict.fromkeys(tables.STATUSES, 1.0)
    parts = {
        "listing": {
            "departed_share": 0.3,
            "died_share": 0.05,
            "never_existed_share": 0.02,
            "wrongly_listed_share": 0.1,
        },
        "roll": {"filing_rate": {**filing, "unauthorized": 0.6, "protected": 0.5}},
    }
    found = expected("without an account", **parts).value
    # Of the wrongly listed, 0.35 are protected.
    assert found == pytest.approx(0.37 + 0.53 * 0.4 + 0.1 * 0.35 * 0.5)
