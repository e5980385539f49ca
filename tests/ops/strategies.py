"""Arguments and inputs for every op, drawn by Hypothesis: mostly what fits, sometimes what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, booleans, floats, integers, none, sampled_from

from archspec.ops import JOINS, OPS, Op, ShapeError
from archspec.ops.join import Add, Concat, Div, Mul, Sub
from archspec.types import Stride, TensorType
from tests.tensors import image, sequence

Case = tuple[Op, tuple[TensorType, ...]]

SIZES = sampled_from([1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
CHANNELS = sampled_from([1, 2, 3, 4, 6, 8, 12])
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
def values(draw: DrawFn, least: int = 0, most: int = 3, layouts: str = "first last") -> TensorType:
    """A vector, an image or a sequence with up to three sizes."""
    size = tuple(draw(st.lists(SIZES, min_size=least, max_size=most)))
    last = draw(sampled_from(layouts.split())) == "last"
    return (sequence if last or not size else image)(draw(CHANNELS), *size)


def mostly(usual: SearchStrategy[Any], odd: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(usual, usual, usual, usual, odd)


def images() -> SearchStrategy[TensorType]:
    return mostly(values(1, 3, "first"), values())


def tokens() -> SearchStrategy[TensorType]:
    return st.builds(lambda n, v: TensorType(0, (n,), dtype="int64", stride=Stride((1,)), vocab=v), SIZES, SIZES)


@st.composite
def per_axis(draw: DrawFn, numbers: SearchStrategy[int], x: TensorType) -> Any:
    """A number, or one for each dimension."""
    n = len(x.size) or 1
    length = draw(mostly(st.just(n), integers(1, 3)))
    return draw(st.one_of(numbers, st.tuples(*[numbers] * length)))


def pairs_of(x: TensorType) -> SearchStrategy[Any]:
    """Uneven padding."""
    return st.tuples(*[st.tuples(integers(0, 2), integers(0, 2))] * max(1, len(x.size)))


def optional(numbers: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(none(), numbers)


def made(name: str, **arguments: Any) -> Op:
    return OPS[name].model_validate({key: value for key, value in arguments.items() if value is not None})


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


@st.composite
def rearrange(draw: DrawFn) -> Case:
    """Axes split into two factors, permuted, and merged again."""
    axes = draw(st.lists(st.tuples(integers(1, 4), integers(1, 3)), min_size=1, max_size=4))
    last = draw(booleans()) or len(axes) == 1
    names = [("c", "a"), ("h", "p"), ("w", "q"), ("d", "r")][: len(axes)]
    if last:
        names = [*names[1:], names[0]]
    sizes, left, atoms, shape = {}, [], [], []
    for (name, part), (whole, factor) in zip(names, axes, strict=True):
        shape.append(whole * factor)
        if factor == 1:
            left.append(name)
            atoms.append(name)
        else:
            sizes[part] = factor
            left.append(f"({name} {part})")
            atoms += [name, part]
    order = list(draw(sampled_from(list(permutations(atoms))[:200])))
    right = []
    while order:
        count = draw(integers(1, min(3, len(order))))
        right.append(f"({' '.join(order[:count])})" if count > 1 else order[0])
        order = order[count:]
    channels = shape.pop(-1 if last else 0)
    op = made("rearrange", pattern=f"n {' '.join(left)} -> n {' '.join(right)}", **sizes)
    return op, ((sequence if last else image)(channels, *shape),)


@st.composite
def reduced(draw: DrawFn) -> Case:
    """Some axes left out or 1, one of them a group."""
    x = draw(mostly(values(1), values()))
    names = ["c", "h", "w", "d"][: len(x.shape)] if x.channels_first else [*["h", "w", "d"][: len(x.size)], "c"]
    right = [draw(sampled_from([name, name, "1", ""])) if name != "c" else name for name in names]
    right = [name for name in right if name]
    sizes = {}
    if draw(booleans()):
        at = draw(integers(0, len(names) - 1))
        sizes["p"] = draw(integers(1, 3))
        names[at] = f"(p {names[at]})" if names[at] != "c" else "(c p)"
    kind = draw(sampled_from(["mean", "sum", "max", "min", "prod"]))
    return made("reduce", pattern=f"n {' '.join(names)} -> n {' '.join(right)}", type=kind, **sizes), (x,)


EINSUMS = {
    "n q (g c), n k (g c) -> n g q k": [("q", "gc"), ("k", "gc")],
    "n g q k, n k (g c) -> n q (g c)": [("g", "q", "k"), ("k", "gc")],
    "n l c, k c, k m -> n l m": [("l", "c"), ("k", "c"), ("k", "m")],
    "n i c, n i d -> n d c": [("i", "c"), ("i", "d")],
    "n a c, a c -> n 1 c": [("a", "c"), ("a", "c")],
}
"""Patterns that multiply matrices, with the axes of each value."""


@st.composite
def einsum(draw: DrawFn) -> Case:
    pattern = draw(sampled_from(list(EINSUMS)))
    # torch leaves out a sum of one product
    sizes = {name: draw(integers(2, 4)) for name in "qkglcmida"}
    inputs = []
    for text, axes in zip(pattern.split("->")[0].split(","), EINSUMS[pattern], strict=True):
        *size, channels = [prod(sizes[letter] for letter in axis) for axis in axes]
        odd = draw(mostly(st.just(0), integers(0, 1)))
        inputs.append(replace(sequence(channels + odd, *size), batch=text.strip().startswith("n ")))
    given = {"g": sizes["g"]} if "(g c)" in pattern and "n g q k, n" not in pattern else {}
    return JOINS["einsum"].model_validate({"pattern": pattern, **given}), tuple(inputs)


@st.composite
def upsample(draw: DrawFn) -> Case:
    x = draw(images())
    usual = ["nearest", "nearest-exact", "area", {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(x.size), "area")]
    mode = draw(mostly(sampled_from(usual), sampled_from(["linear", "bilinear", "bicubic", "trilinear"])))
    if draw(booleans()):
        return made("upsample", like="other", mode=mode), (x, draw(mostly(values(len(x.size), len(x.size)), values())))
    more = {"align_corners": draw(optional(booleans())), "antialias": draw(optional(booleans()))}
    if draw(booleans()):
        return made("upsample", size=draw(per_axis(SIZES, x)), mode=mode, **more), (x,)
    scale = draw(per_axis(sampled_from([1, 2, 3, 1.5, 0.5, 2.7]), x))
    return made("upsample", scale=scale, mode=mode, **more), (x,)


@st.composite
def unfolded(draw: DrawFn, name: str) -> Case:
    x = draw(mostly(values(1, 2, "first"), values()))
    kernel = draw(st.one_of(integers(1, 3), st.tuples(*[integers(1, 3)] * max(1, len(x.size)))))
    given = {"kernel": kernel if isinstance(kernel, int) else kernel[:2], "stride": draw(integers(1, 3))}
    given |= {"padding": draw(integers(0, 2)), "dilation": draw(integers(1, 2))}
    if name == "unfold":
        return made(name, **given), (x,)
    folded = made("unfold", **given)
    if draw(mostly(st.just(True), st.just(False))):
        try:
            unfolded_ = folded.infer(x)
        except ShapeError:
            unfolded_ = x
        return made(name, like="like", **given), (unfolded_, draw(mostly(st.just(x), values())))
    return made(name, size=draw(SIZES), **given), (x,)


@st.composite
def grid_sample(draw: DrawFn) -> Case:
    x, grid = draw(mostly(values(2, 2, "first"), values())), sequence(2, draw(SIZES), draw(SIZES))
    given = {"mode": draw(sampled_from(["bilinear", "nearest", "bicubic"])), "align_corners": draw(booleans())}
    kind = draw(sampled_from(["zeros", "border", "reflection"]))
    batches = draw(sampled_from([(True, True), (True, True), (False, True), (True, False), (False, False)]))
    x, grid = (
        replace(kind, batch=batch)
        for kind, batch in zip((x, draw(mostly(st.just(grid), values()))), batches, strict=True)
    )
    return made("grid_sample", grid="grid", padding_mode=kind, **given), (x, grid)


@st.composite
def pixel_shuffle(draw: DrawFn) -> Case:
    return made("pixel_shuffle", factor=draw(integers(1, 3))), (draw(mostly(values(2, 2, "first"), values())),)


PAD_MODES = sampled_from(["reflect", "replicate", "circular"])


@st.composite
def pad(draw: DrawFn) -> Case:
    x = draw(values())
    pairs = draw(mostly(integers(1, len(x.size) + 1), integers(1, 4)))
    padding = draw(st.tuples(*[integers(-2, 3)] * (2 * pairs - draw(mostly(st.just(0), st.just(1))))))
    if draw(booleans()):
        return made("pad", padding=padding if len(padding) > 1 else (*padding, 0), mode=draw(PAD_MODES)), (x,)
    return made("pad", padding=padding if len(padding) > 1 else (*padding, 0), value=draw(floats(-1, 1))), (x,)


@st.composite
def softmax(draw: DrawFn) -> Case:
    return made("softmax", dim=draw(sampled_from(["channels", 0, 1, 2]))), (draw(values()),)


def sequences() -> SearchStrategy[TensorType]:
    return mostly(values(1, 1, "last"), values())


@st.composite
def position(draw: DrawFn) -> Case:
    shape = draw(sampled_from(["tokens", "flat", "embedding", "full"]))
    if shape == "full":
        return made("position", shape=shape), (draw(values()),)
    return made(
        "position", shape=shape, length=draw(sampled_from([None, None, 9, 12])), start=draw(sampled_from([0, 0, 2]))
    ), (draw(sequences()),)


@st.composite
def select(draw: DrawFn) -> Case:
    x, dim = draw(mostly(values(1, 3), values())), draw(sampled_from([None, 0, 1, 2]))
    if draw(booleans()):
        return made("select", index=draw(integers(-5, 5)), dim=dim), (x,)
    ids = TensorType(0, draw(sampled_from([(), (1,), (3,)])), dtype="int64", stride=Stride(), vocab=1)
    return made("select", index="ids", dim=dim), (x, draw(mostly(st.just(ids), values())))


DIMS = sampled_from(["channels", 0, 1, 2])


@st.composite
def sliced(draw: DrawFn) -> Case:
    ends = sampled_from([None, 0, 1, 2, -1, -2, 5, -9])
    given = {"start": draw(ends), "stop": draw(ends), "step": draw(integers(1, 3)), "dim": draw(DIMS)}
    return made("slice", **given), (draw(values()),)


@st.composite
def moved(draw: DrawFn, name: str) -> Case:
    x = draw(values())
    dims = ["channels", *range(len(x.size))]
    several = st.lists(sampled_from(dims), min_size=1, max_size=len(dims), unique=True).map(tuple)
    dim = draw(mostly(st.one_of(sampled_from(dims), several), DIMS))
    shift = {} if name == "flip" else {"shift": draw(integers(-9, 9))}
    return made(name, dim=dim, **shift), (x,)


@st.composite
def attention(draw: DrawFn) -> Case:
    """Of one value or of several, perhaps with other channels, or of some of the keys."""
    heads, dropout = draw(sampled_from([1, 2, 3, 4])), draw(sampled_from([0, 0.5]))
    x = draw(sequences())
    keys, further = draw(SIZES), dict[str, TensorType]()
    if draw(booleans()):
        further["key"] = draw(mostly(st.just(sequence(draw(sampled_from([x.channels, 5])), keys)), values()))
        if draw(booleans()):
            places = draw(mostly(sampled_from([keys, keys, 1]), SIZES))
            further["value"] = sequence(draw(sampled_from([x.channels, 5])), places)
    if draw(booleans()):
        keys = keys if further else x.size[0] if x.size else 1  # type: ignore[assignment]
        further["mask"] = TensorType(0, (draw(mostly(st.just(keys), SIZES)),), dtype="int64", vocab=2)
    op = made("attention", heads=heads, dropout=dropout, bias=draw(booleans()), **{name: name for name in further})
    return op, (x, *further.values())


@st.composite
def sdpa(draw: DrawFn) -> Case:
    """Packed or apart, with what hides or biases keys, and sizes of 1 that are broadcast."""
    heads, kv_heads = draw(sampled_from([(1, 1), (2, 2), (2, 1), (4, 2), (3, 2)]))
    head, width = draw(integers(1, 4)), draw(integers(1, 3))
    lead = draw(st.lists(integers(1, 3), max_size=2))
    queries, keys = draw(SIZES), draw(SIZES)
    odd = draw(mostly(st.just(0), integers(1, 2)))

    def front() -> list[int]:
        return [draw(sampled_from([n, n, n, 1])) for n in lead]

    form = draw(sampled_from(["packed", "kv", "key", "value"]))
    given: dict[str, Any] = {"head_dim": draw(sampled_from([None, head])) if form in ("packed", "kv") else None}
    if given["head_dim"] is None and form != "value":
        width = head
    further: dict[str, TensorType] = {}
    if form == "packed":
        keys = queries
        x = sequence((heads + kv_heads) * head + kv_heads * width + odd, *lead, queries)
    else:
        x = sequence(heads * head, *front(), queries)
        packed = head + width if form == "kv" else head
        further[form if form == "kv" else "key"] = sequence(kv_heads * packed + odd, *front(), keys)
        if form == "value":
            further["value"] = sequence(kv_heads * width, *front(), draw(sampled_from([keys, keys, 1])))
    if draw(booleans()):
        places = (*draw(sampled_from([(), tuple(front())])), draw(mostly(sampled_from([keys, keys, 1]), SIZES)))
        further["mask"] = TensorType(0, places, dtype="int64", vocab=draw(mostly(st.just(2), st.just(3))))
    if draw(booleans()):
        places = (*draw(sampled_from([(), tuple(front())])), draw(sampled_from([queries, 1])), keys)
        further["bias"] = image(draw(mostly(sampled_from([heads, 1]), CHANNELS)), *places)
    if draw(booleans()):
        further["sinks"] = sequence(draw(mostly(st.just(heads), CHANNELS)))
    for name in ("window", "softcap", "scale"):
        numbers = {"window": integers(1, 4), "softcap": floats(0.5, 9), "scale": floats(0.1, 2)}[name]
        given[name] = draw(st.one_of(none(), none(), numbers))
    given |= {name: name for name in further}
    causal, dropout = draw(booleans()), draw(sampled_from([0, 0, 0.5]))
    op = made("sdpa", heads=heads, kv_heads=kv_heads, causal=causal, dropout=dropout, **given)
    return op, (x, *(further[name] for name in op.references if name in further))


@st.composite
def rope(draw: DrawFn) -> Case:
    """Heads that turn, perhaps in a part, behind tokens that do not; positions, or those of a map."""
    heads, head = draw(sampled_from([1, 2, 3])), draw(sampled_from([2, 4, 6, 8, 3]))
    lead = draw(st.lists(integers(1, 3), max_size=1))
    skip, rest = draw(integers(0, 2)), draw(sampled_from([0, 0, 3]))
    odd = draw(mostly(st.just(0), st.just(1)))
    grid, length = None, draw(SIZES) + skip + odd
    more: list[TensorType] = []
    given: dict[str, Any] = {}
    if draw(booleans()):
        height, width = draw(SIZES), draw(SIZES)
        grid, length = draw(sampled_from(["map", (height, width)])), height * width + skip + odd
        given["origin"] = draw(sampled_from(["index", "centered"]))
        if grid == "map":
            more = [draw(sampled_from([image, sequence]))(3, height, width)]
    elif draw(booleans()):
        places = (*draw(sampled_from([[], lead])), length)
        more = [TensorType(0, places, dtype="int64", stride=Stride((1,) * len(places)), vocab=9)]
        given["positions"] = "ids"
    if grid is None:
        scaling = {"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 8}
        given["scaling"] = draw(sampled_from([None, None, scaling, {"type": "linear", "factor": 3.0}]))
    op = made(
        "rope",
        heads=heads,
        head_dim=head if rest else None,
        partial=draw(sampled_from([1.0, 0.5, 0.75, 2, 4])),
        side=draw(sampled_from(["first", "last"])),
        interleaved=draw(booleans()),
        skip=skip,
        grid=grid,
        **given,
    )
    return op, (sequence(heads * head + rest, *lead, length), *more)


@st.composite
def relative_position(draw: DrawFn) -> Case:
    """A table of the offsets in a window, as one axis or two, with the channels first or last."""
    window = draw(sampled_from([4, (3,), (2, 3), (1, 4), (5, 2)]))
    sizes = (window,) if isinstance(window, int) else window
    symmetric, token = draw(booleans()), draw(booleans())
    table = [n if symmetric else 2 * n - 1 for n in sizes]
    if token or draw(booleans()):
        table = [prod(table) + 3 * token]
    table[0] += draw(mostly(st.just(0), st.just(1)))
    kinds = {name: draw(booleans()) for name in ("reverse",)}
    strides = {name: draw(mostly(st.just(1), integers(1, 4))) for name in ("stride", "key_stride")}
    op = made("relative_position", window=window, symmetric=symmetric, class_token=token, **kinds, **strides)
    return op, (draw(sampled_from([image, sequence]))(draw(CHANNELS), *table),)


@st.composite
def position_bias(draw: DrawFn) -> Case:
    kind, heads = draw(sampled_from(["t5", "alibi"])), draw(integers(1, 9))
    more: dict[str, Any] = {}
    if kind == "t5":
        more = {"buckets": draw(sampled_from([None, 4, 8, 9])), "max_distance": draw(sampled_from([None, 20]))}
        more["bidirectional"] = draw(optional(booleans()))
    x, keys = (draw(st.one_of(tokens(), values(1), mostly(values(1), values()))) for _ in range(2))
    if draw(booleans()):
        return made("position_bias", type=kind, heads=heads, keys="keys", **more), (x, keys)
    return made("position_bias", type=kind, heads=heads, **more), (x,)


@st.composite
def coordinates(draw: DrawFn) -> Case:
    x = draw(st.one_of(tokens(), values(1), mostly(values(1), values())))
    size = draw(sampled_from([None, None, 3, (2, 3)]))
    n = len(x.size) if size is None else 1 if size == 3 else 2
    start = draw(st.one_of(none(), floats(-2, 2), st.tuples(*[floats(-2, 2)] * draw(mostly(st.just(n), st.just(4))))))
    kind = draw(sampled_from([None, "last", "count"]))
    more = {"eps": draw(floats(0, 1))} if kind == "last" else {}
    op = made(
        "coordinates", size=size, start=start or None, normalize=kind, order=draw(sampled_from(["yx", "xy"])), **more
    )
    return op, (x,) if size is None else ()


@st.composite
def experts(draw: DrawFn) -> Case:
    x, count = draw(values(0, 2, "last")), draw(sampled_from([2, 4, 6]))
    scores = sequence(count, *x.size)
    more = [draw(mostly(st.just(scores), values(0, 2)))] if draw(booleans()) else []
    groups = draw(sampled_from([1, 2, 3]))
    op = made(
        "experts",
        scores="scores",
        by="by" if more else None,
        top_k=draw(integers(1, 4)),
        hidden=draw(integers(1, 3)),
        act=draw(sampled_from(["silu", "gelu", "relu", "tanh"])),
        normalize=draw(booleans()),
        scale=draw(floats(0.5, 3)),
        groups=groups,
        top_groups=draw(sampled_from([None, 1, groups])),
    )
    return op, (x, draw(mostly(st.just(scores), values(0, 2))), *more)


@st.composite
def recurrent(draw: DrawFn, name: str) -> Case:
    """A sequence, and states with the layers and directions in front, or without an axis for them where it is one."""
    features, layers, both = draw(integers(1, 4)), draw(integers(1, 3)), draw(booleans())
    rows = layers * (2 if both else 1)
    usual = sequence(features, *[rows] * (rows > 1))
    taken = [state for state in OPS[name].references if draw(booleans())]
    op = made(
        name,
        features=features,
        layers=layers,
        bidirectional=both,
        dropout=draw(sampled_from([None, 0.5])),
        bias=draw(booleans()),
        **{state: state for state in taken},
    )
    x = draw(mostly(values(1, 1, "last"), values()))
    return op, (x, *[draw(mostly(st.just(usual), values(0, 2))) for _ in taken])


@st.composite
def cell(draw: DrawFn, name: str) -> Case:
    x, features = draw(values(0, 2, "last last first")), draw(integers(1, 4))
    taken = [state for state in OPS[name].references if draw(booleans())]
    state = sequence(features, *x.size)
    op = made(name, features=features, **{state: state for state in taken})
    return op, (x, *[draw(mostly(st.just(state), values(0, 2))) for _ in taken])


@st.composite
def sinusoidal(draw: DrawFn) -> Case:
    x, keep = draw(st.one_of(values(), tokens())), draw(booleans())
    if draw(booleans()):
        return made("sinusoidal", octaves=draw(integers(1, 5)), keep=keep), (x,)
    kinds = {name: draw(booleans()) for name in ("interleaved", "endpoint")}
    first, features = draw(sampled_from(["sin", "cos"])), draw(sampled_from([4, 6]))
    return made("sinusoidal", features=features, base=draw(floats(1, 1e5)), first=first, keep=keep, **kinds), (x,)


def plain(op: Callable[[Any], Op] | Op, inputs: SearchStrategy[TensorType], **arguments: Any) -> SearchStrategy[Case]:
    """An op with simple arguments and one input."""
    return st.builds(
        lambda x, given: (op(**given) if not isinstance(op, Op) else op, (x,)),
        inputs,
        st.fixed_dictionaries(arguments),
    )


@st.composite
def joined(draw: DrawFn, op: Op) -> Case:
    """Values that agree but for sizes of 1, sometimes one that does not; some are the same for every sample, or numbers
    alone."""
    first = draw(values())
    inputs = [first]
    for _ in range(draw(integers(0, 2))):
        shape = [draw(sampled_from([n, n, n, 1])) for n in first.shape]
        c, size = (shape[0], shape[1:]) if first.channels_first else (shape[-1], shape[:-1])
        other = (image if first.channels_first else sequence)(c, *size)
        inputs.append(draw(mostly(st.just(other), values())))
    inputs = [draw(mostly(st.just(x), sampled_from([replace(x, batch=False), TensorType.number()]))) for x in inputs]
    return op, tuple(inputs)


@st.composite
def chunk(draw: DrawFn) -> Case:
    x = draw(mostly(values(), tokens()))
    start = draw(integers(0, x.channels))
    return made("chunk", start=start, length=draw(integers(1, max(1, x.channels)))), (x,)


@st.composite
def own(draw: DrawFn, name: str) -> Case:
    """A value of any shape, with an axis for the batch or without."""
    shape = [*draw(sampled_from([[], ["n"]])), *draw(st.lists(SIZES, max_size=4))]
    layout = draw(sampled_from(["channels_last", "channels_first"]))
    if name == "parameter":
        return made(name, shape=tuple(shape), layout=layout), ()
    kind, value = draw(sampled_from([{}, {"vocab": 5}])), draw(sampled_from([2, (1,), (3,), ((4,),)]))
    if isinstance(value, tuple) and len(shape) < 2:
        value = 1
    return made(name, shape=tuple(shape), value=value, layout=layout, **kind), ()


CASES: dict[str, SearchStrategy[Case]] = {
    "conv": conv(),
    "conv_transpose": conv_transpose(),
    "linear": linear(),
    "norm": norm(),
    "act": act(),
    "max_pool": pool("max_pool"),
    "avg_pool": pool("avg_pool"),
    "adaptive_pool": adaptive_pool(),
    "global_pool": global_pool(),
    "flatten": plain(lambda: made("flatten"), values()),
    "dropout": plain(lambda p: made("dropout", p=p), values(), p=floats(0, 1)),
    "rearrange": rearrange(),
    "reduce": reduced(),
    "unfold": unfolded("unfold"),
    "fold": unfolded("fold"),
    "grid_sample": grid_sample(),
    "einsum": einsum(),
    "upsample": upsample(),
    "pixel_shuffle": pixel_shuffle(),
    "pad": pad(),
    "softmax": softmax(),
    "identity": plain(lambda: made("identity"), st.one_of(values(), tokens())),
    "multiply": plain(lambda factor: made("multiply", factor=factor), values(), factor=floats(-2, 2)),
    "offset": plain(lambda amount: made("offset", amount=amount), values(), amount=floats(-2, 2)),
    "slice": sliced(),
    "flip": moved("flip"),
    "roll": moved("roll"),
    "argmax": plain(lambda dim: made("argmax", dim=dim), st.one_of(values(), tokens()), dim=DIMS),
    "scale": plain(
        lambda init, shape: made("scale", init=init, shape=shape),
        values(),
        init=floats(-2, 2),
        shape=sampled_from([None, "flat"]),
    ),
    "position": position(),
    "class_token": plain(
        lambda count, shape: made("class_token", count=count, shape=shape),
        sequences(),
        count=integers(1, 3),
        shape=sampled_from(["tokens", "flat"]),
    ),
    "select": select(),
    "embedding": plain(lambda n: made("embedding", features=n), mostly(tokens(), values()), n=CHANNELS),
    "attention": attention(),
    "sdpa": sdpa(),
    "rope": rope(),
    "relative_position": relative_position(),
    "experts": experts(),
    "lstm": recurrent("lstm"),
    "gru": recurrent("gru"),
    "lstm_cell": cell("lstm_cell"),
    "gru_cell": cell("gru_cell"),
    "sinusoidal": sinusoidal(),
    "position_bias": position_bias(),
    "coordinates": coordinates(),
    "add": joined(Add()),
    "mul": joined(Mul()),
    "concat": st.one_of(joined(Concat()), joined(Concat(dim=0)), joined(Concat(dim=1))),
    "sub": joined(Sub()),
    "div": joined(Div()),
    "parameter": own("parameter"),
    "buffer": own("buffer"),
    "chunk": chunk(),
    "drop_path": plain(lambda p: made("drop_path", p=p), values(), p=floats(0, 1)),
}
