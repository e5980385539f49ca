"""The public functions, and a network as deep as any."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec

SMALL = """\
archspec: 1
name: small
input: [3, 8, 8]
norm: batch
act: relu
layers: [conv_norm_act: 4, flatten, linear: 5]
"""


class TestLoad:
    def test_from_anything(self, tmp_path: Path) -> None:
        path = tmp_path / "small.yaml"
        path.write_text(SMALL, encoding="utf-8")
        mapping = {"archspec": 1, "name": "small", "input": [3, 8, 8], "layers": ["flatten", {"linear": 5}]}
        for spec in (SMALL, path, str(path), mapping, "resnet18"):
            assert archspec.load(spec).name in ("small", "resnet18")

    def test_all_findings_at_once(self) -> None:
        text = SMALL.replace("act: relu", "act: relux").replace("linear: 5", "linear: {feature: 5}")
        with pytest.raises(archspec.SpecError) as error:
            archspec.load(text)
        assert sorted(d.code for d in error.value.diagnostics) == ["A201", "A203"]
        assert "<text>:5:6" in str(error.value)

    def test_a_name_that_is_not_there(self) -> None:
        with pytest.raises(archspec.UsageError, match="did you mean `resnet50`"):
            archspec.load("resnet5O")

    def test_a_parameter_that_is_not_there(self) -> None:
        with pytest.raises(archspec.UsageError, match="did you mean `classes`"):
            archspec.compile("resnet18", params={"clases": 3})


def test_ten_thousand_blocks() -> None:
    text = (
        "archspec: 1\nname: deep\ninput: [4]\nnorm: layer\nact: relu\n"
        "stages:\n  - {block: mlp_residual, depth: 10000, hidden_channels: 4}\n"
    )
    assert archspec.validate(text) == []
    graph = archspec.compile(text)
    model = archspec.build(graph, seed=0)
    assert [key for key, _ in graph.weights()] == list(model.state_dict())
    with torch.no_grad():
        assert model(torch.zeros(1, 4)).shape == (1, 4)
    assert archspec.summarize(graph).rows[1].times == 10_000
