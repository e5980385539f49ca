"""The lowering of an op: which torch module or function computes it, described without torch."""

from __future__ import annotations

from dataclasses import field
from math import prod
from typing import Any

from archspec.records import record


@record
class Call:
    """A class or function by its dotted name, with the arguments to give it.

    A module is constructed with the arguments and then called with the values; a function is called with the values,
    then the node's own parameters, then the arguments by keyword.
    """

    target: str
    arguments: dict[str, Any] = field(default_factory=dict)
    is_module: bool = True


def module(target: str, **arguments: Any) -> Call:
    """The construction of an `nn.Module`."""
    return Call(target, arguments)


def function(target: str, **arguments: Any) -> Call:
    """The call of a function."""
    return Call(target, arguments, is_module=False)


@record
class Values:
    """The values of a buffer, one after the other, with the shape of the lists that they were written in."""

    flat: tuple[int | float, ...]
    shape: tuple[int, ...]


@record
class Weight:
    """A parameter or buffer of an op.

    `name` is the attribute in the op's module; empty where the parameter stands under the node's own name. `init` is an
    initializer, for what torch has no default; specs set it by `start`, where that is not the name. `values` are those
    of a buffer that has them, repeated to its shape.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    init: Any = None
    dtype: str = "float32"
    persistent: bool = True
    values: Values | None = None
    start: str | None = None

    @property
    def initialized_as(self) -> str:
        """The name by which `init` sets it."""
        return self.name if self.start is None else self.start

    @property
    def numel(self) -> int:
        """The number of its values."""
        return prod(self.shape)

    def key(self, path: str) -> str:
        """Its key in `state_dict`, where its node has this path."""
        return f"{path}.{self.name}" if self.name else path
