"""`residual` and its shortcuts: identity where nothing changes, a projection where the body's stride or channels do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archspec.compiler.combinators import JOIN_OPS, arguments_of, check_at, close_scope, empty, open_scope, within
from archspec.compiler.defaults import BROKEN, default
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.opnode import claim, insert
from archspec.compiler.origin import changes, strided
from archspec.compiler.place import Context, Place, Skip
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Value
from archspec.language import Argument, Mapping, NodeSpec, Scalar, Sequence
from archspec.language.models import Residual, Shortcut
from archspec.language.nodes import nodes
from archspec.ops import OPS, DropPath, Op, agree
from archspec.ops.base import short
from archspec.types.tensor import Factor, TensorType


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Change:
    """What a body did to its input: its own stride, and the types before and after."""

    stride: tuple[Factor, ...]
    before: TensorType
    after: TensorType
    x: Value
    body: Value

    @property
    def causes(self) -> tuple[Related, ...]:
        """The nodes that did it."""
        return changes(self.x, self.body)

    @property
    def keeps(self) -> bool:
        """Whether stride and channels are those of the input."""
        return all(s == 1 for s in self.stride) and self.before.channels == self.after.channels

    def __str__(self) -> str:
        parts = []
        if any(s != 1 for s in self.stride):
            parts.append(strided(self.stride))
        if self.before.channels != self.after.channels:
            parts.append(f"{self.before.channels} → {self.after.channels} channels")
        return ", ".join(parts)


def residual(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """`body(x)`, joined with the shortcut of x, and what comes after."""
    found = arguments_of(context, node, Residual, place, value)
    inner, is_module = within(context, node, place, value, "residual", False)
    shortcut, at = _shortcut_of(context, node, found, inner, value)
    body = context.walk(context, found.body, inner, value)
    try:
        joined = _joined(context, node, found, shortcut, at, inner, value, body)
    except Skip:
        joined = _unknown(shortcut, inner)
    last = joined if found.after is None else context.walk(context, found.after, inner, joined)
    return close_scope(place, inner, last) if is_module else last


def _shortcut_of(
    context: Context, node: NodeSpec, found: Residual, place: Place, value: Value
) -> tuple[Shortcut, Span]:
    """The shortcut in full: from a policy, a mapping, or a list of nodes."""
    argument = found.shortcut
    if not isinstance(argument, Argument):
        return Shortcut(), node.span
    tree = argument.tree
    if isinstance(tree, Sequence):
        return Shortcut(policy="always", layers=nodes(tree, context.collector)), tree.span
    values: dict[str, Any] = {}
    given = argument.arguments if isinstance(tree, Mapping) else {"policy": argument}
    for key, item in given.items():
        if key == "layers":
            values[key] = item.nodes
        elif key == "norm":
            values[key] = default(context, "norm", item, place, value, merge=True)
        else:
            values[key] = context.evaluate(item.template, place, value)
    if isinstance(tree, Scalar) and tree.value is None:
        values = {}
    whole = (argument.key, tree.span)
    return check_at(context, place, Shortcut, values, given, whole, "`shortcut`"), tree.span


def _joined(
    context: Context, node: NodeSpec, found: Residual, shortcut: Shortcut, at: Span, place: Place, x: Value, body: Value
) -> Value:
    """The join of body and shortcut, or the body alone where nothing is added to it."""
    if shortcut.policy == "none":
        return body
    if x.type is None or body.type is None:
        raise Skip
    other = _shortcut(context, node, found, shortcut, at, place, x, body)
    if other is None:
        return body
    if found.drop_path:
        body = insert(context, place, DropPath(p=found.drop_path), (body,), node.span, "drop_path")
    return _join(context, node, found.merge, place, other, body, x)


def _unknown(shortcut: Shortcut, place: Place) -> Value:
    """What an error left open: whether there is a projection, too, so that its name is known nevertheless."""
    unknown = Value(None, place.scope)
    place.lookup.entries.setdefault(shortcut.name or "shortcut", Entry(unknown, Lookup(unknown, broken=True)))
    return unknown


def _join(context: Context, node: NodeSpec, merge: str, place: Place, x: Value, body: Value, origin: Value) -> Value:
    """The join of body and shortcut, both of which come from `origin`."""
    if merge == "add" and x.type and body.type and _disagree(x.type, body.type):
        message = f"residual branches disagree: body gives {body.type}, shortcut {x.type}"
        help = "choose `kernel`, `padding` and `stride` of the body so that both give the same size"
        context.report(place, "A412", message, node.span, help, changes(origin, body))
        raise Skip
    return insert(context, place, JOIN_OPS[merge], (x, body), node.span, merge)


def _disagree(a: TensorType, b: TensorType) -> bool:
    """Whether two values of the same axes cannot be added."""
    if len(a.shape) != len(b.shape) or a.layout != b.layout:
        return False
    return any(1 not in (m, n) and not agree(m, n) for m, n in zip(a.shape, b.shape, strict=True))


def _shortcut(
    context: Context, node: NodeSpec, found: Residual, shortcut: Shortcut, at: Span, place: Place, x: Value, body: Value
) -> Value | None:
    """The value that joins the body; None where the policy has no shortcut for it."""
    if shortcut.policy == "always":
        return _nodes(context, node, shortcut, place, x, at)
    if found.merge != "add" and shortcut.policy == "auto" and shortcut.layers is None:
        return x
    change = _change(context, node, place, x, body)
    if change.keeps:
        return x
    if shortcut.policy == "matching":
        return None
    if shortcut.policy == "identity":
        help = "use `shortcut: auto`, which projects, or keep stride and channels in the body"
        message = f"`shortcut: identity` does not fit: the body changes {change}"
        context.report(place, "A411", message, at, help, change.causes)
        raise Skip
    if shortcut.layers is not None:
        return _nodes(context, node, shortcut, place, x, at)
    return _projection(context, node, shortcut, change, place, x, at)


def _change(context: Context, node: NodeSpec, place: Place, x: Value, body: Value) -> _Change:
    """What the body did. Raises `Skip` after a report where that cannot be known."""
    before, after = x.type, body.type
    assert before is not None
    assert after is not None
    stride = after.stride.over(before.stride)
    if stride is None or len(before.size) != len(after.size):
        if before.size != after.size or before.layout != after.layout:
            message = f"residual branches disagree: body gives {after}, shortcut {before}"
            help = "the body rearranges its axes: bring them back, or give `shortcut` nodes of its own"
            context.report(place, "A412", message, node.span, help, changes(x, body))
            raise Skip
        stride = (1,) * len(after.size)
    return _Change(stride, before, after, x, body)


def _nodes(context: Context, node: NodeSpec, shortcut: Shortcut, place: Place, x: Value, at: Span) -> Value:
    if empty(shortcut.layers):
        return x
    inner = _open(context, node, shortcut, place, x, at, "")
    return close_scope(place, inner, context.walk(context, shortcut.layers, inner, x))


def _open(context: Context, node: NodeSpec, shortcut: Shortcut, place: Place, x: Value, at: Span, note: str) -> Place:
    name = claim(context, place, shortcut.name, "shortcut", node)
    return open_scope(context, place, x, name, "shortcut", True, at, note=note)


def _projection(
    context: Context, node: NodeSpec, shortcut: Shortcut, change: _Change, place: Place, x: Value, at: Span
) -> Value:
    """The nodes of a projection, as the policy says."""
    if not all(isinstance(s, int) for s in change.stride):
        message = f"no projection undoes a body that changes {change}"
        help = "give `shortcut` nodes that upsample: `shortcut: [upsample: 2]`"
        context.report(place, "A413", message, node.span, help, change.causes)
        raise Skip
    has_stride = any(s != 1 for s in change.stride)
    if has_stride and not change.before.channels_first and shortcut.policy != "pad":
        message = f"a channels-last value of {change.before} cannot be projected with {change}"
        help = "`rearrange` it to channels first, or give `shortcut` nodes"
        context.report(place, "A413", message, node.span, help, change.causes)
        raise Skip
    steps = (
        _pad(context, node, shortcut, change, place)
        if shortcut.policy == "pad"
        else _conv(context, shortcut, change, place, at)
    )
    inner = _open(context, node, shortcut, place, x, at, str(change))
    value = x
    for op in steps:
        value = insert(context, inner, op, (value,), node.span, op.name, str(change))
    return close_scope(place, inner, value)


def _conv(context: Context, shortcut: Shortcut, change: _Change, place: Place, at: Span) -> list[Op]:
    """A 1×1 convolution, or linear, without bias, then the norm; `pool` averages first (ResNet-D, He et al. 2018)."""
    norm = shortcut.norm if shortcut.norm is not None else place.norm
    if norm is None:
        help = "set `norm` at the top of the file, or `shortcut: {norm: none}` to leave it out"
        message = f"a projection ({change}) needs a default norm"
        context.miss("norm", place, "A414", message, at, help, *change.causes)
        raise Skip
    if norm is BROKEN:
        raise Skip
    channels, stride = change.after.channels, change.stride
    steps: list[Op] = []
    if shortcut.policy == "pool":
        steps.append(_pool(context, change))
        stride = (1,) * len(stride)
    if change.before.channels_first:
        steps.append(_op(context, "conv", channels=channels, stride=short(stride), bias=False))
    else:
        steps.append(_op(context, "linear", features=channels, bias=False))
    if norm.get("type") != "none":
        steps.append(_op(context, "norm", **norm))
    return steps


def _pool(context: Context, change: _Change) -> Op:
    """The average over what the body skips; where it skips nothing, an identity in its place."""
    if all(s == 1 for s in change.stride):
        return _op(context, "identity")
    # a window larger than the value sees the same, but torch refuses it in three dimensions
    sizes = zip(change.stride, change.before.size, strict=True)
    kernel = tuple(min(s, n) if isinstance(n, int) else s for s, n in sizes)
    return _op(context, "avg_pool", kernel=kernel, stride=change.stride, ceil_mode=True)


def _pad(context: Context, node: NodeSpec, shortcut: Shortcut, change: _Change, place: Place) -> list[Op]:
    """Subsampling, then zero channels: option A of He et al. 2015, section 3.3."""
    extra = change.after.channels - change.before.channels
    if extra < 0:
        message = f"`shortcut: pad` cannot take channels away: {change}"
        context.report(place, "A413", message, node.span, "use `shortcut: auto`, which projects", change.causes)
        raise Skip
    steps: list[Op] = []
    if any(s != 1 for s in change.stride):
        steps.append(_op(context, "max_pool", kernel=1, stride=change.stride))
        if not change.before.channels_first:
            axes = " ".join("hwd"[: len(change.stride)])
            last, first = f"n {axes} c", f"n c {axes}"
            there, back = (_op(context, "rearrange", pattern=f"{a} -> {b}") for a, b in ((last, first), (first, last)))
            steps = [there, *steps, back]
    if extra:
        before = extra // 2 if shortcut.side == "both" else 0
        sizes = (0, 0) * len(change.before.size) if change.before.channels_first else ()
        steps.append(_op(context, "pad", padding=(*sizes, before, extra - before)))
    return steps


def _op(context: Context, name: str, **arguments: Any) -> Op:
    """An op instance, the same one for the same arguments."""
    key = (OPS[name], repr(arguments))
    found = context.instances.get(key)
    if found is None:
        found = context.instances[key] = OPS[name].model_validate(arguments)
    return found
