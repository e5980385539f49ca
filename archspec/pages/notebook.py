"""A network as a notebook shows it."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from archspec.escape import line
from archspec.graph.graph import Graph
from archspec.pages.figure import DEFAULT, Options, svg
from archspec.reports.summary import summarize


def graph_html(graph: Graph, options: Options = DEFAULT) -> str:
    """The figure of a network, and its totals."""
    totals = escape(line(summarize(graph, 0).totals))
    return f"{image(svg(graph, options))}<p>{totals}</p>"


def image(text: str) -> str:
    """An SVG as an image, whose rules hold for nothing else on a page."""
    data = b64encode(text.encode()).decode()
    return f'<img alt="picture of the network" src="data:image/svg+xml;base64,{data}">'
