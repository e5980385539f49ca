"""The type of an input: `[3, 224, 224]`, `[784]`, a mapping, or token ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several
from dataclasses import replace
from typing import Any, TypeAlias

from archspec.compiler.combinators import check_at
from archspec.compiler.place import Context, Place, Skip
from archspec.diagnostics import did_you_mean, listed
from archspec.errors import UsageError
from archspec.graph.nodes import Value
from archspec.language import Argument, Sequence, Tree
from archspec.language import Mapping as MappingTree
from archspec.language.models import PARAMETER, Input
from archspec.language.words import shown
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import Stride, TensorType

InputSize: TypeAlias = int | Several[int] | Mapping[str, int] | None
"""Other sizes for an input: one number for all dimensions, one for each, or by the names of symbolic ones."""

_HELP = "`input: [3, 224, 224]`, `[784]`, or `{vocab: 32000, length: 128}` for token ids"


def input_type(context: Context, argument: Argument, place: Place, nothing: Value) -> TensorType:
    """The type that an input declares. Raises `Skip` after a report."""
    found = context.evaluate(argument.template, place, nothing)
    tree = argument.tree
    if isinstance(found, tuple):
        found = {"channels": found[0], "size": found[1:]} if found else ()
    if not isinstance(found, dict) or not found:
        wanted = "must not be empty" if found in ((), {}) else f"must be a list or a mapping, got {shown(found)}"
        context.report(place, "A203", f"`input` {wanted}", tree.span, _HELP)
        raise Skip

    _refuse_sizes(context, found, place, tree)
    model = check_at(context, place, Input, found, argument.arguments, (argument.key, tree.span), "`input`")
    if model.vocab is not None:
        return TensorType(0, (_size(model.length),), dtype="int64", stride=Stride((1,)), vocab=model.vocab)
    assert model.channels is not None
    size = tuple(_size(n) for n in (model.size if isinstance(model.size, tuple) else (model.size,)))
    if len(size) > 3 and model.layout != "channels_last":
        context.report(place, "A203", f"an input has up to 3 dimensions, got {len(size)}", tree.span, _HELP)
        raise Skip
    layout: Any = "channels_last" if not size else model.layout or "channels_first"
    return TensorType(model.channels, size, layout, model.dtype or "float32", Stride((1,) * len(size)))


def resized(kind: TensorType, input_size: InputSize, inputs: int) -> TensorType:
    """An input type with other sizes. Raises `UsageError` where they do not fit it."""
    if input_size is None:
        return kind
    values: Any = input_size.values() if isinstance(input_size, Mapping) else input_size
    if not all(type(n) is int and n >= 1 for n in (values if isinstance(values, Iterable) else (values,))):
        raise UsageError(f"`input_size` holds integers of at least 1, got {input_size!r}")
    if isinstance(input_size, Mapping):
        named = {str(n): n for n in kind.size if isinstance(n, Dim)}
        return replace(kind, size=tuple(input_size.get(str(n), n) if str(n) in named else n for n in kind.size))
    if inputs > 1:
        raise UsageError("with several inputs, sizes are given by name: `H=256`")
    size = (input_size,) * len(kind.size) if isinstance(input_size, int) else tuple(input_size)
    if len(size) != len(kind.size):
        raise UsageError(f"the input has {len(kind.size)} dimensions, `input_size` gives {list(size)}")
    return replace(kind, size=size)


def check_size_names(kinds: Iterable[TensorType], input_size: Mapping[str, int]) -> None:
    """Raises `UsageError` for a name that no size of an input has."""
    known = dict.fromkeys(str(size) for kind in kinds for size in kind.size if isinstance(size, Dim))
    for name in input_size:
        if name not in known:
            hint = did_you_mean(name, known) or (f"there is {listed(known)}" if known else "give numbers alone: `256`")
            raise UsageError(f"no size of the input is called `{name}`; {hint}")


def _refuse_sizes(context: Context, found: dict[str, Any], place: Place, tree: Tree) -> None:
    """Report a size that is neither a number nor a name, at its place."""
    whole = tree.entries["size"] if isinstance(tree, MappingTree) and "size" in tree.entries else tree
    given = found.get("size", ())
    offset = 0 if isinstance(tree, MappingTree) else 1
    for i, size in enumerate(given if isinstance(given, tuple) else (given,)):
        if isinstance(size, str) and re.fullmatch(PARAMETER, size):
            continue
        if isinstance(size, int) and not isinstance(size, bool) and size >= 1:
            continue
        at = whole.items[i + offset] if isinstance(whole, Sequence) and len(whole.items) > i + offset else whole
        message = f"a size is an integer of at least 1, or a name for one that is open, got {shown(size)}"
        context.report(place, "A203", message, at.span, _HELP)
        raise Skip


def _size(value: Any) -> Size:
    return Dim.symbol(value) if isinstance(value, str) else value
