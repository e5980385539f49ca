"""Advice on a base stands where the file that extends it sets what gives rise to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics import Source, Span
from archspec.language.extend import set_over
from archspec.source import Tree

BASE = """archspec: 1
name: base
input: [8, 32, 32]
norm: batch
act: relu
layers:
  - conv: {name: c1, channels: 8, kernel: 3, bias: false}
  - norm
  - act
  - max_pool: 2
  - upsample: 2
  - conv: {name: c2, channels: 8}
"""


@pytest.mark.parametrize(
    ("file", "code", "line"),
    [
        ("lint: {batch_size: 2}", "A701", 4),
        ("act: gelu\nlint: {batch_size: 2}", "A701", 5),
        ("lint: {batch_size: 2}\nnorm: {type: batch, eps: 0.1}", "A701", 5),
        ("act: gelu\nnorm: {type: batch, momentum: 0.9}", "A717", 5),
        ("act: gelu\ninput: [8, 31, 31]", "A709", 5),
        ("act: gelu\noutputs: {low: c1}", "A714", 5),
        ("description: nothing of it", "", 0),
    ],
)
@pytest.mark.parametrize("bundled", [False, True])
def test_advice_over_a_base(
    file: str, code: str, line: int, bundled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    if bundled:
        monkeypatch.setattr("archspec.language.named.bundled_specs", lambda: {"base": tmp_path / "base.yaml"})
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"archspec: 1\nname: over\nextends: {'base' if bundled else './base.yaml'}\n{file}\n", "utf-8")
    found = [d for d in archspec.validate(spec) if d.code in ("A701", "A709", "A714", "A717")]
    assert [(d.code, d.span and d.span.source.name, d.span and d.span.line) for d in found] == (
        [(code, str(spec), line)] if code else []
    )


def test_a_base_is_searched_once_for_all_its_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convs = "".join(f"  - conv: {{channels: {17 + i % 2}, kernel: 3}}\n" for i in range(20))
    (tmp_path / "base.yaml").write_text(f"archspec: 1\ninput: [3, 32, 32]\nlayers:\n{convs}", "utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\nname: over\nextends: ./base.yaml\nact: relu\ninput: [3, 16, 16]\n", "utf-8")
    searched: list[object] = []

    def counted(tree: Tree, files: Collection[Source]) -> Iterator[tuple[str, Span]]:
        searched.append(files)
        return set_over(tree, files)

    monkeypatch.setattr("archspec.language.spec.set_over", counted)
    assert len([d for d in archspec.validate(spec) if d.code == "A708"]) == 19
    assert len(searched) == 1


def test_what_leads_to_no_output_is_counted_and_left_out(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\nextends: vgg16\noutputs: {relu2_2: features.8, relu3_3: features.15}\n", "utf-8")
    (found,) = (d for d in archspec.validate(spec) if d.code == "A714")
    assert found.span is not None
    assert (found.span.line, found.span.source.name) == (3, str(spec))
    assert "136,622,056 parameters" in found.message
    assert "`--features`" in found.help
    graph = archspec.compile(spec, features=True)
    assert [*graph.outputs] == ["relu2_2", "relu3_3"]
    assert graph.parameter_count < archspec.compile(spec).parameter_count / 9
