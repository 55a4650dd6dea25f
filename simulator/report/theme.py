"""Colours and type of every figure, on light and on dark ground.

The palette is Okabe and Ito's (Color Universal Design, 2008), which people with any common colour
vision can tell apart; series differ in shape and dash too, so that a grey print can be read. Charts
never name a colour: they name a place in this theme, so that one chart serves both grounds.
"""

from typing import Any

FONT = "Overmatch Sans"
FONT_STACK = f"{FONT}, Inter, Liberation Sans, Arial, sans-serif"

# Okabe-Ito: blue, vermillion; on dark ground the lighter sky blue and orange of the same palette.
LIGHT = {
    "ink": "#1b1b1a",
    "soft": "#5d5b57",
    "line": "#d9d6d0",
    "ground": "#ffffff",
    "first": "#0072b2",
    "second": "#d55e00",
    "third": "#8a8782",
}
LIGHT_MORE = ("#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1b1b1a")
DARK = {
    "ink": "#ecebe8",
    "soft": "#b0ada6",
    "line": "#3d3c39",
    "ground": "#1c1c1b",
    "first": "#56b4e9",
    "second": "#e69f00",
    "third": "#8f8c86",
}
DARK_MORE = ("#2fbf94", "#e29cc0", "#d55e00", "#3f8fc4", "#f0e442")
# Nine steps of viridis (Smith and van der Walt 2015), from loose to strict, without the end that
# the ground swallows: lightness alone orders them.
LIGHT_STEPS = (
    *("#4ac16d", "#2db27d", "#1fa187", "#21908d", "#277f8e"),
    *("#31668e", "#3b528b", "#46327e", "#440154"),
)
DARK_STEPS = (
    *("#355f8d", "#2c728e", "#24868e", "#1f9a8a", "#2ab07f"),
    *("#52c569", "#86d549", "#c2df23", "#fde725"),
)
LABEL_WIDTH = 172
LABEL_WIDTH_NARROW = 130


def chart_theme(colours: dict[str, str], *, narrow: bool = False) -> dict[str, Any]:
    """Return a Vega-Lite configuration on the given colours; ``narrow`` is for small screens."""
    width = LABEL_WIDTH_NARROW if narrow else LABEL_WIDTH
    bright = colours["first"] == LIGHT["first"]
    more, steps = (LIGHT_MORE, LIGHT_STEPS) if bright else (DARK_MORE, DARK_STEPS)
    quiet = {
        "labelColor": colours["soft"],
        "titleColor": colours["soft"],
        "domainColor": colours["line"],
        "tickColor": colours["line"],
        "gridColor": colours["line"],
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelPadding": 5,
        "titlePadding": 8,
        "labelFlush": False,
    }
    return {
        "background": colours["ground"],
        "font": FONT_STACK,
        "axis": quiet,
        "axisX": {"titleAnchor": "end" if narrow else "middle"},
        "axisYDiscrete": {
            "labelColor": colours["ink"],
            "domain": False,
            "ticks": False,
            "grid": False,
            "labelPadding": 9,
            "minExtent": width,
            "labelLimit": width - 8,
            "labelFontSize": 10.5 if narrow else 11,
        },
        "axisYQuantitative": {"domain": False, "ticks": False, "minExtent": 38},
        "legend": {
            "labelColor": colours["ink"],
            "titleColor": colours["soft"],
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelLimit": 260,
            "orient": "top",
            "direction": "vertical" if narrow else "horizontal",
            "offset": 6,
        },
        "title": {
            "color": colours["ink"],
            "subtitleColor": colours["soft"],
            "fontSize": 12,
            "fontWeight": 600,
            "subtitleFontSize": 11,
            "anchor": "start",
        },
        "view": {"stroke": None},
        "range": {
            "category": [colours["first"], colours["second"], colours["third"], *more],
            "ordinal": list(steps),
        },
        "text": {"color": colours["ink"], "fontSize": 10 if narrow else 11},
        "mark": {"color": colours["first"]},
        "rule": {"color": colours["ink"]},
        "style": {"operating": {"color": colours["ink"]}},
        "concat": {"spacing": 26},
    }


def print_theme() -> dict[str, Any]:
    """Return a Vega-Lite configuration for a printed page, where a pixel is a point of 1/72 inch.

    Type is 6.5 to 7.5 points, which journals ask for at least; lines are thin.
    """
    theme = chart_theme(LIGHT)
    small: dict[str, Any] = {"labelFontSize": 6.5, "titleFontSize": 7, "labelColor": LIGHT["ink"]}
    theme["axis"] |= small | {
        "titleColor": LIGHT["ink"],
        "labelPadding": 3,
        "titlePadding": 4,
        "tickSize": 3,
        "tickWidth": 0.6,
        "domainWidth": 0.6,
        "gridWidth": 0.5,
        "domainColor": LIGHT["third"],
        "tickColor": LIGHT["third"],
    }
    theme["axisYDiscrete"] |= {
        "labelFontSize": 6.5,
        "labelPadding": 4,
        "minExtent": 0,
        "labelLimit": 180,
    }
    theme["axisYQuantitative"] = {"minExtent": 22}
    theme["legend"] |= small | {
        "symbolSize": 26,
        "symbolStrokeWidth": 1.2,
        "rowPadding": 1,
        "columnPadding": 8,
        "offset": 4,
        "padding": 0,
        "titlePadding": 3,
    }
    theme["title"] |= {"fontSize": 7.5, "subtitleFontSize": 6.5, "offset": 4}
    theme["text"] |= {"fontSize": 6.5}
    theme["concat"] = {"spacing": 12}
    return theme
