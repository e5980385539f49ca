"""What a node is in the network: shapes, parameters, multiply-adds, bytes and keys, over all the times that it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archspec.editor import shapes
from archspec.editor.analysis import Analysis
from archspec.editor.kept import kept
from archspec.editor.markdown import code, items
from archspec.graph import Graph, Node, Scope
from archspec.language import NodeSpec
from archspec.types.figures import byte_size, count, figure, number
from archspec.types.sizes import LARGEST_DIVISOR, Dim, Size, symbols, total
from archspec.types.terms import Monomial, period

_TERMS = 3
"""Terms of a formula that are read at a glance."""
_ROUNDED = 100
"""Factors from here are told as whole numbers."""
_KEYS = 4
"""Keys that are told one by one."""


@kept
def paths(analysis: Analysis) -> Mapping[Node | Scope, str]:
    """The path in the module of each node and module."""
    return {item: path for path, item in analysis.graph.items()} if analysis.graph is not None else {}


@kept
def by_path(analysis: Analysis) -> Mapping[str, Node | Scope]:
    """The same the other way."""
    return {path: item for item, path in paths(analysis).items()}


def facts(analysis: Analysis, node: NodeSpec) -> str:
    """All that is known of a node, as a list; empty where it is in no sound network."""
    graph, runs = analysis.graph, shapes.runs(analysis, node)
    given = shapes.told(shapes.shapes_of(analysis, node))
    if graph is None or not runs:
        return items([_received(analysis, node), f"Output: {given}" if given else ""])
    return items(
        [
            _called(analysis, runs),
            _inputs(runs),
            f"Output: {given}" if given else "",
            f"Parameters: {_amounts([run.parameter_count for run in runs])}{_share(runs, graph)}",
            f"MACs: {_amounts([run.macs for run in runs if run.runs])}{_share_of_macs(runs, graph)}",
            f"Activations: {_bytes(runs)}",
            _keys(analysis, runs),
            "" if any(run.runs for run in runs) else "Nothing needs what it gives: it does not run",
        ]
    )


def item_facts(analysis: Analysis, item: Node | Scope) -> str:
    """What a reference leads to: its path, what it is, its shape."""
    shape = item.output.type.shape if item.output.type is not None else ()
    path = paths(analysis).get(item, item.name)
    return items([f"Refers to {code(path)}: {code(item.label)}", f"Shape: {shapes.told([shape])}" if shape else ""])


def readable(size: Size) -> str:
    """`4.1 G`; of open sizes, `18.4 k × L² + 85.1 M × L`, or `≈ 81.5 k × H × W` where some are rounded, which holds for
    multiples of what they are divided by."""
    if isinstance(size, int):
        return count(size)
    exact = period(size.terms)
    plain = size.assume(dict.fromkeys(symbols(size), exact)) if 1 < exact <= LARGEST_DIVISOR else size
    if isinstance(plain, int) or len(plain.terms) > _TERMS or _is_rounded(plain):
        *before, last = sorted(symbols(size))
        return f"by {', '.join(before)} and {last}" if before else f"by {last}"
    found = "" if plain is size else "≈"
    for monomial, coefficient in plain.terms:
        sign = "-" if coefficient < 0 else "+" if found.strip("≈") else ""
        found += f" {sign} {_term(monomial, abs(float(coefficient)))}"
    return " ".join(found.split())


def _is_rounded(size: Dim) -> bool:
    return any(atom.terms for monomial, _ in size.terms for atom in monomial)


def _term(monomial: Monomial, coefficient: float) -> str:
    """`85.1 M × L`."""
    symbols = str(Dim(((monomial, 1),))).replace("*", " × ") if monomial else ""
    factor = count(round(coefficient)) if coefficient >= _ROUNDED or coefficient.is_integer() else figure(coefficient)
    return " × ".join(part for part in (factor if factor != "1" or not symbols else "", symbols) if part)


def share(part: Size, whole: Size) -> str:
    """`5.9 %`; empty where sizes are open, or there is nothing to share."""
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return ""
    return f"{100 * part / whole:.1f} %"


def activations(item: Node | Scope) -> Size:
    """The bytes of all that an item makes for one sample."""
    if isinstance(item, Node):
        return item.activations if item.runs else 0
    return total(node.activations for node in item.nodes(running=True)) if item.runs else 0


def _called(analysis: Analysis, runs: Sequence[Node | Scope]) -> str:
    known = paths(analysis)
    first, last = code(known.get(runs[0], "")), code(known.get(runs[-1], ""))
    return f"At {first}" if len(runs) == 1 else f"{len(runs)} calls, from {first} to {last}"


def _inputs(runs: Sequence[Node | Scope]) -> str:
    taken = [[value.type.shape for value in run.inputs if value.type is not None] for run in runs]
    found = [shapes.told(column) for column in zip(*taken, strict=False)]
    return f"{'Input' if len(found) == 1 else 'Inputs'}: {' and '.join(filter(None, found))}" if any(found) else ""


def _received(analysis: Analysis, node: NodeSpec) -> str:
    """What a node receives that makes nothing itself."""
    values = [visit.received.type for visit in analysis.visits(node.span)] if analysis.graph is not None else []
    told = shapes.told([kind.shape for kind in values if kind is not None])
    return f"Input: {told}" if told else ""


def _amounts(amounts: Sequence[Size]) -> str:
    """Exact for one; of several, each, and all."""
    if len(amounts) < 2:
        return _exact(amounts[0]) if amounts else "0"
    whole = _exact(total(amounts))
    if len(set(amounts)) == 1:
        return f"{_exact(amounts[0])} each, {whole} in all"
    return f"{whole} in all"


def _exact(amount: Size) -> str:
    return (number(amount) or "0") if isinstance(amount, int) else readable(amount)


def _bytes(runs: Sequence[Node | Scope]) -> str:
    whole = total(map(activations, runs))
    told = (byte_size(whole) or "0 B") if isinstance(whole, int) else f"{readable(whole)} bytes"
    return told if len(runs) == 1 else f"{told} in all"


def _share(runs: Sequence[Node | Scope], graph: Graph) -> str:
    part = share(sum(run.parameter_count for run in runs), graph.parameter_count)
    return f" ({part} of the network)" if part and isinstance(runs[0], Scope) else ""


def _share_of_macs(runs: Sequence[Node | Scope], graph: Graph) -> str:
    part = share(total(run.macs for run in runs if run.runs), graph.macs)
    return f" ({part} of the network)" if part and isinstance(runs[0], Scope) else ""


def _keys(analysis: Analysis, runs: Sequence[Node | Scope]) -> str:
    known = paths(analysis)
    found = [key for run in runs for key in _keys_of(run, known.get(run, run.name))]
    if not found:
        return ""
    if len(found) <= _KEYS:
        return f"Keys: {', '.join(map(code, found))}"
    return f"{len(found):,} keys, from {code(found[0])} to {code(found[-1])}"


def _keys_of(item: Node | Scope, path: str) -> Iterator[str]:
    if isinstance(item, Node):
        yield from (weight.key(path) for weight in item.weights)
    elif item.of is None:
        for inner in item.body:
            yield from _keys_of(inner, f"{path}.{inner.name}")
