"""The printed form of a graph, which is stable, and its fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from archspec.graph.graph import Graph, Node, Scope, Value


def show(graph: Graph) -> str:
    """A line for each scope and node: name, op with its arguments, output type, and the inputs that are not simply the
    value before; for people and for golden files."""
    params = ", ".join(f"{name}={_value(value)}" for name, value in graph.params.items())
    lines = [f"{graph.name}({params})"]
    names = {value: name for name, value in graph.inputs.items()}
    lines += [f"{name}: {_type(value)}" for name, value in graph.inputs.items()]
    lines += _scope(graph.root, "", "", names)
    lines += [f"{name} = {names.get(value, '?')}" for name, value in graph.outputs.items()]
    return "\n".join(lines) + "\n"


def _scope(scope: Scope, indent: str, prefix: str, names: dict[Value, str]) -> Iterator[str]:
    """The lines of a scope; `names` learns the path of each value. Depth is bounded by the compiler."""
    before = scope.inputs[0]
    for item in scope.body:
        path = prefix + item.name
        if isinstance(item, Scope):
            label = f"{item.kind} {item.block}" if item.block else item.kind
            captured = "".join(
                f" ← {names.get(value, '?')}" for value in (*item.inputs, *item.captures) if value is not before
            )
            yield f"{indent}{item.name}: {label}{captured}" + (f"  # {item.note}" if item.note else "")
            yield from _scope(item, indent + "  ", f"{path}.", names)
            names.setdefault(item.output, path)
        else:
            yield f"{indent}{item.name}: {_node(item, before, names)}"
            names[item.output] = path
        before = item.output


def _node(node: Node, before: Value, names: dict[Value, str]) -> str:
    given = "" if node.inputs == (before,) else " ← " + ", ".join(names.get(value, "?") for value in node.inputs)
    init = "".join(f" {name}~{_value(rule)}" for name, rule in node.init.items())
    return f"{node.op.name}{_arguments(node.op)}{given} → {_type(node.output)}{init}"


def _arguments(op: Any) -> str:
    shown = {name: value for name, value in op if value != _default(op, name)}
    return "(" + ", ".join(f"{name}={_value(value)}" for name, value in shown.items()) + ")" if shown else ""


def _default(op: Any, name: str) -> Any:
    field = type(op).model_fields.get(name)
    return None if field is None else field.default


def _value(value: Any) -> str:
    if hasattr(value, "arguments"):
        arguments = ", ".join(f"{name}: {_value(item)}" for name, item in value.arguments)
        return f"{value.name}({arguments})" if arguments else str(value.name)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _type(value: Value) -> str:
    kind = value.type
    if kind is None:
        return "?"
    if kind.vocab is not None:
        return f"{kind} of {kind.vocab} ids"
    layout = " channels last" if kind.size and not kind.channels_first else ""
    return f"{kind}{layout}" + (f" {kind.dtype}" if kind.dtype != "float32" else "")


def fingerprint(graph: Graph) -> str:
    """A SHA-256 of the architecture: keys, what computes them from what, and how weights start.

    It does not depend on how the spec was written: on formatting, order of keys, comments, names of the spec, of its
    parameters and its blocks, or on whether nodes were written out or came from a block.
    """
    numbers: dict[Value, int] = {}
    digest = sha256()

    def say(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for name, value in graph.inputs.items():
        numbers[value] = len(numbers)
        say("input", name, _type(value))
    for path, node in graph.nodes():
        call = node.call
        inputs = tuple(numbers[value] for value in node.inputs)
        numbers[node.output] = len(numbers)
        weights = tuple((w.name, tuple(map(str, w.shape)), str(node.init.get(w.name) or w.init)) for w in node.weights)
        say(path, call.target, sorted((key, repr(value)) for key, value in call.arguments.items()), inputs, weights)
    for name, value in graph.outputs.items():
        say("output", "" if graph.single else name, numbers[value])
    return digest.hexdigest()
