"""Layers with weights, and what changes sizes."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Item, Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.attention import PROJECTED, attention_of
from archspec.importer.table.entry import entry, given, one
from archspec.importer.trace import Step


@entry("conv1d.default", "conv2d.default", "conv3d.default", "conv1d.padding", "conv2d.padding", "conv3d.padding")
def _conv(to: Mapper, step: Step) -> Seen:
    x, weight, bias = step.args[0], step.args[1], to.argument(step, 2, "bias")
    kernel = one(weight.shape[2:])
    dilation = one(to.argument(step, 5, "dilation", 1))
    padding = one(to.argument(step, 4, "padding", 0))
    if isinstance(padding, str):
        padding = _same(kernel, dilation, padding)
    usual = dilation * (kernel - 1) // 2 if isinstance(kernel, int) and isinstance(dilation, int) else None
    found = {"channels": weight.shape[0]} | given(
        kernel=(kernel, 1),
        stride=(one(to.argument(step, 3, "stride", 1)), 1),
        padding=(padding, usual if isinstance(kernel, int) and kernel % 2 else None),
        dilation=(dilation, 1),
        groups=(to.argument(step, 6, "groups", 1), 1),
        bias=(bias is not None, True),
    )
    return to.add(step, "conv", found, to.item(x, 1), channel=1, weights={"weight": weight, "bias": bias})


def _same(kernel: Any, dilation: Any, padding: str) -> Any:
    if padding == "valid":
        return 0
    if not isinstance(kernel, int) or not isinstance(dilation, int) or dilation * (kernel - 1) % 2:
        raise Unsayable("its padding differs from side to side")
    return dilation * (kernel - 1) // 2


@entry("conv_transpose1d.default", "conv_transpose2d.input", "conv_transpose3d.input")
def _conv_transpose(to: Mapper, step: Step) -> Seen:
    x, weight, bias = step.args[0], step.args[1], to.argument(step, 2, "bias")
    groups = to.argument(step, 6, "groups", 1)
    if one(to.argument(step, 7, "dilation", 1)) != 1:
        raise Unsayable("`conv_transpose` has no dilation")
    found = {"channels": weight.shape[1] * groups, "kernel": one(weight.shape[2:])} | given(
        stride=(one(to.argument(step, 3, "stride", 1)), 1),
        padding=(one(to.argument(step, 4, "padding", 0)), 0),
        output_padding=(one(to.argument(step, 5, "output_padding", 0)), 0),
        groups=(groups, 1),
        bias=(bias is not None, True),
    )
    return to.add(step, "conv_transpose", found, to.item(x, 1), channel=1, weights={"weight": weight, "bias": bias})


@entry("linear.default")
def _linear(to: Mapper, step: Step) -> Seen:
    x, weight, bias = step.args[0], step.args[1], to.argument(step, 2, "bias")
    found = {"features": weight.shape[0]} | given(bias=(bias is not None, True))
    item, arranged, view = to.over_channels(x)
    shape = (*item.shape[:-1], weight.shape[0])
    last = len(shape) - 1
    if str(weight.key).endswith(".in_proj_weight"):
        # known as attention once its result is projected back
        made = Seen(to.flat.add(Item(PROJECTED, {}, (item,), str(weight.key), shape, last)), view)
    elif (attention := attention_of(item, weight, bias)) is not None:
        made = Seen(to.flat.add(attention), view)
    else:
        weights = {"weight": weight, "bias": bias}
        made = to.add(step, "linear", found, item, channel=last, weights=weights, shape=shape)
    return Seen(made.item, view.carried(arranged, shape, channels=True))


@entry("embedding.default")
def _embedding(to: Mapper, step: Step) -> Seen:
    weight, ids = step.args[:2]
    if to.argument(step, 3, "scale_grad_by_freq", False) or to.argument(step, 4, "sparse", False):
        raise Unsayable("its gradients are scaled, or sparse")
    item = to.item(ids)
    item.arguments.setdefault("vocab", weight.shape[0])
    last = len(step.shape) - 1
    return to.add(step, "embedding", {"features": weight.shape[1]}, item, channel=last, weights={"weight": weight})


@entry("pixel_shuffle.default")
def _pixel_shuffle(to: Mapper, step: Step) -> Seen:
    return to.add(step, "pixel_shuffle", {"factor": step.args[1]}, to.item(step.args[0], 1), channel=1)


@entry("upsample_nearest2d.vec", "upsample_bilinear2d.vec", "upsample_bicubic2d.vec", "upsample_nearest1d.vec")
def _upsample(to: Mapper, step: Step) -> Seen:
    name = step.base
    kind = next(kind for kind in ("nearest", "bilinear", "bicubic") if kind in name)
    x = to.item(step.args[0], 1)
    size, factors = step.args[1], step.args[2 if kind == "nearest" else 3]
    corners = kind != "nearest" and bool(step.args[2])
    found: dict[str, Any] = given(mode=(kind, "nearest"), align_corners=(corners, False))
    if factors is not None and all(float(factor).is_integer() for factor in factors):
        found["scale"] = one([int(factor) for factor in factors])
    elif size is not None:
        found["size"] = one([*size])
    else:
        raise Unsayable("its scale is not whole")
    return to.add(step, "upsample", found, x, channel=1)


@entry("pad.default", "constant_pad_nd.default")
def _pad(to: Mapper, step: Step) -> Seen:
    x, sides = step.args[:2]
    mode, value = "constant", to.argument(step, 2, "value", 0)
    if isinstance(value, str):
        mode, value = value, to.argument(step, 3, "value", 0)
    item = to.item(x, 1)
    if len(sides) > 2 * (len(item.shape) - 2):
        raise Unsayable("it pads channels, or the batch")
    found: dict[str, Any] = {"padding": [*sides]} | given(mode=(mode, "constant"), value=(value or 0, 0))
    return to.add(step, "pad", found, item, channel=1)
