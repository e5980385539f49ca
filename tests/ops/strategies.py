"""Arguments and inputs for every op, drawn by Hypothesis: mostly what fits, sometimes what does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, booleans, floats, integers, none, sampled_from

from archspec.ops import OPS, Op, ShapeError
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


def optional(numbers: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(none(), numbers)


def made(name: str, **arguments: Any) -> Op:
    return OPS[name].model_validate({key: value for key, value in arguments.items() if value is not None})


@st.composite
def paddings(draw: DrawFn, numbers: SearchStrategy[int], x: TensorType) -> Any:
    """Numbers, pairs, or what the size needs."""
    n = draw(mostly(st.just(len(x.size) or 1), integers(1, 3)))
    pairs = st.tuples(*[st.tuples(numbers, numbers)] * n)
    return draw(st.one_of(per_axis(numbers, x), pairs, st.just("same")))


@st.composite
def conv(draw: DrawFn) -> Case:
    x = draw(images())
    groups = draw(sampled_from([1, 1, 2, 3, "depthwise"]))
    kernel = draw(mostly(per_axis(sampled_from([1, 3, 5]), x), per_axis(integers(1, 5), x)))
    return made(
        "conv",
        channels=draw(optional(CHANNELS)),
        kernel=kernel,
        stride=draw(per_axis(integers(1, 3), x)),
        padding=draw(optional(paddings(integers(0, 3), x))),
        dilation=draw(per_axis(integers(1, 3), x)),
        groups=groups,
        bias=draw(booleans()),
        padding_mode=draw(sampled_from([None, None, "zeros", "reflect", "replicate", "circular"])),
    ), (x,)


@st.composite
def conv_transpose(draw: DrawFn) -> Case:
    x = draw(images())
    return made(
        "conv_transpose",
        channels=draw(CHANNELS),
        kernel=draw(per_axis(integers(1, 5), x)),
        stride=draw(per_axis(integers(1, 3), x)),
        padding=draw(per_axis(integers(0, 3), x)),
        output_padding=draw(mostly(st.just(0), per_axis(integers(0, 2), x))),
        groups=draw(sampled_from([1, 1, 2, 3])),
        bias=draw(booleans()),
    ), (x,)


@st.composite
def linear(draw: DrawFn) -> Case:
    x = draw(mostly(values(0, 3, "last"), values()))
    return made("linear", features=draw(optional(CHANNELS)), bias=draw(booleans())), (x,)


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
    padding = draw(mostly(st.just(0), paddings(integers(0, 2), x)))
    pairs = isinstance(padding, tuple) and isinstance(padding[0], tuple)
    if name == "max_pool":
        # where padding is uneven, a window with gaps needs as many positions as one gap spans
        most = int(min(x.size, default=1)) if pairs or padding == "same" else 5
        more["dilation"] = draw(mostly(st.just(1), per_axis(integers(1, min(5, most)), x)))
    else:
        more["count_include_pad"] = draw(booleans())
    return made(
        name,
        kernel=draw(per_axis(integers(1, 5), x)),
        stride=draw(optional(per_axis(integers(1, 4), x))),
        padding=padding,
        ceil_mode=draw(booleans()) and not pairs,
        **more,
    ), (x,)


@st.composite
def adaptive_pool(draw: DrawFn) -> Case:
    x = draw(images())
    return made("adaptive_pool", size=draw(per_axis(SIZES, x)), type=draw(sampled_from(["avg", "max"]))), (x,)


@st.composite
def global_pool(draw: DrawFn) -> Case:
    x, given = draw(values()), {"type": draw(sampled_from(["avg", "max"])), "keepdim": draw(booleans())}
    if draw(booleans()):
        return made("global_pool", **given), (x,)
    size = draw(mostly(st.just(x.size), st.lists(SIZES, max_size=3).map(tuple)))
    mask = TensorType(0, size, dtype="int64", stride=Stride((1,) * len(size)), vocab=draw(mostly(st.just(2), SIZES)))
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
def upsample(draw: DrawFn) -> Case:
    x = draw(images())
    usual = ["nearest", "nearest-exact", "area", {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(x.size), "area")]
    mode = draw(mostly(sampled_from(usual), sampled_from(["linear", "bilinear", "bicubic", "trilinear"])))
    more: dict[str, Any] = {}
    if mode in ("linear", "bilinear", "trilinear", "bicubic"):
        more = {"align_corners": draw(optional(booleans()))}
    if mode in ("bilinear", "bicubic"):
        more["antialias"] = draw(optional(booleans()))
    form = draw(sampled_from(["like", "size", "scale"]))
    if form == "like":
        other = draw(mostly(values(len(x.size), len(x.size)), values()))
        return made("upsample", like="other", mode=mode, **more), (x, other)
    sizes = SIZES if form == "size" else sampled_from([1, 2, 3, 1.5, 0.5, 2.7])
    return made("upsample", mode=mode, **{form: draw(per_axis(sizes, x))}, **more), (x,)


@st.composite
def unfold(draw: DrawFn) -> Case:
    x = draw(mostly(values(1, 2, "first"), values()))
    steps = {name: draw(per_axis(integers(1, 3), x)) for name in ("kernel", "stride", "dilation")}
    return made("unfold", padding=draw(per_axis(integers(0, 2), x)), **steps), (x,)


@st.composite
def fold(draw: DrawFn) -> Case:
    """Windows of a map, sometimes of another one."""
    before, (x,) = draw(unfold())
    given = dict([*before])
    try:
        columns = before.infer(x)
    except ShapeError:
        columns = x
    columns = draw(mostly(st.just(columns), values()))
    if draw(booleans()):
        return made("fold", like="before", **given), (columns, x)
    return made("fold", size=x.size or 3, **given), (columns,)


@st.composite
def grid_sample(draw: DrawFn) -> Case:
    x = draw(mostly(values(2, 2, "first"), values()))
    grid = draw(mostly(st.builds(sequence, st.just(2), SIZES, SIZES), values()))
    kinds = {
        "mode": sampled_from(["bilinear", "nearest", "bicubic"]),
        "padding_mode": sampled_from(["zeros", "border", "reflection"]),
        "align_corners": booleans(),
    }
    return made("grid_sample", grid="grid", **{name: draw(kind) for name, kind in kinds.items()}), (x, grid)


@st.composite
def pixel_shuffle(draw: DrawFn) -> Case:
    return made("pixel_shuffle", factor=draw(integers(1, 3))), (draw(mostly(values(2, 2, "first"), values())),)


@st.composite
def pad(draw: DrawFn) -> Case:
    x = draw(values())
    pairs = draw(mostly(integers(1, len(x.size) + 1), integers(1, 4)))
    padding = draw(st.tuples(*[integers(-2, 3)] * (2 * pairs - draw(mostly(st.just(0), st.just(1))))))
    padding = padding if len(padding) > 1 else (*padding, 0)
    mode = draw(sampled_from([None, "reflect", "replicate", "circular"]))
    if mode is None:
        return made("pad", padding=padding, value=draw(floats(-1, 1))), (x,)
    # torch crops, too; it could not tell channels from sizes
    padding = tuple([abs(n) for n in padding])
    return made("pad", padding=padding if x.channels_first else (0, 0, *padding[2:]), mode=mode), (x,)


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


def plain(op: Callable[[Any], Op] | Op, inputs: SearchStrategy[TensorType], **arguments: Any) -> SearchStrategy[Case]:
    """An op with simple arguments and one input."""
    return st.builds(
        lambda x, given: (op(**given) if not isinstance(op, Op) else op, (x,)),
        inputs,
        st.fixed_dictionaries(arguments),
    )


@st.composite
def joined(draw: DrawFn, op: Op) -> Case:
    """Values that agree but for sizes of 1, sometimes one that does not."""
    first = draw(values())
    inputs = [first]
    for _ in range(draw(integers(0, 2))):
        shape = [draw(sampled_from([n, n, n, 1])) for n in first.shape]
        c, size = (shape[0], shape[1:]) if first.channels_first else (shape[-1], shape[:-1])
        other = (image if first.channels_first else sequence)(c, *size)
        inputs.append(draw(mostly(st.just(other), values())))
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
    "unfold": unfold(),
    "fold": fold(),
    "grid_sample": grid_sample(),
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
    "position_bias": position_bias(),
    "coordinates": coordinates(),
    "add": joined(Add()),
    "mul": joined(Mul()),
    "concat": joined(Concat()),
    "sub": joined(Sub()),
    "div": joined(Div()),
    "parameter": own("parameter"),
    "buffer": own("buffer"),
    "chunk": chunk(),
    "drop_path": plain(lambda p: made("drop_path", p=p), values(), p=floats(0, 1)),
}
