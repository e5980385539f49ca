"""`residual` and its shortcuts: identity where nothing changes, a projection where the body's stride or channels do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archspec.compiler.claim import claim
from archspec.compiler.combinators import arguments_of, close_scope, empty, inside_of, join_of, open_scope
from archspec.compiler.context import Context, Skip
from archspec.compiler.defaults import default
from archspec.compiler.here import BROKEN, Here
from archspec.compiler.mismatch import Operand, made_by, of_residual, told
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.opnode import insert, op_of, validated
from archspec.compiler.origin import changes, strided
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Value
from archspec.language import Argument, Nodes, NodeSpec, ShortcutSpec
from archspec.language.combinators import Residual, Shortcut
from archspec.ops import OPS, DropPath, Op, agree
from archspec.ops.base import short
from archspec.records import record
from archspec.types.tensor import Factor, TensorType


@record(eq=False, repr=False)
class _Change:
    """What a body did to its input: its own stride, and the types before and after."""

    stride: tuple[Factor, ...]
    before: TensorType
    after: TensorType
    x: Value
    body: Value
    here: Here

    @property
    def causes(self) -> tuple[Related, ...]:
        """The nodes that did it."""
        return changes(self.x, self.body, self.here)

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


@record(eq=False, repr=False)
class _Residual:
    """A residual with its arguments; `at` is where its shortcut stands, or else the node, and `policy` what gives its
    policy."""

    node: NodeSpec
    found: Residual
    shortcut: Shortcut
    layers: Nodes | None
    at: Span
    policy: Argument | None = None
    single: Argument | None = None


def residual(node: NodeSpec, here: Here) -> Value:
    """`body(x)`, joined with the shortcut of x, and what comes after."""
    found, given = arguments_of(node, Residual, here)
    spec = given["shortcut"].shortcut if "shortcut" in given else None
    inner, is_module = inside_of(node, "residual", False, here)
    shortcut = Shortcut() if spec is None else shortcut_of(spec, inner)
    layers, at = (None, node.span) if spec is None else (spec.layers, spec.at)
    written = {} if spec is None else spec.arguments
    whole = _Residual(node, found, shortcut, layers, at, written.get("policy"), written.get("single"))
    body = inner.walk(given["body"].nodes)
    try:
        joined = _joined(whole, body, inner)
    except Skip:
        joined = _unknown(shortcut, inner)
    last = inner.at(value=joined).walk(given["after"].nodes) if "after" in given else joined
    return close_scope(inner, last, here) if is_module else last


def shortcut_of(spec: ShortcutSpec, here: Here) -> Shortcut:
    """The arguments of a shortcut. Raises `Skip` after a report of all that are wrong."""
    values: dict[str, Any] = {"policy": "always"} if spec.always else {}
    complete = True
    for key, argument in spec.arguments.items():
        try:
            is_norm = key == "norm"
            values[key] = default(key, argument, here, True) if is_norm else here.evaluate(argument.template)
        except Skip:
            complete = False
    if spec.layers is not None:
        values["layers"] = spec.layers
    left_out = () if complete else ("value_error",)
    found = validated(Shortcut, values, spec.arguments, (spec.key, spec.at), "`shortcut`", here, left_out)
    if not complete:
        raise Skip
    return found


def _joined(whole: _Residual, body: Value, here: Here) -> Value:
    """The join of body and shortcut, or the body alone where nothing is added to it."""
    if whole.shortcut.policy == "none":
        return body
    if here.value.type is None or body.type is None:
        raise Skip
    other = _shortcut(whole, body, here)
    if other is None:
        return body
    return _join(whole, other, body, here)


def _unknown(shortcut: Shortcut, here: Here) -> Value:
    """What an error left open: whether there is a projection, too, so that its name is known nevertheless."""
    unknown = here.unknown()
    here.lookup.entries.setdefault(shortcut.name or "shortcut", Entry(unknown, Lookup(unknown, broken=True)))
    return unknown


def _join(whole: _Residual, x: Value, body: Value, here: Here) -> Value:
    """The join of body and shortcut, which both come from the value."""
    merge, span = whole.found.merge, whole.node.span
    if merge == "add" and x.type and body.type and _disagree(x.type, body.type):
        message = f"residual branches disagree: body gives {body.type}, shortcut {x.type}"
        help = (
            _remedy(whole, x, body, here) or "choose `kernel`, `padding` and `stride` so that the body keeps the size"
        )
        here.report("A412", message, span, help, _causes(x, body, span, here))
        raise Skip
    joined = body
    if whole.found.drop_path:
        joined = insert(DropPath(p=whole.found.drop_path), (body,), span, "drop_path", here)
    operands = _operands(x, body)
    tell = told(merge, operands, here, lambda: _remedy(whole, x, body, here))
    return insert(join_of(whole.found, here.context), (x, joined), span, merge, here, told=tell)


def _operands(x: Value, body: Value) -> tuple[Operand, Operand]:
    return Operand("the shortcut", x), Operand("the body", body)


def _causes(x: Value, body: Value, but: Span, here: Here) -> tuple[Related, ...]:
    """The nodes that made the body what it is, and where shortcut and body are made, but for the residual itself."""
    changed = changes(here.value, body, here)
    told = {but, *(place.span for place in changed)}
    return (*changed, *(place for place in made_by(_operands(x, body), here) if place.span not in told))


def _remedy(whole: _Residual, shortcut: Value, body: Value, here: Here) -> str:
    """What to write so that the shortcut fits the body."""
    merge = whole.found.merge
    if whole.layers is not None and shortcut is not here.value:
        return of_residual(merge, shortcut, body, shortcut, "end `shortcut` with `[{}]`", here)
    # the nodes that are written stand in the place of a projection
    is_list = whole.node.principal is not None
    write = "write it as `residual: {{body: […], shortcut: [{}]}}`" if is_list else "give it `shortcut: [{}]`"
    return of_residual(merge, shortcut, body, here.value, write, here)


def _disagree(a: TensorType, b: TensorType) -> bool:
    """Whether two values of the same axes cannot be added."""
    if len(a.shape) != len(b.shape) or a.layout != b.layout:
        return False
    return any(1 not in (m, n) and not agree(m, n) for m, n in zip(a.shape, b.shape, strict=True))


def _shortcut(whole: _Residual, body: Value, here: Here) -> Value | None:
    """The value that joins the body; None where the policy has no shortcut for it."""
    x, policy = here.value, whole.shortcut.policy
    if policy == "always":
        return _nodes(whole, here)
    if whole.found.merge != "add" and policy == "auto" and whole.layers is None:
        return x
    change = _change(whole, body, here)
    if change.keeps:
        return x
    if policy == "matching":
        return None
    if policy == "identity":
        help = "use `shortcut: auto`, which projects, or keep stride and channels in the body"
        message = f"`shortcut: identity` does not fit: the body changes {change}"
        here.report("A411", message, whole.at, help, change.causes, argument=whole.policy)
        raise Skip
    return _nodes(whole, here) if whole.layers is not None else _projection(whole, change, here)


def _change(whole: _Residual, body: Value, here: Here) -> _Change:
    """What the body did. Raises `Skip` after a report where that cannot be known."""
    before, after = here.value.type, body.type
    assert before is not None
    assert after is not None
    stride = after.stride.over(before.stride)
    if stride is None or len(before.size) != len(after.size):
        if before.size != after.size or before.layout != after.layout:
            message = f"residual branches disagree: body gives {after}, shortcut {before}"
            help = _remedy(whole, here.value, body, here)
            help = help or "the body rearranges its axes: bring them back, or give `shortcut` nodes of its own"
            span = whole.node.span
            here.report("A412", message, span, help, _causes(here.value, body, span, here))
            raise Skip
        stride = (1,) * len(after.size)
    return _Change(stride, before, after, here.value, body, here)


def _nodes(whole: _Residual, here: Here) -> Value:
    """The shortcut's own nodes."""
    if whole.layers is None or empty(whole.layers):
        return here.value
    if whole.shortcut.single:
        return _single(whole, whole.layers, here)
    inner = _open(whole, "", here)
    return close_scope(inner, inner.walk(whole.layers), here)


def _single(whole: _Residual, layers: Nodes, here: Here) -> Value:
    """The one node of a shortcut, which bears its name."""
    _require_one(whole, len(layers.items), here)
    (node,) = layers.items
    if node.name is not None:
        help = "remove it: `name` of the shortcut is that of its layer"
        here.report("A201", "the layer of a shortcut that is `single` has no `name` of its own", node.name.key, help)
    assert whole.single is not None
    name = whole.single.with_value(whole.shortcut.name or "shortcut")
    named = replace(node, arguments={**node.arguments, "name": name})
    here.context.walked.add(layers)
    return here.walk(Nodes((named,), layers.span))


def _require_one(whole: _Residual, count: int, here: Here) -> None:
    """Raises `Skip` after a report of a shortcut that is `single` and has not one layer."""
    if count != 1:
        message = f"`single` is for a shortcut of one layer; this one has {count}"
        here.report("A413", message, whole.at, "remove `single`, or leave out the norm: `norm: none`")
        raise Skip


def _open(whole: _Residual, note: str, here: Here) -> Here:
    name = claim(whole.shortcut.name, "shortcut", whole.node, here)
    return open_scope(name, "shortcut", True, whole.at, here, note=note)


def _projection(whole: _Residual, change: _Change, here: Here) -> Value:
    """The nodes of a projection, as the policy says."""
    span, policy = whole.node.span, whole.shortcut.policy
    if not all(isinstance(s, int) for s in change.stride):
        message = f"no projection fits a body that changes {change}"
        help = _remedy(whole, here.value, change.body, here) or "give `shortcut` nodes that give the body's shape"
        here.report("A413", message, span, help, change.causes)
        raise Skip
    has_stride = any(s != 1 for s in change.stride)
    if has_stride and not change.before.channels_first and policy != "pad":
        message = f"a channels-last value of {change.before} cannot be projected with {change}"
        help = _remedy(whole, here.value, change.body, here) or "give `shortcut` nodes that give the body's shape"
        here.report("A413", message, span, help, change.causes)
        raise Skip
    steps = _pad(whole, change, here) if policy == "pad" else _conv(whole, change, here)
    if whole.shortcut.single:
        _require_one(whole, len(steps), here)
        name = claim(whole.shortcut.name, "shortcut", whole.node, here)
        return insert(steps[0], (here.scope.receive(here.value),), span, "shortcut", here, str(change), name=name)
    inner = _open(whole, str(change), here)
    value = here.value
    for op in steps:
        value = insert(op, (value,), span, op.name, inner, str(change))
    return close_scope(inner, value, here)


def _conv(whole: _Residual, change: _Change, here: Here) -> list[Op]:
    """A 1×1 convolution, or linear, without bias, then the norm; `pool` averages first (ResNet-D, He et al. 2018)."""
    norm = whole.shortcut.norm if whole.shortcut.norm is not None else here.norm
    if norm is None:
        help = "set `norm` at the top of the file, or `shortcut: {norm: none}` to leave it out"
        message = f"a projection ({change}) needs a default norm"
        here.miss("norm", "A414", message, whole.at, help, *change.causes)
        raise Skip
    if norm is BROKEN:
        raise Skip
    channels, stride, context = change.after.channels, change.stride, here.context
    steps: list[Op] = []
    if whole.shortcut.policy == "pool":
        steps.append(_pool(context, change))
        stride = (1,) * len(stride)
    if change.before.channels_first:
        steps.append(op_of(context, OPS["conv"], channels=channels, stride=short(stride), bias=False))
    else:
        steps.append(op_of(context, OPS["linear"], features=channels, bias=False))
    if norm.get("type") != "none":
        steps.append(op_of(context, OPS["norm"], **norm))
    return steps


def _pool(context: Context, change: _Change) -> Op:
    """The average over what the body skips; where it skips nothing, an identity in its place."""
    if all(s == 1 for s in change.stride):
        return op_of(context, OPS["identity"])
    # a window larger than the value sees the same, but torch refuses it in three dimensions
    sizes = zip(change.stride, change.before.size, strict=True)
    kernel = tuple(min(s, n) if isinstance(n, int) else s for s, n in sizes)
    return op_of(context, OPS["avg_pool"], kernel=kernel, stride=change.stride, ceil_mode=True)


def _pad(whole: _Residual, change: _Change, here: Here) -> list[Op]:
    """Subsampling, then zero channels: option A of He et al. 2015, section 3.3."""
    context = here.context
    extra = change.after.channels - change.before.channels
    if extra < 0:
        message = f"`shortcut: pad` cannot remove channels: {change}"
        here.report("A413", message, whole.node.span, "use `shortcut: auto`, which projects", change.causes)
        raise Skip
    steps: list[Op] = []
    if any(s != 1 for s in change.stride):
        steps.append(op_of(context, OPS["max_pool"], kernel=1, stride=change.stride))
        if not change.before.channels_first:
            axes = " ".join("hwd"[: len(change.stride)])
            last, first = f"n {axes} c", f"n c {axes}"
            there = op_of(context, OPS["rearrange"], pattern=f"{last} -> {first}")
            back = op_of(context, OPS["rearrange"], pattern=f"{first} -> {last}")
            steps = [there, *steps, back]
    if extra:
        before = extra // 2 if whole.shortcut.side == "both" else 0
        sizes = (0, 0) * len(change.before.size) if change.before.channels_first else ()
        steps.append(op_of(context, OPS["pad"], padding=(*sizes, before, extra - before)))
    return steps
