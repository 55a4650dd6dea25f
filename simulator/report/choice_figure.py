"""The figure of a choice: harm against what is found, with the budget and what keeps it.

One mark a policy. What is drawn from left to right is what may be true at worst, the upper limit
that was held against the budget; the line to its left ends at what was seen.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import altair as alt

from simulator.report.chosen import Candidate, Chosen, read_choice, verdict_lines
from simulator.report.figure import Figure, Row, finite
from simulator.report.shapes import WIDTH, inline
from simulator.report.theme import LIGHT
from simulator.report.wording import level_words, measure_words
from simulator.report.write import FIGURES, drawn_files, replace_file

HEIGHT = 330
MOST_DRAWN = 400
"""More candidates than this are drawn only as far as they were tested."""
CERTIFIED, FAILED, UNTESTED = "certified", "failed, the first that did", "not tested"
_KINDS = {"certified": CERTIFIED, "failed": FAILED}
FOUND = "found, % of those on the roll"
FARTHEST = 3.0
"""Policies are drawn up to so many times the budget, or the most harm of one tested."""
_DRAWN_ONLY = ("from", "is_chosen")
_NARROWEST, _ROOM = 1e-6, 1.25


def figure_rows(chosen: Chosen) -> list[Row]:
    """Return a row per candidate drawn: harm seen and at most, what it finds, and its status.

    With one budget harm is in the measure's unit, with several it is over the budget, the worst.
    """
    every = chosen.candidates
    drawn = (
        every if len(every) <= MOST_DRAWN else [o for o in every if o in chosen.tested or o.is_own]
    )
    rows = [row for one in drawn if (row := _row(chosen, one)) is not None]
    near = [row["limit"] for row in rows if row["kind"] != UNTESTED or row["label"]]
    beyond = FARTHEST * max([_axis(chosen)[1], *near])
    rows = [row for row in rows if row["limit"] <= beyond]
    lowest = min((row["limit"] for row in rows), default=1.0) / 3.0
    for row in rows:
        row["from"] = max(row["seen"], lowest)  # a logarithm has no place for none
    return rows


def _row(chosen: Chosen, one: Candidate) -> Row | None:
    found = one.numbers["found_of_mated"]
    worst = _worst(one)
    if worst is None or not found > 0.0:
        return None
    seen, limit = worst
    label = "chosen" if one.is_chosen else ""
    if one.is_own:
        label = "chosen, the scenario's own" if one.is_chosen else "the scenario's own"
    return {
        "policy": chosen.policy_words(one),
        "status": one.status,
        "kind": _KINDS.get(one.status, UNTESTED),
        "seen": seen,
        "limit": limit,
        "found": 100.0 * found,
        "found_low": finite(100.0 * one.numbers["found_of_mated_low"]),
        "found_high": finite(100.0 * one.numbers["found_of_mated_high"]),
        "label": label,
        "is_chosen": one.is_chosen,
    }


def _worst(one: Candidate) -> tuple[float, float] | None:
    """Return harm seen and at most: in its unit, or over the budget if there are several."""
    if len(one.harms) == 1:
        [harm] = one.harms
        factor = measure_words(harm.measure).factor
        worst = (harm.estimate * factor, harm.upper_limit * factor)
    else:
        each = [(h.upper_limit / h.budget, h.estimate / h.budget) for h in one.harms]
        limit, seen = max(each)
        worst = (seen, limit)
    return worst if math.isfinite(worst[1]) else None


def _axis(chosen: Chosen) -> tuple[str, float]:
    """Return the title of the axis of harm and where the budget stands on it."""
    harms = chosen.candidates[0].harms
    if len(harms) > 1:
        return f"harm over its budget, the worst of {len(harms)}: seen, and at most", 1.0
    [harm] = harms
    unit = harm.unit.replace("%", ", %")
    return f"{harm.name}{unit}: seen, and at most", harm.budget * measure_words(harm.measure).factor


def choice_figures(directory: Path) -> list[Figure]:
    """Return the figures of a stored choice.

    Raises ReportError where the stored data are malformed.
    """
    return [choice_figure(read_choice(directory))]


def choice_figure(chosen: Chosen) -> Figure:
    """Draw every candidate by harm and what it finds."""
    rows, (title, budget) = figure_rows(chosen), _axis(chosen)
    return Figure(
        name="choice",
        title="Harm against people found, policy by policy, and what keeps the budget",
        caption=(
            "A mark is a policy at the most harm it may do, the one-sided upper limit held against "
            "the budget (dashed); its line begins at the harm seen, but no further left than a "
            "third of the least limit. Policies far beyond the budget are left out. Both, and the "
            "share found of those sought who are on the roll (bars, of those named), are of the "
            "replicates that only certify. Certified policies keep the budget all together at the "
            "level asked for; whatever follows the first that fails is not tested, however it "
            "looks here, nor is what finds fewer at more harm."
        ),
        description=" ".join(verdict_lines(chosen)),
        axis="numbers",
        chart=_chart(rows, title, budget),
        rows=tuple({name: row[name] for name in row if name not in _DRAWN_ONLY} for row in rows),
    )


def _scale(rows: Sequence[Row], budget: float) -> alt.Scale:
    ends = [budget, *(row["limit"] for row in rows), *(row["from"] for row in rows)]
    low, high = max(min(ends), _NARROWEST) / _ROOM, max(ends) * _ROOM
    return alt.Scale(type="log", domain=[low, high], nice=False)


def _chart(rows: Sequence[Row], title: str, budget: float) -> alt.LayerChart:
    scale = _scale(rows, budget)
    axis = alt.Axis(tickCount=6, format="~g")
    base = alt.Chart(inline(rows))
    tested = base.transform_filter(f"datum.kind != '{UNTESTED}'")
    labelled = base.transform_filter("datum.label != ''")
    untested = base.transform_filter(f"datum.kind == '{UNTESTED}'")
    x = alt.X("limit:Q", title=f"{title} (logarithmic)", scale=scale, axis=axis)
    y = alt.Y("found:Q", title=FOUND, scale=alt.Scale(zero=False, padding=16))
    parts = ((untested, 22, 0.55), (tested, 64, 1.0))
    line = alt.Chart(inline([{"budget": budget, "text": "budget"}]))
    at = alt.X("budget:Q", title=f"{title} (logarithmic)", scale=scale)
    layers = [
        line.mark_rule(strokeDash=[5, 4], strokeWidth=1.5).encode(x=at),
        line.mark_text(align="left", dx=5, baseline="top").encode(
            x=at, y=alt.value(2), text="text:N"
        ),
        tested.mark_rule(strokeWidth=1.0, opacity=0.6).encode(
            x=alt.X("from:Q", title=f"{title} (logarithmic)", scale=scale), x2="limit:Q", y=y
        ),
        labelled.mark_rule(strokeWidth=1.0, opacity=0.6).encode(
            x=x, y=alt.Y("found_low:Q", title=FOUND), y2="found_high:Q"
        ),
        *(_marks(part, x, y, size, opacity) for part, size, opacity in parts),
        labelled.mark_point(filled=False, size=170, strokeWidth=1.6, opacity=1).encode(
            x=x, y=y, stroke=alt.value(LIGHT["ink"])
        ),
        labelled.transform_filter("datum.is_chosen")
        .mark_text(align="right", dx=-10, dy=-16)
        .encode(x=x, y=y, text="label:N"),
        labelled.transform_filter("!datum.is_chosen")
        .mark_text(align="left", dx=12, dy=17)
        .encode(x=x, y=y, text="label:N"),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=HEIGHT)


def _marks(part: alt.Chart, x: alt.X, y: alt.Y, size: float, opacity: float) -> alt.Chart:
    """Draw policies, told apart by colour and shape."""
    kinds = [CERTIFIED, FAILED, UNTESTED]
    shapes = ["circle", "cross", "triangle-down"]
    legend = alt.Legend(title=None, symbolSize=60, symbolOpacity=1)
    chart: alt.Chart = part.mark_point(filled=True, size=size, opacity=opacity).encode(
        x=x,
        y=y,
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds), legend=legend),
        shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend),
        tooltip=[alt.Tooltip("policy:N", title="Policy"), alt.Tooltip("status:N")],
    )
    return chart


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder with a choice from its stored data.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    chosen = read_choice(directory)
    run, asked = chosen.manifest, chosen.asked
    subtitle = (
        f"{run['scenario']['title']} · {run['setting']['people']:,.0f} people, "
        f"{run['setting']['requests']:,.0f} requests, {asked['choosing']} replicates choose, "
        f"{asked['certifying']} certify · bars: {level_words(asked['confidence'])}"
    )
    source = (
        f"Source: Overmatch {run['overmatch']}, synthetic people, seed {run['seed']}, "
        f"scenario {run['scenario_sha256'][:12]}."
    )
    figure = choice_figure(chosen)
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in drawn_files(figure, figure.framed_specification(subtitle, source)).items():
        replace_file(directory / FIGURES / name, content)
