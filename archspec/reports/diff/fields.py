"""What is different about one node: its arguments, and how its weights start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archspec.graph.nodes import Node
from archspec.ops.base import Op
from archspec.reports.diff.records import Field
from archspec.types.call import Call, Weight
from archspec.types.tensor import TensorType


def arguments(before: Node, after: Node) -> Iterator[Field]:
    """The arguments that differ, where the difference is more than one of spelling."""
    if before.op == after.op or _does_the_same(before, after):
        return
    one, two = _full_arguments(before), _full_arguments(after)
    for name in {**one, **two}:
        # a default that follows from another argument is no change of its own
        if getattr(before.op, name, None) != getattr(after.op, name, None) and one.get(name) != two.get(name):
            yield Field(name, one.get(name), two.get(name))


def _full_arguments(node: Node) -> dict[str, Any]:
    """The arguments of a node, those that were left out as they turn out."""
    # `dict` would ask an op that has an argument `keys` for its keys
    full = dict(iter(node.op.full(*node.types)))
    return {name: full.get(name) if value is None else value for name, value in node.op}


def _does_the_same(before: Node, after: Node) -> bool:
    """Whether two ops would be the same module, had they received the same: a default that is written out is none."""
    types = before.types
    try:
        one, two = (_computed(node.op.full(*types), types) for node in (before, after))
    except Exception:  # an op need not be able to take what the other receives
        return False
    return bool(one == two)


def _computed(op: Op, types: tuple[TensorType, ...]) -> tuple[Call, tuple[Weight, ...]]:
    """What an op computes, and with which weights, however they start."""
    return op.lower(*types), tuple(replace(weight, init=None) for weight in op.weights(*types))


def initializers(before: Node, after: Node) -> Iterator[Field]:
    """How the weights that both have start, where that differs."""
    if not before.init and not after.init and before.op == after.op:
        return
    one, two = _initial(before), _initial(after)
    for name in one:
        if name in two and one[name] != two[name]:
            yield Field(f"init.{name}" if name else "init", one[name], two[name])


def _initial(node: Node) -> dict[str, Any]:
    """How the weights of a node start; None as torch does."""
    rules = {weight.name: node.initializer(weight) for weight in node.weights}
    return {name: rule and rule.full for name, rule in rules.items()}
