from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec
from archspec.errors import ExportError
from archspec.export import export
from tests.export.networks import SPECS, network


@pytest.mark.parametrize("name", SPECS)
def test_is_the_network_without_the_files_it_came_from(name: str, folder: Path) -> None:
    graph, model = network(name)
    manifest = export(graph, model, folder, ["resolved"])
    (file,) = manifest.files
    assert (file.name, file.max_difference) == (f"{graph.name}.resolved.yaml", 0)
    path = folder / file.name
    assert path.read_text(encoding="utf-8") == archspec.resolve(graph)
    assert archspec.compile(path).fingerprint == manifest.fingerprint == graph.fingerprint
    again = archspec.build(path, seed=0)
    assert all(torch.equal(tensor, again.state_dict()[key]) for key, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("kernel: 3", "kernel: 5, padding: 2", "the file describes another architecture"),
        ("kernel: 3", "kernal: 3", "`conv` has no argument `kernal`"),
    ],
)
def test_notices_another_network(old: str, new: str, why: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, model = network("image")
    text = archspec.resolve(graph).replace(", padding: 1", "").replace(old, new, 1)
    monkeypatch.setattr("archspec.export.resolved.write_out", lambda graph: text)
    with pytest.raises(ExportError, match="cannot export `tiny` as resolved: ") as caught:
        export(graph, model, folder, ["resolved"])
    assert why in str(caught.value)
    assert not folder.exists()
