"""The type of an input: `[3, 224, 224]`, `[784]`, a mapping, or token ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.opnode import validated
from archspec.diagnostics import did_you_mean, listed
from archspec.errors import UsageError
from archspec.language import Argument
from archspec.language.models import PARAMETER, Input
from archspec.language.phrases import shown
from archspec.limits import AXIS
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import Stride, TensorType

InputSize: TypeAlias = int | Sequence[int] | Mapping[str, int] | None
"""Other sizes for an input: one number for all dimensions, one for each, or by the names of symbolic ones."""
InChannels: TypeAlias = int | Mapping[str, int] | None
"""Other channels for an input: a number, or numbers by the names of inputs."""

_HELP = "`input: [3, 224, 224]`, `[784]`, or `{vocab: 32000, length: 128}` for token ids"


def input_type(argument: Argument, here: Here) -> TensorType:
    """The type that an input declares. Raises `Skip` after a report."""
    found = here.evaluate(argument.template)
    listed = isinstance(found, tuple)
    if listed:
        found = {"channels": found[0], "size": found[1:]} if found else ()
    if not isinstance(found, dict) or not found:
        wanted = "must not be empty" if found in ((), {}) else f"must be a list or a mapping, found {shown(found)}"
        here.report("A203", f"`input` {wanted}", argument.at, _HELP)
        raise Skip

    _refuse_sizes(found, argument, listed, here)
    model = validated(Input, found, argument.arguments, (argument.key, argument.at), "`input`", here)
    if model.vocab is not None:
        return TensorType(0, (_size(model.length),), dtype="int64", stride=Stride((1,)), vocab=model.vocab)
    assert model.channels is not None
    size = tuple(_size(n) for n in (model.size if isinstance(model.size, tuple) else (model.size,)))
    if len(size) > 3 and model.layout != "channels_last":
        here.report("A203", f"an input has up to 3 dimensions, found {len(size)}", argument.at, _HELP)
        raise Skip
    layout: Any = "channels_last" if not size else model.layout or "channels_first"
    return TensorType(model.channels, size, layout, model.dtype or "float32", Stride((1,) * len(size)))


def resized(kind: TensorType, input_size: InputSize, inputs: int) -> TensorType:
    """An input type with other sizes. Raises `UsageError` where they do not fit it."""
    if input_size is None:
        return kind
    values: Any = input_size.values() if isinstance(input_size, Mapping) else input_size
    if not all(type(n) is int and n >= 1 for n in (values if isinstance(values, Iterable) else (values,))):
        raise UsageError(f"`input_size` must hold integers of at least 1, found {input_size!r}")
    if isinstance(input_size, Mapping):
        named = {str(n): n for n in kind.size if isinstance(n, Dim)}
        return replace(kind, size=tuple(input_size.get(str(n), n) if str(n) in named else n for n in kind.size))
    if inputs > 1:
        raise UsageError("with several inputs, give sizes by name: `H=256`")
    size = (input_size,) * len(kind.size) if isinstance(input_size, int) else tuple(input_size)
    if len(size) != len(kind.size):
        raise UsageError(f"the input has {len(kind.size)} dimensions, but `input_size` gives {list(size)}")
    return replace(kind, size=size)


def recolored(kind: TensorType, in_channels: InChannels, name: str) -> TensorType:
    """The type of the input `name` with other channels."""
    channels = in_channels.get(name) if isinstance(in_channels, Mapping) else in_channels
    if channels is None:
        return kind
    if kind.vocab is not None:
        raise UsageError(f"the input `{name}` is of token ids, which have no channels")
    return kind.with_channels(channels)


def check_in_channels(inputs: Iterable[str], in_channels: InChannels) -> None:
    """Raises `UsageError` for what are no channels of these inputs."""
    names = list(inputs)
    given = in_channels if isinstance(in_channels, Mapping) else {"": in_channels}
    if any(type(channels) is not int or not 1 <= channels <= AXIS for channels in given.values()):
        raise UsageError(f"`in_channels` must be an integer of at least 1, found {in_channels!r:.80}")
    if not isinstance(in_channels, Mapping) and len(names) > 1:
        raise UsageError(f"with several inputs, give channels by name: `{names[0]}=4`")
    for name in in_channels if isinstance(in_channels, Mapping) else ():
        if name not in names:
            raise UsageError(
                f"there is no input `{name}`; {did_you_mean(str(name), names) or f'it has {listed(names)}'}"
            )


def check_size_names(kinds: Iterable[TensorType], input_size: Mapping[str, int]) -> None:
    """Raises `UsageError` for a name that no size of an input has."""
    known = dict.fromkeys(str(size) for kind in kinds for size in kind.size if isinstance(size, Dim))
    for name in input_size:
        if name not in known:
            hint = did_you_mean(str(name), known) or (
                f"it has {listed(known)}" if known else "give plain numbers: `256`"
            )
            raise UsageError(f"the input has no size named `{name}`; {hint}")


def _refuse_sizes(found: Mapping[str, Any], argument: Argument, listed: bool, here: Here) -> None:
    """Report a size that is neither a number nor a name, at its place: in a list, or under `size`."""
    given = found.get("size", ())
    for i, size in enumerate(given if isinstance(given, tuple) else (given,)):
        if isinstance(size, str) and re.fullmatch(PARAMETER, size):
            continue
        if isinstance(size, int) and not isinstance(size, bool) and size >= 1:
            continue
        at = argument.part(i + 1) if listed else argument.part("size", i)
        message = f"a size must be an integer of at least 1, or a name for a symbolic one, found {shown(size)}"
        here.report("A203", message, at, _HELP)
        raise Skip


def _size(value: Any) -> Size:
    return Dim.symbol(value) if isinstance(value, str) else value
