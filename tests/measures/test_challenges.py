"""Who is flagged wrongly, whom a notice restores, and who is removed all the same."""

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.measures.challenges import (
    MEASURES,
    Challenge,
    Flags,
    challenge_rows,
    challenges_of,
    count_challenges,
    eligible_statuses,
    flags_of,
    labels,
)
from simulator.measures.ledger import Links
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import STATUSES, BoolArray, person_number
from simulator.reference import tables
from simulator.scenario.schema import NoticePart, Scenario
from tests.measures.hand_ledgers import bit, ledger_of
from tests.population.world import assert_share

RNG = Streams(20_250_407, 0)
CITIZENS = np.array([True, True, False, False, False, False])
NATIVE, NATURALISED, RESIDENT = range(3)


def flags(rows: Sequence[tuple[int, int, bool, bool, int]]) -> Flags:
    """Return flags from (request, holder, right person, address current, status)."""
    request, holder, right, current, status = zip(*rows, strict=True)
    return Flags(
        request=np.array(request, np.int32),
        holder=np.array(holder, np.int64),
        right_person=np.array(right),
        reached=np.array(current),
        origin=np.zeros(len(rows), np.int8),
        status=np.array(status, np.int8),
    )


def many(count: int, current: BoolArray) -> Flags:
    """Return a flag each for so many native-born citizens, a request each."""
    return Flags(
        request=np.arange(count, dtype=np.int32),
        holder=person_number(np.arange(count) // 100, np.arange(count) % 100, 0),
        right_person=np.zeros(count, np.bool_),
        reached=current,
        origin=np.zeros(count, np.int8),
        status=np.zeros(count, np.int8),
    )


def counted(found: Flags, **notice: float) -> FloatArray:
    part = NoticePart.model_validate(notice)
    return count_challenges(found, CITIZENS, part, requests=10, entries=1_000, rng=RNG)


HAND = flags(
    [
        # request, holder, right person, address current, status
        (0, 11, True, True, NATURALISED),  # named by the list although a citizen by now
        (1, 11, False, True, NATURALISED),  # and found for somebody else as well: one person
        (1, 12, False, True, NATIVE),  # somebody else's namesake, at home
        (2, 12, False, True, NATIVE),
        (2, 13, False, False, NATIVE),  # moved since: no notice
        (3, 14, True, True, RESIDENT),  # on the roll by mistake, rightly flagged
        (4, 15, False, True, RESIDENT),  # so is this one, though found for somebody else
    ]
)


def test_a_case_worked_out_by_hand() -> None:
    """Five people are flagged by five requests, three of them citizens; two get their notice."""
    values = counted(HAND, lost_in_mail=0.0, reply_rate=1.0)[:, 0]
    assert dict(zip(Challenge, values.tolist(), strict=True)) == {
        Challenge.REQUESTS: 10,
        Challenge.ENTRIES: 1_000,
        Challenge.FLAGGED: 5,
        Challenge.ELIGIBLE: 3,
        Challenge.LISTING_ERROR: 1,
        Challenge.WRONG_PERSON: 2,
        Challenge.RESTORED: 2,
        Challenge.REMOVED: 1,
        Challenge.UNNOTIFIED: 1,
        Challenge.UNANSWERED: 0,
        Challenge.FLAGGING_REQUESTS: 5,
        Challenge.WRONGING_REQUESTS: 3,
    }


def test_without_replies_everybody_flagged_wrongly_is_removed() -> None:
    values = counted(HAND, lost_in_mail=0.0, reply_rate=0.0)[:, 0]
    assert values[Challenge.RESTORED] == 0
    assert values[Challenge.REMOVED] == 3
    assert (values[Challenge.UNNOTIFIED], values[Challenge.UNANSWERED]) == (1, 2)


def test_lost_mail_reaches_nobody() -> None:
    values = counted(HAND, lost_in_mail=1.0, reply_rate=1.0)[:, 0]
    assert (values[Challenge.RESTORED], values[Challenge.UNNOTIFIED]) == (0, 3)


def test_the_list_against_nobody_counts_nothing() -> None:
    values = counted(many(0, np.zeros(0, np.bool_)))
    assert values[Challenge.FLAGGED].sum() == 0
    assert values[Challenge.REQUESTS, 0] == 10


def test_groups_add_up_to_everybody() -> None:
    values = counted(HAND)
    origins = len(tables.origins().names)
    assert labels()[0] == "all"
    assert labels()[-1] == f"status={STATUSES[-1]}"
    assert values.shape == (len(Challenge), 1 + origins + len(STATUSES))
    for quantity in (Challenge.FLAGGED, Challenge.ELIGIBLE, Challenge.REMOVED):
        everybody = values[quantity, 0]
        assert values[quantity, 1 : 1 + origins].sum() == everybody
        assert values[quantity, 1 + origins :].sum() == everybody
    at = labels().index("status=native_born_citizen")
    assert values[Challenge.ELIGIBLE, at] == 2


def restored_people(reply: float, lost: float, current: BoolArray) -> set[int]:
    """Return who is restored, one person at a time."""
    found = many(current.size, current)
    drawn = RNG.table(Stage.NOTICE, 0, found.holder)
    restored = current & (drawn[0] >= lost) & (drawn[1] < reply)
    values = counted(found, reply_rate=reply, lost_in_mail=lost)
    assert values[Challenge.RESTORED, 0] == restored.sum()
    return set(found.holder[restored].tolist())


def test_more_replies_restore_more_and_nobody_is_struck_off_for_it() -> None:
    current = np.arange(3_000) % 4 > 0
    few, more, most = (restored_people(reply, 0.1, current) for reply in (0.2, 0.5, 0.9))
    assert few < more < most


def test_fewer_lost_notices_restore_more_and_nobody_is_struck_off_for_it() -> None:
    current = np.ones(3_000, np.bool_)
    few, more = (restored_people(0.5, lost, current) for lost in (0.4, 0.1))
    assert few < more


def test_the_share_restored_is_that_of_independent_hurdles() -> None:
    """(1 - stale)(1 - lost) reply; and a share one point off would be noticed."""
    count, stale, lost, reply = 200_000, 0.25, 0.1, 0.6
    current = Streams(1, 0).table(Stage.NOTICE, 1, np.arange(count))[0] >= stale
    values = counted(many(count, current), lost_in_mail=lost, reply_rate=reply)[:, 0]
    hits = np.arange(count) < values[Challenge.RESTORED]
    expected = (1.0 - stale) * (1.0 - lost) * reply
    assert_share(hits, expected)
    with pytest.raises(AssertionError):
        assert_share(hits, expected + 0.01)
    gone = np.arange(count) < values[Challenge.UNNOTIFIED]
    assert_share(gone, 1.0 - (1.0 - stale) * (1.0 - lost))


def test_who_is_eligible_depends_on_the_roll_unless_stated() -> None:
    voter = Scenario.model_validate({"searched_roll": "voter"})
    np.testing.assert_array_equal(eligible_statuses(voter), CITIZENS)
    benefit = Scenario.model_validate({"searched_roll": "benefit"})
    lawful = [name in benefit.population.lawful_statuses for name in STATUSES]
    np.testing.assert_array_equal(eligible_statuses(benefit), lawful)
    stated = Scenario.model_validate(
        {"searched_roll": "voter", "notice": {"eligible_statuses": ["protected"]}}
    )
    assert [name for name, may in zip(STATUSES, eligible_statuses(stated), strict=True) if may] == [
        "protected"
    ]


def test_only_links_that_stand_flag_anybody() -> None:
    rows = 3
    links = Links(
        request=np.arange(rows, dtype=np.int32),
        account=np.arange(rows, dtype=np.int64),
        holder=np.arange(rows, dtype=np.int64),
        outcome=np.array(
            [Outcome.LISTING_ERROR, Outcome.WRONG_PERSON_LAWFUL, Outcome.INTENDED], np.int8
        ),
        wrong_address=np.zeros(rows, np.bool_),
        borrowed_wages=np.zeros(rows, np.bool_),
        by_tin=np.zeros(rows, np.bool_),
        address_current=np.array([True, False, False]),
        door=np.array([5, 6, -1]),
        origin=np.zeros(rows, np.int8),
        status=np.zeros(rows, np.int8),
        stops=np.zeros(rows, np.int64),
    )
    found = flags_of(links, np.array([True, True, False]))
    assert found.holder.tolist() == [0, 1]
    assert found.right_person.tolist() == [True, False]
    assert found.reached.tolist() == [True, False]
    boxed = flags_of(links, np.array([False, False, True]))
    assert boxed.right_person.tolist() == [True]
    assert boxed.reached.tolist() == [True], "a PO box is nobody's home and yet gets its mail"


def test_every_measure_is_a_row_with_an_interval_over_replicates() -> None:
    part = NoticePart.model_validate({})
    values = [
        count_challenges(
            many(60, np.arange(60) % 3 > 0),
            CITIZENS,
            part,
            requests=100,
            entries=5_000,
            rng=Streams(1, replicate),
        )
        for replicate in range(5)
    ]
    table = challenge_rows(values, 0.95)
    everybody = table[table["group"] == "all"].set_index("measure")
    assert list(everybody.index) == [measure.name for measure in MEASURES]
    assert everybody.loc["flagged_per_1000_requests", "estimate"] == 600.0
    assert everybody.loc["flagged_per_100000_on_roll", "estimate"] == 1_200.0
    assert everybody.loc["eligible_share_of_flagged", "estimate"] == 1.0
    fates = ["restored_after_notice", "removed_without_notice", "removed_without_reply"]
    assert everybody.loc[fates, "estimate"].sum() == pytest.approx(1.0)
    inside = everybody["ci_low"] <= everybody["estimate"]
    assert (inside & (everybody["estimate"] <= everybody["ci_high"])).all()
    groups = set(table.loc[table["measure"] == "wrongly_flagged_per_1000_requests", "group"])
    assert groups == {"all", "origin=us_white", "status=native_born_citizen"}


def test_an_interval_counts_the_requests_that_flag_not_the_people() -> None:
    """Nothing restored of 40 people flagged by one request each, or by two requests in all."""
    part = NoticePart.model_validate({"reply_rate": 0.0})
    apart = many(40, np.ones(40, np.bool_))
    clumped = Flags(
        request=(apart.request // 20).astype(np.int32),
        holder=apart.holder.copy(),
        right_person=apart.right_person.copy(),
        reached=apart.reached.copy(),
        origin=apart.origin.copy(),
        status=apart.status.copy(),
    )
    high = []
    for found in (apart, clumped):
        values = count_challenges(found, CITIZENS, part, requests=100, entries=5_000, rng=RNG)
        table = challenge_rows([values, values], 0.95)
        row = table[table["measure"] == "restored_after_notice"]
        high.append(float(row["ci_high"].iloc[0]))
    assert high[0] < 0.1 < 0.5 < high[1]


def test_guardrails_and_selection_decide_which_links_flag_anybody() -> None:
    """Of two requests the second is stopped; of the first's links selection keeps the best."""
    ledger = ledger_of(
        persons=[11, 12],
        stops=[0, bit(Guardrail.BIRTH_DATE_REQUIRED)],
        links=[
            (0, 11, Outcome.LISTING_ERROR, False, True, 1, 0),
            (0, 13, Outcome.WRONG_PERSON_LAWFUL, True, True, 2, 0),
            (0, 14, Outcome.WRONG_PERSON_LAWFUL, True, True, 3, bit(Guardrail.REVIEW)),
            (1, 12, Outcome.LISTING_ERROR, False, True, 4, 0),
        ],
        exposures=[],
    )
    flagged = {}
    for selection in ("all", "best"):
        scenario = Scenario.model_validate(
            {"searched_roll": "voter", "matching": {"selection": selection}}
        )
        values = challenges_of(ledger, scenario, 500)
        flagged[selection] = values[[Challenge.FLAGGED, Challenge.FLAGGING_REQUESTS], 0].tolist()
        assert values[[Challenge.REQUESTS, Challenge.ENTRIES], 0].tolist() == [2, 500]
    assert flagged == {"all": [2, 1], "best": [1, 1]}
    assert challenges_of(ledger, Scenario(), 500).size == 0
