"""From torch's graph to the items of a flat spec: values, the weights that they take, and views of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.fx import Node

from archspec.importer.flat import Flat, Item, Seen
from archspec.importer.report import Refusal
from archspec.importer.trace import Traced, shape_of, where
from archspec.importer.views import View


class Unsayable(Exception):
    """An operation that the language has no words for; the text says why."""


class Mapper:
    """Holds what each value of torch's graph has become, and adds the items that compute it."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.flat = Flat()
        self.refusals: list[Refusal] = []
        self.random = False  # whether anything of it is drawn anew in each run
        self._found: dict[Node, Any] = {}
        self._settled: dict[tuple[Seen, int], Item] = {}
        self._owners: dict[str, Item] = {}

    def run(self, table: Mapping[str, Any]) -> None:
        """Map every operation; what cannot be is a refusal, and what depends on it is left out."""
        names = self.traced.inputs
        for node in self.traced.graph.nodes:
            if node.op == "placeholder" and node.name in names:
                self._found[node] = self._input(node, "input" if len(names) == 1 else node.name)
            elif node.op == "call_function":
                try:
                    self._found[node] = self._mapped(node, table)
                except Unsayable as error:
                    module, line = where(node)
                    self.refusals.append(Refusal(_name(node), module, line, str(error)))

    def _input(self, node: Node, name: str) -> Seen:
        shape = shape_of(node)
        item = Item("", {}, (), name, shape, 1 if len(shape) != 3 else 1)
        self.flat.inputs[name] = item
        return Seen(item, View.of(shape))

    def _mapped(self, node: Node, table: Mapping[str, Any]) -> Any:
        if any(one in self._lost for one in node.all_input_nodes):
            self._lost.add(node)
            return None
        handler = table.get(_name(node))
        if handler is None:
            self._lost.add(node)
            raise Unsayable("no op of the language computes it")
        try:
            return handler(self, node)
        except Unsayable:
            self._lost.add(node)
            raise

    @property
    def _lost(self) -> set[Node]:
        return self.__dict__.setdefault("lost", set())

    def argument(self, node: Node, at: int, name: str = "", default: Any = None) -> Any:
        """An argument of an operation, by its place or name."""
        return node.args[at] if at < len(node.args) else node.kwargs.get(name, default)

    def is_weight(self, value: Any) -> bool:
        """Whether an argument is a parameter or buffer of the module."""
        return isinstance(value, Node) and value.op == "placeholder" and value.name in self.traced.weights

    def key(self, value: Node) -> str:
        """The key of a parameter or buffer."""
        return self.traced.weights[value.name]

    def prefix(self, weights: Mapping[str, Any]) -> str:
        """The common name of an op's weights, whose own names these are."""
        found = set()
        for name, value in weights.items():
            if value is None:
                continue
            if not self.is_weight(value):
                raise Unsayable(f"its {name} is computed")
            key = self.key(value)
            if key != name and not key.endswith(f".{name}"):
                raise Unsayable(f"its {name} has the key `{key}`, which does not end in `{name}`")
            found.add(key.removesuffix(name).removesuffix("."))
        if len(found) != 1 or "" in found:
            raise Unsayable("its weights belong to several modules, or to none")
        return found.pop()

    def seen(self, value: Any) -> Seen:
        """A value of the graph, as it is seen there."""
        found = self._found.get(value) if isinstance(value, Node) else None
        if not isinstance(found, Seen):
            raise Unsayable("it takes what is no value of the network")
        return found

    def item(self, value: Any, channel: int | None = None) -> Item:
        """The item that gives a value; with `channel`, with the channels at that axis. A view is written out first."""
        seen = self.seen(value)
        wanted = seen.item.channel if channel is None else channel % len(seen.view.axes)
        if seen.view.whole and (channel is None or wanted == seen.item.channel):
            return seen.item
        return self.settled(seen, wanted if channel is not None else None)

    def settled(self, seen: Seen, channel: int | None) -> Item:
        """The item of a view, written as one `rearrange`, with the channels at an axis of it, or where they are."""
        if not seen.view.batched:
            raise Unsayable("it merges the batch with other axes")
        at = self._tracked(seen) if channel is None else channel
        known = self._settled.get((seen, at))
        if known is None:
            known = self._settled[seen, at] = self.flat.add(self._rearranged(seen, at))
        return known

    def _tracked(self, seen: Seen) -> int:
        """The axis of a view that holds the channels of its value, or a part of them."""
        ours = set(seen.view.base[seen.item.channel].leaves)
        held = (at for at, axis in enumerate(seen.view.axes) if ours & set(seen.view.leaves(axis)))
        return next(held, len(seen.view.axes) - 1)

    def _rearranged(self, seen: Seen, channel: int) -> Item:
        view, source = seen.view, seen.item
        shape = view.shape
        if len(shape) == 2 and [f for axis in view.axes for f in view.leaves(axis)] == [
            leaf for factor in view.base for leaf in factor.leaves if leaf.size != 1
        ]:
            return Item("flatten", {}, (source,), "flatten", shape, 1)
        pattern, held, sizes = view.pattern(channel, source.channel)
        if not held:
            raise Unsayable("its channel axis has one position alone")
        given: dict[str, Any] = {"pattern": pattern, **({} if held == "c" else {"channels": held}), **sizes}
        return Item("rearrange", given, (source,), "rearrange", shape, channel)

    def add(
        self,
        node: Node,
        op: str,
        arguments: dict[str, Any],
        *takes: Item,
        channel: int,
        weights: Mapping[str, Any] | None = None,
        **how: Any,
    ) -> Seen:
        """Add the item of an operation. A module that ran before runs again, with its weights."""
        shape, prefix = shape_of(node), None
        if weights is not None:
            prefix = self.prefix(weights)
            if prefix in self._owners:
                again = Item("reuse", {"of": prefix}, takes, node.name, shape, channel)
                return Seen(self.flat.add(again), View.of(shape))
        item = Item(op, arguments, takes, node.name, shape, channel, prefix, **how)
        if prefix is not None:
            self._owners[prefix] = item
        return Seen(self.flat.add(item), View.of(shape))

    def outputs(self) -> Sequence[Item]:
        """The items that the network returns. Raises `Unsayable` for a result of another form."""
        output = next(node for node in self.traced.graph.nodes if node.op == "output")
        values = output.args[0]
        found = []
        for value in values:
            if value in self._lost:
                continue
            found.append(self.item(value))
        return found


def _name(node: Node) -> str:
    return str(node.target).removeprefix("aten.") if isinstance(node.target, torch._ops.OpOverload) else str(node.target)
