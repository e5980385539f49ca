"""The resolved form of a network: one spec for all the ways in which it may have been written."""

from __future__ import annotations

from typing import Any

from archspec.compiler.names import Entry, Lookup
from archspec.diagnostics import Collector
from archspec.errors import UsageError
from archspec.graph import Graph, Scope
from archspec.limits import VALUES
from archspec.resolver.references import Names, paths_of
from archspec.resolver.scopes import ScopeWriter, Written, needs_block, referred
from archspec.resolver.text import spec_text
from archspec.source import read_text
from archspec.types import Dim, TensorType

_VALUES_A_NODE = 3
"""Values that a node takes at least, written out: itself, its op, and its arguments."""


def write_out(graph: Graph) -> str:
    """The spec of a graph with everything expanded and defaulted, as YAML text.

    Every node is written out, with its name and all of its arguments; modules are `seq`s, and `stage`s where they are
    feature levels. It compiles to the same graph: the same keys, shapes, initializers and outputs, and the same
    fingerprint, which stands in its first line. Raises `UsageError` where the language cannot say it: beyond its limits
    on the size of a spec, or where a value has no name that a reference could use.
    """
    if sum(1 for _ in graph.root.nodes()) * _VALUES_A_NODE > VALUES:
        raise UsageError(f"`{graph.name}` cannot be written out: it would have more than {VALUES:,} values")
    blocks = {item for _, item in graph.items() if isinstance(item, Scope) and needs_block(item)}
    written = Written(blocks, referred=referred(graph))
    names = Names((), Lookup(graph.root.inputs[0]), graph.root)
    names.lookup.entries.update({name: Entry(value) for name, value in graph.inputs.items() if name != "input"})
    root = ScopeWriter(graph.root, names, paths_of(graph), written)
    layers = root.layers()
    spec: dict[str, Any] = {"archspec": 1, "name": graph.name}
    if graph.reference:
        spec["reference"] = graph.reference
    inputs = {name: _input(value.type) for name, value in graph.inputs.items() if value.type is not None}
    spec |= {"input": inputs["input"]} if list(inputs) == ["input"] else {"inputs": inputs}
    spec |= {key: found for key, found in (("init", written.init), ("blocks", written.blocks)) if found}
    spec["layers"] = layers
    if not graph.single:
        spec["outputs"] = {
            name: root.reference((value,), (graph.root.output,)) for name, value in graph.outputs.items()
        }
    rules = graph.rules.written()
    spec |= {key: found for key, found in (("weights", rules), ("lint", graph.lint)) if found}
    text = spec_text(f"fingerprint: {graph.fingerprint}", spec)
    _check(graph, text)
    return text


def _input(kind: TensorType) -> dict[str, Any]:
    size = [str(n) if isinstance(n, Dim) else n for n in kind.size]
    if kind.vocab is not None:
        return {"vocab": kind.vocab, "length": size[0], "dtype": kind.dtype}
    space = {"size": size, "layout": kind.layout} if size else {}
    return {"channels": kind.channels, **space, "dtype": kind.dtype}


def _check(graph: Graph, text: str) -> None:
    """Raise `UsageError` for a text beyond the limits of what can be read again."""
    collector = Collector()
    read_text(text, graph.name, collector)
    if collector.errors:
        raise UsageError(f"`{graph.name}` cannot be written out: {collector.errors[0].message}")
