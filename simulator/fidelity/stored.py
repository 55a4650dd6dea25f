"""Draw a comparison with published figures again from what it left.

The numbers are those of the table. What the figure says of each statistic (its label, the area it
belongs to, its tolerance) comes with the published figures, which are part of this package: results
that were held against other ones are refused.
"""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.fidelity.figure import figure_rows, figure_specification
from simulator.fidelity.run import FIGURE, TABLE
from simulator.fidelity.targets import targets, targets_sha256
from simulator.fidelity.verdicts import Comparison, Verdict
from simulator.report.folder import Folder, read_folder
from simulator.report.rendering import pdf_file, png_file, svg_file
from simulator.report.stored import fail
from simulator.report.write import FIGURES, csv_file, replace_file
from simulator.scenario.schema import Scenario


def read_comparisons(folder: Folder) -> list[Comparison]:
    """Return the stored comparisons in the order of the table.

    Raises ReportError where they were made against other published figures than this version's.
    """
    if folder.manifest.get("targets_sha256") != targets_sha256():
        fail("it was compared with other published figures than this version holds; run it again.")
    table = folder.table(
        TABLE, "id", "simulated", "ci_low", "ci_high", "verdict", "interval_crosses_tolerance"
    )
    return [_comparison(row) for row in table.to_dict("records")]


def _comparison(row: Mapping[Hashable, Any]) -> Comparison:
    [target] = [target for target in targets() if target.id == row["id"]]
    return Comparison(
        target,
        float(row["simulated"]),
        float(row["ci_low"]),
        float(row["ci_high"]),
        Verdict(row["verdict"]),
        bool(row["interval_crosses_tolerance"]),
    )


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder from its table and manifest; the same bytes every time.

    Raises ReportError where they are missing, edited or of other published figures, OSError where
    the folder cannot be written.
    """
    folder = read_folder(directory)
    compared = read_comparisons(folder)
    specification = figure_specification(_scenario(folder.manifest), compared)
    written = {
        "svg": svg_file(specification),
        "pdf": pdf_file(specification),
        "png": png_file(specification),
        "csv": csv_file(tuple(figure_rows(compared))),
    }
    (directory / FIGURES).mkdir(exist_ok=True)
    for ending, content in written.items():
        replace_file(directory / f"{FIGURE}.{ending}", content)


def _scenario(manifest: Mapping[str, Any]) -> Scenario:
    """Return what was run; earlier versions stored only the parts that a population rests on."""
    stored = manifest.get("scenario")
    if stored is None:
        names = ("population", "names", "roll", "seed", "replicates", "confidence")
        stored = {name: manifest[name] for name in names}
    try:
        return Scenario.model_validate(stored)
    except ValidationError:
        fail("manifest.json: this version does not read its scenario; run it again.")
