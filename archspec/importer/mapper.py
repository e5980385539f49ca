"""From torch's graph to the items of a flat spec: values, the weights that they take, and views of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.importer.flat import Flat, Item, Seen
from archspec.importer.report import Refusal
from archspec.importer.trace import Step, Traced
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
        self.found: dict[Step, Any] = {}
        self._lost: set[Step] = set()
        self._settled: dict[tuple[Seen, int], Item] = {}
        self._owners: dict[str, Item] = {}

    def run(self, table: Mapping[str, Any]) -> None:
        """Map every operation; what cannot be is a refusal, and what depends on it is left out."""
        inputs = self.traced.inputs
        for step in self.traced.steps:
            if step in inputs:
                self.found[step] = self._input(step, "input" if len(inputs) == 1 else step.name)
            elif step.op:
                try:
                    self.found[step] = self._mapped(step, table)
                except Unsayable as error:
                    self._lost.add(step)
                    self.refusals.append(Refusal(step.op, step.module, step.line, str(error)))

    def _input(self, step: Step, name: str) -> Seen:
        shape = step.shape
        item = Item("", {}, (), name, shape, _channel(step, len(shape)))
        self.flat.inputs[name] = item
        return Seen(item, View.of(shape))

    def _mapped(self, step: Step, table: Mapping[str, Any]) -> Any:
        if any(one in self._lost for one in step.taken):
            self._lost.add(step)
            return None
        if step.op not in table:
            raise Unsayable("no op of the language computes it")
        return table[step.op](self, step)

    def argument(self, step: Step, at: int, name: str = "", default: Any = None) -> Any:
        """An argument of an operation, by its place or name."""
        return step.args[at] if at < len(step.args) else step.kwargs.get(name, default)

    def is_weight(self, value: Any) -> bool:
        """Whether an argument is a parameter or buffer of the module."""
        return isinstance(value, Step) and value.key is not None

    def prefix(self, weights: Mapping[str, Any]) -> str:
        """The common name of an op's weights, whose own names these are."""
        found = set()
        for name, value in weights.items():
            if value is None:
                continue
            if not self.is_weight(value):
                raise Unsayable(f"its {name} is computed")
            key = str(value.key)
            if key != name and not key.endswith(f".{name}"):
                raise Unsayable(f"its {name} has the key `{key}`, which does not end in `{name}`")
            found.add(key.removesuffix(name).removesuffix("."))
        if len(found) != 1 or "" in found:
            raise Unsayable("its weights belong to several modules, or to none")
        return found.pop()

    def seen(self, value: Any) -> Seen:
        """A value of the graph, as it is seen there."""
        found = self.found.get(value) if isinstance(value, Step) else None
        if not isinstance(found, Seen):
            raise Unsayable("it takes what is no value of the network")
        return found

    def item(self, value: Any, channel: int | None = None) -> Item:
        """The item that gives a value; with `channel`, with the channels at that axis. A view is written out first."""
        return self.item_of(self.seen(value), channel)

    def item_of(self, seen: Seen, channel: int | None = None) -> Item:
        """The item of a view of one."""
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
        if len(shape) == 2 and view.in_order:
            return Item("flatten", {}, (source,), "flatten", shape, 1)
        pattern, held, sizes = view.pattern(channel, source.channel)
        if not held:
            raise Unsayable("its channel axis has one position alone")
        given: dict[str, Any] = {"pattern": pattern, **({} if held == "c" else {"channels": held}), **sizes}
        return Item("rearrange", given, (source,), "rearrange", shape, channel)

    def add(
        self,
        step: Step,
        op: str,
        arguments: dict[str, Any],
        *takes: Item,
        channel: int,
        weights: Mapping[str, Any] | None = None,
        shape: tuple[int, ...] = (),
        joins: bool = False,
    ) -> Seen:
        """Add the item of an operation. A module that ran before runs again, with its weights."""
        shape, prefix = shape or step.shape, None
        if weights is not None:
            prefix = self.prefix(weights)
            if prefix in self._owners:
                again = Item("reuse", {"of": prefix}, takes, step.name, shape, channel)
                return Seen(self.flat.add(again), View.of(shape))
        item = Item(op, arguments, takes, step.name, shape, channel, prefix, joins=joins)
        if prefix is not None:
            self._owners[prefix] = item
        return Seen(self.flat.add(item), View.of(shape))

    def pointwise(self, step: Step, op: str, arguments: dict[str, Any]) -> Seen:
        """Add what computes each number by itself: of a view it is the value that goes through it."""
        seen = self.seen(step.args[0])
        item = Item(op, arguments, (seen.item,), step.name, seen.item.shape, seen.item.channel)
        return Seen(self.flat.add(item), seen.view.carried(seen.view.arranged, item.shape))

    def over_channels(self, value: Any) -> tuple[Item, View, View]:
        """An item with the last axis of a value as its channels, whatever the others are there: it, how its axes are
        arranged, and the view of the value."""
        view = self.seen(value).view
        arranged = view.channels_last()
        return self.item_of(Seen(self.seen(value).item, arranged), len(arranged.axes) - 1), arranged, view

    def picked(self, step: Step, value: Any, at: int, index: int) -> Seen | None:
        """A part of the channels, where an axis of a value is one of several equal parts."""
        seen = self.seen(value)
        item, view = seen.item, seen.view
        factor = view.picked(at, item.channel)
        if factor is None:
            return None
        inner = item.shape[item.channel] // factor.size
        shape = tuple(inner if axis == item.channel else size for axis, size in enumerate(item.shape))
        given = {"start": index * inner, "length": inner}
        part = self.flat.add(Item("chunk", given, (item,), step.name, shape, item.channel))
        left = [tuple(leaf for leaf in one.leaves if leaf is not factor) for one in view.base]
        return Seen(part, view.squeezed([at]).carried(View(view.base, tuple(left)), shape))

    def outputs(self) -> Sequence[Item]:
        """The items that the network returns. Raises `Unsayable` for a result of another form."""
        return [self.item(step) for step in self.traced.outputs if step not in self._lost]


_LAST = ("linear", "layer_norm", "rms_norm", "embedding")
_FIRST = ("conv", "batch_norm", "group_norm", "instance_norm", "max_pool", "avg_pool", "adaptive_avg_pool", "upsample")
_FEWER = ("mean", "sum", "amax", "select", "slice", "cat")


def _channel(step: Step, rank: int) -> int:
    """The axis of an input that holds its channels: what the first of those that take it wants, whatever computes value
    by value before."""
    seen, queue = {step}, [step]
    while queue:
        for user in queue.pop(0).users:
            name = user.op
            if name.startswith(_LAST):
                return rank - 1
            if name.startswith(_FIRST) and len(user.shape) == rank:
                return 1
            if name.startswith(("mean", "sum", "amax")) and {-1, rank - 1} & {*_listed(user.args[1:2])}:
                return 1
            if (user.shape == step.shape or name.startswith(_FEWER)) and user not in seen:
                seen.add(user)
                queue.append(user)
    return 1


def _listed(values: Sequence[Any]) -> Sequence[Any]:
    return values[0] if values and isinstance(values[0], (list, tuple)) else values
