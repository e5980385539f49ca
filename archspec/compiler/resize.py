"""Other sizes for inputs than the spec declares, as `input_size` gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from archspec.compiler import typed
from archspec.compiler.inputs import InputSize
from archspec.diagnostics import did_you_mean, listed
from archspec.errors import UsageError
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import TensorType

Axis: TypeAlias = str | tuple[str, int]
"""An axis whose size can be chosen: by the name of a symbolic size, or by its input and number."""

Kinds: TypeAlias = Mapping[str, TensorType]
"""The types of the inputs by name."""


def chosen(kinds: Kinds, input_size: InputSize) -> dict[Axis, int]:
    """The sizes that `input_size` gives. Raises `UsageError` where it is none, or makes no sense for these inputs."""
    if input_size is None:
        return {}
    _check(input_size)
    if isinstance(input_size, Mapping):
        return _by_name(kinds, input_size)
    if not any(kind.size for kind in kinds.values()):
        which = "the input has" if len(kinds) == 1 else "the inputs have"
        what = f"{which} channels alone and no size"
        raise UsageError(f"`{typed.sizes(input_size)}`: {what}; the spec sets the channels")
    found: dict[Axis, int] = {}
    for name, kind in kinds.items():
        if kind.size:
            _merge(found, _of_input(name, kind, input_size, kinds), input_size)
    return found


def resized(kinds: Kinds, sizes: Mapping[Axis, Size]) -> dict[str, TensorType]:
    """The types with the sizes that were chosen."""
    return {
        name: replace(kind, size=tuple(sizes.get(axis, size) for axis, size in axes_of(name, kind)))
        for name, kind in kinds.items()
    }


def called(axis: Axis, kinds: Kinds) -> str:
    """What a size is called: `H`, or `the height of `rgb`` for one without a name."""
    if isinstance(axis, str):
        return axis
    name, dimension = axis
    words = _WORDS.get(len(kinds[name].size))
    what = f"the {words[dimension]}" if words else f"dimension {dimension + 1}"
    return f"{what} of `{name}`" if len(kinds) > 1 else what


_WORDS = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def axes_of(name: str, kind: TensorType) -> list[tuple[Axis, Size]]:
    """The axes of an input's sizes, with what it declares there."""
    return [(str(size) if isinstance(size, Dim) else (name, i), size) for i, size in enumerate(kind.size)]


def _check(input_size: Any) -> None:
    """Raise `UsageError` for what holds something else than integers from 1."""
    flat: list[Any] = []
    for part in input_size.values() if isinstance(input_size, Mapping) else [input_size]:
        flat += part if isinstance(part, Iterable) and not isinstance(part, (str, bytes, Mapping)) else [part]
    if not all(type(n) is int and n >= 1 for n in flat):
        raise UsageError(f"`input_size` must hold integers of at least 1, found {input_size!r}")


def _of_input(name: str, kind: TensorType, given: int | Sequence[int], kinds: Kinds) -> dict[Axis, int]:
    """The sizes of one input."""
    axes = [axis for axis, _ in axes_of(name, kind)]
    values = [given] * len(axes) if isinstance(given, int) else list(given)
    if len(values) != len(axes):
        whose = "the input" if len(kinds) == 1 else f"the input `{name}`"
        help = "; leave out the channels" if len(values) == len(axes) + 1 and kind.channels in values else ""
        count = f"{len(axes)} dimension{'s' if len(axes) != 1 else ''}"
        raise UsageError(f"`{typed.sizes(given)}`: {whose} has {count}, found {len(values)} sizes{help}")
    found: dict[Axis, int] = {}
    for axis, value in zip(axes, values, strict=True):
        _merge(found, {axis: value}, given)
    return found


def _by_name(kinds: Kinds, given: Mapping[str, int | Sequence[int]]) -> dict[Axis, int]:
    sizes = dict.fromkeys(str(size) for kind in kinds.values() for size in kind.size if isinstance(size, Dim))
    found: dict[Axis, int] = {}
    for name, value in given.items():
        if name in sizes:
            if not isinstance(value, int):
                raise UsageError(f"`{typed.sizes(given)}`: `{name}` is one size, found {len(value)}")
            _merge(found, {name: value}, given)
        elif name in kinds:
            _merge(found, _of_input(name, kinds[name], value, kinds), given)
        else:
            known = [*sizes, *(kinds if len(kinds) > 1 else ())]
            hint = did_you_mean(str(name), known) or (
                f"it has {listed(known)}" if known else "give plain numbers: `256`"
            )
            raise UsageError(f"the input has no size named `{name}`; {hint}")
    return found


def _merge(found: dict[Axis, int], more: Mapping[Axis, int], given: object) -> None:
    for axis, size in more.items():
        if found.setdefault(axis, size) != size:
            raise UsageError(f"`{typed.sizes(given)}`: two sizes for `{axis}`, {found[axis]} and {size}")
