"""Whatever archspec accepts can be exported: each file is compared with the module as it is written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import assume, given, note, settings

import archspec
from archspec.export import export
from archspec.torch_backend.weights import load_weights
from tests.torch_backend.random_specs import specs


def exported(spec: dict[str, Any], formats: list[str]) -> None:
    try:
        graph = archspec.compile(spec)
    except archspec.SpecError:
        assume(False)
    note(str(graph))
    model = archspec.build(graph, seed=1)
    with TemporaryDirectory() as folder:
        export(graph, model, folder, formats)
        if "safetensors" in formats:
            other = archspec.build(graph, seed=2)
            assert load_weights(other, Path(folder) / "drawn.safetensors").complete
            loaded = other.state_dict()
            assert all(torch.equal(tensor, loaded[key]) for key, tensor in model.state_dict().items())


@settings(max_examples=8)
@given(spec=specs())
def test_as_weights_source_and_spec(spec: dict[str, Any]) -> None:
    exported(spec, ["safetensors", "python", "resolved"])


@pytest.mark.slow
@settings(max_examples=4)
@given(spec=specs())
def test_as_a_traced_program(spec: dict[str, Any]) -> None:
    exported(spec, ["pt2"])
