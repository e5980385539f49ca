"""A scope as a class to be written: the children it registers, and the steps of its forward."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import field, replace
from typing import Any

from archspec.export.source.code import Text
from archspec.export.source.items import Define, Item, Path, chain, divided, items_of, joined
from archspec.export.source.make import (
    ATTENTION,
    CHUNK,
    CONTAINER,
    IDENTITY,
    MOVES,
    REARRANGE,
    SPLIT,
    Constant,
    Make,
    of_weight,
)
from archspec.export.source.names import is_attribute
from archspec.graph.needed import Roles
from archspec.graph.nodes import Node, Scope
from archspec.ops.base import MODULES
from archspec.records import record
from archspec.torch_backend.program import is_chain

_SHORT = ("GlobalPool", "Multiply", "Offset", "Pad", "Select", "ResizeLike", "Rearrange")
INLINE = {f"{MODULES}.{name}" for name in _SHORT} | {"torch.nn.Flatten"}
"""Modules without weights that a forward says shorter than a constructor."""

_FREE = ("start", "stop", "sizes", "padding", "factor", "amount", "index")
"""Arguments of those, and of functions, that may differ between two scopes of one class."""


@record
class Step:
    """One step of a forward: the child or parameter at `path`, or the function `target` with arguments, or both.

    `inputs` and `outputs` are numbers of values, `overwrites` is the number of the input that is overwritten. `name` is
    what the file calls the step, empty where it gave no name.
    """

    path: Path
    target: str
    arguments: tuple[tuple[str, Any], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    overwrites: int | None = None
    light: bool = False
    joins: bool = False
    is_scope: bool = False
    again: bool = False
    name: str = field(default="", compare=False)

    def key(self) -> Hashable:
        """What two steps of one class have in common."""
        fixed = tuple((name, len(spread(v)) if self._is_free(name) else v) for name, v in self.arguments)
        values = self.inputs, self.outputs, self.overwrites
        return self.path, self.target, values, self.light, self.joins, self.again, fixed

    def constants(self) -> Iterator[Constant]:
        """The arguments that may become parameters."""
        for name, value in self.arguments:
            if self._is_free(name):
                yield from (Constant(name, self.name or "layer", leaf) for leaf in spread(value))

    def written(self, texts: Iterator[str]) -> dict[str, Any]:
        """The arguments, those that may be parameters as the next ones of `texts`."""
        return {name: _text(value, texts) if self._is_free(name) else value for name, value in self.arguments}

    def _is_free(self, name: str) -> bool:
        if self.target == REARRANGE:
            return name not in MOVES
        return name in _FREE or not self.target.startswith(("torch.", "archspec."))


@record
class Skeleton:
    """A scope before its constants become parameters. Values are numbered: what it receives, then what steps give.

    Modules that run again are values too: those that it receives, and, by their number, the paths of its `own`.
    """

    scope: Scope
    children: tuple[tuple[Path, Make], ...]
    steps: tuple[Step, ...]
    received: tuple[object, ...]
    results: tuple[int, ...]
    chain: Make | None = None
    own: tuple[tuple[int, Path], ...] = ()

    def key(self) -> Hashable:
        """What two scopes of one class have in common."""
        if self.chain is not None:
            return self.chain.key()
        children = tuple((path, made.key()) for path, made in self.children)
        return children, tuple(step.key() for step in self.steps), len(self.received), self.results, self.own

    def constants(self) -> Iterator[Constant]:
        """All constants, in an order that is the same for the same key."""
        if self.chain is not None:
            yield from self.chain.constants()
        for path, made in self.children:
            yield from made.constants(next((name for name in reversed(path) if not name.isdecimal()), "layer"))
        for step in self.steps:
            yield from step.constants()


def spread(value: Any) -> tuple[Any, ...]:
    """The constants of an argument, those of a tuple one by one."""
    return value if isinstance(value, tuple) else (value,)


def _text(value: Any, texts: Iterator[str]) -> Text:
    if not isinstance(value, tuple):
        return Text(next(texts))
    inner = ", ".join(next(texts) for _ in value)
    return Text(f"({inner},)" if len(value) == 1 else f"({inner})")


def skeleton(scope: Scope, define: Define) -> Skeleton:
    """The skeleton of a scope; `define` has the scopes in it that are classes."""
    roles = Roles(scope)
    values, results = roles.takes, roles.gives
    chained = is_chain(scope) and scope.parent is not None
    if chained and (scope.numbered or not all(is_attribute(item.name) for item in scope.body)):
        return Skeleton(scope, (), (), values, (0,), chain(scope, define))
    items = joined(items_of(scope, define), results)
    if scope.parent is not None:
        used = {value for item in items if item.runs for value in item.inputs}.union(results)
        values = tuple(value for value in values if value in used) or values[:1]
    modules = {
        value: _path(value, scope) for item in items for value in item.inputs if isinstance(value, (Node, Scope))
    }
    values += tuple(module for module, path in modules.items() if path is None)
    numbers: dict[object, int] = {value: number for number, value in enumerate(values)}
    children: dict[Path, Make] = {}
    steps: list[Step] = []
    count = len(values)
    own: list[tuple[int, Path]] = []
    for module, path in modules.items():
        if path is not None:
            numbers[module] = count
            own.append((count, path))
            count += 1
    for item in divided(items):
        for length in range(1, len(item.path)):
            # keys stand where a container is first named, be it by what has no weights
            children.setdefault(item.path[:length], Make(CONTAINER))
        if not item.runs:
            if item.node is None or item.node.weights:
                children[item.path] = _child(item)
            continue
        inputs = tuple(numbers[value] for value in item.inputs)
        if item.node is not None and item.node.call.target == IDENTITY:
            numbers[item.outputs[0]] = inputs[0]
            continue
        for value in item.outputs:
            count += numbers.setdefault(value, count) == count
        steps.append(_step(item, inputs, tuple(numbers[value] for value in item.outputs), children))
    filled = {
        path[:length] for path, made in children.items() if made.target != CONTAINER for length in range(len(path))
    }
    kept = tuple((path, made) for path, made in children.items() if made.target != CONTAINER or path in filled)
    return Skeleton(scope, kept, tuple(steps), values, tuple(numbers[value] for value in results), own=tuple(own))


def _path(item: Node | Scope, scope: Scope) -> Path | None:
    """The path of a module in a scope; None where it stands outside."""
    path: list[str] = []
    at: Node | Scope | None = item
    while at is not None and at is not scope:
        path = [*at.name.split("."), *path]
        at = at.output.scope if isinstance(at, Node) else at.parent
    return None if at is None else tuple(path)


def _split(step: Step, item: Item, node: Node) -> Step:
    """The step of several chunks."""
    sizes = item.parts
    dim = node.call.arguments["dim"]
    if len(set(sizes)) == 1:
        return replace(step, target=SPLIT, arguments=(("dim", dim), ("count", len(sizes))))
    return replace(step, target=SPLIT, arguments=(("dim", dim), ("sizes", sizes)))


def _step(item: Item, inputs: tuple[int, ...], outputs: tuple[int, ...], children: dict[Path, Make]) -> Step:
    """The step of an item; its child, where it needs one, is added to the children."""
    node, path = item.node, item.path
    if node is None and item.again:
        return Step((), "", (), inputs, outputs, is_scope=True, again=True, name=item.name)
    if node is None:
        children[path] = _child(item)
        return Step(path, "", (), inputs, outputs, is_scope=True, name=path[-1])
    automatic = re.fullmatch(rf"{node.op.name}(_\d+)?", item.name.rpartition(".")[2]) is not None
    step = Step((), "", (), inputs, outputs, item.overwrites, node.traits.light, node.traits.join is not None)
    step = replace(step, name="" if automatic else item.name.rpartition(".")[2], again=item.again)
    call = node.call
    if len(outputs) > 1 and call.target == CHUNK:
        return _split(step, item, node)
    if item.again:
        written = not call.is_module or call.target in (ATTENTION, *INLINE)
        return replace(step, target=call.target, arguments=_arguments(node)) if written else step
    if item.made is None:
        if node.weights:
            children[path] = _child(item)
        return replace(step, path=path if node.weights else (), target=call.target, arguments=_arguments(node))
    if call.target in INLINE:
        return replace(step, target=call.target, arguments=_arguments(node))
    made = _child(item)
    if call.target == ATTENTION:
        children[path] = made
        return replace(step, path=path, target=ATTENTION)
    if automatic and not node.weights and len(path) == 1 and call.target.startswith(("torch.nn.", MODULES)):
        # a module without state serves wherever the same one is called for
        path = next((known for known, other in children.items() if other == made), path)
    children[path] = made
    return replace(step, path=path)


def _child(item: Item) -> Make:
    """The construction of the child that an item is, or of the parameter that it has."""
    node, made = item.node, item.made
    if made is None:
        assert node is not None
        (weight,) = node.weights
        return of_weight(node, weight)
    if node is not None and node.call.target == ATTENTION:
        return Make("torch.nn.MultiheadAttention", (*made.arguments, ("batch_first", True)))
    return made


def _arguments(node: Node) -> tuple[tuple[str, Any], ...]:
    """The arguments of a function, or of a module that is written out."""
    found = dict(node.call.arguments)
    if node.call.target == CHUNK:
        stop = found["start"] + found.pop("length")
        # what reaches to the end needs no number
        found |= {"to_end": True} if stop == node.types[0].channels else {"stop": stop}
    if node.call.target == REARRANGE:
        # a value without a batch may have a pattern without one, and a 1 is no axis
        left = [word for word in re.findall(r"\w+", str(found["pattern"]).partition("->")[0]) if word != "1"]
        left = left if left[:1] == ["n"] else ["n", *left]
        # no axis ends with an underscore, so that one called `order` is not taken for the order
        axes = (f"{axis}_" if axis in found else axis for axis in left)
        named = [[(next(axes), size) for size in group] for group in found["split"]]
        found["split"] = tuple(tuple("" if size is None else name for name, size in group) for group in named)
        found |= {name: size for group in named for name, size in group if size is not None}
    return tuple(found.items())
