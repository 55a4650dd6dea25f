"""What is on the file of a listed person: group, order, class, evidence, detention."""

import numpy as np
import pytest
from scipy import stats

from simulator.enforcement.orders import facility_shares, order_days, with_files
from simulator.records import ABSENT_KINDS, Listed, Listing, TargetGroup, taken
from tests.enforcement.lists import draw, listing_part, mixed_list
from tests.population.world import assert_share, small_world

HALF = (0.5, 0.0, 0.3, 0.2)


def many(**fields: object) -> Listing:
    """Return 4,000 people of the mixed list, each with keys of their own, and their files."""
    whole = mixed_list().listing
    again = taken(whole, np.arange(4_000) % len(whole))
    columns = vars(again) | {"key": np.arange(4_000, dtype=np.int64)}
    return with_files(Listing(**columns), listing_part(**fields), rng=small_world().rng)


def of_two_groups(listing: Listing) -> tuple[Listing, Listing]:
    investigated = listing.group == TargetGroup.INVESTIGATION
    return taken(listing, np.flatnonzero(~investigated)), taken(
        listing, np.flatnonzero(investigated)
    )


def test_an_order_age_by_hand() -> None:
    """Half the orders are of the first year, none of the second; 0.5 begins the third."""
    part = listing_part(years_since_order=HALF)
    u = np.array([[0.0, 0.49, 0.5, 0.79, 0.8, 0.999], [0.0, 0.999, 0.0, 0.5, 0.5, 0.999]])
    assert order_days(u, part).tolist() == [0, 364, 730, 912, 1277, 1459]


def test_order_ages_follow_their_shares_and_days_are_even() -> None:
    listing = many(years_since_order=HALF, investigation_share=0.0)
    years, days = np.divmod(listing.order_days, 365)
    for year, share in enumerate(HALF):
        assert_share(years == year, share)
    assert stats.kstest((days + 0.5) / 365, "uniform").pvalue > 1e-6
    with pytest.raises(AssertionError, match="expected"):
        assert_share(years == 0, 0.55)


def test_investigations_have_no_order() -> None:
    fields = {"removable_class_share": 1.0, "wilful_share": 1.0}
    orders, investigations = of_two_groups(many(investigation_share=0.3, **fields))
    assert_share(np.arange(4_000) < len(investigations), 0.3)
    assert (investigations.order_days == -1).all()
    assert not investigations.removable_class.any()
    assert not investigations.wilful.any()
    assert (orders.order_days >= 0).all()
    assert orders.removable_class.all()
    assert orders.wilful.all()
    for kind in (Listed.REMOVABLE, Listed.WRONGLY_LISTED):
        assert (investigations.kind == kind).any()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_everybody_or_nobody_is_under_investigation(share: float) -> None:
    part = listing_part(requests=200, investigation_share=share, wrongly_listed_share=0.2)
    assert (draw(part).listing.group == int(share)).all()


def test_class_and_evidence_follow_their_shares() -> None:
    listing = many(investigation_share=0.0, removable_class_share=0.6, wilful_share=0.2)
    assert_share(listing.removable_class, 0.6)
    assert_share(listing.wilful, 0.2)
    assert_share(listing.wilful[listing.removable_class], 0.2)
    with pytest.raises(AssertionError, match="expected"):
        assert_share(listing.removable_class, 0.55)


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("investigation_share", "group"),
        ("removable_class_share", "removable_class"),
        ("wilful_share", "wilful"),
        ("detained_share", "facility"),
    ],
)
def test_whoever_is_struck_at_a_lower_share_is_struck_at_a_higher(field: str, column: str) -> None:
    at = -1 if column == "facility" else 0
    lower, higher = (getattr(many(**{field: share}), column) > at for share in (0.2, 0.6))
    assert 0 < lower.sum() < higher.sum()
    assert not (lower & ~higher).any()


def test_detained_people_are_here_and_the_first_facilities_hold_most() -> None:
    listing = many(detained_share=0.5, facilities=3)
    here = ~np.isin(listing.kind, ABSENT_KINDS)
    assert (listing.facility[~here] == -1).all()
    assert_share(listing.facility[here] >= 0, 0.5)
    detained = listing.facility[listing.facility >= 0]
    for facility, share in enumerate((6 / 11, 3 / 11, 2 / 11)):
        assert_share(detained == facility, share)
    assert detained.max() == 2
    with pytest.raises(AssertionError, match="expected"):
        assert_share(detained == 0, 1 / 3)


def test_shares_of_facilities_by_hand() -> None:
    np.testing.assert_allclose(facility_shares(1), [1.0])
    np.testing.assert_allclose(facility_shares(3), [6 / 11, 3 / 11, 2 / 11])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_everybody_or_nobody_here_is_detained(share: float) -> None:
    part = listing_part(requests=200, detained_share=share, facilities=1, departed_share=0.3)
    listing = draw(part).listing
    here = ~np.isin(listing.kind, ABSENT_KINDS)
    assert (listing.facility[here] == (0 if share else -1)).all()


def test_a_file_stays_with_its_person_as_the_list_grows() -> None:
    fields = {"died_share": 0.1, "investigation_share": 0.3, "detained_share": 0.3}
    short, long = (draw(listing_part(requests=n, **fields)).listing for n in (80, 300))
    row_of = {int(key): row for row, key in enumerate(long.key)}
    again = taken(long, np.array([row_of[int(key)] for key in short.key]))
    for column in ("group", "order_days", "removable_class", "wilful", "facility"):
        np.testing.assert_array_equal(getattr(again, column), getattr(short, column))


def test_what_is_on_a_file_does_not_show_who_is_listed() -> None:
    """Turning every switch of the file leaves who is listed, and in which order, as it was."""
    plain, other = (
        draw(listing_part(requests=200, **fields)).listing
        for fields in (
            {},
            {
                "investigation_share": 0.5,
                "years_since_order": (1.0,),
                "removable_class_share": 0.1,
                "wilful_share": 0.9,
                "detained_share": 0.5,
                "facilities": 2,
            },
        )
    )
    np.testing.assert_array_equal(plain.key, other.key)
    for column in ("group", "order_days", "removable_class", "wilful", "facility"):
        assert (getattr(plain, column) != getattr(other, column)).any()
