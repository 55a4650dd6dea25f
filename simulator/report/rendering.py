"""Turn a chart into the same SVG, PDF and PNG bytes on every machine.

Text is measured and drawn in the package's own font under a name that no system has, so that a
machine's fonts, or their absence, change nothing. No file carries a date.
"""

import base64
import functools
import re
from importlib import resources
from typing import Any

import vl_convert

from simulator.report.pdf import canonical_pdf
from simulator.report.theme import FONT

# The version of Vega-Lite that charts are compiled with, here and in the page.
VEGA_LITE = "6.4"
PNG_SCALE = 2.0
_NUMBERED = re.compile(r'(\bid="|url\(#|href="#)(gradient_|clip|pattern_)(\d+)')
PRINTED_PNG_SCALE = 300.0 / 72.0
"""300 dots per inch where a pixel of the chart is a point."""
WEIGHTS = {400: "overmatch-sans-regular", 600: "overmatch-sans-semibold"}


@functools.cache
def _register_fonts() -> None:
    # The converter keeps fonts per process and offers no narrower scope.
    with resources.as_file(resources.files("simulator.report") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


@functools.cache
def font_faces() -> str:
    """Return CSS that carries the package's font inside itself."""
    folder = resources.files("simulator.report") / "fonts"
    faces = []
    for weight, name in WEIGHTS.items():
        data = base64.b64encode((folder / f"{name}.woff2").read_bytes()).decode("ascii")
        faces.append(
            f"@font-face{{font-family:'{FONT}';font-weight:{weight};font-style:normal;"
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "\n".join(faces)


def svg_text(specification: dict[str, Any]) -> str:
    """Return a Vega-Lite specification as SVG whose text names the package's font."""
    _register_fonts()
    drawn: str = vl_convert.vegalite_to_svg(
        specification, vl_version=VEGA_LITE, allowed_base_urls=[]
    )
    return _renumbered(drawn)


def _renumbered(svg: str) -> str:
    """Give gradients and clips numbers in the order in which they are met.

    The converter counts on from drawing to drawing: its numbers tell what was drawn before.
    """
    order: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        before, kind, number = found.groups()
        name = order.setdefault(kind + number, f"{kind}{len(order)}")
        return f"{before}{name}"

    return _NUMBERED.sub(renamed, svg)


def svg_file(specification: dict[str, Any]) -> bytes:
    """Return an SVG file that carries its font, so that it looks the same in any browser."""
    opening, closing, rest = svg_text(specification).partition(">")
    style = f"<style>{font_faces()}</style>"
    return f"{opening}{closing}{style}{rest}\n".encode()


def pdf_file(specification: dict[str, Any]) -> bytes:
    """Return a PDF file with its fonts inside."""
    _register_fonts()
    content: bytes = vl_convert.vegalite_to_pdf(
        specification, vl_version=VEGA_LITE, allowed_base_urls=[]
    )
    return canonical_pdf(content)


def printed_svg_file(specification: dict[str, Any]) -> bytes:
    """Return an SVG file whose size is stated in points, one for each pixel, as the PDF's is."""
    content = svg_file(specification)
    opening, closing, rest = content.partition(b">")
    sized = re.sub(rb' (width|height)="([\d.]+)"', rb' \1="\2pt"', opening)
    return sized + closing + rest


def png_file(specification: dict[str, Any], *, scale: float = PNG_SCALE) -> bytes:
    """Return a PNG file at twice the size on the page, or ``scale`` times."""
    _register_fonts()
    content: bytes = vl_convert.vegalite_to_png(
        specification, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[]
    )
    return content
