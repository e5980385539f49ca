"""Arguments and inputs of ops on sequences: attention, positions, experts, recurrent layers."""

from __future__ import annotations

from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, booleans, floats, integers, none, sampled_from

from archspec.ops import OPS
from archspec.types import Stride, TensorType
from tests.ops.strategies.drawn import CHANNELS, SIZES, Case, made, mostly, optional, sequences, tokens, values
from tests.tensors import image, sequence


@st.composite
def position(draw: DrawFn) -> Case:
    shape = draw(sampled_from(["tokens", "flat", "embedding", "full"]))
    if shape == "full":
        return made("position", shape=shape), (draw(values()),)
    return made(
        "position", shape=shape, length=draw(sampled_from([None, None, 9, 12])), start=draw(sampled_from([0, 0, 2]))
    ), (draw(sequences()),)


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
