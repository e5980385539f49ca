from __future__ import annotations

from pathlib import Path

import archspec
from archspec.lint.flow import Flow, called
from tests.lint.case import full


def flow(text: str) -> Flow:
    return Flow(archspec.compile(full(text)))


def test_what_was_before_looks_through_what_changes_nothing() -> None:
    found = flow("- conv: 16\n- dropout: 0.1\n- norm: none\n- act: identity\n- act: relu")
    assert [before.op.name if (before := found.before(node)) else None for node in found.nodes] == [
        None, "conv", "conv", "conv", "conv",
    ]  # fmt: skip


def test_nothing_was_before_the_first() -> None:
    found = flow("- dropout: 0.1\n- act: relu")
    assert found.before(found.nodes[1]) is None


def test_the_only_taker() -> None:
    found = flow("layers: [conv: {name: a, channels: 16}, act: {name: b}, add: [a]]\noutputs: {b: b, c: add}")
    assert [found.only_taker(node) for node in found.nodes] == [None, None, None]
    found = flow("- conv: 16\n- act")
    assert [found.only_taker(node) for node in found.nodes] == [found.nodes[1], None]


def test_blocks_of_another_file_are_blamed_on_the_call(tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text("archspec: 1\nblocks:\n  mine: {layers: [conv: 16, norm]}\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(full("include: [blocks.yaml]\nlayers:\n  - act\n  - mine"))
    (found,) = archspec.validate(spec)
    assert found.span is not None
    assert (Path(found.span.source.name).name, found.span.source.lines[found.span.line - 1]) == (
        "spec.yaml",
        "  - mine",
    )
    (related,) = found.related
    assert (Path(related.span.source.name).name, related.label) == ("blocks.yaml", "in `mine`")


def test_blocks_of_the_same_file_are_blamed_themselves() -> None:
    (found,) = archspec.validate(
        full("blocks:\n  mine:\n    layers:\n      - conv: 16\n      - norm\nlayers:\n  - mine")
    )
    assert found.span is not None
    assert found.span.source.lines[found.span.line - 1].strip() == "- conv: 16"
    assert [r.label for r in found.related] == ["`mine` is called here"]


def test_nodes_passed_to_a_bundled_block_are_blamed_themselves() -> None:
    (found,) = archspec.validate(full("- basic: {channels: 16, attention: [conv: 16, norm]}"))
    assert found.code == "A703"
    assert found.span is not None
    line = found.span.source.lines[found.span.line - 1]
    assert line[found.span.column - 1 :].startswith("conv: 16")


def test_an_op_is_called_as_a_file_writes_it() -> None:
    found = flow("- conv: 16\n- norm\n- act: gelu\n- flatten\n- linear: {features: 4}\n- dropout: 0.1")
    written = ["conv: 16", "norm: batch", "act: gelu", "flatten", "linear: 4", "dropout: 0.1"]
    assert [called(node) for node in found.nodes] == written
