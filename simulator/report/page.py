"""Write the page: one HTML file that needs nothing else, opened from disk or sent by mail.

Nothing is fetched: the drawing library, the fonts and the data are inside, and a content security
policy forbids everything but the scripts named by their hashes. The charts run without ``eval``
(expressions are interpreted). Whatever comes from a scenario or a table is text and stays text.
"""

import base64
import functools
import hashlib
import json
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from simulator.report import tables
from simulator.report.error_figures import matcher_table
from simulator.report.explorer import explorer_data, why_not
from simulator.report.explorer_words import STANDINGS
from simulator.report.figure import Figure
from simulator.report.headline import headline_from, lead_sentence
from simulator.report.rendering import VEGA_LITE, font_faces, svg_text
from simulator.report.results import Results
from simulator.report.rule_words import rule_words
from simulator.report.stored import ReportError
from simulator.report.theme import (
    DARK,
    LABEL_WIDTH,
    LABEL_WIDTH_NARROW,
    LIGHT,
    chart_theme,
)
from simulator.report.wording import (
    ADDRESS_THRESHOLDS,
    CHALLENGED,
    CUTS,
    SELECTIONS,
    level_words,
    plain_name,
    show,
    shown,
)

CLEAR = "transparent"
_EXPLORER_SCRIPTS = ("explorer_charts", "explorer")
_STYLES = ("page.css", "explorer.css")
_FLAGGED = (
    "A match on the {} flags one person for removal and releases nothing: below, accounts are "
    "entries on that roll, and released is flagged. Measures of residents exposed and of deficient "
    "requests are about releases and say nothing here."
)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("simulator.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _drawing_library() -> str:
    library: str = vl_convert.javascript_bundle(
        "window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE
    )
    if "</script" in library.lower() or "<!--" in library:
        raise ReportError("The drawing library cannot be put inside a page.")
    return library


def _template_text(name: str) -> str:
    folder = resources.files("simulator.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _policy_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def embedded_json(value: Any) -> Markup:  # Any: JSON
    """Return JSON that may stand inside a script element: no ``<`` is left in it."""
    text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704


def _themes() -> dict[str, Any]:
    return {
        name: {
            width: chart_theme({**colours, "ground": CLEAR}, narrow=width == "narrow")
            for width in ("wide", "narrow")
        }
        for name, colours in (("light", LIGHT), ("dark", DARK))
    }


def _page_data(results: Results, figures: tuple[Figure, ...]) -> dict[str, Any]:
    words = CUTS[results.manifest.rule]
    return {
        "labelWidth": {"wide": LABEL_WIDTH, "narrow": LABEL_WIDTH_NARROW},
        "themes": _themes(),
        "words": {
            "address": ADDRESS_THRESHOLDS,
            "selection": SELECTIONS,
            "cut": {"axis": results.manifest.axis, "start": words.start, "end": words.end},
        },
        "figures": [
            {
                "name": figure.name,
                "axis": figure.axis,
                "controls": list(figure.controls),
                "specification": {**figure.page_specification(), "description": figure.description},
            }
            for figure in figures
        ],
    }


def _still_picture(figure: Figure) -> Markup:
    """Return the chart as it stands without scripts."""
    specification = {**figure.page_specification(), "config": chart_theme(LIGHT)}
    # Safe: drawn by our own library, which escapes the text that it draws.
    return Markup(svg_text(specification))  # noqa: S704


def _figure_columns(figure: Figure) -> list[str]:
    hidden = {"kind", "seen", "measure", "side", "place", "own", "operating"}
    return [name for name in figure.rows[0] if name not in hidden] if figure.rows else []


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _simulated(results: Results) -> list[str]:
    """Say what was simulated, in two or three sentences."""
    manifest = results.manifest
    count = {name: shown(value, 0) for name, value in manifest.setting.items()}
    worlds = "time" if manifest.replicates == 1 else "times"
    other = CHALLENGED.get(manifest.searched_roll)
    on_roll = "have an account on the tax roll" if other is None else f"are on the {other.roll}"
    return [
        (
            f"{count['people']} synthetic people, of whom {count['lawful_residents']} live in the "
            f"country lawfully and {count['accounts']} {on_roll}; "
            f"{count['requests']} requests, of which {count['mated_requests']} are for somebody on "
            f"the roll. Everything was drawn anew {manifest.replicates} {worlds}."
        ),
        rule_words(manifest),
        *([] if other is None else [_FLAGGED.format(other.roll)]),
    ]


def _card_measures(roll: str) -> tuple[tuple[str, float, str], ...]:
    """Return measure, factor and words of the three numbers of the first screen."""
    missed = (
        "false_negative_identification_rate",
        1000.0,
        "of every 1,000 requests for a person on the roll missed that person",
    )
    other = CHALLENGED.get(roll)
    if other is None:
        exposed = (
            "lawful residents had their information disclosed for every 1,000 requests, through "
            "their own account or that of a relative or co-resident"
        )
        wrong = "of every 1,000 accounts released belonged to a wrong person"
        return (
            ("over_disclosed_residents_per_1000_requests", 1.0, exposed),
            ("false_discovery_rate", 1000.0, wrong),
            missed,
        )
    removed = f"{other.eligible} were removed from the roll for every 1,000 requests"
    eligible = f"of every 1,000 {other.entries} flagged were {other.eligible}"
    return (
        ("wrongly_removed_per_1000_requests", 1.0, removed),
        ("eligible_share_of_flagged", 1000.0, eligible),
        missed,
    )


def _cards(results: Results) -> list[dict[str, str]]:
    """Return the three numbers of the first screen."""
    level = level_words(results.manifest.confidence)
    cards = []
    for measure, factor, text in _card_measures(results.manifest.searched_roll):
        words = show(results.get(measure), factor)
        note = f"{level} {words.range}" if words.has_interval else "no interval"
        if words.none_seen and words.has_interval:
            note = f"none seen; at most {words.high}"
        number = words.value if words.available else "Not available"
        cards.append({"number": "None" if words.none_seen else number, "note": note, "text": text})
    return cards


def _figure_blocks(figures: tuple[Figure, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": figure.name,
            "title": figure.title,
            "caption": figure.caption,
            "description": figure.description,
            "controls": bool(figure.controls),
            "still": _still_picture(figure),
            "columns": [plain_name(name) for name in _figure_columns(figure)],
            "rows": [[_cell(row[name]) for name in _figure_columns(figure)] for row in figure.rows],
        }
        for figure in figures
    ]


def page_html(results: Results, figures: tuple[Figure, ...]) -> str:
    """Return the whole page.

    Raises ReportError where the tables lack something that the page shows.
    """
    manifest = results.manifest
    library, script = _drawing_library(), _template_text("page.js")
    explorer = explorer_data(results)
    moving = "".join(_template_text(f"{name}.js") for name in _EXPLORER_SCRIPTS)
    policies = " ".join(_policy_hash(one) for one in (library, script, moving))
    title = str(manifest.scenario_value("title"))
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=title,
            question=str(manifest.scenario_value("question")),
            manifest=manifest,
            level=level_words(manifest.confidence),
            cards=_cards(results),
            simulated=_simulated(results),
            lead=lead_sentence(results),
            headline=headline_from(results),
            fates=tables.fate_lines(results),
            errors=tables.error_cards(results),
            figures=_figure_blocks(figures),
            main=tables.main_estimates(results),
            others=tables.other_estimates(results),
            parts=tables.assumption_parts(manifest),
            marks=tables.MARKS,
            matchers=matcher_table(results),
            scenario_file=tables.scenario_file(manifest),
            people=shown(manifest.setting["people"], 0),
            pairs=shown(manifest.setting["candidate_pairs"], 0),
            shortfall=f"{manifest.setting['mix_shortfall']:.1%}",
            script_policy=Markup(policies),  # noqa: S704
            library=Markup(library),  # noqa: S704
            script=Markup(script),  # noqa: S704
            explorer=explorer,
            no_explorer=why_not(results),
            standings=STANDINGS,
            explorer_script=Markup(moving),  # noqa: S704
            explorer_data=embedded_json(explorer),
            style=Markup(font_faces() + "".join(map(_template_text, _STYLES))),  # noqa: S704
            data=embedded_json(_page_data(results, figures)),
        )
    )
