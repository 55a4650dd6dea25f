"""The golden runs and their committed estimates; run as a module, it writes them anew.

To stay small the committed files hold the groups for the rule "all" only.
"""

import sys
import tempfile
from pathlib import Path

from simulator.scenario.files import load_scenario
from simulator.study.results import ESTIMATES
from simulator.study.run import run_scenario

FOLDER = Path(__file__).parent
RUNS = {
    FOLDER / "tiny.yaml": FOLDER / ESTIMATES,
    FOLDER / "weighed.yaml": FOLDER / "weighed.csv",
}
COMMAND = "python -m tests.goldens.refresh"


def fresh_estimates(scenario: Path) -> str:
    """Run a golden scenario and return its estimates.csv, less groups of the other rules."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "tiny"
        run_scenario(load_scenario(scenario), output, workers=1, progress=lambda done, total: None)
        lines = (output / ESTIMATES).read_text(encoding="utf-8").splitlines(keepends=True)
    return lines[0] + "".join(line for line in lines[1:] if ",all," in line)


def main() -> None:
    """Write the estimates of today's code over the committed ones."""
    for scenario, committed in RUNS.items():
        committed.write_text(fresh_estimates(scenario), encoding="utf-8")
        sys.stdout.write(f"wrote {committed.name}; look at the difference before committing it\n")


if __name__ == "__main__":
    main()
