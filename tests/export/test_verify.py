from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import archspec
from archspec.export import export
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
