"""Write figures and page beside the stored data, each file whole or not at all."""

import csv
import io
import os
import tempfile
from pathlib import Path
from typing import Any

from simulator.report.figure import Figure, Row
from simulator.report.figures import all_figures
from simulator.report.page import page_html
from simulator.report.rendering import pdf_file, png_file, svg_file
from simulator.report.results import Results, read_results

PAGE = "report.html"
FIGURES = "figures"


def csv_file(rows: tuple[Row, ...]) -> bytes:
    """Return a figure's rows as CSV; numbers as stored, an empty cell where there is none."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")


def figure_files(figure: Figure, results: Results) -> dict[str, bytes]:
    """Return one figure's files by name: SVG, PDF, PNG and the CSV behind them."""
    return drawn_files(figure, figure.file_specification(results))


def drawn_files(figure: Figure, specification: dict[str, Any]) -> dict[str, bytes]:
    """Return the same of a figure whose specification is made already."""
    return {
        f"{figure.name}.svg": svg_file(specification),
        f"{figure.name}.pdf": pdf_file(specification),
        f"{figure.name}.png": png_file(specification),
        f"{figure.name}.csv": csv_file(figure.rows),
    }


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raise OSError where it cannot be written."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_report(directory: Path) -> Path:
    """Write figures/ and report.html of a results directory from its stored data.

    Everything is made before the first file is written. The same data gives the same bytes.

    Returns the path of the page. Raises ReportError where the stored data are missing or
    malformed, OSError where the directory cannot be written.
    """
    results = read_results(directory)
    figures = all_figures(results)
    files = {
        f"{FIGURES}/{name}": content
        for figure in figures
        for name, content in figure_files(figure, results).items()
    }
    files[PAGE] = page_html(results, figures).encode("utf-8")
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in files.items():
        replace_file(directory / name, content)
    return directory / PAGE
