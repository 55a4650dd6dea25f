"""Returns of households made by hand, exactly; and rates over a generated population."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.population.filing import (
    BRACKETS,
    NOT_ON_ROLL,
    Filed,
    family_shares,
    file_returns,
    filing_rates,
)
from simulator.randomness import Streams
from simulator.records import (
    STATUSES,
    FilingStatus,
    People,
    Relationship,
    Role,
)
from simulator.scenario.schema import RollPart
from tests.population.world import SEED, World, assert_share, changed_world, heads_of, small_world

R = Relationship
NOBODY, PRIMARY, SPOUSE, DEPENDANT = (
    NOT_ON_ROLL,
    int(Role.PRIMARY),
    int(Role.SPOUSE),
    int(Role.DEPENDANT),
)
SINGLE, JOINT, SEPARATE, SUPPORTER = (int(status) for status in FilingStatus)
EVEN = dict.fromkeys(("age_18_24", "age_45_64", "age_65_over", "partner", "children"), 1.0)
MARRIED = dict.fromkeys(("with_children", "under_35", "from_35"), 1.0)
ALL_FILE: dict[str, Any] = {
    "filing_rate": dict.fromkeys(STATUSES, 1.0),
    "filing_ratio": EVEN,
    "teenager_filing_rate": 0.0,
    "married_share": MARRIED,
    "joint_filing_share": 1.0,
    "claimed": {"child": 1.0, "student": 1.0, "parent": 1.0, "relative": 1.0},
}
RATE = st.floats(0.0, 1.0)
Member = tuple[Relationship, int]


def household(members: Sequence[Member], copies: int = 1, statuses: Sequence[int] = ()) -> People:
    """Return households of these (relationship, age), head first, all of one make."""
    size = len(members)
    count = size * copies

    def column(values: Sequence[int], dtype: type = np.int8) -> np.ndarray:
        return np.tile(np.array(values, dtype), copies)

    zeros = np.zeros(count, np.int32)
    return People(
        place=zeros.copy(),
        dwelling=np.repeat(np.arange(copies, dtype=np.int32), size),
        member=column(range(size)),
        size=np.full(count, size, np.int8),
        household=np.zeros(count, np.int8),
        relationship=column([int(relationship) for relationship, _ in members]),
        sex=np.zeros(count, np.int8),
        age=column([age for _, age in members]),
        birth=zeros.copy(),
        origin=np.zeros(count, np.int8),
        status=column(statuses or [0] * size),
        years_since_move=np.full(count, 60, np.int8),
        former_place=zeros.copy(),
        former_dwelling=zeros.copy(),
    )


def filed(members: Sequence[Member], copies: int = 1, **change: object) -> Filed:
    """Return what such households filed where everybody does, but for the changes."""
    part = RollPart.model_validate({**ALL_FILE, **change})
    return file_returns(household(members, copies), part, rng=Streams(SEED, 0))


def role_of_everybody(world: World) -> np.ndarray:
    """Return the role of every person, -1 for those not on the roll."""
    role = np.full(len(world.people), NOT_ON_ROLL)
    role[world.accounts.row] = world.roll.role
    return role


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def test_a_couple_and_their_children_are_on_one_return() -> None:
    out = filed([(R.HEAD, 40), (R.PARTNER, 39), (R.CHILD, 18), (R.CHILD, 0)])
    assert out.role.tolist() == [PRIMARY, SPOUSE, DEPENDANT, DEPENDANT] or (
        out.role.tolist() == [PRIMARY, SPOUSE, PRIMARY, DEPENDANT]
    )
    assert out.claimant.tolist() == [0, 0, 0, 0]
    assert out.status[[0, 1, 3]].tolist() == [JOINT] * 3
    assert (out.lag[[1, 3]] == out.lag[0]).all()


def test_couples_who_file_apart_have_a_return_each_and_the_head_claims() -> None:
    family = [(R.HEAD, 40), (R.PARTNER, 39), (R.CHILD, 9)]
    share = {**MARRIED, "with_children": 0.4}
    out = filed(family, 500, joint_filing_share=0.0, married_share=share)
    role, status = out.role.reshape(-1, 3), out.status.reshape(-1, 3)
    assert (role == [PRIMARY, PRIMARY, DEPENDANT]).all()
    claimant = out.claimant.reshape(-1, 3) - np.arange(0, 1500, 3)[:, None]
    assert (claimant == [0, 1, 0]).all()
    married = (status == [SEPARATE, SEPARATE, SEPARATE]).all(axis=1)
    unmarried = (status == [SUPPORTER, SINGLE, SUPPORTER]).all(axis=1)
    assert (married ^ unmarried).all()
    assert_share(married, 0.4)


def test_the_partner_claims_where_the_head_does_not_file() -> None:
    people = household([(R.HEAD, 40), (R.PARTNER, 39), (R.CHILD, 9)], statuses=[5, 0, 0])
    rates = {**dict.fromkeys(STATUSES, 1.0), "unauthorized": 0.0}
    part = RollPart.model_validate({**ALL_FILE, "filing_rate": rates})
    out = file_returns(people, part, rng=Streams(SEED, 0))
    assert out.role.tolist() == [NOBODY, PRIMARY, DEPENDANT]
    assert out.claimant.tolist() == [-1, 1, 1]
    assert out.status[1:].tolist() == [SEPARATE, SEPARATE]


def test_grandchildren_are_claimed_by_the_grown_child_who_is_not_claimed() -> None:
    three = [(R.HEAD, 60), (R.CHILD, 30), (R.CHILD, 20), (R.GRANDCHILD, 3)]
    out = filed(three)
    assert out.claimant.tolist() == [0, 1, 0, 1]
    assert out.role.tolist() == [PRIMARY, PRIMARY, PRIMARY, DEPENDANT]
    assert out.status.tolist() == [SUPPORTER, SUPPORTER, SINGLE, SUPPORTER]
    alone = filed([(R.HEAD, 60), (R.CHILD, 20), (R.GRANDCHILD, 3)])
    assert alone.claimant.tolist() == [0, 0, 0], "whoever is claimed claims nobody"
    early = filed([(R.HEAD, 60), (R.GRANDCHILD, 3), (R.CHILD, 30)])
    assert early.claimant.tolist() == [0, 2, 2], "whatever the order of the household"


def test_whoever_files_and_is_claimed_has_one_account_and_both_returns_are_known() -> None:
    out = filed([(R.HEAD, 45), (R.CHILD, 16), (R.CHILD, 14)], teenager_filing_rate=1.0)
    assert out.role.tolist() == [PRIMARY, PRIMARY, DEPENDANT]
    assert out.claimant.tolist() == [0, 0, 0]
    assert out.status.tolist() == [SUPPORTER, SINGLE, SUPPORTER]


def filed_where_only_these_do(members: Sequence[Member], filers: set[int]) -> Filed:
    """Return what one household filed of whom ``filers`` do, the others being unauthorized."""
    statuses = [0 if member in filers else 5 for member in range(len(members))]
    rates = {**dict.fromkeys(STATUSES, 1.0), "unauthorized": 0.0}
    part = RollPart.model_validate({**ALL_FILE, "filing_rate": rates})
    return file_returns(household(members, 1, statuses), part, rng=Streams(SEED, 0))


def test_kin_are_claimed_up_to_their_age_or_if_they_do_not_file() -> None:
    kin = [(R.HEAD, 50), (R.CHILD, 23), (R.CHILD, 24), (R.PARENT, 80), (R.RELATIVE, 23)]
    assert filed(kin).claimant.tolist() == [0, 0, 2, 3, 4]
    out = filed_where_only_these_do(kin, {0})
    assert out.claimant.tolist() == [0, 0, 0, 0, 0]
    assert out.role.tolist() == [PRIMARY] + [DEPENDANT] * 4


def test_a_grown_child_claims_parents_and_their_children_where_no_parent_files() -> None:
    family = [(R.HEAD, 60), (R.PARTNER, 58), (R.CHILD, 30), (R.CHILD, 12), (R.CHILD, 28)]
    out = filed_where_only_these_do(family, {2, 4})
    assert out.claimant.tolist() == [2, 2, 2, 2, 4]
    assert out.role.tolist() == [DEPENDANT, DEPENDANT, PRIMARY, DEPENDANT, PRIMARY]
    assert out.status.tolist() == [SUPPORTER, SUPPORTER, SUPPORTER, SUPPORTER, SINGLE]
    out = filed_where_only_these_do(family, {1, 2})
    assert out.claimant.tolist() == [-1, 1, 2, 1, 1], "a head is not claimed beside a partner"
    assert out.role.tolist() == [NOBODY, PRIMARY, PRIMARY, DEPENDANT, DEPENDANT]


def test_housemates_file_for_themselves_and_claim_nobody() -> None:
    out = filed([(R.HEAD, 30), (R.HOUSEMATE, 30), (R.HOUSEMATE, 17)])
    assert out.role.tolist() == [PRIMARY, PRIMARY, NOBODY]
    assert out.claimant.tolist() == [0, 1, -1]
    assert out.status[:2].tolist() == [SINGLE, SINGLE]


def test_whoever_lives_alone_and_does_not_file_is_on_no_return() -> None:
    out = filed([(R.HEAD, 70)], filing_rate=dict.fromkeys(STATUSES, 0.0))
    assert (out.role.tolist(), out.claimant.tolist()) == ([NOBODY], [-1])


def test_nobody_is_claimed_where_nobody_files() -> None:
    family = [(R.HEAD, 40), (R.PARTNER, 39), (R.CHILD, 16), (R.CHILD, 3)]
    out = filed(family, filing_rate=dict.fromkeys(STATUSES, 0.0), teenager_filing_rate=1.0)
    assert out.role.tolist() == [NOBODY, NOBODY, PRIMARY, NOBODY]
    assert out.claimant.tolist() == [-1, -1, 2, -1]


def test_partners_file_together_each_at_the_own_rate() -> None:
    people = household([(R.HEAD, 30), (R.PARTNER, 30)], 20_000, [5, 0])
    rates = {**dict.fromkeys(STATUSES, 0.9), "unauthorized": 0.5}
    part = RollPart.model_validate({**ALL_FILE, "filing_rate": rates})
    role = file_returns(people, part, rng=Streams(SEED, 0)).role.reshape(-1, 2)
    on = role != NOBODY
    assert_share(on[:, 0], 0.5)
    assert_share(on[:, 1], 0.9)
    assert on[on[:, 0], 1].all()


def test_claims_have_their_shares_and_nest() -> None:
    members = [(R.HEAD, 40), (R.CHILD, 10), (R.CHILD, 20), (R.PARENT, 70), (R.RELATIVE, 20)]
    people = household(members, 5000, [0, 5, 5, 5, 5])
    rates = {**dict.fromkeys(STATUSES, 1.0), "unauthorized": 0.0}
    claims = {}
    for less in (0.3, 0.6):
        shares = {"child": less, "student": less + 0.1, "parent": less, "relative": less + 0.2}
        part = RollPart.model_validate({**ALL_FILE, "filing_rate": rates, "claimed": shares})
        out = file_returns(people, part, rng=Streams(SEED, 0))
        claimed = out.role.reshape(-1, 5)[:, 1:] == DEPENDANT
        for column, share in enumerate(shares.values()):
            assert_share(claimed[:, column], share)
        claims[less] = claimed
    assert (claims[0.3] <= claims[0.6]).all()


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ([(R.HEAD, 30), (R.PARTNER, 60), (R.CHILD, 18)], "with_children"),
        ([(R.HEAD, 34), (R.PARTNER, 60)], "under_35"),
        ([(R.HEAD, 35), (R.PARTNER, 60), (R.CHILD, 19)], "from_35"),
    ],
)
def test_couples_on_the_roll_file_jointly_or_apart_at_the_stated_shares(
    members: list[Member], kind: str
) -> None:
    together = {}
    for married in (0.5, 0.9):
        for share in (0.0, 0.8, 1.0):
            out = filed(
                members,
                5000,
                joint_filing_share=share,
                married_share={**dict.fromkeys(MARRIED, 0.0), kind: married},
                claimed=dict.fromkeys(ALL_FILE["claimed"], 0.0),
            )
            status = out.status.reshape(-1, len(members))
            assert (status[:, 0] == status[:, 1]).all()
            joint = status[:, 0] == JOINT
            assert_share(joint, married * share)
            assert_share(joint | (status[:, 0] == SEPARATE), married)
            together[married, share] = joint
        assert (together[married, 0.8] <= together[married, 1.0]).all()
    assert (together[0.5, 0.8] <= together[0.9, 0.8]).all()


def test_rates_of_the_statuses_are_met_at_the_national_mix_of_ages_and_families() -> None:
    assert family_shares().sum() == pytest.approx(1.0)
    stated = dict(zip(STATUSES, (0.0, 0.3, 0.5, 0.7, 0.9, 1.0), strict=True))
    for ratio in ({}, {"partner": 3.0, "children": 0.2}):
        part = RollPart.model_validate({"filing_rate": stated, "filing_ratio": ratio})
        rates = filing_rates(part)
        assert (rates[:, :15] == 0).all()
        assert rates.max() <= 1.0
        met = (rates[:, np.array(BRACKETS[:-1])] * family_shares()).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(met, list(stated.values()), atol=1e-12)


def test_people_file_at_the_rate_of_status_age_and_partner(world: World) -> None:
    people, role = world.people, role_of_everybody(world)
    rates = filing_rates(world.scenario.roll)
    head = heads_of(people)
    with_partner = np.zeros(len(people), np.bool_)
    with_partner[head[people.relationship == R.PARTNER]] = True
    couple = with_partner[head] & (people.relationship <= R.PARTNER)
    young = people.age < 19
    of_head, of_child = (
        np.isin(head, head[young & (people.relationship == relationship)])
        for relationship in (R.CHILD, R.GRANDCHILD)
    )
    grown = (people.relationship == R.CHILD) & (people.age >= 18)
    parent = (of_head & (people.relationship <= R.PARTNER)) | (of_child & grown)
    files = (role == PRIMARY) | (role == SPOUSE)
    for status in range(len(STATUSES)):
        for low, high in ((15, 18), (18, 25), (25, 45), (45, 65), (65, 128)):
            for partnered, children in product((False, True), repeat=2):
                cell = (people.status == status) & (couple == partnered) & (parent == children)
                cell &= (people.age >= low) & (people.age < high)
                if cell.any():
                    assert_share(files[cell], rates[status, low, int(partnered), int(children)])


def test_everybody_on_the_roll_stands_on_a_return_of_the_household(world: World) -> None:
    people, out = world.people, file_returns(world.people, world.scenario.roll, rng=world.rng)
    on = np.flatnonzero(out.role != NOBODY)
    claimant = out.claimant[on]
    assert (out.role[claimant] == PRIMARY).all()
    assert (out.claimant[claimant] == claimant).all(), "whoever is claimed claims nobody"
    np.testing.assert_array_equal(heads_of(people)[claimant], heads_of(people)[on])
    others = out.role[on] != PRIMARY
    for column in (out.lag, out.status):
        np.testing.assert_array_equal(column[on[others]], column[claimant[others]])
    assert (out.claimant[out.role == NOBODY] == -1).all()
    spouses = np.bincount(out.claimant[out.role == SPOUSE], minlength=len(people))
    joint = (out.role == PRIMARY) & (out.status == JOINT)
    np.testing.assert_array_equal(spouses, joint.astype(int))
    named = np.unique(claimant[claimant != on])
    supporters = (out.role == PRIMARY) & (out.status == SUPPORTER)
    assert np.isin(np.flatnonzero(supporters), named).all(), "none without a dependant"


@settings(max_examples=20, deadline=None)
@given(rates=st.tuples(RATE, RATE).map(sorted), status=st.sampled_from(STATUSES))
def test_whoever_filed_still_does_when_the_rate_rises(rates: list[float], status: str) -> None:
    less, more = (
        changed_world(
            roll={
                "filing_rate": {status: rate},
                "claimed": {"student": 0.0, "parent": 0.0, "relative": 0.0},
            }
        )
        for rate in rates
    )
    filers = [set(w.accounts.person[w.roll.role != DEPENDANT].tolist()) for w in (less, more)]
    assert filers[0] <= filers[1]
    assert set(less.accounts.person.tolist()) <= set(more.accounts.person.tolist())


def test_nobody_files_or_everybody_does() -> None:
    nobody = {"filing_rate": dict.fromkeys(STATUSES, 0.0), "teenager_filing_rate": 0.0}
    assert len(changed_world(roll=nobody).roll) == 0
    full = changed_world(roll=ALL_FILE)
    unclaimed = np.isin(full.people.relationship, [R.HOUSEMATE, R.QUARTERS])
    children = unclaimed & (full.people.age < 18)
    assert len(full.roll) == len(full.people) - children.sum()
