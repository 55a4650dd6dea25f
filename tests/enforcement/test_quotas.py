"""How many people of each kind, origin and status a list asks for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.enforcement.quotas import ListingError, mix_weights, quotas
from simulator.records import ABSENT_KINDS, UNAUTHORIZED, Listed
from simulator.reference import tables
from simulator.scenario.choices import ListedFrom
from tests.enforcement.lists import listing_part

ORIGINS = tables.origins().names


@settings(deadline=None)
@given(
    requests=st.integers(0, 3_000),
    kinds=st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5).filter(
        lambda kinds: sum(kinds) > 0
    ),
    mix=st.dictionaries(
        st.sampled_from([*ORIGINS[5:], "other"]), st.floats(0.01, 1e6), min_size=1, max_size=16
    ),
    drawn_from=st.sampled_from(["final_orders", "overstays", "all_unauthorized"]),
)
def test_quotas_add_up_and_miss_their_share_by_less_than_one(
    requests: int, kinds: list[float], mix: dict[str, float], drawn_from: str
) -> None:
    shares = [0.9999 * kind / sum(kinds) for kind in kinds]
    names = ("departed_share", "died_share", "never_existed_share", "wrongly_listed_share")
    part = listing_part(
        requests=requests,
        drawn_from=drawn_from,
        nationality_mix=mix,
        overstay_mix=mix,
        **dict(zip(names, shares[:4], strict=True)),
    )
    wanted = quotas(part)
    absent = [wanted.absent[kind] for kind in ABSENT_KINDS]
    counts = [*(int(parts.sum()) for parts in absent), int(wanted.wrongly.sum())]
    assert sum(counts) + wanted.removable.sum() + wanted.any_origin == requests
    if drawn_from == "all_unauthorized":
        assert wanted.removable.sum() == 0
    else:
        assert wanted.any_origin == 0
    weights = mix_weights(part) / mix_weights(part).sum()
    for parts in (wanted.removable, *absent):
        assert (parts >= 0).all()
        assert np.abs(parts - weights * parts.sum()).max() < 1.0
    left = requests
    for at in (0, 3, 1, 2):  # kinds are rounded in this order, as far as the list goes
        assert counts[at] == left or abs(counts[at] - requests * shares[at]) <= 0.5
        left -= counts[at]
    assert wanted.wrongly[UNAUTHORIZED] == 0


def test_shares_that_both_round_up_leave_nobody_rather_than_less() -> None:
    wanted = quotas(listing_part(requests=3, departed_share=0.5, wrongly_listed_share=0.5))
    departed = wanted.absent[Listed.DEPARTED].sum()
    assert (departed, wanted.wrongly.sum(), wanted.removable.sum()) == (2, 1, 0)


def test_a_small_list_by_hand() -> None:
    """Of 40: 8 left, 4 wrongly, 4 died, 2 never were; 22 are left. Mexico has 6 of 8, each other 1.

    22 x (6, 1, 1) / 8 = (16.5, 2.75, 2.75): the two largest remainders get one more each.
    """
    part = listing_part(
        requests=40,
        departed_share=0.2,
        wrongly_listed_share=0.1,
        died_share=0.1,
        never_existed_share=0.05,
        wrongly_listed_status=dict.fromkeys(tables.STATUSES[:-1], 0.0)
        | {"naturalised_citizen": 0.5, "protected": 0.5},
    )
    wanted = quotas(part)
    three = [ORIGINS.index(name) for name in ("mexico", "guatemala", "india")]
    assert wanted.removable[three].tolist() == [16, 3, 3]
    assert wanted.absent[Listed.DEPARTED][three].tolist() == [6, 1, 1]
    assert wanted.absent[Listed.DIED].sum() == 4
    assert wanted.absent[Listed.DIED][three[0]] == 3
    assert wanted.absent[Listed.NEVER_EXISTED].sum() == 2
    assert wanted.wrongly.tolist() == [0, 2, 0, 0, 2, 0]
    assert wanted.any_origin == 0
    anybody = quotas(part.model_copy(update={"drawn_from": ListedFrom.ALL_UNAUTHORIZED}))
    assert anybody.any_origin == 22
    assert anybody.removable.sum() == 0


def test_each_choice_of_whom_to_list_has_a_mix_of_its_own() -> None:
    mixes = {"nationality_mix": {"mexico": 1.0}, "overstay_mix": {"india": 1.0}}

    def weighed(drawn_from: str) -> list[str]:
        weights = mix_weights(listing_part(drawn_from=drawn_from, **mixes))
        return [ORIGINS[row] for row in np.flatnonzero(weights)]

    assert weighed("final_orders") == ["mexico"]
    assert weighed("overstays") == ["india"]
    table = tables.origins()
    unauthorized = table.population * table.status_shares[:, UNAUTHORIZED] * table.foreign_born
    everybody = mix_weights(listing_part(drawn_from="all_unauthorized", **mixes))
    np.testing.assert_allclose(everybody, unauthorized / unauthorized.sum())


def test_origins_not_named_share_the_rest_by_unauthorized_residents() -> None:
    table = tables.origins()
    weights = mix_weights(listing_part(nationality_mix={"mexico": 2.0, "other": 6.0}))
    assert weights[ORIGINS.index("mexico")] == 2.0
    assert weights.sum() == pytest.approx(8.0)
    assert (weights[~table.foreign_born] == 0).all()
    unauthorized = table.population * table.status_shares[:, UNAUTHORIZED]
    india, korea = ORIGINS.index("india"), ORIGINS.index("korea")
    assert weights[india] / weights[korea] == pytest.approx(
        unauthorized[india] / unauthorized[korea]
    )


def test_a_mix_that_gives_nobody_weight_is_refused_in_words() -> None:
    nobody = dict.fromkeys((name for name in ORIGINS if not name.startswith("us_")), 0.0)
    with pytest.raises(ValidationError, match="nationality_mix needs at least one positive weight"):
        listing_part(nationality_mix=nobody | {"other": 1.0})
    # A part changed in Python passes by the rules of a scenario.
    part = listing_part().model_copy(update={"nationality_mix": nobody | {"other": 1.0}})
    message = (
        r"^listing.nationality_mix gives weight to 'other' alone, but names every origin that has "
        "unauthorized residents; give one of those weight or leave it out$"
    )
    with pytest.raises(ListingError, match=message):
        quotas(part)
