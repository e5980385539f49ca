"""Values that cannot be joined: each is named, with the line that made it, and the remedy, followed, makes them fit."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.diagnostics import Diagnostic

_ROUNDS = 4
"""Remedies that lead to a sound spec, one after the other."""
_NODE = re.compile(r"`- (.*?)`")


def errors(text: str) -> list[Diagnostic]:
    return [d for d in archspec.validate(text) if d.severity == "error"]


def followed(text: str, help: str) -> str:
    """A spec whose last lines are a join, a residual or a parallel, after its remedy was followed to the letter."""
    lines = text.splitlines()
    # other sizes of the input do as well
    help = help.partition("; or change the input: ")[0].rpartition("; or ")[2]
    if before := re.match(r"before this `\w+`, write (.*?)(?:; then (.*))?$", help):
        then = _NODE.findall(before[2] or "")
        nodes = [f"  - {node}" for node in _NODE.findall(before[1])]
        return "\n".join([*lines[:-1], *nodes, f"  - {then[0]}" if then else lines[-1]])
    if write := re.match(r"(?:give it|write it as) `.*?(shortcut: \[.*\])\}?`$", help):
        return "\n".join([*lines, f"      {write[1]}"])
    if end := re.match(r"end `shortcut` with `\[(.*)\]`$", help):
        return "\n".join([*lines[:-1], f"{lines[-1][:-1]}, {end[1]}]"])
    if end := re.match(r"end the body with (.*)$", help):
        at = next((i for i, line in enumerate(lines) if "shortcut" in line), len(lines))
        return "\n".join([*lines[:at], *(f"        - {node}" for node in _NODE.findall(end[1])), *lines[at:]])
    if end := re.match(r"end branch (\S+) with (.*)$", help):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"        {end[1].strip('`')}:"))
        lines[at] = f"{lines[at][:-1]}{''.join(f', {{{node}}}' for node in _NODE.findall(end[2]))}]"
        return "\n".join(lines)
    assert help.startswith("leave out `padding`"), help
    return re.sub(r", padding: [^}]*", "", text)


def sound_in_the_end(text: str) -> None:
    """Fail unless following remedies leads to a sound spec."""
    for _ in range(_ROUNDS):
        found = errors(text)
        if not found:
            return
        text = followed(text, found[0].help)
    assert not errors(text), f"{text}\n\n{errors(text)[0]}"


_size = st.sampled_from([1, 2, 6, 7, 8, 12, 16])
_channels = st.integers(1, 5)


@st.composite
def _inputs(draw: st.DrawFn, dimensions: st.SearchStrategy[int]) -> str:
    kind = draw(st.sampled_from(["vector", "map", "map", "map", "last", "tokens"]))
    channels, count = draw(_channels), draw(dimensions)
    size = [draw(_size) for _ in range(count)]
    if kind == "vector":
        return f"[{channels}]"
    if kind == "tokens":
        return f"{{vocab: 9, length: {size[0]}}}"
    layout = ", layout: channels_last" if kind == "last" else ""
    return f"{{channels: {channels}, size: {size}{layout}}}"


@given(
    inputs=st.lists(_inputs(st.integers(1, 3)), min_size=2, max_size=3),
    merge=st.sampled_from(["add", "mul", "concat"]),
    current=st.booleans(),
)
def test_whatever_two_values_are_the_remedy_joins_them(inputs: list[str], merge: str, current: bool) -> None:
    names = ["a", "b", "c"][: len(inputs)]
    declared = ", ".join(f"{name}: {shape}" for name, shape in zip(names, inputs, strict=True))
    references = [".", *names[1:]] if current else names
    text = f"archspec: 1\ninputs: {{{declared}}}\nlayers:\n  - {merge}: [{', '.join(references)}]"
    sound_in_the_end(text)


_nodes = st.sampled_from(
    [
        "conv: {channels: 8, kernel: 3, stride: 2}",
        "conv: {kernel: 3, padding: 0}",
        "conv: {kernel: 5, padding: 1}",
        "conv: {kernel: 2, stride: 2, padding: 0}",
        "conv: 6",
        "max_pool: 2",
        "avg_pool: {kernel: 3, stride: 2, ceil_mode: true}",
        "upsample: 2",
        "upsample: 1.5",
        "conv_transpose: {channels: 5, kernel: 3, stride: 2, padding: 1}",
        "global_pool: {keepdim: true}",
        "pad: [1, 0, 0, 1]",
    ]
)
_sizes = st.sampled_from(["32, 32", "33, 32", "17, 9", "H, W", "H, 16"])


@given(
    nodes=st.lists(_nodes, min_size=1, max_size=3),
    size=_sizes,
    merge=st.sampled_from(["add", "add", "mul", "concat"]),
    last=st.sampled_from(["", "rearrange: n c h w -> n h w c", "rearrange: n c h w -> n (h w) c"]),
    shortcut=st.sampled_from(["", "", "", "[max_pool: 2]", "pool", "[conv: 3]"]),
)
def test_whatever_a_body_does_the_remedy_gives_a_shortcut(
    nodes: list[str], size: str, merge: str, last: str, shortcut: str
) -> None:
    body = "".join(f"\n        - {node}" for node in [*nodes, last] if node)
    more = f"\n      shortcut: {shortcut}" if shortcut else ""
    text = (
        f"archspec: 1\ninput: [4, {size}]\nnorm: batch\nlayers:\n  - residual:\n      merge: {merge}\n"
        f"      body:{body}{more}"
    )
    found = errors(text)
    if found and not found[0].code.startswith("A41"):
        return  # the body itself does not fit the input
    if more and not more.endswith("]"):
        text = text.replace(more, "")
    sound_in_the_end(text)


@given(
    branches=st.lists(st.lists(_nodes, max_size=2), min_size=2, max_size=3),
    size=_sizes,
    merge=st.sampled_from(["add", "concat"]),
    named=st.booleans(),
)
def test_whatever_branches_do_the_remedy_joins_them(
    branches: list[list[str]], size: str, merge: str, named: bool
) -> None:
    text = f"archspec: 1\ninput: [4, {size}]\nlayers:\n  - parallel:\n      merge: {merge}\n      branches:"
    for name, nodes in zip("abc", branches, strict=False):
        text += f"\n        {name}: [identity{''.join(f', {{{node}}}' for node in nodes)}]"
    found = errors(text)
    if found and found[0].code != "A412":
        return
    sound_in_the_end(text)


@given(
    shape=st.lists(st.integers(1, 5), max_size=5),
    x=st.sampled_from(["[3]", "[3, H, 4]", "[4, 4, 5]", "{channels: 3, size: [L, 4], layout: channels_last}"]),
    op=st.sampled_from(["add", "mul", "sub", "div"]),
    first=st.booleans(),
)
def test_a_value_of_its_own_is_given_the_shape_that_joins(shape: list[int], x: str, op: str, first: bool) -> None:
    operands = "[p, input]" if first else "[., p]"
    text = f"archspec: 1\ninput: {x}\nlayers:\n  - parameter: {{name: p, shape: SHAPE}}\n  - {op}: {operands}\n"
    for diagnostic in errors(text.replace("SHAPE", str(shape))):
        remedy = re.fullmatch(r"give `p` the shape (\[.*\])", diagnostic.help)
        assert remedy, diagnostic
        assert not errors(text.replace("SHAPE", remedy[1]))
