"""The packaged tables hold what they promise, and nobody can change them."""

import dataclasses
import hashlib
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from simulator.population.addresses import postal_frame
from simulator.population.buildings import STREETS
from simulator.reference import tables
from simulator.reference.archives import ARCHIVES
from simulator.reference.tables import NAME_GROUPS, SEXES, STATUSES

LETTERS = re.compile("[A-Z]+")
# Census 2020, millions of people by name group; the reference tables' own constants.
GROUP_TOTALS = (191.7e6, 39.9e6, 62.1e6, 20.2e6, 17.5e6)
# The surname list covers 262,612,981 people, by its own count 87.86957% of those with a known
# surname; the rest of the 331.4M bear names like everybody else.
KNOWN_SURNAMES = 262_612_981 / 0.8786957


def concentration(weights: tables.FloatArray) -> float:
    """Give 1/sum p^2: the number of equally common names that would collide as often."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def test_surnames_are_distinct_words_of_letters() -> None:
    names = tables.surnames().names
    assert len(set(names)) == len(names)
    assert all(LETTERS.fullmatch(name) for name in names)


def test_surname_rows_are_the_list_less_the_doubles_plus_the_tail() -> None:
    table = tables.surnames()
    assert table.bearers.shape == (len(table.names), len(NAME_GROUPS))
    assert int((~table.synthetic).sum()) == 156_619 - 895
    assert int(table.synthetic.sum()) == 10_000 + 3 * 5_000 + 3_000


def test_surname_bearers_add_up_to_everybody_with_a_known_surname() -> None:
    expected = np.array(GROUP_TOTALS) * KNOWN_SURNAMES / 331.4e6
    np.testing.assert_allclose(tables.surnames().bearers.sum(axis=0), expected, atol=1.0)


def test_surname_tail_holds_those_outside_the_list() -> None:
    # Overall the list itself says 12.13%; by group the tail is what its known total leaves.
    table = tables.surnames()
    tail = table.bearers[table.synthetic].sum(axis=0)
    assert tail.sum() / table.bearers.sum() == pytest.approx(1.0 - 0.8786957, abs=1e-5)
    shares = tail / table.bearers.sum(axis=0)
    np.testing.assert_allclose(shares, (0.0806, 0.1166, 0.1767, 0.1610, 0.3358), atol=1e-4)


def test_a_synthetic_surname_has_bearers_in_one_group_alike() -> None:
    table = tables.surnames()
    tail = table.bearers[table.synthetic]
    assert ((tail > 0).sum(axis=1) == 1).all()
    for code in range(len(NAME_GROUPS)):
        weights = tail[tail[:, code] > 0, code]
        assert weights.max() - weights.min() <= 1


@pytest.mark.parametrize(
    ("group", "published"), [("white", 1754), ("black", 335), ("api", 251), ("hispanic", 240)]
)
def test_surnames_are_as_concentrated_as_published(group: str, published: float) -> None:
    # The published figures are of the listed names alone, before concatenated double surnames
    # are split. Splitting moves 0.5M Hispanic bearers to the commonest names, so there the table
    # must lie below the published figure, by a little; the other groups hardly change.
    table = tables.surnames()
    found = concentration(table.bearers[~table.synthetic, NAME_GROUPS.index(group)])
    if group == "hispanic":
        assert 0.92 * published < found < 0.95 * published
    else:
        assert found == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize(
    ("group", "with_tail"), [("white", 2072), ("black", 429), ("api", 356), ("hispanic", 332)]
)
def test_the_tail_spreads_surnames_by_the_square_of_its_share(group: str, with_tail: float) -> None:
    # Chance agreement within the tail is below 0.3% of the whole, so 1/sum p^2 of the listed
    # names is divided by (1 - tail share)^2.
    table = tables.surnames()
    bearers = table.bearers[:, NAME_GROUPS.index(group)]
    assert concentration(bearers) == pytest.approx(with_tail, abs=0.51)
    listed_share = bearers[~table.synthetic].sum() / bearers.sum()
    by_hand = concentration(bearers[~table.synthetic]) / listed_share**2
    assert concentration(bearers) == pytest.approx(by_hand, rel=0.003)


def test_double_surnames_are_split() -> None:
    names = set(tables.surnames().names)
    assert {"GARCIA", "LOPEZ", "HERNANDEZ"} <= names
    assert not {"GARCIALOPEZ", "LOPEZLOPEZ", "GARCIAHERNANDEZ"} & names


def test_given_names_are_distinct_words_and_all_other_names_is_none_of_them() -> None:
    names = tables.given_names().names
    assert len(set(names)) == len(names)
    assert all(LETTERS.fullmatch(name) for name in names)
    assert "ALLOTHERNAMES" not in names


def test_given_name_tail_holds_all_other_names() -> None:
    table = tables.given_names()
    assert int((~table.synthetic).sum()) == 53_615
    assert int(table.synthetic.sum()) == 4_000 + 4 * 2_000
    assert table.bearers[table.synthetic].sum() == pytest.approx(18_794_703, rel=1e-6)
    assert table.bearers.sum() == pytest.approx(302_029_327, rel=1e-5)
    assert ((table.bearers[table.synthetic] > 0).sum(axis=(1, 2)) == 1).all()


@pytest.mark.parametrize(
    ("sex", "published"), [("male", (129, 311, 155, 675)), ("female", (344, 792, 224, 1307))]
)
def test_given_names_are_as_concentrated_as_published(
    sex: str, published: tuple[float, ...]
) -> None:
    table = tables.given_names()
    listed = table.bearers[~table.synthetic][:, :, SEXES.index(sex)]
    for code, expected in enumerate(published):
        assert concentration(listed[:, code]) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("name", "born_abroad"),
    [("JOSE", 0.58), ("MARIA", 0.72), ("JUAN", 0.52), ("GUADALUPE", 0.44), ("RAJESH", 0.93)],
)
def test_survivors_leave_out_those_born_abroad(name: str, born_abroad: float) -> None:
    table = tables.given_names()
    row = table.names.index(name)
    share = 1.0 - table.cohort_survivors[row].sum() / table.bearers[row].sum()
    assert share == pytest.approx(born_abroad, abs=0.015)


def test_survivors_follow_the_age_of_a_name() -> None:
    table = tables.given_names()
    female = SEXES.index("female")
    dorothy = table.cohort_survivors[table.names.index("DOROTHY"), female]
    madison = table.cohort_survivors[table.names.index("MADISON"), female]
    assert dorothy.argmax() <= 2
    assert madison.argmax() == tables.COHORT_FIRST_YEARS.index(2000)
    assert not table.cohort_survivors[table.synthetic].any()


def test_zip_shares_sum_to_one_and_households_fit() -> None:
    table = tables.zips()
    assert len(table.zip) == 32_688
    assert (np.diff(table.zip) > 0).all()
    assert table.group_shares.min() >= 0.0
    np.testing.assert_allclose(table.group_shares.sum(axis=1), 1.0, atol=1e-12)
    assert table.quarters.min() == 0
    mean_size = (table.population - table.quarters) / table.households
    assert mean_size.min() >= 1.0
    assert mean_size.max() <= 6.0
    assert 0.0 <= table.share_multi_unit.min() <= table.share_multi_unit.max() <= 1.0


def test_zips_lie_where_they_should() -> None:
    table = tables.zips()
    assert table.latitude.min() > 18.9
    assert table.latitude.max() < 72.0
    assert -180.0 < table.longitude.min() < table.longitude.max() < -66.9
    row = int(np.searchsorted(table.zip, 10001))
    assert table.zip[row] == 10001
    assert table.states[table.state[row]] == "NY"
    assert table.city[row] == "NEW YORK"


def test_zips_hold_the_country() -> None:
    # 50 states and DC: surnames, origins and national totals leave out Puerto Rico as well.
    table = tables.zips()
    assert table.population.sum() == pytest.approx(331e6, rel=0.005)
    national = table.population @ table.group_shares / table.population.sum()
    np.testing.assert_allclose(national, (0.589, 0.121, 0.187, 0.059, 0.045), atol=0.001)
    assert len(table.states) == 51
    assert "PR" not in table.states


def test_group_quarters_hold_as_many_as_counted() -> None:
    # 8.2M in 2020, of whom 0.5M live where nobody has a household and which the table leaves out.
    table = tables.zips()
    assert table.quarters.sum() == pytest.approx(7.6e6, rel=0.02)
    in_households = table.population - table.quarters
    assert in_households.sum() / table.households.sum() == pytest.approx(2.57, abs=0.01)


def test_a_quarter_of_dwellings_share_their_building() -> None:
    # 26% of dwellings lie in buildings of two and more units, not the 19% of five and more.
    table = tables.zips()
    mean = np.average(table.share_multi_unit, weights=table.households)
    assert mean == pytest.approx(0.26, abs=1e-6)


def test_streets_begin_with_the_counted_ones() -> None:
    table = tables.streets()
    counted = {"SECOND": 10866, "FIRST": 9898, "PARK": 8926, "MAIN": 7644, "CEDAR": 5644}
    assert {name: table.weights[table.names.index(name)] for name in counted} == counted
    assert table.names[0] == "SECOND"
    assert all(LETTERS.fullmatch(name) for name in table.names)
    named = table.names[60:]
    assert not table.numbered[60:].any()
    assert table.numbered[:60].all()
    assert named[:3] == ("PARK", "MAIN", "OAK")
    assert len(set(table.names)) == len(table.names)
    assert (np.diff(table.weights[:60]) <= 0).all()
    assert (np.diff(table.weights[60:]) <= 0).all()
    assert {"TWENTYFIRST", "SIXTIETH"} <= set(table.names[:60])
    assert {"JOHNSON", "FOXHOLLOW", "MICHAEL"} <= set(named)
    assert (named[-1], table.weights[-1]) == ("POBOX", 0.0)


def test_streets_are_as_many_as_addresses_lie_on() -> None:
    # Else the counted names would be more or less frequent than counted.
    streets = postal_frame().buildings.layout[:, STREETS].sum()
    assert tables.streets().weights.sum() == pytest.approx(streets, rel=0.01)


def test_nicknames_go_both_ways_between_listed_given_names() -> None:
    given = tables.given_names()
    listed = {n for n, synthetic in zip(given.names, given.synthetic, strict=True) if not synthetic}
    pairs = {(formal, nick) for formal, nicks in tables.nicknames().items() for nick in nicks}
    back = {(formal, nick) for nick, formals in tables.formal_names().items() for formal in formals}
    assert pairs == back
    assert {word for pair in pairs for word in pair} <= listed
    assert {("FRANCISCO", "PACO"), ("GUADALUPE", "LUPE"), ("WILLIAM", "BILL")} <= pairs
    assert all(formal != nick for formal, nick in pairs)


def test_confusions_are_letters_for_other_letters() -> None:
    confusions = tables.confusions()
    assert set(confusions) == {"keyboard", "ocr", "phonetic", "phonetic_start", "phonetic_end"}
    for channel in confusions.values():
        for original, replacements in channel.items():
            assert LETTERS.fullmatch(original)
            assert all(LETTERS.fullmatch(text) and text != original for text in replacements)
    assert "RN" in confusions["ocr"]["M"]
    assert "M" in confusions["ocr"]["RN"]
    assert "W" in confusions["keyboard"]["Q"]
    assert "F" in confusions["phonetic"]["PH"]
    assert "KN" not in confusions["phonetic"]
    assert "N" in confusions["phonetic_start"]["KN"]


def test_origins_add_up_to_the_name_groups() -> None:
    table = tables.origins()
    assert table.status_shares.shape == (len(table.names), len(STATUSES))
    np.testing.assert_allclose(table.status_shares.sum(axis=1), 1.0, atol=1e-12)
    people = np.bincount(table.name_group, weights=table.population)
    np.testing.assert_array_equal(people, GROUP_TOTALS)
    native = table.status_shares[:, STATUSES.index("native_born_citizen")]
    np.testing.assert_array_equal(native, np.where(table.foreign_born, 0.0, 1.0))


def test_origins_come_near_the_national_figures() -> None:
    table = tables.origins()
    people = dict(zip(STATUSES, table.population @ table.status_shares, strict=True))
    assert people["naturalised_citizen"] == pytest.approx(24e6, rel=0.03)
    assert people["permanent_resident"] == pytest.approx(12.9e6, rel=0.03)
    assert people["protected"] + people["unauthorized"] == pytest.approx(14e6, rel=0.02)
    assert table.population[table.foreign_born].sum() == pytest.approx(50e6, rel=0.05)


def test_final_orders_are_known_for_twelve_origins() -> None:
    table = tables.origins()
    orders = dict(zip(table.names, table.final_orders, strict=True))
    assert orders["honduras"] == 261_651
    assert np.isnan(orders["india"])
    assert int(np.isfinite(table.final_orders).sum()) == 12
    assert np.nansum(table.final_orders) == 1_249_346


@pytest.mark.parametrize(
    "read", [tables.surnames, tables.given_names, tables.zips, tables.streets, tables.origins]
)
def test_tables_are_read_once_and_cannot_be_changed(read: Callable[[], Any]) -> None:
    table = read()
    assert read() is table
    for field in dataclasses.fields(table):
        values = getattr(table, field.name)
        if isinstance(values, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 0


def test_hashes_are_the_recorded_ones() -> None:
    recorded = files("simulator.reference").joinpath("data", "SHA256SUMS").read_text("ascii")
    lines = [f"{sha256}  {name}" for name, sha256 in tables.table_hashes().items()]
    assert lines == recorded.splitlines()


def test_hashes_are_of_the_files() -> None:
    origins = files("simulator.reference").joinpath("data", "origins.csv").read_bytes()
    assert tables.table_hashes()["origins.csv"] == hashlib.sha256(origins).hexdigest()


def test_sources_name_every_archive_and_table() -> None:
    text = files("simulator.reference").joinpath("SOURCES.md").read_text("utf-8")
    for archive in ARCHIVES:
        assert archive.sha256 in text
        assert f"{archive.package} {archive.version}" in text
    assert set(tables.table_hashes()) <= set(re.findall(r"[a-z_]+\.(?:parquet|csv)", text))
    for rows in (
        len(tables.surnames().names),
        len(tables.given_names().names),
        len(tables.zips().zip),
        len(tables.streets().names),
        sum(map(len, tables.nicknames().values())),
        sum(len(r) for channel in tables.confusions().values() for r in channel.values()),
    ):
        assert f"{rows:,} rows" in text
