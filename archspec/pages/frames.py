"""From a graph to its picture: a frame for each module, fused ops as one box, equal modules in a row as one."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import field, replace

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.pages.links import Link
from archspec.pages.picture import OUTSIDE, Box, Frame, Net, Picture, Words
from archspec.pages.plan import plan
from archspec.pages.units import Unit, drops, fused, measured, runs
from archspec.pages.words import kind_of, words_of, words_of_scope
from archspec.records import record
from archspec.reports.contents import arguments, contents
from archspec.types.tensor import shape_text

_FEW = 4
"""So many boxes, or fewer, of a module without a block stand in the frame around it."""


def picture(graph: Graph, fuse: bool = True) -> Picture:
    """The picture of a network; with `fuse`, norms and activations are in the box of the layer that they follow."""
    found = _Frames(contents(graph.root, _alike), _solid(graph), fuse)
    inputs = [found.end(f"input:{name}", name, value, made=True) for name, value in graph.inputs.items()]
    inside = found.units(graph.root, "")
    outputs = [found.end(f"output:{name}", name, value, made=False) for name, value in graph.outputs.items()]
    root = found.frame("", [*inputs, *inside, *outputs], (), ())
    return Picture(graph.name, (root, *found.frames))


@record
class _Frames:
    """The frames inside of the network, so far, and what is known of its values.

    `solid` are the values of which a module takes more than the size, `numbers` and `shapes` those of values; `same`
    maps what the last of equal modules gives to what the first gives, which stands for all of them.
    """

    contents: Mapping[Scope, Hashable]
    solid: Mapping[Scope, set[Value]]
    fuse: bool
    frames: list[Frame] = field(default_factory=list)
    numbers: dict[Value, int] = field(default_factory=dict)
    shapes: list[str] = field(default_factory=list)
    same: dict[Value, Value] = field(default_factory=dict)

    def number(self, value: Value) -> int:
        """The number of a value, which is that of the one that stands for it."""
        while value in self.same:
            value = self.same[value]
        if value not in self.numbers:
            self.numbers[value] = len(self.numbers)
            self.shapes.append(_shape(value))
        return self.numbers[value]

    def end(self, path: str, name: str, value: Value, made: bool) -> Unit:
        """An input of the network, or an output."""
        number = self.number(value)
        takes, gives = ({}, (number,)) if made else ({number: False}, ())
        return Unit(path, name, "end", Words(name), _shape(value), 0, 0, takes, gives)

    def units(self, scope: Scope, prefix: str) -> list[Unit]:
        """What stands in a module. Depth is bounded by the compiler."""
        found: list[Unit] = []
        for equal in runs([item for item in scope.body if item.runs], self.contents, scope.gives):
            first, last = equal[0], equal[-1]
            if isinstance(first, Node):
                found.append(self.op(first, prefix + first.name))
            else:
                found += self.module(first, prefix + first.name, len(equal))
            if first is not last:
                self.same.update(zip(last.gives, first.gives, strict=True))
        if self.fuse:
            return fused(found, {self.number(value) for value in scope.gives})
        return found

    def op(self, node: Node, path: str) -> Unit:
        """A node by itself."""
        return Unit(
            path,
            node.name,
            kind_of(node.op),
            words_of(node),
            _shape(node.output),
            node.parameter_count,
            node.macs,
            {self.number(value): size for value, size in measured(node).items()},
            tuple([self.number(value) for value in node.outputs]),
            (node.op,),
            (path,),
        )

    def module(self, scope: Scope, path: str, times: int) -> list[Unit]:
        """A module with all that is in it: a box that opens, or what is in it, where that says as much."""
        inside = self.units(scope, f"{path}.")
        taken = {self.number(value): value not in self.solid[scope] for value in scope.takes}
        # a value that only passes is not the module's to give
        own = tuple([value for value in map(self.number, scope.gives) if value not in taken])
        words = words_of_scope(scope)
        if len(inside) == 1:
            return [_lifted(inside[0], scope.name, path, words.note, times)]
        if not inside or (times == 1 and not scope.block and self.is_plain(scope, inside)):
            return inside
        self.frames.append(self.frame(path, inside, tuple(taken), own))
        return [
            Unit(
                path,
                scope.name,
                "block",
                words,
                _shape(scope.output),
                scope.parameter_count,
                scope.macs,
                taken,
                own,
                times=times,
                frame=len(self.frames),
                block=scope.block,
            )
        ]

    def is_plain(self, scope: Scope, inside: Sequence[Unit]) -> bool:
        """Whether a module only keeps a few things together, or all there are."""
        alone = scope.parent is not None and len(scope.parent.body) == 1
        return scope.kind != "stage" and (alone or len(inside) <= _FEW)

    def frame(self, path: str, units: Sequence[Unit], takes: tuple[int, ...], gives: tuple[int, ...]) -> Frame:
        """The frame around some units."""
        source = {value: place for place, unit in enumerate(units) for value in unit.gives}
        ends: dict[tuple[int, bool], list[int]] = {}
        for place, unit in enumerate(units):
            for value, dashed in unit.takes.items():
                ends.setdefault((value, dashed), []).append(place)
        for value in gives:
            ends.setdefault((value, False), []).append(OUTSIDE)
        nets = tuple(
            [
                Net(value, source.get(value, OUTSIDE), tuple(places), dashed, self.shapes[value])
                for (value, dashed), places in ends.items()
            ]
        )
        numbers: list[dict[int, int]] = [{} for _ in units]
        for number, net in enumerate(nets):
            for place in net.ends:
                if place != OUTSIDE:
                    numbers[place][net.value] = number
        used = {net.value for net in nets}
        boxes = tuple([_box(unit, numbers[place], used) for place, unit in enumerate(units)])
        links = [Link(number, net.source, net.ends) for number, net in enumerate(nets)]
        return Frame(path, boxes, nets, takes, gives, plan(len(units), links))


def _lifted(only: Unit, name: str, path: str, note: str, times: int) -> Unit:
    """The only box in a module, in the place of that."""
    notes = dict.fromkeys(text for text in (note, only.words.note) if text)
    words = replace(only.words, note="; ".join(notes))
    return replace(only, path=path if only.frame < 0 else only.path, name=name, words=words, times=times * only.times)


def _box(unit: Unit, nets: Mapping[int, int], used: Collection[int]) -> Box:
    """The box of a unit; `nets` are those of the values that it takes."""
    return Box(
        unit.path,
        unit.name,
        unit.kind,
        unit.words,
        unit.shape,
        unit.params,
        unit.macs,
        unit.times,
        unit.frame,
        unit.block,
        unit.nodes,
        tuple([nets[value] for value in unit.takes]),
        tuple([value for value in unit.gives if value in used]),
    )


def _alike(node: Node) -> Hashable:
    """The same for ops of the same arguments, and for those that drop values with any probability but zero."""
    return (node.op.name, "drops") if drops(node.op) else arguments(node)


def _solid(graph: Graph) -> dict[Scope, set[Value]]:
    """For each module the values of which something in it takes more than the size."""
    found: dict[Scope, set[Value]] = {}

    def gather(scope: Scope) -> set[Value]:
        """Depth is bounded by the compiler."""
        own = found[scope] = set(scope.gives)
        for item in scope.body:
            if isinstance(item, Scope):
                own |= gather(item)
            elif item.runs:
                own |= {value for value, only_size in measured(item).items() if not only_size}
        return own

    gather(graph.root)
    return found


def _shape(value: Value) -> str:
    return "" if value.type is None else shape_text(value.type.shape)
