from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

import archspec
from archspec.export import export
from archspec.export.safetensors import Safetensors
from archspec.export.subject import Artifact, Subject
from archspec.export.verify import Difference, difference

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("expected", "found", "wanted"),
    [
        ([1.0, -4.0], [1.0, -4.0], Difference(0, 0)),
        ([1.0, -4.0], [1.5, -4.0], Difference(0.5, 0.125)),
        ([0.0, 0.0], [0.0, 0.0], Difference(0, 0)),
        ([0.0, 0.0], [0.0, 0.125], Difference(0.125, INF)),
        ([INF, 2.0, NAN], [INF, 2.0, NAN], Difference(0, 0)),
        ([INF, 2.0], [INF, 3.0], Difference(1, 0.5)),
        ([INF, 2.0], [-INF, 2.0], Difference(INF, INF)),
        ([1.0, 2.0], [NAN, 2.0], Difference(INF, INF)),
        ([1.0, 2.0], [1.0], Difference(INF, INF)),
        ([], [], Difference(0, 0)),
    ],
)
def test_the_largest_difference(expected: list[float], found: list[float], wanted: Difference) -> None:
    assert difference(torch.tensor(expected).double(), torch.tensor(found).double()) == wanted


def test_another_dtype_is_a_difference() -> None:
    assert difference(torch.ones(2), torch.ones(2).double()).absolute == INF


class Off(Safetensors):
    """A format whose artifact is off by so much in each output."""

    tolerance = 1.0

    def __init__(self, *by: float) -> None:
        self.by = by

    def read(self, subject: Subject, path: Path) -> Artifact:
        exact = super().read(subject, path)
        return lambda inputs: tuple(output + by for output, by in zip(exact(inputs), self.by, strict=True))


@pytest.mark.parametrize("by", [(0.5, 0.25), (0.25, 0.5), (0.0, 0.125), (0.0, 0.0)])
def test_the_manifest_tells_the_largest_of_all_outputs(by: tuple[float, float], folder: Path) -> None:
    """Of the differences themselves and of those in proportion, which need not be those of one output."""
    scales = {"small": 1, "large": 100}
    nodes = [
        {"linear": {"name": name, "from": "input", "init": {"weight": "zeros", "bias": {"constant": scale}}}}
        for name, scale in scales.items()
    ]
    spec = {"archspec": 1, "name": "tiny", "input": [3], "layers": nodes, "outputs": {name: name for name in scales}}
    graph = archspec.compile(spec)
    manifest = export(graph, archspec.build(graph, seed=0), folder, [Off(*by)])
    (file,) = manifest.files
    assert (file.max_difference, file.max_relative_difference) == (max(by), max(by[0], by[1] / 100))
    (written,) = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    assert written == json.loads(json.dumps(asdict(file)))


@pytest.mark.parametrize("format", ["python", "safetensors"])
def test_token_ids_are_an_output_like_another(format: str, folder: Path) -> None:
    graph = archspec.compile(
        {
            "archspec": 1,
            "name": "tiny",
            "input": {"vocab": 5, "length": 4},
            "layers": [{"embedding": {"features": 4, "name": "vectors"}}],
            "outputs": {"ids": "input", "vectors": "vectors"},
        }
    )
    manifest = export(graph, archspec.build(graph, seed=0), folder, [format])
    assert [file.max_difference for file in manifest.files] == [0]
