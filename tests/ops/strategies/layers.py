"""Arguments and inputs of layers: convolutions, linear layers, norms, activations, pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, booleans, floats, integers, sampled_from

from archspec.ops import OPS
from archspec.types import Stride, TensorType
from tests.ops.strategies.drawn import CHANNELS, SIZES, Case, images, made, mostly, optional, pairs_of, per_axis, values
from tests.tensors import sequence

ACTIVATIONS: dict[str, SearchStrategy[dict[str, Any]]] = {
    "leaky_relu": st.fixed_dictionaries({}, optional={"negative_slope": floats(-0.5, 0.5)}),
    "elu": st.fixed_dictionaries({}, optional={"alpha": floats(0.1, 2)}),
    "clamp": st.fixed_dictionaries({}, optional={"min": floats(-2, 0), "max": floats(0, 2)}),
    "gelu": st.fixed_dictionaries({}, optional={"approximate": sampled_from(["none", "tanh"])}),
    "softplus": st.fixed_dictionaries(
        {}, optional={"beta": sampled_from([-0.5, 0.0, 1.0, 2]), "threshold": floats(10, 20)}
    ),
}


@st.composite
def weighted(draw: DrawFn, shape: tuple[int, ...], channels: int, each: bool) -> tuple[dict[str, Any], Any]:
    """A weight that is a value, or made from others, and a bias that may be one: the arguments, and the values."""
    arguments: dict[str, Any] = {}
    values = []
    kind = draw(sampled_from(["own", "own", "own", "value", "weight_norm", "standardize"]))
    if kind == "value":
        arguments["weight"] = "w"
        *size, last = draw(mostly(st.just(shape), st.tuples(*[integers(1, 4)] * len(shape))))
        values.append(replace(sequence(last, *size), batch=draw(booleans()) if each else False))
    elif kind == "weight_norm":
        arguments[kind] = draw(sampled_from([True, {"dim": 1}, {"dim": draw(integers(0, 4))}]))
    elif kind == "standardize" and len(shape) > 2:
        gain = draw(booleans())
        arguments[kind] = draw(sampled_from([True, {"eps": 1e-4, "gain": gain, **({"scale": 2.0} if gain else {})}]))
    if draw(mostly(st.just(False), st.just(True))):
        arguments["bias"] = "b"
        values.append(replace(sequence(draw(mostly(st.just(channels), CHANNELS))), batch=each and draw(booleans())))
    return arguments, tuple(values)


@st.composite
def conv(draw: DrawFn) -> Case:
    x = draw(images())
    groups = draw(sampled_from([1, 1, 2, 3, "depthwise"]))
    kernel = draw(mostly(per_axis(sampled_from([1, 3, 5]), x), per_axis(integers(1, 5), x)))
    channels = draw(optional(CHANNELS))
    n = len(x.size)
    sides = kernel if isinstance(kernel, tuple) else (kernel,) * n
    parts = x.channels if groups == "depthwise" else groups
    shape = (channels or x.channels, max(1, x.channels // parts), *sides)
    own, more = draw(weighted(shape, shape[0], n < 3))
    return made(
        "conv",
        **{
            "channels": None if "weight" in own else channels,
            "kernel": None if "weight" in own else kernel,
            "stride": draw(per_axis(integers(1, 3), x)),
            "padding": draw(optional(per_axis(integers(0, 3), x))),
            "dilation": draw(per_axis(integers(1, 3), x)),
            "groups": groups,
            "bias": draw(booleans()),
            **own,
        },
    ), (x, *more)


@st.composite
def conv_transpose(draw: DrawFn) -> Case:
    x = draw(images())
    channels, kernel = draw(optional(CHANNELS)), draw(per_axis(integers(1, 5), x))
    groups = draw(sampled_from([1, 1, 2, 3, "depthwise"]))
    sides = kernel if isinstance(kernel, tuple) else (kernel,) * len(x.size)
    parts = x.channels if groups == "depthwise" else groups
    shape = (x.channels, max(1, (channels or x.channels) // parts), *sides)
    own, more = draw(weighted(shape, shape[1] * parts, False))
    own.pop("standardize", None)
    return made(
        "conv_transpose",
        **{
            "channels": None if "weight" in own else channels,
            "kernel": None if "weight" in own else kernel,
            "stride": draw(per_axis(integers(1, 3), x)),
            "padding": draw(per_axis(integers(0, 3), x)),
            "output_padding": draw(mostly(st.just(0), per_axis(integers(0, 2), x))),
            "groups": groups,
            "bias": draw(booleans()),
            **own,
        },
    ), (x, *more)


@st.composite
def linear(draw: DrawFn) -> Case:
    x = draw(mostly(values(0, 3, "last"), values()))
    features = draw(optional(CHANNELS))
    shape = (features or x.channels, x.channels)
    own, more = draw(weighted(shape, shape[0], True))
    features = None if "weight" in own else features
    return made("linear", **{"features": features, "bias": draw(booleans()), **own}), (x, *more)


@st.composite
def norm(draw: DrawFn) -> Case:
    kind = draw(sampled_from(["batch", "layer", "group", "instance", "rms", "none", "affine", "l2"]))
    x = draw(images() if kind in ("group", "instance") else values())
    more: dict[str, Any] = {}
    if kind not in ("none", "affine", "l2"):
        least = floats(1e-6, 1e-2)
        more = {
            "eps": draw(optional(least if kind == "batch" else mostly(least, st.just(0.0)))),
            "affine": draw(optional(booleans())),
        }
    if kind in ("batch", "instance"):
        more["momentum"] = draw(optional(floats(0, 1)))
    if kind == "group":
        more["groups"] = draw(sampled_from([1, 2, 3, 4, None]))
    if kind == "batch" and draw(booleans()):
        more |= {"frozen": True, "momentum": None}
    if kind in ("layer", "group", "rms") and more["affine"] is not False:
        more["offset"] = draw(optional(sampled_from([0, 1.0, -0.5])))
        more["bias"] = None if kind == "rms" else draw(optional(booleans()))
    return made("norm", type=kind, **more), (x,)


@st.composite
def act(draw: DrawFn) -> Case:
    x = draw(values())
    kinds = OPS["act"].model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    # these have no finite values for numbers below zero
    kind = draw(sampled_from([kind for kind in kinds if kind not in ("log", "sqrt", "rsqrt")]))
    more = draw(ACTIVATIONS.get(kind, st.just({})))
    if kind == "prelu":
        more = {"num_parameters": draw(sampled_from([None, 1, 2, x.channels])), "init": draw(optional(floats(0, 1)))}
    return made("act", type=kind, **more), (x,)


@st.composite
def pool(draw: DrawFn, name: str) -> Case:
    x = draw(images())
    more: dict[str, Any] = {}
    if name == "max_pool":
        more["dilation"] = draw(mostly(st.just(1), per_axis(integers(1, 5), x)))
    else:
        more["count_include_pad"] = draw(booleans())
    padding = draw(st.one_of(st.just(0), st.just("same"), pairs_of(x), per_axis(integers(0, 2), x)))
    is_pair = isinstance(padding, tuple) and isinstance(padding[0], tuple)
    return made(
        name,
        kernel=draw(per_axis(integers(1, 5), x)),
        stride=draw(optional(per_axis(integers(1, 4), x))),
        padding=padding,
        ceil_mode=draw(st.just(False) if is_pair else booleans()),
        **more,
    ), (x,)


@st.composite
def adaptive_pool(draw: DrawFn) -> Case:
    x = draw(images())
    return made("adaptive_pool", size=draw(per_axis(SIZES, x)), type=draw(sampled_from(["avg", "max"]))), (x,)


@st.composite
def global_pool(draw: DrawFn) -> Case:
    given = {"type": draw(sampled_from(["avg", "max"])), "keepdim": draw(booleans())}
    x = draw(values())
    if draw(booleans()):
        return made("global_pool", **given), (x,)
    size = draw(mostly(st.just(x.size), st.lists(SIZES, max_size=3).map(tuple)))
    ids = draw(mostly(st.just(2), SIZES))
    mask = TensorType(0, size, dtype="int64", stride=Stride((1,) * len(size)), vocab=ids)
    return made("global_pool", mask="mask", **given), (x, mask)
