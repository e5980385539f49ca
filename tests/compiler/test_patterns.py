"""A block that is called again is copied; nobody can tell a copy from what a walk makes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import archspec
from archspec.compiler import patterns
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.language import bundled_specs

NAMES = sorted(bundled_specs())[::7]

REFERENCES = """\
archspec: 1
name: references
input: [3, 32, 32]
norm: batch
act: relu
blocks:
  pair:
    params: {channels: int}
    layers:
      - conv: {channels: $channels, kernel: 3, name: first}
      - residual: {body: [conv: {channels: $channels, kernel: 3, name: inner}], name: second}
      - act
layers:
  - pair: {channels: 8, name: a}
  - pair: {channels: 8, name: b}
  - pair: {channels: 8, name: c}
  - pair: {channels: 8, name: d}
  - concat: [b.first, c.second.inner, d.second]
outputs: {sum: concat, early: b, deep: c.second.inner}
"""

PLACES = """\
archspec: 1
name: places
input: [8]
blocks:
  numbered:
    params: {factor: 1}
    layers:
      - linear: {features: $(in_channels * factor + 2 * index + block_count), name: at$(block_index)}
stages:
  - {block: numbered, depth: 3}
  - {block: numbered, depth: 2, factor: 2}
"""

TWICE = """\
archspec: 1
name: twice
input: [3, 8, 8]
norm: batch
act: relu
blocks:
  shrink:
    layers:
      - conv: {channels: 8, kernel: 5, padding: 0}
layers: [shrink, shrink, shrink]
"""


def nested(name: str, inner: str) -> str:
    """A block with something sixteen levels below."""
    return f"  {name}: {{layers: [{'{seq: {name: a, layers: [' * 16}{inner}{']}}' * 16}]}}\n"


DEEP = (
    "archspec: 1\nname: deep\ninput: [3, 8, 8]\nact: relu\nblocks:\n"
    + "".join(map(nested, "abcdef", ["act", *"abcde"]))
    + "layers: [c, c, c, f]\n"
)
"""The last call is too deep, though what it calls is known from calls that are not."""


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Within it, nothing is copied."""
    with monkeypatch.context() as patch:
        patch.setattr(patterns, "_key", lambda *_: None)
        yield patch


def told(graph: Graph) -> list[object]:
    """All of a graph: what is printed, and each value, place and chain of calls."""
    numbers: dict[Value, int] = {}

    def number(value: Value) -> tuple[int, str]:
        return numbers.setdefault(value, len(numbers)), repr(value.type and (value.type.shape, value.type.layout))

    def inside(scope: Scope) -> Iterator[object]:
        yield scope.name, scope.kind, scope.numbered, scope.block, scope.note, scope.span
        yield [number(value) for value in scope.inputs]
        for item in scope.body:
            if isinstance(item, Node):
                assert item.output.scope is scope
                sites = [(site.block, site.span) for site in item.site.chain()] if item.site else []
                inputs = [number(value) for value in item.inputs]
                yield item.name, item.op, inputs, number(item.output), item.init, item.span, item.note, sites
            else:
                assert item.parent is scope
                yield from inside(item)
        yield number(scope.output), [number(v) for v in scope.captures], [number(v) for v in scope.exports]

    outputs = {name: number(value) for name, value in graph.outputs.items()}
    levels = [(level.name, number(level.value)) for level in graph.levels]
    return [str(graph), *inside(graph.root), outputs, levels, graph.weights(), graph.constraints]


@pytest.mark.parametrize("text", [*NAMES, REFERENCES, PLACES])
def test_a_copy_is_what_a_walk_makes(text: str, walked: pytest.MonkeyPatch) -> None:
    spec = archspec.load(text)
    expected = told(archspec.compile(spec))
    walked.undo()
    assert told(archspec.compile(spec)) == expected


def test_what_keeps_its_type_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[str] = []
    keep = patterns._pattern
    monkeypatch.setattr(patterns, "_pattern", lambda *call: walks.append(call[-1].scope.name) or keep(*call))
    graph = archspec.compile(REFERENCES)
    assert walks == ["b"], "the second gives what it receives, and those after it are its copies"
    b = next(scope for scope in graph.root.body if isinstance(scope, Scope) and scope.name == "b")
    assert len(b.exports) == 1, "what refers into one copy is not seen in another"


@pytest.mark.parametrize(
    "text", [TWICE, TWICE.replace("kernel: 5", "kernel: 9"), REFERENCES.replace("c.second", "c.s"), DEEP]
)
def test_findings_are_those_of_a_walk(text: str, walked: pytest.MonkeyPatch) -> None:
    expected = list(map(repr, archspec.validate(text)))
    assert expected
    walked.undo()
    assert list(map(repr, archspec.validate(text))) == expected


def test_what_one_spec_makes_is_never_seen_by_another() -> None:
    """Bundled blocks are those of every spec; what `init` says is that of one."""
    text = "archspec: 1\ninput: [4, 8, 8]\nnorm: batch\nact: relu\nstages: [{block: basic, depth: 4, channels: 4}]\n"
    init = "init: {conv: {weight: zeros}}\n"
    plain, zeros = archspec.compile(text).fingerprint, archspec.compile(text + init).fingerprint
    assert plain != zeros
    for _ in range(2):
        assert archspec.compile(text + init).fingerprint == zeros
        assert archspec.compile(text).fingerprint == plain


@pytest.mark.parametrize(
    ("whole", "truth"), [("dropout: 1", "dropout: $yes"), ("conv: {kernel: [1, 1]}", "conv: {kernel: [1, $yes]}")]
)
def test_a_number_and_a_truth_share_nothing(whole: str, truth: str) -> None:
    """To Python, `true` equals 1."""
    head = "archspec: 1\ninput: [4, 8, 8]\nparams: {yes: true}\nlayers: "
    for nodes in (f"[{whole}, {truth}]", f"[{truth}, {whole}]"):
        found = [d for d in archspec.validate(head + nodes) if d.severity == "error"]
        assert [d.code for d in found] == ["A203"], found


@pytest.mark.parametrize("node", ["dropout: {}", "norm: {{type: $t, eps: {}}}"])
@pytest.mark.parametrize("values", [("1", "true"), ("true", "1")])
def test_nor_where_nothing_is_computed(node: str, values: tuple[str, str]) -> None:
    """In a block that nothing calls, and beside what is unknown."""
    nodes = ", ".join(node.format(value) for value in values)
    blocks = f"blocks: {{b: {{params: {{t: str}}, layers: [{nodes}]}}}}"
    found = archspec.validate(f"archspec: 1\ninput: [4, 8, 8]\n{blocks}\nlayers: [act: relu]\n")
    assert [d.code for d in found if d.severity == "error"] == ["A203"], found
