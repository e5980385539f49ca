"""The type of an input: `[3, 224, 224]`, `[784]`, a mapping, or token ids."""

from __future__ import annotations

from typing import Any

from archspec.compiler.combinators import check_at
from archspec.compiler.place import Context, Place, Skip
from archspec.diagnostics import Span
from archspec.graph.dims import Dim, Size
from archspec.graph.graph import Value
from archspec.graph.types import Stride, TensorType
from archspec.spec import Argument, Mapping
from archspec.spec.models import Input

_HELP = "`input: [3, 224, 224]`, `[784]`, or `{vocab: 32000, length: 128}` for token ids"


def input_type(context: Context, argument: Argument, place: Place, nothing: Value) -> TensorType:
    """The type that an input declares. Raises `Skip` after a report."""
    found = context.evaluate(argument.template, place, nothing)
    tree = argument.tree
    if isinstance(found, tuple):
        found = {"channels": found[0], "size": found[1:]} if found else {}
    if not isinstance(found, dict) or not found:
        context.report(place, "A203", f"`input` must be a list or a mapping, got {found!r}", tree.span, _HELP)
        raise Skip

    def spans(key: str) -> tuple[Span, Span]:
        if isinstance(tree, Mapping) and key in tree.entries:
            return tree.keys[key], tree.entries[key].span
        return argument.key, tree.span

    model: Input = check_at(context, place, Input, found, spans, tree.span, "`input`")
    if model.vocab is not None:
        return TensorType(0, (_size(model.length),), dtype="int64", stride=Stride((1,)), vocab=model.vocab)
    assert model.channels is not None
    size = tuple(_size(n) for n in (model.size if isinstance(model.size, tuple) else (model.size,)))
    if len(size) > 3 and model.layout != "channels_last":
        context.report(place, "A203", f"an input has up to 3 dimensions, got {len(size)}", tree.span, _HELP)
        raise Skip
    layout: Any = "channels_last" if not size else model.layout or "channels_first"
    return TensorType(model.channels, size, layout, model.dtype or "float32", Stride((1,) * len(size)))


def _size(value: Any) -> Size:
    return Dim.symbol(value) if isinstance(value, str) else value
