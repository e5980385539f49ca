"""The drawing of a network in every form: text for other programs, and figures."""

from __future__ import annotations

from typing import Literal, TypeAlias

from archspec.errors import UsageError
from archspec.graph.graph import Graph
from archspec.pages.faces import Showing
from archspec.pages.figure import Options, svg
from archspec.pages.html import html
from archspec.pages.notebook import graph_html
from archspec.pages.style import Theme
from archspec.pages.typeset import pdf, png
from archspec.records import record
from archspec.reports.draw import Drawing, draw

Depth: TypeAlias = int | Literal["all"] | None
_ALL = 1 << 30


@record
class Drawn(Drawing):
    """A drawing with its network, of which figures show more than text does.

    `levels` is the number of levels that are open in figures; without one, all are but blocks that are called more than
    once, which stand beside the network.
    """

    graph: Graph
    levels: int | None = None

    def svg(
        self,
        *,
        open: tuple[str, ...] = (),
        fuse: bool = True,
        shapes: bool = False,
        params: bool = False,
        macs: bool = False,
        theme: Theme = "auto",
        width: float | None = None,
        legend: bool = True,
    ) -> str:
        """A figure as SVG.

        Arguments:
            open: Paths of blocks and stages that are open with all that is in them.
            fuse: Draw norms and activations in the box of the layer before them.
            shapes, params, macs: Write the shape of the output, the trainable parameters, the multiply-adds into boxes.
            theme: `light`, `dark`, or as whoever looks at it prefers.
            width: The width in millimetres, with text of at least 6 points; less is open, where that does not fit.
            legend: Say what the colours are.

        Raises `UsageError` for a path where nothing opens, and for a width in which nothing fits.
        """
        return svg(
            self.graph, Options(self.levels, tuple(open), fuse, Showing(shapes, params, macs), theme, width, legend)
        )

    def html(self, *, open: tuple[str, ...] = (), fuse: bool = True, theme: Theme = "auto") -> str:
        """The page of the network, one file that folds and searches; options are those of `svg`."""
        return html(self.graph, self.levels, tuple(open), fuse, theme)

    def png(self, *, theme: Theme = "light", scale: float = 2, **options: object) -> bytes:
        """The figure as PNG, `scale` pixels to a unit; options are those of `svg`. Needs the extra `pictures`."""
        return png(self.svg(theme=_fixed(theme), **options), scale)  # type: ignore[arg-type]

    def pdf(self, *, theme: Theme = "light", **options: object) -> bytes:
        """The figure as PDF, with its fonts; options are those of `svg`. Needs the extra `pictures`."""
        return pdf(self.svg(theme=_fixed(theme), **options))  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        """The figure as a notebook shows it."""
        return graph_html(self.graph, Options(self.levels))


def drawn(graph: Graph, depth: Depth = None) -> Drawn:
    """The drawing of a network down to a depth. Raises `UsageError`."""
    if depth is not None and depth != "all" and (type(depth) is not int or depth < 0):
        raise UsageError(f"`depth` must be an integer of at least 0, or `all`, found {depth!r:.80}")
    text = draw(graph, None if depth == "all" else depth)
    return Drawn(text.name, text.parts, text.arrows, graph, _ALL if depth == "all" else depth)


def _fixed(theme: Theme) -> Theme:
    """A theme for what nobody's preference changes."""
    return "light" if theme == "auto" else theme
