"""Arguments and inputs of ops that move, join or resample values."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from math import prod

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, booleans, floats, integers, sampled_from

from archspec.ops import JOINS, Op, ShapeError
from archspec.types import Stride, TensorType
from tests.ops.strategies.drawn import DIMS, SIZES, Case, images, made, mostly, optional, per_axis, tokens, values
from tests.tensors import image, sequence


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


@st.composite
def select(draw: DrawFn) -> Case:
    x, dim = draw(mostly(values(1, 3), values())), draw(sampled_from([None, 0, 1, 2]))
    if draw(booleans()):
        return made("select", index=draw(integers(-5, 5)), dim=dim), (x,)
    ids = TensorType(0, draw(sampled_from([(), (1,), (3,)])), dtype="int64", stride=Stride(), vocab=1)
    return made("select", index="ids", dim=dim), (x, draw(mostly(st.just(ids), values())))


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
