"""The figure of an ablation: what each guardrail spares and what it costs, side by side.

One row a guardrail; those the scenario has on stand above those it has off. Bars are effects alone,
beside the other guardrails as they are; diamonds are Shapley values. Both bars of a row read the
same way: what the guardrail does where it stands.
"""

from collections.abc import Sequence
from pathlib import Path

import altair as alt

from simulator.report.ablated import Ablation, Effect, read_ablation
from simulator.report.figure import Figure, Row, finite
from simulator.report.shapes import in_order, inline
from simulator.report.theme import LABEL_WIDTH, LIGHT
from simulator.report.wording import level_words
from simulator.report.write import FIGURES, drawn_files, replace_file
from simulator.study.ablation_results import LOST, PER_LOST, SPARED

PANEL, RATIOS = 150, 132
STEP = 19
HEADINGS = {True: "On in the scenario", False: "Off in the scenario"}
_TITLES = {
    SPARED: ("Lawful residents spared", "per 1,000 requests"),
    LOST: ("True matches lost", "per 1,000 requests"),
}


def figure_rows(ablation: Ablation) -> list[Row]:
    """Return one row a guardrail: effects with intervals, Shapley values, and the ratio."""
    rows: list[Row] = []
    for name in ablation.guardrails:
        row: Row = {
            "guardrail": name,
            "label": ablation.effects[name, SPARED].label,
            "in_scenario": "on" if ablation.is_on(name) else "off",
        }
        for key, measure in (("spared", SPARED), ("lost", LOST)):
            effect = ablation.effects[name, measure]
            worth = ablation.shapley.get((name, measure))
            row |= {
                key: finite(effect.estimate),
                f"{key}_low": finite(effect.ci_low),
                f"{key}_high": finite(effect.ci_high),
                f"{key}_shapley": None if worth is None else finite(worth.estimate),
                f"{key}_shown": _short(effect),
            }
        ratio = ablation.effects[name, PER_LOST]
        row |= {"spared_per_lost": finite(ratio.estimate), "spared_per_lost_shown": ratio.words}
        rows.append(row)
    rows.sort(key=lambda row: (row["in_scenario"] == "off", -(row["spared"] or 0.0), row["label"]))
    return rows


def _short(effect: Effect) -> str:
    return "none seen" if effect.note == "none seen" else effect.words


def _reach(rows: Sequence[Row], key: str) -> alt.Scale:
    names = (key, f"{key}_low", f"{key}_high", f"{key}_shapley")
    # The bound of an effect that was never seen may be far beyond all bars; it is in the table.
    seen = [row for row in rows if row[f"{key}_shown"] != "none seen"]
    ends = [row[name] for row in seen for name in names if row[name] is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return alt.Scale(domain=[low, high if high > low else low + 1.0], nice=True)


def _bars(rows: Sequence[Row], key: str, scale: alt.Scale, heading: str) -> alt.LayerChart:
    """Draw one measure: bar, whisker, diamond, and the numbers right of the plot."""
    measure = SPARED if key == "spared" else LOST
    title, unit = _TITLES[measure]
    labels = alt.Axis(minExtent=LABEL_WIDTH) if key == "spared" else None
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label"), axis=labels)
    )
    x = alt.X(f"{key}:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=3))
    names = alt.Scale(domain=["spared", "lost"])
    layers = [
        base.mark_bar(height=11, opacity=0.75)
        .encode(x=x, color=alt.Color("series:N", scale=names, legend=None))
        .transform_calculate(series=f"'{key}'"),
        base.transform_filter(f"datum.{key}_shown != 'none seen'")
        .mark_rule(strokeWidth=1.5)
        .encode(x=alt.X(f"{key}_low:Q", title=unit, scale=scale), x2=f"{key}_high:Q"),
        base.transform_filter(f"isValid(datum.{key}_shapley)")
        .mark_point(shape="diamond", filled=False, size=58, strokeWidth=1.6, opacity=1)
        .encode(
            x=alt.X(f"{key}_shapley:Q", title=unit, scale=scale), stroke=alt.value(LIGHT["ink"])
        ),
        base.mark_text(align="left", dx=8, fontSize=10).encode(
            x=alt.value(PANEL), text=f"{key}_shown:N"
        ),
    ]
    return alt.LayerChart(
        layer=layers,
        width=PANEL,
        height=alt.Step(STEP),
        title=_title(heading, title),
    )


def _title(heading: str, title: str) -> alt.TitleParams:
    """Return the title of a panel, with the heading of its line above it if there is one."""
    if not heading:
        return alt.TitleParams(title, anchor="start", frame="group")
    return alt.TitleParams(
        heading,
        subtitle=title,
        anchor="start",
        frame="group",
        fontSize=13,
        subtitleFontSize=12,
        subtitleFontWeight=600,
        subtitleColor=LIGHT["ink"],
        subtitlePadding=9,
    )


def _ratios(rows: Sequence[Row]) -> alt.LayerChart:
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label"), axis=None)
    )
    text = base.mark_text(align="left", fontSize=10).encode(
        x=alt.value(0), text="spared_per_lost_shown:N"
    )
    return alt.LayerChart(
        layer=[text],
        width=RATIOS,
        height=alt.Step(STEP),
        title=_title("", "Spared per match lost"),
    )


def _panels(rows: Sequence[Row], heading: str, every: Sequence[Row]) -> list[alt.LayerChart]:
    """Draw one line of panels; its heading stands above the title of the first."""
    spared = _bars(rows, "spared", _reach(every, "spared"), heading)
    return [spared, _bars(rows, "lost", _reach(every, "lost"), ""), _ratios(rows)]


def ablation_figure(ablation: Ablation) -> Figure:
    """Draw what every guardrail spares and costs."""
    rows = figure_rows(ablation)
    panels: list[alt.LayerChart] = []
    for on, heading in HEADINGS.items():
        some = [row for row in rows if (row["in_scenario"] == "on") == on]
        if some:
            panels += _panels(some, heading, rows)
    parts = (
        f"{row['label']} ({row['in_scenario']}): {row['spared_shown']} spared, "
        f"{row['lost_shown']} lost, {row['spared_per_lost_shown']} spared per match lost"
        for row in rows
    )
    return Figure(
        name="ablation",
        title="What each guardrail spares, and what it costs in true matches",
        caption=(
            "Bars: the guardrail against its absence, the others as in the scenario, on the same "
            "people and list. Residents are distinct lawful people exposed by any disclosure; true "
            "matches are accounts released of the person meant, rightly listed; the denominator is "
            "every request on the list. Diamonds: Shapley value, the average over the orders in "
            "which guardrails can be introduced. Nothing more than the bound in ablation.csv is "
            "known where none was seen."
        ),
        description=f"What each guardrail does per 1,000 requests. {'; '.join(parts)}.",
        axis="labels",
        chart=alt.VConcatChart(
            vconcat=[alt.ConcatChart(concat=panels, columns=3, align="each", spacing=26)]
        ),
        rows=tuple(rows),
    )


def _subtitle(ablation: Ablation) -> str:
    run = ablation.manifest
    return (
        f"{run['scenario']['title']} · {run['setting']['people']:,.0f} people, "
        f"{run['setting']['requests']:,.0f} requests, {run['replicates']} replicates · "
        f"whiskers and brackets: {level_words(run['confidence'])}, paired by replicate"
    )


def _source(ablation: Ablation) -> str:
    run = ablation.manifest
    return (
        f"Source: Overmatch {run['overmatch']}, synthetic people, seed {run['seed']}, "
        f"scenario {run['scenario_sha256'][:12]}."
    )


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder with an ablation from its stored data.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    ablation = read_ablation(directory)
    figure = ablation_figure(ablation)
    specification = figure.framed_specification(_subtitle(ablation), _source(ablation))
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in drawn_files(figure, specification).items():
        replace_file(directory / FIGURES / name, content)
