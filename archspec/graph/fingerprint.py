"""The fingerprint of a graph: what an architecture is, however its spec was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archspec.graph.nodes import Node, Value
from archspec.graph.printer import type_text
from archspec.types.call import Weight


def fingerprint(
    inputs: Mapping[str, Value],
    nodes: Iterable[tuple[str, Node]],
    keys: Iterable[str],
    outputs: Mapping[str, Value],
    single: bool,
) -> str:
    """A SHA-256 of the architecture: the keys of its weights, what computes with them, and how they start.

    It does not depend on how the spec was written: on formatting, order of keys, comments, names of the spec, of its
    parameters and its blocks, on whether nodes were written out or came from a block and arguments were given or left
    to their defaults. Names count where they can be seen from outside, as keys, inputs and outputs: those of nodes
    without weights do not, nor do feature levels, which are a view of what is computed.
    """
    from hashlib import sha256  # it brings OpenSSL, which a validation does not need

    numbers: dict[Value, int] = {}
    digest = sha256()

    def say(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for name, value in inputs.items():
        numbers[value] = len(numbers)
        say("input", name, type_text(value))
    paths: dict[Node, str] = {}
    for path, node in nodes:
        taken = tuple([numbers[value] for value in node.inputs])
        for value in node.outputs:
            numbers[value] = len(numbers)
        call, weights = _description(node)
        paths[node] = path
        if node.of is not None and weights:
            path = paths[node.of]
            call = f"again {call}"
        for name, (owner, theirs) in node.tied.items():
            say("tied", path, name, paths[owner], theirs)
        placed = "".join([f"({path!r}, {weight}, " for weight in weights])
        digest.update(f"({call}, {taken!r}, ({placed[: -1 if len(weights) == 1 else -2]}))".encode())
    say("keys", *keys)
    for name, value in outputs.items():
        say("output", "" if single else name, numbers[value])
    return digest.hexdigest()


def _description(node: Node) -> tuple[str, tuple[str, ...]]:
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
    values = () if weight.values is None else (weight.persistent, _plain(weight.values.flat), weight.values.shape)
    return weight.name, weight.shape, weight.dtype, weight.trainable, start, *values


def _plain(value: Any) -> str:
    """A text that is the same for equal values, whether a whole number was written as `2` or `2.0`."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_plain, value))}]"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)
