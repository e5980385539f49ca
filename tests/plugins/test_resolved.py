"""Ops of plugins are written out like any other."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field

import archspec
from archspec.ops import Op
from archspec.types import Call, TensorType

HERE = Path(__file__).parent


def test_a_network_with_an_op_of_a_plugin() -> None:
    graph = archspec.compile(HERE / "convnextv2_atto.yaml")
    text = archspec.resolve(graph)
    found = archspec.compile(text)
    assert found.fingerprint == graph.fingerprint
    assert [path for path, _ in found.nodes()] == [path for path, _ in graph.nodes()]
    assert archspec.resolve(found) == text


class Blend(Op):
    """Two other values, by turns."""

    name: ClassVar[str] = "blend"
    references: ClassVar[tuple[str, ...]] = ("first", "second")

    first: str | None = Field(None, description="A reference.")
    second: str | None = Field(None, description="Another.")
    share: float = Field(0.5, alias="of", description="The share of the first.")

    def lower(self, *inputs: TensorType) -> Call:
        return Call("acme.blend", {"share": self.share}, is_module=False)


def test_references_stand_in_the_order_of_the_op() -> None:
    archspec.op(Blend)
    text = "archspec: 1\nname: x\ninput: [4]\nlayers: [linear: 4, act: relu, blend: {%s}]\n"
    one = archspec.compile(text % "first: linear, second: act, of: 0.25")
    other = archspec.compile(text % "of: 0.25, second: act, first: linear")
    assert (
        one.fingerprint
        == other.fingerprint
        != archspec.compile(text % "first: act, second: linear, of: 0.25").fingerprint
    )
    whole = archspec.resolve(one)
    assert "- blend: {name: blend, of: 0.25, first: linear, second: .}" in whole
    assert archspec.compile(whole).fingerprint == one.fingerprint


class Chunk(Op):
    """An op of a plugin that took the name before the language did."""

    name: ClassVar[str] = "chunk"

    def lower(self, *inputs: TensorType) -> Call:
        return Call("torch.nn.ReLU")


def test_a_plugin_hides_a_later_op_of_the_language(tmp_path: Path) -> None:
    archspec.op(Chunk)
    (tmp_path / "two.yaml").write_text("archspec: 1\nblocks: {two: {layers: [chunk: {start: 0, length: 2}]}}\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\ninclude: [two.yaml]\ninput: [4]\nlayers: [chunk, two]\n")
    assert [(found.code, found.severity) for found in archspec.validate(spec)] == [("A306", "warning")]
    graph = archspec.compile(spec)
    assert [type(node.op) is Chunk for _, node in graph.nodes()] == [True, False]
    assert graph.root.output.type is not None
    assert graph.root.output.type.channels == 2
    # written out, both would mean the one of the plugin
    with pytest.raises(archspec.UsageError, match="an op of a plugin hides `chunk`"):
        archspec.resolve(graph)
