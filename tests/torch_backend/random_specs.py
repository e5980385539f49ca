"""Whole specs, drawn by Hypothesis. Types are followed along the way, so that most of what is drawn is sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, booleans, integers, sampled_from

from archspec.ops import OPS, ShapeError
from archspec.types import Stride, TensorType

Node = Any
Nodes = list[Node]

ACTS = ["relu", "gelu", "silu", "leaky_relu", "hardswish", "tanh", "relu6", "elu", {"type": "prelu"}]
POLICIES = ["auto", "auto", "pool", "pad", "matching", "identity", "none"]
OWN_BLOCKS = {
    "plain": {
        "params": {"channels": "$in_channels", "stride": 1, "wide": False, "inner": "layers"},
        "layers": [
            {"conv": {"channels": "$(channels * (2 if wide else 1))", "kernel": 3, "stride": "$stride"}},
            "norm",
            {"slot": "inner"},
            {"act": {"name": "last"}},
            {"conv": {"channels": "$channels", "when": "$wide"}},
        ],
    },
    "gated": {
        "params": {"channels": "$in_channels", "stride": 1},
        "numbered": True,
        "layers": [
            {"parallel": {"branches": {
                "a": [{"conv": {"channels": "$channels", "kernel": 3, "stride": "$stride"}}],
                "b": [{"conv": {"channels": "$channels", "kernel": 3, "stride": "$stride"}}, {"act": "sigmoid"}],
            }, "merge": "mul"}},
            {"residual": {"body": [{"basic": "$channels"}], "shortcut": "identity"}},
        ],
    },
    "tied": {
        "params": {"channels": "$in_channels", "skip": "ref"},
        "layers": [
            {"upsample": {"like": "$skip"}},
            {"concat": [".", "$skip"]},
            {"conv": {"channels": "$channels", "kernel": 3}},
        ],
    },
    "mixed": {
        "params": {"one": "ref", "two": "ref"},
        "layers": [
            {"mul": [".", "$one"]},
            {"conv": {"name": "inner"}},
            {"add": [".", "$two", "input"]},
            {"act": {"from": "inner"}},
        ],
    },
}  # fmt: skip


BLOCKS = {
    "basic", "bottleneck", "preact_basic", "preact_bottleneck", "inverted_residual", "conv_norm_act",
    "squeeze_excitation", "plain", "gated", "mlp", "mlp_residual",
}  # fmt: skip


@dataclass
class Scope:
    """Names that references find here, with their types. In a numbered scope every combinator is a module."""

    numbered: bool = False
    nameless: bool = False
    known: dict[str, TensorType] = field(default_factory=dict)
    modules: dict[str, tuple[Node, TensorType, TensorType]] = field(default_factory=dict)
    count: int = 0

    def name(self, draw: DrawFn) -> str | None:
        if self.nameless or draw(sampled_from([True, False, False])):
            return None
        return self.fresh(draw(sampled_from(["n{}", "part.n{}", "part.inner.n{}", "_n{}", "n-{}"])))

    def fresh(self, pattern: str) -> str:
        self.count += 1
        return pattern.format(self.count)


def op(name: str, arguments: dict[str, Any], x: TensorType) -> TensorType | None:
    """The type after an op, or None where it does not fit."""
    try:
        return OPS[name].model_validate(arguments).infer(x)
    except ShapeError:
        return None


def strided(x: TensorType, channels: int, stride: int) -> TensorType:
    """After a convolution that keeps the size but for its stride."""
    size = tuple((int(n) - 1) // stride + 1 for n in x.size)
    return x.sized(size, (stride,) * len(size)).with_channels(channels)


CHANNELS = sampled_from([2, 4, 6, 8, 8, 12])


@st.composite
def simple(draw: DrawFn, x: TensorType) -> tuple[Node, TensorType]:
    """One op."""
    usual: list[tuple[str, dict[str, Any]]] = [
        ("norm", {}),
        ("act", {}),
        ("act", {"type": "gelu"}),
        ("dropout", {"p": 0.2}),
        ("drop_path", {"p": 0.2}),
        ("chunk", {"start": x.channels // 3, "length": (x.channels + 1) // 2}),
    ]
    channels = draw(CHANNELS)
    if x.channels_first:
        usual += [
            ("conv", {
                "channels": channels,
                "kernel": draw(sampled_from([1, 3, 5])),
                "stride": draw(integers(1, 3)),
                "dilation": draw(integers(1, 2)),
                "bias": draw(booleans()),
                "groups": draw(sampled_from([1, 2, "depthwise"])),
            }),
            ("conv", {"channels": channels, "kernel": draw(sampled_from([2, 3, 4])), "padding": 1}),
            ("conv_transpose", {"channels": channels, "kernel": 2, "stride": 2}),
            ("max_pool", {"kernel": 3, "stride": 2, "padding": 1}),
            ("avg_pool", {"kernel": 2, "ceil_mode": True}),
            ("adaptive_pool", {"size": 3}),
            ("upsample", {"scale": 2}),
            ("pad", {"padding": (1, 2)}),
            ("scale", {}),
            ("norm", {"type": "group", "groups": 2}),
        ]  # fmt: skip
    else:
        usual += [
            ("linear", {"features": channels}),
            ("norm", {"type": "layer"}),
            ("norm", {"type": "batch"}),
            ("scale", {}),
        ]
    if len(x.size) == 1 and not x.channels_first:
        heads = 2 if x.channels % 2 == 0 else 1
        usual += [("position", {}), ("class_token", {}), *[("attention", {"heads": heads})] * 3]
        usual += [("select", {"index": -1}), *[("sdpa", {"heads": 1})] * (2 if x.channels % 3 == 0 else 0)]
    name, arguments = draw(sampled_from(usual))
    if name in ("norm", "act") and "type" not in arguments:
        return name, x
    after = op(name, arguments, x)
    if after is None or any(int(n) > 40 for n in after.size):
        return "identity", x
    return {name: {key: list(v) if isinstance(v, tuple) else v for key, v in arguments.items()}}, after


@st.composite
def block(draw: DrawFn, x: TensorType, stride: int) -> tuple[str, dict[str, Any], TensorType]:
    """A block with its arguments."""
    if not x.channels_first:
        channels = draw(CHANNELS)
        name = draw(sampled_from(["mlp_residual", "mlp"]))
        return name, {"channels": channels, "hidden_channels": 6}, x.with_channels(channels)
    channels = draw(sampled_from([4, 8, 12]))
    name = draw(sampled_from([
        "basic", "bottleneck", "preact_basic", "preact_bottleneck", "inverted_residual", "conv_norm_act",
        "squeeze_excitation", "plain", "gated",
    ]))  # fmt: skip
    if name == "squeeze_excitation":
        return name, {"hidden_channels": 2}, x
    arguments: dict[str, Any] = {"channels": channels, "stride": stride}
    if name in ("basic", "bottleneck"):
        arguments["shortcut"] = draw(
            sampled_from(["auto", "pool", "pad"] if channels >= x.channels else ["auto", "pool"])
        )
    if name in ("basic", "bottleneck", "preact_basic", "inverted_residual"):
        arguments["drop_path"] = draw(sampled_from([0.0, 0.5]))
        arguments["attention"] = draw(sampled_from([[], [{"squeeze_excitation": 2}], ["identity"]]))
    if name == "plain":
        arguments |= {"wide": draw(booleans()), "inner": draw(sampled_from([[], ["act"], [{"scale": 0.5}]]))}
    if name == "conv_norm_act":
        arguments["kernel"] = 3
    return name, arguments, strided(x, channels, stride)


@st.composite
def residual(draw: DrawFn, x: TensorType) -> tuple[Node, TensorType]:
    """A residual with each policy, its body one or two layers with a stride and other channels."""
    channels = draw(sampled_from([x.channels, x.channels, 8]))
    stride = draw(sampled_from([1, 1, 2, 3])) if x.channels_first else 1
    after = strided(x, channels, stride)
    layer = (
        {"conv": {"channels": channels, "kernel": 3, "stride": stride}} if x.channels_first else {"linear": channels}
    )
    inner = draw(sampled_from([[], ["norm", "act"], ["act", "dropout"]]))
    body: Nodes = [layer, *inner] if draw(booleans()) else [*inner, layer]
    given: dict[str, Any] = {"body": body, "drop_path": draw(sampled_from([0, 0.3]))}
    policy = draw(sampled_from(POLICIES))
    if policy == "pad" and channels < x.channels:
        policy = "auto"
    same = after.shape == x.shape
    if policy in ("identity", "matching") and not same:
        policy = "matching"
    if not x.channels_first and policy == "pool":
        policy = "auto"
    full: dict[str, Any] = {"policy": policy, "name": draw(sampled_from(["shortcut", "downsample", "proj.short"]))}
    if policy in ("auto", "pool"):
        full["norm"] = (
            draw(sampled_from(["none", {"type": "layer"}, {"type": "group", "groups": 2}]))
            if x.channels_first
            else "layer"
        )
    if policy == "pad":
        full["side"] = draw(sampled_from(["after", "both"]))
    given["shortcut"] = draw(sampled_from([policy, full]))
    if policy == "auto" and x.channels_first and draw(booleans()):
        given["shortcut"] = [{"conv": {"channels": channels, "stride": stride}}]
    if same and draw(booleans()):
        given |= {"merge": draw(sampled_from(["mul", "concat"])), "shortcut": "auto"}
        if given["merge"] == "concat":
            after = after.with_channels(2 * channels)
    given["after"] = draw(sampled_from([[], ["act"], ["norm", "act"]]))
    return {"residual": given}, after


@st.composite
def parallel(draw: DrawFn, x: TensorType, scope: Scope) -> tuple[Node, TensorType]:
    """Two or three branches, whole or split."""
    split: Any = False
    parts = [x, x]
    if x.channels % 2 == 0 and x.channels > 2 and draw(booleans()):
        split = draw(sampled_from([True, [x.channels - 2, 2]]))
        first = x.channels // 2 if split is True else x.channels - 2
        parts = [x.with_channels(first), x.with_channels(x.channels - first)]
    merge = draw(sampled_from(["concat", "add", "mul"]))
    wide = draw(CHANNELS)
    branches: list[Nodes] = []
    outputs: list[int] = []
    for part in parts:
        layer = {"conv": {"channels": wide, "kernel": 3}} if part.channels_first else {"linear": wide}
        free = draw(sampled_from([[layer], [layer, "act"], [layer, "norm"], []])) if merge == "concat" else [layer]
        branches.append(free)
        outputs.append(wide if free else part.channels)
    if not split and merge == "concat" and draw(booleans()):
        branches.append(["identity"])
        outputs.append(x.channels)
    named = draw(booleans()) and not scope.nameless
    listed: Any = {scope.fresh("branch{}"): branch for branch in branches} if named else branches
    if named and not split and draw(booleans()):
        listed[scope.fresh("left_out{}")] = {"when": "$(1 > 2)", "layers": ["flatten"]}
    after = x.with_channels(sum(outputs) if merge == "concat" else wide)
    return {"parallel": {"branches": listed, "merge": merge, "split": split}}, after


@st.composite
def nodes(draw: DrawFn, x: TensorType, scope: Scope, depth: int, most: int = 5) -> tuple[Nodes, TensorType]:
    """Nodes one after the other, which refer to those before."""
    found: Nodes = []
    for _ in range(draw(integers(1, most))):
        kind = draw(
            sampled_from([
                "simple", "simple", "residual", "parallel", "repeat", "seq", "seq", "block", "join", "join", "back",
                "turns", "parts", "windows", "own", "mixed", "mixed", "mixed", "recurrent",
            ])
        )  # fmt: skip
        if not x.channels_first and len(x.size) == 1:
            kind = draw(sampled_from([kind, kind, "recurrent"]))
        if any(y == x for _, y, _ in scope.modules.values()):
            kind = draw(sampled_from([kind, kind, "again", "tie"]))
        before, name = x, scope.name(draw)
        node: Node
        if kind == "residual":
            node, x = draw(residual(x))
        elif kind == "parallel":
            node, x = draw(parallel(x, scope))
        elif kind == "repeat" and depth > 0:
            inner, x = draw(nodes(x, Scope(nameless=True), 0, 2))
            same = x.shape == before.shape
            share = {"share": True} if same and draw(booleans()) else {}
            node = {"repeat": {"times": draw(integers(0, 3)) if same else 1, "layers": inner, **share}}
        elif kind == "seq" and depth > 0:
            # without a name it is none in a composite scope: its children are those of the scope around
            transparent = name is None and not scope.numbered
            own = scope if transparent else Scope(numbered=True, known={**scope.known}, count=scope.count)
            inner, x = draw(nodes(x, own, depth - 1, 3))
            node = {"seq": inner}
            scope.count = own.count
            if name is not None:
                new = own.known.keys() - scope.known.keys()
                scope.known |= {f"{name}.{inside}": own.known[inside] for inside in sorted(new)}
        elif kind == "block":
            block_name, arguments, x = draw(block(x, draw(sampled_from([1, 1, 2]))))
            node = {block_name: arguments}
        elif kind == "join" and scope.known:
            node, x = draw(join(x, scope))
        elif kind == "again" and (fit := [one for one, (_, y, _) in scope.modules.items() if y == x]):
            of = draw(sampled_from(sorted(fit)))
            node, x = {"reuse": {"of": of, **given_anew(draw, scope.modules[of][0], x, scope)}}, scope.modules[of][2]
        elif kind == "mixed" and x.channels_first and (fit := same_as(x, scope)):
            node = {"mixed": {"one": draw(sampled_from(fit)), "two": draw(sampled_from(fit))}}
            name = scope.fresh("mixed{}")
        elif kind == "recurrent" and not x.channels_first and len(x.size) == 1 and not scope.nameless:
            node, x, name = draw(recurrent(x, scope))
        elif kind == "tie" and (fit := [one for one, (_, y, _) in scope.modules.items() if y == x]):
            of = draw(sampled_from(sorted(fit)))
            same_node, _, x = scope.modules[of]
            ((key, given),) = same_node.items()
            weighs = key in ("conv", "linear") or key in BLOCKS
            node = {key: {**given, **({"tie": of} if weighs else {})}}
        elif kind == "own" and not scope.nameless and not x.is_vector:
            node = draw(own_value(x, scope.fresh("own{}")))
        elif kind == "parts" and not scope.nameless and x.channels % 2 == 0:
            parts = [scope.fresh("part{}"), scope.fresh("part{}")]
            found.append({"split": parts})
            scope.known |= dict.fromkeys(parts, x.with_channels(x.channels // 2))
            continue
        elif kind == "windows" and x.channels_first and len(x.size) == 2 and all(int(n) % 2 == 0 for n in x.size):
            node, x = draw(windows(x))
        elif kind == "turns":
            node, x = draw(turns(x))
        elif kind == "back" and scope.known:
            target = draw(sampled_from(sorted(scope.known)))
            node, x = {"identity": {"from": target}}, scope.known[target]
        else:
            node, x = draw(simple(x))
        if isinstance(node, str):
            node = {node: {}}
        if name is not None:
            ((key, given),) = node.items()
            if not isinstance(given, dict):
                given = {"layers": given} if key == "seq" else given
            if isinstance(given, dict):
                if key in ("conv", "linear", "residual", "seq", "mixed", "lstm", "gru") or key in BLOCKS:
                    scope.modules[name] = ({key: given}, before, x)
                node = {key: {**given, "name": name}}
                scope.known[name] = x
                if key == "mixed":
                    scope.known[f"{name}.inner"] = x
        found.append(node)
    return found, x


def same_as(x: TensorType, scope: Scope) -> list[str]:
    """References to values of one shape."""
    fit = [name for name, other in scope.known.items() if (other.shape, other.layout) == (x.shape, x.layout)]
    return sorted(fit)


def given_anew(draw: DrawFn, first: Node, x: TensorType, scope: Scope) -> dict[str, str]:
    """References that a run of a module takes instead of those of the first call."""
    if "mixed" not in first:
        return {}
    return {key: draw(sampled_from(same_as(x, scope))) for key in ("one", "two") if draw(booleans())}


@st.composite
def recurrent(draw: DrawFn, x: TensorType, scope: Scope) -> tuple[Node, TensorType, str]:
    """A recurrent layer with a name, which may begin with the states of another."""
    kind, features, layers = draw(sampled_from(["lstm", "gru"])), draw(CHANNELS), draw(integers(1, 2))
    name = scope.fresh("rnn{}")
    state = TensorType(features, (layers,) if layers > 1 else (), "channels_last", stride=Stride((1,) * (layers > 1)))
    fit = sorted(key for key, other in scope.known.items() if other.shape == state.shape and key.endswith(".state"))
    given = {"state": draw(sampled_from(fit))} if fit and draw(booleans()) else {}
    scope.known |= {f"{name}.{one}": state for one in (["state", "cell"] if kind == "lstm" else ["state"])}
    return {kind: {"features": features, "layers": layers, **given}}, x.with_channels(features), name


@st.composite
def own_value(draw: DrawFn, x: TensorType, name: str) -> Node:
    """A learned or fixed value, which is added to every sample."""
    shape = [x.channels, *[1] * len(x.size)] if x.channels_first else [x.channels]
    layout = {"layout": "channels_first"} if x.channels_first else {}
    value = draw(sampled_from([
        {"parameter": {"name": name, "shape": shape, "init": "normal", **layout}},
        {"parameter": {"name": name, "shape": []}},
        {"buffer": {"name": name, "shape": shape, "value": 0.5, **layout}},
        {"buffer": {"name": name, "shape": shape, "value": 2, "persistent": False, **layout}},
    ]))  # fmt: skip
    return {"seq": [value, {draw(sampled_from(["add", "mul", "sub"])): [".", name]}]}


@st.composite
def windows(draw: DrawFn, x: TensorType) -> tuple[Node, TensorType]:
    """A convolution in windows."""
    channels = draw(CHANNELS)
    pattern = "n c (a p) (b q) -> (n a b) c p q"
    layers = [{"conv": {"channels": channels, "kernel": 3}}, *draw(sampled_from([[], ["act"], ["norm"]]))]
    return {"within": {"pattern": pattern, "p": 2, "q": 2, "layers": layers}}, x.with_channels(channels)


@st.composite
def turns(draw: DrawFn, x: TensorType) -> tuple[Node, TensorType]:
    """Branches that differ by their number alone."""
    channels, times = draw(CHANNELS), draw(integers(1, 3))
    layer = {"conv": {"channels": channels, "kernel": 3}} if x.channels_first else {"linear": channels}
    merge = draw(sampled_from(["concat", "add"]))
    split = {"split": True} if x.channels % times == 0 and draw(booleans()) else {}
    after = x.with_channels(channels * (times if merge == "concat" else 1))
    return {"parallel": {"times": times, "as": "i", "layers": [layer, "act"], "merge": merge, **split}}, after


@st.composite
def join(draw: DrawFn, x: TensorType, scope: Scope) -> tuple[Node, TensorType]:
    """A join with a value before, by a reference."""
    name = draw(sampled_from(sorted(scope.known)))
    other = scope.known[name]
    if other.layout != x.layout or len(other.size) != len(x.size):
        return "identity", x
    if other.shape == x.shape and draw(booleans()):
        return {draw(sampled_from(["add", "mul"])): {"from": [".", name]}}, x
    if other.size == x.size:
        return {"concat": {"from": [name, "."]}}, x.with_channels(x.channels + other.channels)
    if x.channels_first:
        like = x.sized(other.size, (1,) * len(x.size))
        if draw(booleans()):
            return {"tied": {"channels": 4, "skip": name}}, like.with_channels(4)
        return {"upsample": {"like": name}}, like
    return "identity", x


@st.composite
def stages(draw: DrawFn, x: TensorType) -> tuple[Nodes, TensorType]:
    """Stages of a block, some named, with a stride, options for the first block and names."""
    found: Nodes = []
    for number in range(draw(integers(0, 3))):
        depth, stride = draw(integers(0, 3)), draw(sampled_from([1, 2, 2, 3]))
        name, arguments, after = draw(block(x, stride))
        stage: dict[str, Any] = {"block": name, "depth": depth, **arguments}
        if draw(booleans()):
            stage["name"] = draw(sampled_from(["layer{}", "trunk.layer{}"])).format(number)
        if draw(booleans()):
            stage["names"] = "block$(index + 1)"
        if draw(booleans()) and name in ("basic", "preact_basic"):
            stage["first"] = {"hidden_channels": 6}
        if draw(booleans()):
            stage["norm"] = draw(sampled_from(["layer", "batch"]))
        found.append(stage)
        x = after if depth else x
    return found, x


@st.composite
def specs(draw: DrawFn) -> dict[str, Any]:
    """A whole spec."""
    n = draw(integers(0, 3))
    most = {0: 1, 1: 17, 2: 11, 3: 7}[n]
    size = [draw(integers(2, most)) for _ in range(n)]
    channels = draw(sampled_from([1, 3, 4, 8]))
    last = n == 1 and draw(booleans())
    x = TensorType(
        channels, tuple(size), "channels_last" if last or not n else "channels_first", stride=Stride((1,) * n)
    )
    spec: dict[str, Any] = {
        "archspec": 1,
        "name": "drawn",
        "params": {"classes": 3},
        "input": {"channels": channels, "size": size, "layout": "channels_last"} if last else [channels, *size],
        "norm": draw(
            sampled_from(
                ["batch", "layer", {"type": "group", "groups": 2}, "rms", "none"]
                if not last
                else ["batch", "layer", "rms"]
            )
        ),
        "act": draw(sampled_from(ACTS)),
        "blocks": OWN_BLOCKS,
    }
    scope = Scope()
    if not x.channels_first and draw(booleans()):
        spec["act"] = "gelu"
    if draw(booleans()):
        spec["defaults"] = {"conv": {"bias": False}}
    if draw(booleans()):
        spec["init"] = {"conv": {"weight": {"kaiming_normal": {"mode": "fan_out"}}}, "linear": {"bias": "zeros"}}
    spec["stem"], x = draw(nodes(x, scope, 2))
    if draw(booleans()):
        spec["stages"], x = draw(stages(x))
    head, x = draw(nodes(x, scope, 1, 3))
    if x.channels_first and len(x.size) and draw(booleans()):
        pattern = "n c {0} -> n ({0}) c".format(" ".join("hwd"[: len(x.size)]))
        length = 1
        for extent in x.size:
            length *= int(extent)
        x = TensorType(x.channels, (length,), stride=Stride((1,)))
        more, x = draw(nodes(x, scope, 1, 3))
        head += [{"rearrange": pattern}, *more]
    if draw(booleans()):
        head += [draw(sampled_from(["global_pool", "flatten"])) if x.size else "identity", {"linear": "$classes"}]
    spec["head"] = head
    if scope.known and draw(booleans()):
        names = draw(st.lists(sampled_from(sorted(scope.known)), min_size=1, max_size=3))
        spec["outputs"] = {f"out{i}": name for i, name in enumerate(names)}
    return spec
