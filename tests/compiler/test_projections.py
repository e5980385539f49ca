"""The law of projections: one stands exactly where the body's stride is not 1 or its channels change.

Never for hidden channels alone, and always at stride 2, even where sizes happen to agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

import archspec
from archspec.graph import Graph, Scope
from tests.sentences.case import built


@dataclass(frozen=True)
class Layer:
    """One layer of a body: its YAML, what it does to the stride, and the channels that it gives."""

    node: dict[str, Any]
    strides: tuple[int, ...]
    channels: int


@dataclass(frozen=True)
class Body:
    """A residual's body on `channels` of `size`, with the layers, some of them residuals themselves."""

    channels: int
    size: tuple[int, ...]
    layers: tuple[Any, ...]

    @property
    def strides(self) -> tuple[int, ...]:
        """What all layers together do to the stride, for each dimension."""
        each = [layer.strides for layer in self.layers] or [(1,) * len(self.size)]
        return tuple(prod(strides) for strides in zip(*each, strict=True))

    @property
    def out(self) -> int:
        """The channels of the last layer."""
        return self.layers[-1].channels if self.layers else self.channels

    @property
    def changes(self) -> bool:
        """Whether the law asks for a projection."""
        return any(stride != 1 for stride in self.strides) or self.out != self.channels

    @property
    def node(self) -> dict[str, Any]:
        """The residual in YAML."""
        return {"residual": {"body": [layer.node for layer in self.layers], "after": ["act"]}}

    @property
    def projections(self) -> list[str]:
        """The reason for each projection, those of inner residuals first."""
        inner = [reason for layer in self.layers if isinstance(layer, Nested) for reason in layer.body.projections]
        return [*inner, self.reason] if self.changes else inner

    @property
    def reason(self) -> str:
        """Why there is a projection, as the graph prints it."""
        parts = []
        if any(stride != 1 for stride in self.strides):
            same = len(set(self.strides)) == 1
            parts.append(f"stride {self.strides[0] if same else ' × '.join(map(str, self.strides))}")
        if self.out != self.channels:
            parts.append(f"{self.channels} → {self.out} channels")
        return ", ".join(parts)


@dataclass(frozen=True)
class Nested:
    """A residual as a layer of another's body."""

    body: Body

    @property
    def node(self) -> dict[str, Any]:
        return self.body.node

    @property
    def strides(self) -> tuple[int, ...]:
        return self.body.strides

    @property
    def channels(self) -> int:
        return self.body.out


CHANNELS = st.sampled_from([1, 2, 3, 4, 6, 8])


@st.composite
def layers(draw: st.DrawFn, channels: int, dimensions: int) -> Layer:
    """A layer that keeps the size, but for its stride."""
    kind = draw(st.sampled_from(["conv", "conv", "conv", "pool", "norm", "act"]))
    if kind in ("norm", "act"):
        return Layer({kind: None}, (1,) * dimensions, channels)
    strides = tuple(draw(st.lists(st.sampled_from([1, 1, 1, 2, 3]), min_size=dimensions, max_size=dimensions)))
    stride = strides[0] if len(set(strides)) == 1 and draw(st.booleans()) else list(strides)
    kernel = draw(st.sampled_from([1, 3, 5]))
    if kind == "pool":
        return Layer({"max_pool": {"kernel": kernel, "padding": kernel // 2, "stride": stride}}, strides, channels)
    out = draw(st.one_of(st.just(channels), CHANNELS))
    dilation = draw(st.sampled_from([1, 2]))
    arguments = {"channels": out, "kernel": kernel, "stride": stride, "dilation": dilation}
    return Layer({"conv": arguments}, strides, out)


@st.composite
def bodies(draw: st.DrawFn, channels: int, size: tuple[int, ...], depth: int = 0) -> Body:
    """A body of up to three layers, which may hold residuals."""
    found: list[Any] = []
    now, here = channels, size
    for _ in range(draw(st.integers(1, 3))):
        if depth < 2 and draw(st.integers(0, 3)) == 0:
            layer: Any = Nested(draw(bodies(now, here, depth + 1)))
        else:
            layer = draw(layers(now, len(size)))
        found.append(layer)
        now = layer.channels
        here = tuple(-(-n // stride) for n, stride in zip(here, layer.strides, strict=True))
    if draw(st.booleans()) and now != channels:
        found.append(Layer({"conv": {"channels": channels}}, (1,) * len(size), channels))
    return Body(channels, size, tuple(found))


@st.composite
def residuals(draw: st.DrawFn, depth: int = 0) -> Body:
    """A residual on a value of one to three dimensions, with sizes from 1."""
    dimensions = draw(st.integers(1, 3))
    size = tuple(draw(st.lists(st.sampled_from([1, 1, 2, 3, 5, 8, 9]), min_size=dimensions, max_size=dimensions)))
    return draw(bodies(draw(CHANNELS), size, depth))


def compiled(body: Body) -> Graph:
    spec = {"archspec": 1, "input": [body.channels, *body.size], "norm": "layer", "act": "relu"}
    return archspec.compile({**spec, "layers": [body.node]})


def projections(scope: Scope) -> list[str]:
    """The reasons of all projections, in the order in which they run."""
    found: list[str] = []
    for item in scope.body:
        if isinstance(item, Scope):
            found += [item.note] if item.kind == "shortcut" else projections(item)
    return found


def strided(*strides: int) -> Layer:
    return Layer({"conv": {"kernel": 3, "stride": list(strides)}}, strides, 4)


@given(residuals())
@example(Body(4, (1, 1), (strided(2, 2),)))
@example(Body(4, (1, 8), (strided(2, 1),)))
@example(Body(4, (8,), (Layer({"conv": {"channels": 9}}, (1,), 9), Layer({"conv": {"channels": 4}}, (1,), 4))))
def test_a_projection_stands_where_stride_or_channels_change_and_nowhere_else(body: Body) -> None:
    graph = compiled(body)
    assert projections(graph.root) == body.projections


@given(residuals())
def test_a_projection_undoes_what_the_body_did(body: Body) -> None:
    graph = compiled(body)
    built(graph)
    (value,) = graph.outputs.values()
    assert value.type is not None
    size = body.size
    for layer in body.layers:
        size = tuple(-(-n // stride) for n, stride in zip(size, layer.strides, strict=True))
    assert (value.type.channels, value.type.size) == (body.out, size)


@given(st.integers(1, 12), st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 12))
def test_on_vectors_channels_alone_decide(channels: int, hidden: list[int], out: int) -> None:
    spec = {"archspec": 1, "input": [channels], "norm": "layer"}
    body = [{"linear": width} for width in (*hidden, out)]
    graph = archspec.compile({**spec, "layers": [{"residual": body}]})
    assert projections(graph.root) == ([f"{channels} → {out} channels"] if channels != out else [])


@given(residuals(depth=2), st.sampled_from(["pool", "pad", "matching", "identity"]))
def test_every_policy_compares_the_same(body: Body, policy: str) -> None:
    node = {"residual": {**body.node["residual"], "shortcut": policy}}
    spec = {"archspec": 1, "input": [body.channels, *body.size], "norm": "layer", "act": "relu", "layers": [node]}
    if policy == "identity" and body.changes:
        (found,) = (d for d in archspec.validate(spec) if d.severity == "error")
        assert (found.code, body.reason in found.message) == ("A411", True)
        return
    if policy == "pad" and body.out < body.channels:
        assert [d.code for d in archspec.validate(spec) if d.severity == "error"] == ["A413"]
        return
    graph = archspec.compile(spec)
    wanted = [body.reason] if body.changes and policy in ("pool", "pad") else []
    assert projections(graph.root) == wanted
    joined = any(node.op.name == "add" for _, node in graph.nodes())
    assert joined == (policy != "matching" or not body.changes)
    built(graph)
