"""How wide a text is, so that a box can be drawn around it without a program that knows fonts.

The widths are those of Helvetica, with a tenth more: a picture names no font file, and sans-serif fonts differ.
"""

from __future__ import annotations

from math import ceil
from unicodedata import east_asian_width

_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r·",
    334: "{}",
    355: '"',
    400: "⌈⌉⌊⌋°",
    469: "^",
    500: "Jckszvxy",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~×−÷",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…→—",
    1015: "@",
}
_WIDTH = {character: width for width, characters in _WIDTHS.items() for character in characters}
_OTHER, _WIDE = 667, 1000
_MORE = 1.1


def text_width(text: str, size: float, bold: bool = False) -> int:
    """The width of a text of a font size, in the same unit."""
    units = sum(_WIDTH.get(character) or _unknown(character) for character in text)
    return ceil(units * size * (1.06 if bold else 1) * _MORE / 1000)


def _unknown(character: str) -> int:
    return _WIDE if east_asian_width(character) in "WF" else _OTHER
