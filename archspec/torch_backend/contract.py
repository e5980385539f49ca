"""What a network takes: a call with anything else is refused in the words of its spec, before torch refuses it.

Other sizes than the spec declares are torch's matter, as long as it computes with them: a network of convolutions takes
any. Nothing here looks at values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import torch
from torch import Tensor, nn
from torch.overrides import is_tensor_like

from archspec.errors import InputError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import demand
from archspec.records import record
from archspec.types.sizes import Dim, Size, evaluate, symbols

_PLAIN = {Tensor, nn.Parameter}
"""The types of tensors that are looked at: what tracers and other libraries put in their place is up to them."""
_TRIED = 4096
"""Up to which size a symbol is tried for what a node needs at least."""
_IDS = {torch.int64, torch.int32}


@record
class Expected:
    """One input: its axes with the batch first, numbers or the names of symbolic sizes.

    `channels` is the number of the channel axis, None for token ids; `multiples` are pairs of an axis and what its size
    must be a multiple of, `least` of an axis, its smallest size, and the node that needs it; `place` is where the file
    declares it.
    """

    name: str
    axes: tuple[int | str, ...]
    channels: int | None
    multiples: tuple[tuple[int, int], ...]
    place: str
    least: tuple[tuple[int, int, str], ...] = ()

    def takes(self, x: Tensor) -> bool:
        """Whether a tensor may be this input; its sizes may be others than those declared."""
        shape = x.shape
        if len(shape) != len(self.axes):
            return False
        if self.channels is None:
            if x.dtype not in _IDS:
                return False
        elif shape[self.channels] != self.axes[self.channels] or not x.is_floating_point():
            return False
        if any(shape[axis] < n for axis, n, _ in self.least):
            return False
        return not self.multiples or all(shape[axis] % divisor == 0 for axis, divisor in self.multiples)

    def misfit(self, x: Tensor, symbols: dict[str, int]) -> str:
        """What is said of the sizes, if they are not those declared; `symbols` are the symbolic ones of inputs before,
        and of this one afterwards."""
        given = list(zip(self.axes, x.shape, strict=True))
        other = {axis: symbols[axis] for axis, n in given if isinstance(axis, str) and symbols.get(axis, n) != n}
        symbols.update({axis: n for axis, n in given if isinstance(axis, str) and axis not in other})
        if not other and all(axis == n for axis, n in given if isinstance(axis, int)):
            return ""
        known = " and ".join(f"{name} = {n}" for name, n in other.items())
        return f"{self}{known and f' with {known}'}, found {' × '.join(map(str, x.shape))}"

    def __str__(self) -> str:
        return " × ".join(map(str, self.axes))


@record
class Contract:
    """The inputs that a network takes, and where each of its nodes and scopes stands, by path."""

    network: str
    inputs: tuple[Expected, ...]
    places: Mapping[str, str]

    def check(self, inputs: Sequence[object]) -> None:
        """Raise `InputError` for an input that cannot be one of the network's."""
        for expected, x in zip(self.inputs, inputs, strict=True):
            if type(x) in _PLAIN:
                assert isinstance(x, Tensor)
                if not expected.takes(x):
                    raise self.refusal(expected, x)
            elif not is_tensor_like(x):
                raise self.refusal(expected, x)

    def misfits(self, inputs: Sequence[object]) -> str:
        """What is said of inputs that have other sizes than the spec declares."""
        symbols: dict[str, int] = {}
        found = [
            (expected, expected.misfit(x, symbols))
            for expected, x in zip(self.inputs, inputs, strict=True)
            if type(x) in _PLAIN and isinstance(x, Tensor)
        ]
        return "; ".join(f"{self._called(expected)} is declared as {told}" for expected, told in found if told)

    def miscalled(self, given: Sequence[object], named: Mapping[str, object]) -> InputError | None:
        """What to say of a call with too few inputs, too many, or other names; None if it has each of them."""
        # the one input has no name
        names = ["x"] if len(self.inputs) == 1 else [expected.name for expected in self.inputs]
        missing = [f"`{name}`" for name in names[len(given) :] if name not in named]
        strange = [f"`{name}`" for name in named if name not in names[len(given) :]]
        more = len(given) - len(names)
        if not (missing or strange or more > 0):
            return None
        takes = " and ".join(f"`{name}` ({expected})" for name, expected in zip(names, self.inputs, strict=True))
        wrong = [f"without {' and '.join(missing)}"] if missing else []
        wrong += [f"with {more} too many"] if more > 0 else []
        wrong += [f"with {' and '.join(strange)} besides"] if strange else []
        return InputError(f"`{self.network}` takes {takes}, and was called {' and '.join(wrong)}")

    def refusal(self, expected: Expected, x: object) -> InputError:
        """What to say of an input."""
        wanted = f"{'token ids, ' if expected.channels is None else ''}{expected}"
        found, help = _found(expected, x), _help(expected, x)
        return InputError(f"{self._called(expected)} must be {wanted}, found {found}{help and f'; {help}'}")

    def _called(self, expected: Expected) -> str:
        what = f"the input `{expected.name}`" if len(self.inputs) > 1 else "the input"
        return f"{what} of `{self.network}`" + (f" ({expected.place})" if expected.place else "")


def _found(expected: Expected, x: object) -> str:
    if not isinstance(x, Tensor):
        return f"a {type(x).__name__}"
    shape = " × ".join(map(str, x.shape)) or "a single value"
    fits = x.dtype in _IDS if expected.channels is None else x.is_floating_point()
    return shape if fits else f"{shape} of {str(x.dtype).removeprefix('torch.')}"


def _help(expected: Expected, x: object) -> str:
    """The way out, where there is one."""
    if not isinstance(x, Tensor):
        return "pass a tensor"
    shape, axes, at = tuple(x.shape), expected.axes, expected.channels
    if len(shape) == len(axes) - 1 and (at is None or shape[at - 1 if at > 0 else at] == axes[at]):
        return "`x.unsqueeze(0)` adds the batch"
    if len(shape) != len(axes):
        return f"it must have {len(axes)} axes with the batch"
    if at is not None and shape[at] != axes[at]:
        moved = {1: "`x.movedim(-1, 1)`", -1: "`x.movedim(1, -1)`"}[at]
        other = shape[-1 if at == 1 else 1]
        return (
            f"{moved} moves the channels"
            if other == axes[at]
            else f"it must have {axes[at]} channel{'s' * (axes[at] != 1)}"
        )
    if expected.channels is None and x.dtype not in _IDS:
        return "`x.long()` makes integers of them"
    if expected.channels is not None and not x.is_floating_point():
        return "`x.float()` makes floating-point numbers of them"
    wrong = [(axes[axis], shape[axis], n) for axis, n in expected.multiples if shape[axis] % n]
    told = [f"{name} must be a multiple of {n}: {_next(size, n)}" for name, size, n in wrong]
    told += [f"{axes[axis]} must be at least {n} for {node}" for axis, n, node in expected.least if shape[axis] < n]
    return "; ".join(told)


def _next(size: int, step: int) -> str:
    """The multiples around a size: `224 or 256`."""
    return " or ".join(str(n) for n in (size // step * step, size // step * step + step) if n)


def contract(graph: Graph) -> Contract:
    """The contract of a graph's module."""
    multiples: dict[str, int] = {}
    least: dict[str, tuple[int, str]] = {}
    for path, node in graph.nodes():
        if not node.runs:
            continue
        for size, number in node.op.minima(*node.types):
            name, smallest = _smallest(size, number)
            if smallest > least.get(name, (1, ""))[0]:
                least[name] = (smallest, f"`{path}` ({_place(node)})")
        demand(multiples, dict(node.conditions))
    inputs = tuple(_expected(graph, name, value, multiples, least) for name, value in graph.inputs.items())
    places = ((path, _place(item)) for path, item in graph.items())
    return Contract(graph.name, inputs, {path: place for path, place in places if place})


def _smallest(size: Size, number: int) -> tuple[str, int]:
    """The symbol that a size depends on, and its smallest value by which the size is that number; of others none."""
    names = sorted(symbols(size)) if isinstance(size, Dim) else []
    if len(names) == 1:
        for value in range(1, _TRIED):
            with suppress(ValueError):
                if evaluate(size, {names[0]: value}) >= number:
                    return names[0], value
    return "", 1


def _expected(
    graph: Graph, name: str, value: Value, multiples: Mapping[str, int], least: Mapping[str, tuple[int, str]]
) -> Expected:
    kind = value.type
    assert kind is not None
    axes = ("N", *(str(size) if isinstance(size, Dim) else size for size in kind.shape))
    conditions = tuple((axis, multiples[n]) for axis, n in enumerate(axes) if isinstance(n, str) and n in multiples)
    channels = None if kind.vocab is not None else kind.channel_axis
    needed = tuple((axis, *least[n]) for axis, n in enumerate(axes) if isinstance(n, str) and n in least)
    return Expected(name, axes, channels, conditions, str(graph.declared.get(name, "")), needed)


def _place(item: Node | Scope) -> str:
    """Where an item stands; for what is in a block also the outermost call, which is in the user's file."""
    if item.span is None:
        return ""
    site = item.site if isinstance(item, Node) else None
    called = site.chain()[0].span if site is not None else None
    return f"{item.span}, called at {called}" if called is not None else str(item.span)
