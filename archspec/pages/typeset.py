"""PNG and PDF: an SVG set by typst, which embeds fonts, brings some of its own, and writes both."""

from __future__ import annotations

from archspec.errors import needing

_SOURCE = b"""#set document(date: none)
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""
_INCH = 96


def png(svg: str, scale: float = 2) -> bytes:
    """An SVG as PNG, `scale` pixels to a unit. Raises `MissingExtra`."""
    with needing("pictures", "drawing a PNG", "typst"):
        import typst
    data: bytes = typst.compile(_SOURCE, format="png", ppi=_INCH * scale, sys_inputs={"svg": svg})
    return data


def pdf(svg: str) -> bytes:
    """An SVG as PDF of one page of its size, text as text, fonts embedded. Raises `MissingExtra`."""
    with needing("pictures", "drawing a PDF", "typst"):
        import typst
    data: bytes = typst.compile(_SOURCE, format="pdf", sys_inputs={"svg": svg})
    return data
