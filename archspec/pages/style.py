"""Colours and fonts of pictures.

The hues are those of Okabe and Ito (2008), which people see apart who see few colours; as tints they differ in
lightness too, and the text says what a box is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from archspec.pages.picture import Kind
from archspec.records import record

Theme: TypeAlias = Literal["auto", "light", "dark"]
FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"

NAMES: dict[Kind, str] = {
    "conv": "convolution",
    "linear": "linear",
    "attention": "attention",
    "recurrent": "recurrent",
    "norm": "norm",
    "act": "element by element",
    "pool": "pooling",
    "join": "join",
    "embedding": "embedding, parameter",
    "shape": "shape",
    "block": "block",
}
"""The kinds of boxes as a legend has them."""


@record
class Colours:
    """The colours of a theme; of kinds the fill and the line."""

    paper: str
    ink: str
    muted: str
    frame: str
    edge: str
    kinds: dict[Kind, tuple[str, str]]


MARKS = {"added": "#009e73", "removed": "#d55e00", "changed": "#0072b2"}
"""The lines around what two networks do not have in common."""

LIGHT = Colours(
    "#ffffff",
    "#1a1a1a",
    "#555555",
    "#f6f6f4",
    "#b5b5b0",
    {
        "end": ("#ffffff", "#1a1a1a"),
        "block": ("#e3e3df", "#6b6b66"),
        "conv": ("#c4e4f7", "#3b8fc4"),
        "linear": ("#f9dda6", "#c98a00"),
        "attention": ("#a9dcca", "#007d5c"),
        "recurrent": ("#ecc9dc", "#a8527f"),
        "norm": ("#fbf7c0", "#a89f1f"),
        "act": ("#fdfbe4", "#a89f1f"),
        "pool": ("#f4c0a0", "#b84d00"),
        "join": ("#ffffff", "#1a1a1a"),
        "embedding": ("#9fc5e0", "#005a8f"),
        "shape": ("#f2f2f2", "#8a8a8a"),
    },
)
DARK = Colours(
    "#16181c",
    "#f0f0ee",
    "#b8b8b4",
    "#1f2227",
    "#5a5f68",
    {
        "end": ("#16181c", "#f0f0ee"),
        "block": ("#363a42", "#9aa0aa"),
        "conv": ("#1d4861", "#56b4e9"),
        "linear": ("#5e4304", "#e69f00"),
        "attention": ("#0b4a39", "#12b886"),
        "recurrent": ("#5b3049", "#cc79a7"),
        "norm": ("#55501a", "#d8cf3c"),
        "act": ("#33311c", "#d8cf3c"),
        "pool": ("#662c08", "#e8793a"),
        "join": ("#16181c", "#f0f0ee"),
        "embedding": ("#0c3551", "#3d94cc"),
        "shape": ("#2a2c31", "#8a8f98"),
    },
)


def stylesheet(theme: Theme) -> str:
    """The rules for a picture's elements; `auto` follows the reader's preference."""
    common = (
        f"text{{font:12px {FONT};text-anchor:middle}}.s{{font-size:10px}}.l{{text-anchor:start}}.b{{font-weight:bold}}"
        ".net{fill:none;stroke-width:1.2}.dashed{stroke-dasharray:4 3}.frame rect{stroke-width:1}"
        "rect,circle{stroke-width:1.2}.more{fill-opacity:.6}"
    )
    if theme == "dark":
        return common + _rules(DARK)
    rules = common + _rules(LIGHT)
    return rules if theme == "light" else f"{rules}@media(prefers-color-scheme:dark){{{_rules(DARK)}}}"


def marks_stylesheet() -> str:
    """The rules for what two networks do not have in common."""
    return "".join(
        f".{kind} rect{{fill:none;stroke:{line};stroke-width:2.5}}.net.{kind}{{stroke:{line};stroke-width:2}}"
        f".tip.{kind},.dot.{kind}{{fill:{line}}}"
        for kind, line in MARKS.items()
    )


def page_stylesheet(theme: Theme) -> str:
    """The same for the picture in a page, whose own text has its colours."""
    scheme = "" if theme == "auto" else f":root{{color-scheme:{theme} only}}"
    return stylesheet(theme) + scheme


def _rules(colours: Colours) -> str:
    kinds = "".join(
        f".{kind} rect,.{kind} circle,.{kind} .outline{{fill:{fill};stroke:{line}}}"
        for kind, (fill, line) in colours.kinds.items()
    )
    return (
        f".paper{{fill:{colours.paper}}}text{{fill:{colours.ink}}}.s{{fill:{colours.muted}}}"
        f".net{{stroke:{colours.ink}}}.tip,.dot{{fill:{colours.ink};stroke:none}}"
        f".frame rect{{fill:{colours.frame};stroke:{colours.edge}}}.head{{stroke:{colours.edge}}}{kinds}"
    )
