"""Thresholds chosen from the stored counts of a run: statuses, costs, tables, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.measures.quantities import Quantity
from simulator.report.choice_figure import choice_figures, write_figure
from simulator.report.chosen import read_choice, verdict_lines
from simulator.report.stored import ReportError
from simulator.study import choice_run
from simulator.study.choice import (
    Budget,
    ChoiceError,
    budget_from,
    candidate_table,
    choose,
    read_stored,
)
from simulator.study.choice_run import CHOICE, HARMS, choose_from, remake
from tests.study.choices import write_run
from tests.study.tiny import quiet

DIRECT = "over_disclosed_residents_direct_per_1000_requests"
EXPOSED = "over_disclosed_residents_per_1000_requests"
ONE = Budget(DIRECT, "all", 1.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("choice") / "run")


def table(directory: Path, name: str = CHOICE) -> pd.DataFrame:
    return pd.read_csv(directory / name, keep_default_na=False, na_values=[""])


def test_the_loosest_that_keeps_the_budget_is_chosen_and_its_cost_told(
    run: Path, tmp_path: Path
) -> None:
    choose_from(run, [ONE], tmp_path / "out")
    rows = table(tmp_path / "out").set_index(["name_threshold", "address_threshold"])
    assert rows["status"].to_dict() == {
        (0.8, "any"): "not reached",
        (0.8, "building"): "beaten",  # exact names at any address find more at less harm
        (0.92, "any"): "not reached",
        (0.92, "building"): "certified",
        (1.0, "any"): "failed",
        (1.0, "building"): "certified",
    }
    chosen = rows[rows["chosen"] == "yes"]
    assert chosen.index.tolist() == [(0.92, "building")]
    assert chosen["own"].item() == "yes"
    assert chosen["found_of_mated"].item() == pytest.approx(2_501 / 5_000, abs=1e-4)
    assert chosen["lost_per_1000_requests"].item() == 0.0
    assert rows["lost_per_1000_requests"][1.0, "building"] == pytest.approx(50.0)
    assert rows["place"][1.0, "any"] == 2
    told = " ".join(verdict_lines(read_choice(tmp_path / "out")))
    assert told.startswith("2 of 6 policies keep at most 1 per 1,000 requests of lawful residents")
    assert "That is the scenario's own policy." in told
    assert "could not be certified: lawful residents exposed directly may be as many as" in told


def test_people_of_one_request_are_taken_to_come_together(run: Path, tmp_path: Path) -> None:
    """Residents per request that is answered; links per such request where links are counted."""
    budgets = [Budget(EXPOSED, "all", 5.0), Budget("false_discovery_rate", "all", 0.1)]
    choice = choose_from(run, budgets, tmp_path / "out")
    of = {name: values.sum(axis=0) for name, values in choice.stored.counts.of.items()}
    answered = np.maximum(of[Quantity.LINKED_REQUESTS], 1.0)
    for harm, events in zip(choice.harms, (Quantity.EXPOSED, Quantity.LINKS), strict=True):
        assert harm.clump == pytest.approx(np.maximum(of[events] / answered, 1.0))


def test_what_is_found_is_told_of_the_certifying_replicates_alone(run: Path) -> None:
    stored = read_stored(run, every_guardrail=False)
    found = stored.counts.of[Quantity.FOUND_MATED].copy()
    choice = choose(stored, [ONE], 0.95, every_guardrail=False)
    found[: choice.certificates.choosing] //= 2.0
    of = {**stored.counts.of, Quantity.FOUND_MATED: found}
    other = replace(stored, counts=replace(stored.counts, of=of))
    again = choose(other, [ONE], 0.95, every_guardrail=False)
    columns = [f"found_of_mated{end}" for end in ("", "_low", "_high")]
    assert candidate_table(again)[columns].equals(candidate_table(choice)[columns])


def test_harms_hold_both_parts_and_the_limit_that_was_tested(run: Path, tmp_path: Path) -> None:
    choose_from(run, [ONE], tmp_path / "out")
    rows = table(tmp_path / "out", HARMS).set_index(["name_threshold", "address_threshold"])
    own = rows.xs((0.92, "building"))
    counts = pd.read_parquet(run / "policies.parquet")
    at = (counts["guardrails"] == 0) & (counts["name_threshold"] == 0.92)
    events = counts[at & (counts["address_threshold"] == "building")]["exposed_direct"].to_numpy()
    assert own["estimate_choosing"] == pytest.approx(events[:7].mean() / 10.0)
    assert own["estimate"] == pytest.approx(events[7:].mean() / 10.0)
    assert (own["numerator"], own["denominator"]) == (events[7:].sum(), 130_000)
    assert own["estimate"] < own["upper_limit"] <= own["budget"] == 1.0
    assert (own["holds"], rows["holds"][1.0, "any"]) == ("yes", "no")


def test_guardrails_are_searched_when_asked(run: Path, tmp_path: Path) -> None:
    choose_from(run, [ONE], tmp_path / "own")
    choose_from(run, [ONE], tmp_path / "all", every_guardrail=True)
    own, every = table(tmp_path / "own"), table(tmp_path / "all")
    assert (len(own), len(every)) == (6, 24)
    assert set(own["guardrails"]) == {"none"}
    assert set(every["guardrails"]) == {"none", "review", "unique_only", "review+unique_only"}
    best = [one[one["chosen"] == "yes"]["found_of_mated"].item() for one in (own, every)]
    assert best[1] > best[0], "two guardrails let looser names keep the budget"
    assert "guardrails: review, unique_only" in " ".join(
        verdict_lines(read_choice(tmp_path / "all"))
    )


def test_all_budgets_must_hold(run: Path, tmp_path: Path) -> None:
    choose_from(run, [ONE, Budget("false_discovery_rate", "all", 0.002)], tmp_path / "out")
    rows = table(tmp_path / "out")
    assert rows[rows["status"] == "certified"][["name_threshold"]].to_numpy().tolist() == [[1.0]]
    assert len(table(tmp_path / "out", HARMS)) == 12
    told = verdict_lines(read_choice(tmp_path / "out"))[0]
    assert "and at most 0.2% of wrong person among accounts released" in told


def test_a_budget_of_one_group(run: Path, tmp_path: Path) -> None:
    budgets = [Budget(EXPOSED, "status=permanent_resident", 1.0)]
    choose_from(run, budgets, tmp_path / "out")
    assert table(tmp_path / "out")["chosen"].tolist().count("yes") == 1
    assert "exposed: Permanent resident," in verdict_lines(read_choice(tmp_path / "out"))[0]
    with pytest.raises(ChoiceError, match="not counted for the group 'status=pope' at every pol"):
        choose_from(run, [Budget(EXPOSED, "status=pope", 1.0)], tmp_path / "none")


@pytest.mark.parametrize(
    ("limit", "end"),
    [(0.05, "what was seen is above the budget already."), (0.26, "more harm may show instead.")],
)
def test_none_is_said_plainly_with_the_nearest_and_what_could_change(
    run: Path, tmp_path: Path, limit: float, end: str
) -> None:
    choose_from(run, [Budget(DIRECT, "all", limit)], tmp_path / "out")
    none, nearest, more = verdict_lines(read_choice(tmp_path / "out"))
    assert none.startswith(f"None of 6 policies can be said to keep at most {limit} per 1,000")
    assert nearest.startswith("The nearest is names at least 1.00, same building: ")
    assert more.endswith(end)


def test_the_pilot_of_a_run_that_decided_on_its_replicates_only_chooses(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 20, decided_by={"rule": "stein", "pilot": 12})
    assert choose_from(run, [ONE], tmp_path / "out").certificates.choosing == 12
    short = write_run(tmp_path / "short", 16, decided_by={"rule": "stein", "pilot": 12})
    with pytest.raises(ChoiceError, match="beside the 12 of the pilot: it takes at least 17"):
        choose_from(short, [ONE], tmp_path / "out")


def test_too_few_replicates_are_refused_and_earlier_results_stay(tmp_path: Path) -> None:
    choose_from(write_run(tmp_path / "run"), [ONE], tmp_path / "out")
    before = (tmp_path / "out" / CHOICE).read_bytes()
    with pytest.raises(ChoiceError, match="6 replicates are too few"):
        choose_from(write_run(tmp_path / "few", 6), [ONE], tmp_path / "out")
    assert (tmp_path / "out" / CHOICE).read_bytes() == before


def test_a_folder_without_the_counts_or_with_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match=r"holds no policies\.parquet"):
        read_stored(tmp_path, every_guardrail=False)
    run = write_run(tmp_path / "run")
    stated = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    changed = {**stated, "tables": {"policies.parquet": "0" * 64}}
    (run / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ChoiceError, match="is not the table that its manifest describes"):
        read_stored(run, every_guardrail=False)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        (f"{DIRECT}=1", ONE),
        (f" {DIRECT} = 1.0 ", ONE),
        (f"{EXPOSED}[status=protected]=2", Budget(EXPOSED, "status=protected", 2.0)),
    ],
)
def test_budgets_are_read(text: str, budget: Budget) -> None:
    assert budget_from(text) == budget


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DIRECT, "is no budget; give MEASURE=NUMBER"),
        ("false_discovery_rat=1", "there is no measure 'false_discovery_rat'.*did you mean false_"),
        (f"{DIRECT}=none", "must be a number above 0; got 'none'"),
        (f"{DIRECT}=0", "must be a number above 0; got '0'"),
        (f"{DIRECT}=nan", "must be a number above 0"),
    ],
)
def test_what_is_no_budget_is_refused(text: str, said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        budget_from(text)


def test_what_is_written_is_the_same_every_time_and_can_be_made_again(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        choose_from(run, [ONE], tmp_path / name, every_guardrail=True, finish=write_figure)
    first, second = (
        {path.relative_to(tmp_path / name): path for path in (tmp_path / name).rglob("*.*")}
        for name in ("a", "b")
    )
    assert {str(path) for path in first} == {
        CHOICE,
        HARMS,
        "manifest.json",
        *(f"figures/choice.{kind}" for kind in ("svg", "pdf", "png", "csv")),
    }
    for path, file in first.items():
        assert file.read_bytes() == second[path].read_bytes(), path
    stated = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert stated["kind"] == "choice"
    assert (stated["choice"]["choosing"], stated["choice"]["certifying"]) == (7, 13)
    monkeypatch.setattr(choice_run, "run_scenario", lambda scenario, output, **_: write_run(output))
    (tmp_path / "again").mkdir()
    remake(stated, tmp_path / "again", workers=1, progress=quiet)
    for name in (CHOICE, HARMS, "manifest.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()


def test_the_figure_shows_the_budget_and_tells_the_tested_apart(run: Path, tmp_path: Path) -> None:
    choose_from(run, [ONE], tmp_path / "out")
    [figure] = choice_figures(tmp_path / "out")
    kinds = {row["policy"]: row["kind"] for row in figure.rows}
    assert kinds["names at least 0.92, same building"] == "certified"
    assert kinds["names at least 1.00, address not compared"] == "failed, the first that did"
    assert kinds["names at least 0.80, same building"] == "not tested"
    own = next(row for row in figure.rows if row["label"])
    assert own["label"] == "chosen, the scenario's own"
    stored = table(tmp_path / "out", HARMS)
    assert {row["limit"] for row in figure.rows} <= set(stored["upper_limit"])
    assert '"budget": 1.0' in json.dumps(figure.page_specification())


def test_a_table_that_was_changed_by_hand_is_refused(run: Path, tmp_path: Path) -> None:
    choose_from(run, [ONE], tmp_path / "out")
    path = tmp_path / "out" / CHOICE
    text = path.read_text(encoding="utf-8").replace("none,0.92,", "none,many,")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=r"choice\.csv:\d+: not a number: 'many'"):
        read_choice(tmp_path / "out")
