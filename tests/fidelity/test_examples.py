from simulator.fidelity.examples import examples
from simulator.scenario.schema import Scenario

SMALL = Scenario.model_validate({"population": {"size": 20_000}, "listing": {"requests": 1}})


def test_examples_are_the_same_people_every_time_and_stand_as_on_paper() -> None:
    found = examples(SMALL, 200)
    assert found == examples(SMALL, 200)
    assert len({row["zip"] for row in found}) > 10
    assert any(row["lived"] != row["filed"] for row in found)
    assert any("-" in str(row["lived"]) or "'" in str(row["lived"]) for row in found)
    assert {"single", "joint", "head_of_household"} <= {row["filing_status"] for row in found}
    for row in found:
        assert str(row["address"]).split(" ")[0].strip(",") != ""
        assert len(str(row["zip"])) == 5
        assert str(row["filed"]).replace("-", " ").replace("'", "").replace(" ", "").isalpha()
