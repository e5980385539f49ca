"""What each operation of torch is in the language: an entry an operation, or a kind of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.fx import Node

from archspec.importer.flat import Item, Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.trace import shape_of
from archspec.importer.views import View

TABLE: dict[str, Callable[[Mapper, Node], Any]] = {}


def _for(*names: str) -> Callable[[Callable[[Mapper, Node], Any]], Callable[[Mapper, Node], Any]]:
    def entered(handler: Callable[[Mapper, Node], Any]) -> Callable[[Mapper, Node], Any]:
        TABLE.update(dict.fromkeys(names, handler))
        return handler

    return entered


def _one(value: Any) -> Any:
    """One number for equal ones, as a spec has it."""
    if isinstance(value, (list, tuple)):
        return value[0] if len({*value}) == 1 else [*value]
    return value


def _given(**arguments: tuple[Any, Any]) -> dict[str, Any]:
    """The arguments that are not their defaults."""
    return {name: value for name, (value, default) in arguments.items() if value != default}


@_for("conv1d.default", "conv2d.default", "conv3d.default", "conv1d.padding", "conv2d.padding", "conv3d.padding")
def conv(to: Mapper, node: Node) -> Seen:
    x, weight, bias = node.args[0], node.args[1], to.argument(node, 2, "bias")
    kernel = _one(shape_of(weight)[2:])
    dilation = _one(to.argument(node, 5, "dilation", 1))
    padding = _one(to.argument(node, 4, "padding", 0))
    if isinstance(padding, str):
        padding = _same(kernel, dilation, padding)
    usual = dilation * (kernel - 1) // 2 if isinstance(kernel, int) and isinstance(dilation, int) else None
    given = {"channels": shape_of(weight)[0]} | _given(
        kernel=(kernel, 1),
        stride=(_one(to.argument(node, 3, "stride", 1)), 1),
        padding=(padding, usual if isinstance(kernel, int) and kernel % 2 else None),
        dilation=(dilation, 1),
        groups=(to.argument(node, 6, "groups", 1), 1),
        bias=(bias is not None, True),
    )
    return to.add(node, "conv", given, to.item(x, 1), channel=1, weights={"weight": weight, "bias": bias})


def _same(kernel: Any, dilation: Any, padding: str) -> Any:
    if padding == "valid":
        return 0
    if not isinstance(kernel, int) or not isinstance(dilation, int) or dilation * (kernel - 1) % 2:
        raise Unsayable("its padding differs from side to side")
    return dilation * (kernel - 1) // 2


@_for("conv_transpose1d.default", "conv_transpose2d.input", "conv_transpose3d.input")
def conv_transpose(to: Mapper, node: Node) -> Seen:
    x, weight, bias = node.args[0], node.args[1], to.argument(node, 2, "bias")
    groups = to.argument(node, 6, "groups", 1)
    if _one(to.argument(node, 7, "dilation", 1)) != 1:
        raise Unsayable("`conv_transpose` has no dilation")
    given = {"channels": shape_of(weight)[1] * groups, "kernel": _one(shape_of(weight)[2:])} | _given(
        stride=(_one(to.argument(node, 3, "stride", 1)), 1),
        padding=(_one(to.argument(node, 4, "padding", 0)), 0),
        output_padding=(_one(to.argument(node, 5, "output_padding", 0)), 0),
        groups=(groups, 1),
        bias=(bias is not None, True),
    )
    return to.add(node, "conv_transpose", given, to.item(x, 1), channel=1, weights={"weight": weight, "bias": bias})


@_for("linear.default")
def linear(to: Mapper, node: Node) -> Seen:
    x, weight, bias = node.args[0], node.args[1], to.argument(node, 2, "bias")
    given = {"features": shape_of(weight)[0]} | _given(bias=(bias is not None, True))
    last = len(shape_of(node)) - 1
    return to.add(node, "linear", given, to.item(x, -1), channel=last, weights={"weight": weight, "bias": bias})


@_for("batch_norm.default")
def batch_norm(to: Mapper, node: Node) -> Seen:
    x, weight, bias, mean, var, _, momentum, eps, *_ = node.args
    if mean is None:
        raise Unsayable("it keeps no statistics")
    given: dict[str, Any] = {"type": "batch"}
    given |= _given(eps=(eps, 1e-5), momentum=(momentum, 0.1), affine=(weight is not None, True))
    weights = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var}
    return to.add(node, "norm", given, to.item(x, 1), channel=1, weights=weights)


@_for("layer_norm.default")
def layer_norm(to: Mapper, node: Node) -> Seen:
    x, shape = node.args[:2]
    weight, bias = to.argument(node, 2, "weight"), to.argument(node, 3, "bias")
    if len(shape) != 1:
        raise Unsayable("it normalizes over several axes")
    given: dict[str, Any] = {"type": "layer"} | _given(
        eps=(to.argument(node, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True)
    )
    if weight is not None and bias is None:
        given["bias"] = False
    last = len(shape_of(node)) - 1
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(node, "norm", given, to.item(x, -1), channel=last, weights=weights)


@_for("rms_norm.default")
def rms_norm(to: Mapper, node: Node) -> Seen:
    x, shape = node.args[:2]
    weight, eps = to.argument(node, 2, "weight"), to.argument(node, 3, "eps")
    if len(shape) != 1:
        raise Unsayable("it normalizes over several axes")
    given: dict[str, Any] = {"type": "rms"} | _given(eps=(eps, None), affine=(weight is not None, True))
    last = len(shape_of(node)) - 1
    return to.add(node, "norm", given, to.item(x, -1), channel=last, weights=weight and {"weight": weight})


@_for("group_norm.default")
def group_norm(to: Mapper, node: Node) -> Seen:
    x, groups = node.args[:2]
    weight, bias = to.argument(node, 2, "weight"), to.argument(node, 3, "bias")
    given: dict[str, Any] = {"type": "group", "groups": groups} | _given(
        eps=(to.argument(node, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True)
    )
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(node, "norm", given, to.item(x, 1), channel=1, weights=weights)


@_for("instance_norm.default")
def instance_norm(to: Mapper, node: Node) -> Seen:
    x, weight, bias, mean, _, _, _, eps, *_ = node.args
    if mean is not None:
        raise Unsayable("`norm: instance` keeps no statistics")
    given: dict[str, Any] = {"type": "instance"} | _given(eps=(eps, 1e-5), affine=(weight is not None, False))
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(node, "norm", given, to.item(x, 1), channel=1, weights=weights)


_ACTS = """relu relu6 silu mish sigmoid hardsigmoid hardswish tanh exp log abs sign square sqrt rsqrt reciprocal sin
cos""".split()


@_for(*(f"{name}{mark}.default" for name in _ACTS for mark in ("", "_")))
def act(to: Mapper, node: Node) -> Seen:
    name = node.target.overloadpacket.__name__.removesuffix("_")
    return _act(to, node, {"type": name})


def _act(to: Mapper, node: Node, given: dict[str, Any], weights: dict[str, Any] | None = None) -> Seen:
    item = to.item(node.args[0], None if weights is None else 1)
    return to.add(node, "act", given, item, channel=item.channel, weights=weights)


@_for("gelu.default")
def gelu(to: Mapper, node: Node) -> Seen:
    how = to.argument(node, 1, "approximate", "none")
    return _act(to, node, {"type": "gelu"} | _given(approximate=(how, "none")))


@_for("leaky_relu.default", "leaky_relu_.default")
def leaky_relu(to: Mapper, node: Node) -> Seen:
    return _act(to, node, {"type": "leaky_relu"} | _given(negative_slope=(to.argument(node, 1, "", 0.01), 0.01)))


@_for("elu.default", "elu_.default")
def elu(to: Mapper, node: Node) -> Seen:
    if to.argument(node, 2, "scale", 1) != 1 or to.argument(node, 3, "input_scale", 1) != 1:
        raise Unsayable("`act: elu` has no scale")
    return _act(to, node, {"type": "elu"} | _given(alpha=(to.argument(node, 1, "alpha", 1.0), 1.0)))


@_for("softplus.default")
def softplus(to: Mapper, node: Node) -> Seen:
    beta, threshold = to.argument(node, 1, "beta", 1), to.argument(node, 2, "threshold", 20)
    return _act(to, node, {"type": "softplus"} | _given(beta=(beta, 1), threshold=(threshold, 20)))


@_for("hardtanh.default", "hardtanh_.default")
def hardtanh(to: Mapper, node: Node) -> Seen:
    low, high = to.argument(node, 1, "min_val", -1), to.argument(node, 2, "max_val", 1)
    return _act(to, node, {"type": "relu6"} if (low, high) == (0, 6) else {"type": "clamp", "min": low, "max": high})


@_for("clamp.default", "clamp_.default")
def clamp(to: Mapper, node: Node) -> Seen:
    low, high = to.argument(node, 1, "min"), to.argument(node, 2, "max")
    return _act(to, node, {"type": "clamp"} | _given(min=(low, None), max=(high, None)))


@_for("prelu.default")
def prelu(to: Mapper, node: Node) -> Seen:
    weight = node.args[1]
    count = shape_of(weight)[0]
    return _act(to, node, {"type": "prelu"} | _given(num_parameters=(count, 1)), {"weight": weight})


@_for("softmax.int", "log_softmax.int")
def softmax(to: Mapper, node: Node) -> Seen:
    x, dim = node.args[:2]
    item = to.item(x)
    at = dim % len(item.shape)
    if at == 0:
        raise Unsayable("it runs over the batch")
    if node.target.overloadpacket.__name__ == "log_softmax":
        item = to.item(x, at)
        return to.add(node, "act", {"type": "log_softmax"}, item, channel=item.channel)
    given = {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(node, "softmax", given, item, channel=item.channel)


@_for("max_pool1d.default", "max_pool2d.default", "max_pool3d.default")
def max_pool(to: Mapper, node: Node) -> Seen:
    kernel = _one(node.args[1])
    given = {"kernel": kernel} | _given(
        stride=(_one(to.argument(node, 2, "stride", kernel)) or kernel, kernel),
        padding=(_one(to.argument(node, 3, "padding", 0)), 0),
        dilation=(_one(to.argument(node, 4, "dilation", 1)), 1),
        ceil_mode=(to.argument(node, 5, "ceil_mode", False), False),
    )
    return to.add(node, "max_pool", given, to.item(node.args[0], 1), channel=1)


@_for("avg_pool1d.default", "avg_pool2d.default", "avg_pool3d.default")
def avg_pool(to: Mapper, node: Node) -> Seen:
    kernel = _one(node.args[1])
    if to.argument(node, 6, "divisor_override") is not None:
        raise Unsayable("`avg_pool` has no divisor of its own")
    given = {"kernel": kernel} | _given(
        stride=(_one(to.argument(node, 2, "stride", kernel)) or kernel, kernel),
        padding=(_one(to.argument(node, 3, "padding", 0)), 0),
        ceil_mode=(to.argument(node, 4, "ceil_mode", False), False),
        count_include_pad=(to.argument(node, 5, "count_include_pad", True), True),
    )
    return to.add(node, "avg_pool", given, to.item(node.args[0], 1), channel=1)


@_for("adaptive_avg_pool1d.default", "adaptive_avg_pool2d.default", "adaptive_avg_pool3d.default")
def adaptive_pool(to: Mapper, node: Node) -> Seen:
    size = [*node.args[1]]
    x = to.item(node.args[0], 1)
    if {*size} == {1}:
        return to.add(node, "global_pool", {"keepdim": True}, x, channel=1)
    if None in size:
        raise Unsayable("a size of its result is that of its input")
    return to.add(node, "adaptive_pool", {"size": _one(size)}, x, channel=1)


@_for("mean.dim", "sum.dim_IntList", "amax.default")
def mean(to: Mapper, node: Node) -> Seen:
    x, dims = to.item(node.args[0]), to.argument(node, 1, "dim")
    keep = to.argument(node, 2, "keepdim", False)
    kind = {"mean": "mean", "sum": "sum", "amax": "max"}[node.target.overloadpacket.__name__]
    rank = len(x.shape)
    over = {dim % rank for dim in (dims if isinstance(dims, (list, tuple)) else [dims])}
    if 0 in over:
        raise Unsayable("it runs over the batch")
    sizes = {*range(1, rank)} - {x.channel}
    if over == sizes and kind == "mean":
        at = 1 if not keep else x.channel
        return to.add(node, "global_pool", _given(keepdim=(keep, False)), x, channel=at)
    letters = ["n", *(("c" if at == x.channel else f"x{at}") for at in range(1, rank))]
    right = [("1" if keep else "") if at in over else name for at, name in enumerate(letters)]
    pattern = f"{' '.join(letters)} -> {' '.join(name for name in right if name)}"
    channel = x.channel if keep else x.channel - sum(at < x.channel for at in over)
    if not keep and x.channel in over:
        raise Unsayable("it drops the channel axis")
    return to.add(node, "reduce", {"pattern": pattern} | _given(type=(kind, "mean")), x, channel=channel)


@_for("dropout.default", "dropout_.default")
def dropout(to: Mapper, node: Node) -> Seen:
    x, p, training = node.args
    if not training and p:
        raise Unsayable("it drops values in no mode of the module that is known here")
    to.random |= p > 0
    item = to.item(x)
    return to.add(node, "dropout", {"p": p}, item, channel=item.channel)


@_for("embedding.default")
def embedding(to: Mapper, node: Node) -> Seen:
    weight, ids = node.args[:2]
    if to.argument(node, 3, "scale_grad_by_freq", False) or to.argument(node, 4, "sparse", False):
        raise Unsayable("its gradients are scaled, or sparse")
    item = to.item(ids)
    item.arguments.setdefault("vocab", shape_of(weight)[0])
    last = len(shape_of(node)) - 1
    return to.add(node, "embedding", {"features": shape_of(weight)[1]}, item, channel=last, weights={"weight": weight})


@_for("pixel_shuffle.default")
def pixel_shuffle(to: Mapper, node: Node) -> Seen:
    return to.add(node, "pixel_shuffle", {"factor": node.args[1]}, to.item(node.args[0], 1), channel=1)


@_for("upsample_nearest2d.vec", "upsample_bilinear2d.vec", "upsample_bicubic2d.vec", "upsample_nearest1d.vec")
def upsample(to: Mapper, node: Node) -> Seen:
    name = node.target.overloadpacket.__name__
    kind = next(kind for kind in ("nearest", "bilinear", "bicubic") if kind in name)
    x = to.item(node.args[0], 1)
    size, factors = node.args[1], node.args[2 if kind == "nearest" else 3]
    corners = kind != "nearest" and bool(node.args[2])
    given: dict[str, Any] = _given(mode=(kind, "nearest"), align_corners=(corners, False))
    if factors is not None and all(float(factor).is_integer() for factor in factors):
        given["scale"] = _one([int(factor) for factor in factors])
    elif size is not None:
        given["size"] = _one([*size])
    else:
        raise Unsayable("its scale is not whole")
    return to.add(node, "upsample", given, x, channel=1)


@_for("pad.default", "constant_pad_nd.default")
def pad(to: Mapper, node: Node) -> Seen:
    x, sides = node.args[:2]
    mode, value = "constant", to.argument(node, 2, "value", 0)
    if isinstance(value, str):
        mode, value = value, to.argument(node, 3, "value", 0)
    item = to.item(x, 1)
    pairs = [[*sides[at : at + 2]] for at in range(0, len(sides), 2)][::-1]
    if len(pairs) > len(item.shape) - 2:
        raise Unsayable("it pads channels, or the batch")
    pairs = [[0, 0]] * (len(item.shape) - 2 - len(pairs)) + pairs
    padding = [pair[0] if pair[0] == pair[1] else pair for pair in pairs]
    same = all(one == padding[0] for one in padding) and isinstance(padding[0], int)
    given = {"padding": padding[0] if same else padding} | _given(mode=(mode, "constant"), value=(value or 0, 0))
    return to.add(node, "pad", given, item, channel=1)


@_for("add.Tensor", "add_.Tensor", "mul.Tensor", "mul_.Tensor", "sub.Tensor", "div.Tensor", "div_.Tensor")
def arithmetic(to: Mapper, node: Node) -> Any:
    one, other = node.args[:2]
    name = node.target.overloadpacket.__name__.removesuffix("_")
    if to.argument(node, 2, "alpha", 1) != 1:
        raise Unsayable("one of its terms has a factor")
    if to.is_weight(one) and to.key(one).endswith("num_batches_tracked"):
        return None
    if to.is_weight(one) and name in ("add", "mul") and not to.is_weight(other):
        one, other = other, one
    if to.is_weight(one):
        raise Unsayable("it computes with weights alone")
    if isinstance(other, (int, float)):
        item = to.item(one)
        amount = {"add": other, "sub": -other, "mul": other, "div": 1 / other if other else None}[name]
        if amount is None:
            raise Unsayable("it divides by zero")
        op, given = ("multiply", {"factor": amount}) if name in ("mul", "div") else ("offset", {"amount": amount})
        return to.add(node, op, given, item, channel=item.channel)
    if to.is_weight(other):
        return _with_weight(to, node, name, to.item(one), other)
    noise = _noise(to, other)
    if noise is not None and name == "mul":
        to.random = True
        item = to.item(one)
        return to.add(node, "drop_path", {"p": noise}, item, channel=item.channel)
    first = to.item(one)
    second = to.item(other, first.channel)
    if len(first.shape) == len(second.shape) == 1:
        raise Unsayable("it joins what has no batch")
    return to.add(node, name, {}, first, second, channel=first.channel, joins=True)


def _with_weight(to: Mapper, node: Node, name: str, item: Item, weight: Node) -> Seen:
    """A value and a parameter: a `scale`, a `position`, or in general a `parameter` and a join."""
    shape, key = shape_of(weight), to.key(weight)
    flat = [size for size in shape if size != 1]
    if name == "mul" and flat in ([item.shape[item.channel]], []):
        first = len(item.shape) - 1 - item.channel
        if shape in ((flat[0] if flat else 1,), (*flat, *([1] * first))):
            how = {"shape": "flat"} if len(shape) == 1 and first else {}
            scale = Item("scale", how, (item,), node.name, item.shape, item.channel, key)
            return Seen(to.flat.add(scale), View.of(item.shape))
    last = len(item.shape) - 1
    if name == "add" and item.channel == last and shape == (1, *item.shape[1:]) and last == 2:
        position = Item("position", {}, (item,), node.name, item.shape, last, key)
        return Seen(to.flat.add(position), View.of(item.shape))
    layout = {} if item.channel == last or len(shape) < 3 else {"layout": "channels_first"}
    leading = ["n", *shape[1:]] if len(shape) == len(item.shape) and shape[0] == 1 else [*shape]
    made = Item("parameter", {"shape": leading, **layout}, (), "parameter", shape, item.channel, key, beside=True)
    to.flat.add(made)
    return to.add(node, name, {}, item, made, channel=item.channel, joins=True)


def _noise(to: Mapper, value: Any) -> float | None:
    """The probability with which samples are dropped, where a value is the noise of stochastic depth."""
    found = to._found.get(value) if isinstance(value, Node) else None
    return found[1] if isinstance(found, tuple) and found[:1] == ("noise",) else None


@_for("empty.memory_format", "new_empty.default")
def empty(to: Mapper, node: Node) -> Any:
    return ("empty",)


@_for("bernoulli_.float")
def bernoulli(to: Mapper, node: Node) -> Any:
    shape = shape_of(node)
    if any(size != 1 for size in shape[1:]):
        raise Unsayable("it drops other parts than whole samples")
    return ("noise", round(1 - node.args[1], 12))


@_for("detach_.default", "contiguous.default", "clone.default", "alias.default", "_assert_tensor_metadata.default")
def same(to: Mapper, node: Node) -> Any:
    return to._found.get(node.args[0])


@_for("cat.default")
def concat(to: Mapper, node: Node) -> Seen:
    values, dim = node.args[0], to.argument(node, 1, "dim", 0)
    rank = len(shape_of(node))
    at = dim % rank
    if at == 0:
        raise Unsayable("it joins along the batch")
    first = next((value for value in values if not _is_token(to, value)), None)
    if first is None:
        raise Unsayable("it joins weights alone")
    item = to.item(first)
    if _is_token(to, values[0]) and len(values) == 2 and rank == 3 and at == 1 and item.channel == 2:
        weight = to._found[values[0]][1]
        given = _given(count=(shape_of(weight)[1], 1))
        token = Item("class_token", given, (item,), node.name, shape_of(node), 2, to.key(weight))
        return Seen(to.flat.add(token), View.of(token.shape))
    items = [to.item(value, item.channel) for value in values]
    given = {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(node, "concat", given, *items, channel=item.channel, joins=True)


def _is_token(to: Mapper, value: Node) -> bool:
    found = to._found.get(value)
    return isinstance(found, tuple) and found[:1] == ("token",)


@_for("expand.default")
def expand(to: Mapper, node: Node) -> Any:
    weight = node.args[0]
    if to.is_weight(weight) and shape_of(weight)[0] == 1 and shape_of(node)[1:] == shape_of(weight)[1:]:
        return ("token", weight)
    seen = to.seen(weight)
    if shape_of(node) == seen.view.shape:
        return seen
    raise Unsayable("it repeats a value along an axis")


@_for("flatten.using_ints", "view.default", "reshape.default", "_unsafe_view.default", "unflatten.int")
def reshape(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    view = seen.view.reshaped(shape_of(node))
    if view is None:
        raise Unsayable("it cuts across axes")
    return Seen(seen.item, view)


@_for("permute.default")
def permute(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    return Seen(seen.item, seen.view.permuted([dim % len(seen.view.axes) for dim in node.args[1]]))


@_for("transpose.int")
def transpose(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    order = [*range(len(seen.view.axes))]
    a, b = (dim % len(order) for dim in node.args[1:3])
    order[a], order[b] = order[b], order[a]
    return Seen(seen.item, seen.view.permuted(order))


@_for("unsqueeze.default")
def unsqueeze(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    return Seen(seen.item, seen.view.unsqueezed(node.args[1] % (len(seen.view.axes) + 1)))


@_for("squeeze.dim", "squeeze.dims")
def squeeze(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    dims = node.args[1] if isinstance(node.args[1], (list, tuple)) else [node.args[1]]
    rank = len(seen.view.axes)
    ones = [dim % rank for dim in dims if seen.view.shape[dim % rank] == 1]
    return Seen(seen.item, seen.view.squeezed(ones))


@_for("chunk.default", "split.Tensor", "split_with_sizes.default", "unbind.int")
def split(to: Mapper, node: Node) -> Any:
    if node.target.overloadpacket.__name__ == "unbind":
        raise Unsayable("it takes an axis apart")
    item = to.item(node.args[0])
    at = to.argument(node, 2, "dim", 0) % len(item.shape)
    if at == 0:
        raise Unsayable("it takes the batch apart")
    sizes = [int(value.shape[at]) for value in node.meta["val"]]
    return ("parts", item, at, sizes)


@_for("<built-in function getitem>")
def part(to: Mapper, node: Node) -> Any:
    found = to._found.get(node.args[0])
    if not (isinstance(found, tuple) and found[:1] == ("parts",)):
        raise Unsayable("it takes a part of what has none")
    _, item, at, sizes = found
    return _range(to, node, item, at, sum(sizes[: node.args[1]]), sizes[node.args[1]])


def _range(to: Mapper, node: Node, item: Item, at: int, start: int, length: int, step: int = 1) -> Seen:
    stop = start + length
    if at == item.channel and step == 1:
        return to.add(node, "chunk", {"start": start, "length": length}, item, channel=item.channel)
    given = _given(start=(start, 0), stop=(stop, item.shape[at]), step=(step, 1))
    given |= {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(node, "slice", given, item, channel=item.channel)


@_for("slice.Tensor")
def slice_(to: Mapper, node: Node) -> Seen:
    seen = to.seen(node.args[0])
    dim = to.argument(node, 1, "dim", 0) % len(seen.view.axes)
    size = seen.view.shape[dim]
    start, stop, step = slice(
        to.argument(node, 2, "start"), to.argument(node, 3, "end"), to.argument(node, 4, "step", 1)
    ).indices(size)
    if (start, stop, step) == (0, size, 1):
        return seen
    if dim == 0:
        raise Unsayable("it takes a part of the batch")
    item = to.item(node.args[0])
    return _range(to, node, item, dim, start, stop - start, step)


@_for("select.int")
def select(to: Mapper, node: Node) -> Seen:
    x, dim, index = node.args
    item = to.item(x)
    at = dim % len(item.shape)
    if at in (0, item.channel):
        raise Unsayable("it selects of the batch, or of the channels")
    given = {"index": index} | _given(dim=(at - 1 - (at > item.channel), 0))
    channel = item.channel - (at < item.channel)
    return to.add(node, "select", given, item, channel=channel)


@_for("scaled_dot_product_attention.default")
def sdpa(to: Mapper, node: Node) -> Seen:
    q, k, v = (to.seen(value) for value in node.args[:3])
    if to.argument(node, 3, "attn_mask") is not None or to.argument(node, 4, "dropout_p", 0.0):
        raise Unsayable("it has a mask or dropout")
    if len(q.view.axes) != 4 or any(len(one.view.base) != 3 for one in (q, k, v)):
        raise Unsayable("its heads are no part of a sequence's channels")
    for one in (q, k, v):
        batch, heads, length, width = (one.view.leaves(axis) for axis in one.view.axes)
        base = [factor.leaves for factor in one.view.base]
        if [batch, length, heads + width] != [[leaf for leaf in one if leaf.size != 1 or len(one) == 1] for one in base]:
            raise Unsayable("its heads are no part of a sequence's channels")
    heads, width = q.view.shape[1], q.view.shape[3]
    given: dict[str, Any] = _given(
        heads=(heads, 1), kv_heads=(k.view.shape[1], heads), causal=(to.argument(node, 5, "is_causal", False), False)
    )
    given |= _given(scale=(to.argument(node, 6, "scale"), None))
    shape = (*q.item.shape[:2], heads * v.view.shape[3])
    items = [one.item for one in (q, k, v)]
    made = Item("sdpa", given, (items[0],), node.name, shape, 2, references={"key": items[1], "value": items[2]})
    view = View.of(shape).reshaped((*shape[:2], heads, v.view.shape[3]))
    assert view is not None
    return Seen(to.flat.add(made), view.permuted((0, 2, 1, 3)))


assert torch.ops.aten  # the names above are those of its operations
