"""The type of an input: `[3, 224, 224]`, `[784]`, a mapping, or token ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.opnode import validated
from archspec.language import Argument
from archspec.language.models import PARAMETER, Input
from archspec.language.phrases import shown
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import Stride, TensorType

InChannels: TypeAlias = int | Mapping[str, int] | None
"""Other channels for an input: a number, or numbers by the names of inputs."""
InputSize: TypeAlias = int | Sequence[int] | Mapping[str, int | Sequence[int]] | None
"""Other sizes for the inputs: one number for all dimensions, one for each, or either by the name of a symbolic size or
of an input."""

_HELP = "`input: [3, 224, 224]`, `[784]`, or `{vocab: 32000, length: 128}` for token ids"


def input_type(argument: Argument, here: Here) -> TensorType:
    """The type that an input declares. Raises `Skip` after a report."""
    found = here.evaluate(argument.template)
    listed = isinstance(found, tuple)
    if listed:
        _refuse_order(found, argument, here)
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


def _refuse_order(axes: Sequence[Any], argument: Argument, here: Here) -> None:
    """Report a list that begins with a batch, or ends with the channels, where that cannot be meant as it stands."""
    first, rest = axes[0] if axes else 0, axes[1:]
    named = isinstance(first, str) and bool(re.fullmatch(PARAMETER, first))
    is_batch = named or first in (None, -1) or (_is_number(first) and len(axes) > 4)
    if not rest or not is_batch:
        return
    if _is_number(rest[0]) and len(rest) < 5:
        meant = rest
    elif len(axes) == 3 and named and _is_number(axes[2]):
        meant = (axes[2], *axes[:2])
    else:
        return
    help = f"write `[{', '.join(map(str, meant))}]`: channels first, and no batch"
    if _is_number(first):
        here.report("A203", f"an input has up to 3 dimensions, found {len(rest)}", argument.at, help)
    else:
        message = f"`channels` of `input` must be an integer of at least 1, found {shown(first)}"
        here.report("A203", message, argument.part(0), help)
    raise Skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _refuse_sizes(found: Mapping[str, Any], argument: Argument, listed: bool, here: Here) -> None:
    """Report a size that is neither a number nor a name, at its place: in a list, or under `size`."""
    given = found.get("size", ())
    for i, size in enumerate(given if isinstance(given, tuple) else (given,)):
        if isinstance(size, str) and re.fullmatch(PARAMETER, size):
            continue
        if _is_number(size):
            continue
        at = argument.part(i + 1) if listed else argument.part("size", i)
        message = f"a size must be an integer of at least 1, or a name for a symbolic one, found {shown(size)}"
        here.report("A203", message, at, _HELP)
        raise Skip


def _size(value: Any) -> Size:
    return Dim.symbol(value) if isinstance(value, str) else value
