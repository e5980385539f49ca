"""The printed form of a graph, which is stable, and its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from archspec.escape import lines
from archspec.graph.nodes import Node, Scope, Value
from archspec.types.call import Weight

if TYPE_CHECKING:
    from archspec.graph.graph import Graph


def show(graph: Graph) -> str:
    """A line for each scope and node: name, op with its arguments, output type, and the inputs that are not simply the
    value before; for people and for golden files."""
    params = ", ".join(f"{name}={literal(value)}" for name, value in graph.params.items())
    told = [f"{graph.name}({params})"]
    names = {value: name for name, value in graph.inputs.items()}
    told += [f"{name}: {_type(value)}" for name, value in graph.inputs.items()]
    told += _scope(graph.root, "", "", names)
    told += [f"{name} = {names.get(value, '?')}" for name, value in graph.outputs.items()]
    return lines(told) + "\n"


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
    init = "".join(f" {name}~{literal(rule)}" for name, rule in node.init.items())
    return f"{node.op.name}{_arguments(node.op)}{given} → {_type(node.output)}{init}"


def _arguments(op: Any) -> str:
    shown = given(op)
    return "(" + ", ".join(f"{name}={literal(value)}" for name, value in shown.items()) + ")" if shown else ""


def given(op: Any) -> dict[str, Any]:
    """The arguments of an op that are not its defaults."""
    return {name: value for name, value in op if value != _default(op, name)}


def _default(op: Any, name: str) -> Any:
    field = type(op).model_fields.get(name)
    return None if field is None else field.default


def literal(value: Any, written: Callable[[float], str] = str) -> str:
    """A value as a spec would have it: an argument or an initializer; `written` writes its floats."""
    if hasattr(value, "arguments"):
        arguments = ", ".join(f"{name}: {literal(item, written)}" for name, item in value.arguments)
        return f"{value.name}({arguments})" if arguments else str(value.name)
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(item, written) for item in value) + "]"
    if isinstance(value, float):
        return written(value)
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
    """A SHA-256 of the architecture: the keys of its weights, what computes with them, and how they start.

    It does not depend on how the spec was written: on formatting, order of keys, comments, names of the spec, of its
    parameters and its blocks, on whether nodes were written out or came from a block and arguments were given or left
    to their defaults. Names count where they can be seen from outside, as keys, inputs and outputs: those of nodes
    without weights do not, nor do feature levels, which are a view of what is computed.
    """
    numbers: dict[Value, int] = {}
    digest = sha256()

    def say(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for name, value in graph.inputs.items():
        numbers[value] = len(numbers)
        say("input", name, _type(value))
    for path, node in graph.nodes():
        inputs = tuple([numbers[value] for value in node.inputs])
        numbers[node.output] = len(numbers)
        call, weights = _words(node)
        placed = "".join([f"({path!r}, {weight}, " for weight in weights])
        digest.update(f"({call}, {inputs!r}, ({placed[: -1 if len(weights) == 1 else -2]}))".encode())
    say("keys", *(key for key, _ in graph.weights()))
    for name, value in graph.outputs.items():
        say("output", "" if graph.single else name, numbers[value])
    return digest.hexdigest()


def _words(node: Node) -> tuple[str, tuple[str, ...]]:
    """What computes a node, and how its weights are and start, as the fingerprint has it; the same for all alike."""
    facts = node.facts
    given = tuple([(name, rule) for name, rule in node.init.items()])
    found: tuple[str, tuple[str, ...]] | None = facts.words.get(given)
    if found is None:
        call = node.op.full(*facts.types).lower(*facts.types)
        arguments = sorted((key, _plain(value)) for key, value in call.arguments.items())
        weights = tuple(repr(_weight(weight, node))[1:] for weight in facts.weights)
        found = facts.words[given] = f"{call.target!r}, {arguments!r}", weights
    return found


def _weight(weight: Weight, node: Node) -> tuple[object, ...]:
    rule = node.initializer(weight)
    start = (rule.name, _plain(rule.full.arguments)) if rule is not None else None
    return weight.name, weight.shape, weight.dtype, weight.trainable, start


def _plain(value: Any) -> str:
    """A text that is the same for equal values, whether a whole number was written as `2` or `2.0`."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_plain, value))}]"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)
