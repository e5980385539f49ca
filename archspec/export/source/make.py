"""Constructions: which class is called with which arguments, before anybody decides what is a parameter."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from archspec.graph.nodes import Node, Scope
from archspec.ops.base import FUNCTIONS, MODULES, short
from archspec.records import record
from archspec.types.call import Weight

SEQUENTIAL = "torch.nn.Sequential"
PARAMETER = "torch.nn.Parameter"
BUFFER = "torch.nn.Buffer"
CONTAINER = "torch.nn.Module"
IDENTITY = "torch.nn.Identity"
REARRANGE = f"{MODULES}.Rearrange"
ADD, CHUNK, SPLIT = f"{FUNCTIONS}.add", f"{FUNCTIONS}.chunk", f"{FUNCTIONS}.split"
ATTENTION = f"{MODULES}.SelfAttention"

MOVES = ("pattern", "split", "order", "merge")
"""What a rearrangement does, apart from the sizes of its axes."""

FIXED = ("inplace", "init", "persistent", "values", "ids", *MOVES)
"""Arguments that never become parameters."""

_AXES = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size", "scale_factor")
"""Arguments of torch's modules for which one number stands for every dimension."""


class Constant(NamedTuple):
    """A constant of the code: the argument that it is, the name of what it belongs to, and its value."""

    argument: str
    item: str
    value: Any


@record
class Make:
    """A class by its dotted name, or by its name alone where the file defines it, and its arguments.

    Arguments are constants, or constructions themselves; those of a chain are its modules by name.
    """

    target: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def key(self) -> Hashable:
        """What two constructions of one line of code have in common: all but the constants."""
        keys = ((name, _key(name, value) if "." in self.target else None) for name, value in self.arguments)
        return self.target, tuple(keys)

    def constants(self, item: str = "layer") -> Iterator[Constant]:
        """The constants, in an order that is the same for the same key; `item` is what the file calls this."""
        for name, value in self.arguments:
            if "." not in self.target:
                yield Constant(name, item, value)  # a class of the file: its parameters have names of the spec's
            elif isinstance(value, Make):
                yield from value.constants(item if name.isdecimal() else name)
            elif name == "shape":
                yield from (Constant(name, item, size) for size in value)
            elif name not in FIXED:
                yield Constant(name, item, value)


class Made(NamedTuple):
    """The construction of a scope that is a class, and which of the values that it receives its forward takes; after
    these it takes the `modules` from outside that it runs again."""

    make: Make
    inputs: tuple[int, ...]
    modules: tuple[Node | Scope, ...] = ()


def _key(name: str, value: Any) -> Hashable:
    if isinstance(value, Make):
        return value.key()
    return value if name in FIXED else len(value) if name == "shape" else None


def of_node(node: Node, overwrites: bool) -> Make:
    """The construction of a node's module."""
    call = node.call
    found = dict(call.arguments)
    if call.target.startswith("torch.nn."):
        found = {name: short(value) if name in _AXES else value for name, value in found.items()}
        if "Pool" in call.target and found.get("stride") == found.get("kernel_size"):
            found.pop("stride", None)
    if overwrites:
        found["inplace"] = True
    return Make(call.target, tuple(found.items()))


def of_weight(node: Node, weight: Weight) -> Make:
    """The construction of a parameter or buffer that stands under the node's own name."""
    init = node.initializer(weight)
    if weight.values is not None:
        arguments = (("persistent", weight.persistent), ("values", weight.values), ("ids", weight.dtype == "int64"))
        return Make(BUFFER, (*arguments, ("shape", weight.shape)))
    name, given = (init.name, init.arguments) if init is not None else ("zeros", ())
    if name == "constant":
        # a tensor full of an integer is one of integers
        given = tuple((argument, float(value)) for argument, value in given)
    kind = PARAMETER if weight.trainable else BUFFER
    return Make(kind, (("init", name), ("shape", weight.shape), *given))
