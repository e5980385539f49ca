from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import archspec
from archspec.errors import ExportError
from archspec.export import export, python
from archspec.export.samples import random_inputs
from archspec.export.source import source
from tests.export.networks import SPECS, entries, graph_of, network

ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["archspec"] = None  # whoever imports it fails
import torch
from safetensors.torch import load_file
from tiny import Tiny
model = Tiny().eval()
model.load_state_dict(load_file(sys.argv[1] + "/tiny.safetensors"), strict=True)
case = load_file(sys.argv[1] + "/case.safetensors")
with torch.no_grad():
    assert torch.equal(model(case["input"]), case["output"])
print("equal")
"""


@pytest.mark.parametrize("name", SPECS)
def test_every_kind_of_network_is_exported_and_verified(name: str, folder: Path) -> None:
    graph, model = network(name)
    (file,) = export(graph, model, folder, ["python"]).files
    assert entries(folder) == sorted(["manifest.json", f"{graph.name}.py"])
    assert (file.max_difference, file.max_relative_difference) == (0, 0)
    assert (folder / file.name).read_text(encoding="utf-8") == source(graph)[1]


def test_it_runs_where_there_is_no_archspec(folder: Path) -> None:
    graph, model = network("image")
    export(graph, model, folder, ["python", "safetensors"])
    (given,) = random_inputs(graph, 3, {})
    with torch.no_grad():
        save_file({"input": given, "output": model.eval()(given)}, folder / "case.safetensors")
    command = [sys.executable, "-I", "-c", ALONE, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "equal\n"), run.stderr


@pytest.mark.parametrize("tie", ["", ", tie: wte"])
def test_its_docstring_loads_the_weights(tie: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """the Python source loads by `safetensors.torch.load_model`."""
    layers = f"[embedding: {{name: wte, features: 4}}, linear: {{name: head, features: 9, bias: false{tie}}}]"
    graph = archspec.compile(f"archspec: 1\nname: words\ninput: {{vocab: 9, length: 3}}\nlayers: {layers}")
    model = archspec.build(graph, seed=3).eval()
    export(graph, model, folder, ["python", "safetensors"])
    text = (folder / "words.py").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    exec(compile(text, "words.py", "exec"), found)
    monkeypatch.chdir(folder)
    exec("\n".join(line[4:] for line in found["__doc__"].splitlines() if line.startswith("    ")), found)
    assert ("load_model" in text) == bool(tie)
    assert (found["model"].head.weight is found["model"].wte.weight) == bool(tie)
    (given,) = random_inputs(graph, 3, {})
    with torch.no_grad():
        assert torch.equal(found["model"].eval()(given), model(given))


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("stride=2", "stride=4", "its output `output` .* differs from the module's"),
        ("return ", "return 1e-7 + ", "its output `output` .* differs from the module's"),
        ("self.norm", "self.other", "the classes do not have the network's weights in the same order"),
        ("nn.Linear(8, 5)", "nn.Linear(8, 6)", "Error.* in loading state_dict"),
        ("import Tensor, nn", "import Tensor, nothing", "line 16 of the source holds what no network needs"),
    ],
)
def test_a_mistake_is_noticed_and_leaves_nothing(
    right: str, wrong: str, reason: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, text = source(graph_of("image"))
    assert right in text
    monkeypatch.setattr(python, "source", lambda graph: (name, text.replace(right, wrong)))
    with pytest.raises(ExportError, match=f"cannot export `tiny` as python: {reason}"):
        export(*network("image"), folder, ["python"])
    assert not folder.exists()
