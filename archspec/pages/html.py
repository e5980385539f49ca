"""The page of a network: one file with its picture, which folds, and all that is known of its nodes."""

from __future__ import annotations

import base64
import json
import zlib
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from archspec.escape import inline
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope
from archspec.ops.written import explicit_arguments, literal
from archspec.pages.data import data
from archspec.pages.faces import Showing, short
from archspec.pages.frames import picture
from archspec.pages.open import kinds, opened
from archspec.pages.style import Theme, page_stylesheet
from archspec.reports.summary import summarize
from archspec.types.sizes import Size
from archspec.types.tensor import shape_text

_FOLDER = Path(__file__).parent / "page"
_SCRIPTS = ("layout.js", "rows.js", "turns.js", "view.js", "page.js")
_LINES, _KEYS = 12, 40
"""So many lines of a spec are shown, and so many keys of a node."""


def html(
    graph: Graph, depth: int | None = None, paths: tuple[str, ...] = (), fuse: bool = True, theme: Theme = "auto"
) -> str:
    """The page of a network, which loads nothing and sends nothing. Raises `UsageError` for a path where nothing
    opens."""
    found = picture(graph, fuse)
    frames = data(found, Showing())
    for frame, own in zip(frames, found.frames, strict=True):
        for box, mine in zip(frame["boxes"], own.boxes, strict=True):
            box["nodes"] = mine.nodes
    network = {
        "frames": frames,
        "nodes": {path: _node(item, path) for path, item in graph.items() if item.runs},
        "rows": [[row.path, row.op, shape_text(row.shape), row.params, _number(row.macs)] for row in _rows(graph)],
        "bars": [_bar(item) for item in graph.root.body if item.runs],
        "start": sorted(opened(found, kinds(found), depth, paths)),
    }
    script = "".join((_FOLDER / name).read_text(encoding="utf-8").replace('"use strict";\n', "") for name in _SCRIPTS)
    style = page_stylesheet(theme) + (_FOLDER / "page.css").read_text(encoding="utf-8")
    return _TEMPLATE.format(
        name=escape(short(graph.name)),
        totals=escape(summarize(graph, 0).totals),
        policy=f"default-src 'none'; img-src data:; script-src '{_hash(script)}'; style-src '{_hash(style)}'",
        style=style,
        script=script,
        network=base64.b64encode(zlib.compress(json.dumps(network, separators=(",", ":")).encode(), 9)).decode(),
    )


def _rows(graph: Graph) -> Any:
    return [row for row in summarize(graph).rows if row.leaf]


def _bar(item: Node | Scope) -> list[Any]:
    nodes = [item] if isinstance(item, Node) else list(item.nodes(running=True))
    memory = [node.activations for node in nodes]
    numbers = (item.parameter_count, item.macs, sum(size for size in memory if isinstance(size, int)))
    return [item.name, *(number if isinstance(number, int) else 0 for number in numbers)]


def _node(item: Node | Scope, path: str) -> dict[str, Any]:
    """What the panel says of a node or module."""
    facts = [("is", item.label)]
    if isinstance(item, Node):
        facts += [(name, literal(value)) for name, value in explicit_arguments(item.op).items()]
    if item.output.type is not None:
        facts.append(("output", str(item.output.type)))
    facts += [("parameters", f"{item.parameter_count:,}")] * (item.parameter_count > 0)
    facts += [("MACs", str(_number(item.macs)))] * (not isinstance(item.macs, int) or item.macs > 0)
    facts += [("why", item.note)] * bool(item.note)
    weights = item.weights if isinstance(item, Node) else ()
    return {
        "facts": [(name, inline(text)[:400]) for name, text in facts],
        "keys": [(weight.key(path), shape_text(weight.shape)) for weight in weights[:_KEYS]],
        "lines": _lines(item),
    }


def _lines(item: Node | Scope) -> tuple[str, str] | None:
    """Where it stands in its file, and what stands there."""
    if item.span is None:
        return None
    lines = item.span.source.lines[item.span.line - 1 : min(item.span.end_line, item.span.line + _LINES)]
    return f"{item.span.source.name}:{item.span.line}", "\n".join(inline(line)[:200] for line in lines)


def _number(size: Size) -> int | str:
    return size if isinstance(size, int) else str(size)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title><link rel="icon" href="data:,">
<style>{style}</style></head><body>
<header><h1>{name}</h1><span>{totals}</span>
<input id="search" type="search" placeholder="search (/)" aria-label="search boxes by path and text">
<span id="count" role="status"></span>
<button id="fit" type="button">fit</button><button id="in" type="button" aria-label="zoom in">+</button>
<button id="out" type="button" aria-label="zoom out">−</button><button id="fold" type="button">fold all</button>
<button id="unfold" type="button">unfold all</button><button id="print" type="button">print</button></header>
<nav aria-label="boxes"><ul id="found" aria-label="what was found"></ul>
<ul id="tree" role="tree" tabindex="0" aria-label="boxes of {name}"></ul></nav>
<main><svg id="picture" role="img" tabindex="0" aria-label="picture of {name}"></svg></main>
<aside id="side" aria-label="details"><div id="panel" aria-live="polite"><p>Choose a box.</p></div>
<details open><summary>Costs</summary><div id="bars"></div></details>
<details><summary>Table</summary><div id="table"></div></details></aside>
<script type="text/plain" id="network">{network}</script><script type="module">{script}</script></body></html>
"""
