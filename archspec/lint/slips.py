"""A716, A717: what means something else elsewhere, and is sound here all the same."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Value
from archspec.language import Spec
from archspec.lint.flow import Flow, advice
from archspec.types.figures import figure

_COLORS = (1, 3, 4)
"""Channels of images: gray, RGB, and RGB with a fourth."""
_SOUNDS = (1, 2)
"""Channels of signals: mono and stereo."""
_SIDE = 16
"""Pixels that a side of an image has at least."""
_LONG = 256
"""Samples that a signal has at least."""
_HALF = 0.5


def slips(spec: Spec, flow: Flow) -> Iterator[Diagnostic]:
    """Axes of an input in the order of another library, and a momentum in its sense."""
    for name, value in flow.graph.inputs.items():
        meant = _meant(value)
        if meant is not None and name in spec.inputs:
            shapes, what = meant
            message = f"the input {value.type} looks like {what}"
            image, *volume = (f"`[{', '.join(map(str, shape))}]`" for shape in shapes)
            help = f"write {image}: channels first, and no batch" + "".join(f"; or {x} for a volume" for x in volume)
            yield Diagnostic("A716", message, spec.inputs[name].at, "", help, (), "warning")
    yield from _momentum(spec, flow)


def _meant(value: Value) -> tuple[list[list[int]], str] | None:
    """The shapes that an input may be meant to have if its axes are most likely in another order, and what that is."""
    kind = value.type
    if kind is None or not kind.channels_first or not all(isinstance(n, int) for n in kind.size):
        return None
    axes = [int(n) for n in kind.shape if isinstance(n, int)]
    image = axes[-3:]
    if len(axes) == 4 and image[0] in _COLORS and min(image[1:]) >= _SIDE:
        return [image], f"a batch of {axes[0]}: it has three size dimensions, the first of {image[0]}"
    last = f"with the channels last: it has {axes[0]} channels"
    if len(axes) in (3, 4) and image[2] in _COLORS and min(image[:2]) >= _SIDE:
        volume = [[image[2], axes[0], *image[:2]]] if len(axes) == 4 and axes[0] >= _SIDE else []
        return [[image[2], *image[:2]], *volume], f"an image {last}"
    if len(axes) == 2 and axes[1] in _SOUNDS and axes[0] >= _LONG:
        return [axes[::-1]], f"a signal {last}"
    return None


def _momentum(spec: Spec, flow: Flow) -> Iterator[Diagnostic]:
    """Where a momentum is the share that stays, as in Keras: here it is that of the new statistics, as in torch."""
    place = None if spec.norm is None else spec.norm.part("momentum")
    for node in flow.nodes:
        momentum = getattr(node.op, "momentum", None) if node.traits.norm else None
        if momentum is None or momentum <= _HALF:
            continue
        message = f"a momentum of {figure(momentum)} forgets almost all statistics at each step"
        help = f"write `momentum: {figure(1 - momentum)}`: it is the weight of the new ones, as in torch"
        if place is not None and place.text == str(momentum):
            yield Diagnostic("A717", message, place, "", help, (), "warning")
        else:
            yield advice("A717", node, message, help)
