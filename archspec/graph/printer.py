"""The printed form of a graph, which is stable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archspec.escape import lines
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import Op
from archspec.ops.written import explicit_arguments, literal


def show(
    name: str,
    params: Mapping[str, Any],
    inputs: Mapping[str, Value],
    root: Scope,
    outputs: Mapping[str, Value],
) -> str:
    """A line for each scope and node: name, op with its arguments, output type, and the inputs that are not simply the
    value before; for people and for golden files."""
    given = ", ".join(f"{key}={literal(value)}" for key, value in params.items())
    told = [f"{name}({given})"]
    names = {value: key for key, value in inputs.items()}
    told += [f"{key}: {type_text(value)}" for key, value in inputs.items()]
    told += _scope(root, "", "", names, {})
    told += [f"{key} = {names.get(value, '?')}" for key, value in outputs.items()]
    return lines(told) + "\n"


def _scope(
    scope: Scope, indent: str, prefix: str, names: dict[Value, str], paths: dict[Node | Scope, str]
) -> Iterator[str]:
    """The lines of a scope; `names` learns the path of each value, `paths` that of each item. Depth is bounded by the
    compiler."""
    before = scope.inputs[0]
    for item in scope.body:
        path = paths[item] = prefix + item.name
        again = f"again {paths[item.of]}" if item.of is not None else ""
        if isinstance(item, Scope):
            label = again or (f"{item.kind} {item.block}" if item.block else item.kind)
            captured = "".join(
                f" ← {names.get(value, '?')}" for value in (*item.inputs, *item.captures) if value is not before
            )
            yield f"{indent}{item.name}: {label}{captured}" + (f"  # {item.note}" if item.note else "")
            yield from _scope(item, indent + "  ", f"{path}.", names, paths)
            names.setdefault(item.output, path)
        else:
            tied = "".join(f" {name}={paths[owner]}.{theirs}" for name, (owner, theirs) in item.tied.items())
            yield f"{indent}{item.name}: {again + ' ' if again else ''}{_node(item, before, names)}{tied}"
            names[item.output] = path
            names.update({value: f"{path}.{name}" for value, name in zip(item.more, item.op.more, strict=True)})
        before = before if item.beside else item.output


def _node(node: Node, before: Value, names: dict[Value, str]) -> str:
    given = "" if node.inputs in ((), (before,)) else " ← " + ", ".join(names.get(value, "?") for value in node.inputs)
    init = "".join(f" {name}~{literal(rule)}" for name, rule in node.init.items())
    return f"{node.op.name}{_arguments(node.op)}{given} → {', '.join(map(type_text, node.outputs))}{init}"


def _arguments(op: Op) -> str:
    shown = explicit_arguments(op)
    return "(" + ", ".join(f"{name}={literal(value)}" for name, value in shown.items()) + ")" if shown else ""


def type_text(value: Value) -> str:
    """The type of a value, in full: its shape, ids, layout and dtype."""
    kind = value.type
    if kind is None:
        return "?"
    if kind.vocab is not None:
        return f"{kind} of {kind.vocab} ids" + ("" if kind.batch else " for every sample")
    layout = " channels last" if kind.size and not kind.channels_first else ""
    batch = "" if kind.batch else " for every sample"
    return f"{kind}{layout}" + (f" {kind.dtype}" if kind.dtype != "float32" else "") + batch
