from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archspec
from archspec.errors import ExportError
from archspec.export import export
from archspec.export.samples import random_inputs, size_names
from archspec.formats import HIDING
from tests.export.networks import network

ELSEWHERE = """
import sys
sys.modules["archspec"] = None  # its import fails, even where it is installed
import torch
artifact, data = sys.argv[1:]
module = torch.export.load(artifact).module()
for inputs, outputs in torch.load(data):
    torch.testing.assert_close(module(*inputs), outputs, rtol=0, atol=0)
"""


@pytest.mark.parametrize("name", ["image", "tokens", "mapping", "inputs"])
def test_runs_in_a_process_without_archspec(name: str, folder: Path) -> None:
    graph, model = network(name)
    export(graph, model, folder, ["pt2"])
    model.eval()
    cases = []
    for batch in (1, 5):
        shapes = [(value.type.shape, value.type.vocab) for value in graph.inputs.values() if value.type]
        inputs = tuple(torch.randint(v, (batch, *s)) if v else torch.randn(batch, *s) for s, v in shapes)
        cases.append((inputs, model(*inputs)))
    torch.save(cases, folder / "cases.pt")
    command = [sys.executable, "-I", "-c", ELSEWHERE, f"{graph.name}.pt2", "cases.pt"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_returns_the_mapping_in_the_order_of_the_spec(folder: Path) -> None:
    graph, model = network("mapping")
    export(graph, model, folder, ["pt2"])
    x = torch.randn(4, 6)
    found = torch.export.load(folder / "mapping.pt2").module()(x)
    assert list(found) == ["zebra", "ant", "again", "raw"]
    assert torch.equal(found["raw"], x)
    assert torch.equal(found["zebra"], found["again"])
    assert found["ant"].shape == (4, 4)


def test_symbolic_sizes_are_dynamic(folder: Path) -> None:
    graph, model = network("symbolic")
    export(graph, model, folder, ["pt2"])
    module = torch.export.load(folder / "symbolic.pt2").module()
    model.eval()
    for shape in ((1, 3, 20, 33), (4, 3, 17, 16)):
        x = torch.randn(shape)
        assert torch.equal(module(x), model(x))


@pytest.mark.parametrize("format", ["pt2", "onnx"])
def test_a_sequence_of_any_length_is_pooled_where_nothing_needs_a_gradient(format: str, folder: Path) -> None:
    pool = {"max_pool": {"kernel": 3, "stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True, "name": "pool"}}
    graph = archspec.compile({"archspec": 1, "name": "tiny", "input": [2, "L"], "layers": [pool]})
    model = archspec.build(graph)
    export(graph, model, folder, [format])  # which compares two lengths
    assert "forward" not in vars(model.pool)


def test_is_in_eval_mode(folder: Path) -> None:
    graph, model = network("image")
    export(graph, model, folder, ["pt2"])
    module = torch.export.load(folder / "tiny.pt2").module()
    x = torch.randn(3, 3, 16, 16)
    assert torch.equal(module(x), module(x)), "dropout is on"


def test_names_no_place_of_this_machine(folder: Path) -> None:
    export(*network("image"), folder, ["pt2", "onnx"])
    for path in (folder / "tiny.pt2", folder / "tiny.onnx"):
        for place in (str(Path.cwd()), "site-packages", ".py"):
            assert place.encode() not in path.read_bytes(), f"{place} in {path.name}"


OPEN = {
    "unet": {
        "input": [3, "H", "W"],
        "norm": "batch",
        "layers": [
            {"conv": {"name": "a", "channels": 4, "kernel": 3}},
            {"max_pool": 2},
            {"conv": {"channels": 4, "kernel": 3}},
            "norm",
            {"max_pool": 2},
            {"conv": {"channels": 4, "kernel": 3}},
            {"conv_transpose": {"name": "up", "channels": 4, "kernel": 4, "stride": 4}},
            {"concat": ["a", "up"]},
        ],
    },
    "strided": {
        "input": [3, "H", "W"],
        "layers": [{"conv": {"channels": 4, "kernel": 3, "stride": 2}}] * 3,
    },
    "adaptive": {"input": [3, "H", "W"], "layers": [{"adaptive_pool": {"size": 6}}]},
    "volume": {
        "input": [3, "H", "W", "D"],
        "layers": [{"conv": {"channels": 4, "kernel": 3}}, {"upsample": 2}, {"conv": {"channels": 2, "kernel": 3}}],
    },
    "sequence": {"input": [4, "L"], "layers": [{"conv": {"channels": 4, "kernel": 3}}, {"max_pool": 2}]},
    "lines": {
        "input": [1, 8, "W"],
        "layers": [
            {"max_pool": {"kernel": [4, 4]}},
            {"conv": {"channels": 4, "kernel": [2, 1], "padding": 0}},
            {"rearrange": {"pattern": "n c h w -> n w (c h)", "channels": "c"}},
            {"linear": 3},
        ],
    },
    "attention": {
        "input": [4, "L"],
        "layers": [
            {"conv": {"channels": 4, "kernel": 3, "stride": 2}},
            {"max_pool": 2},
            {"rearrange": {"pattern": "n c l -> n l c", "channels": "c"}},
            {"attention": 2},
        ],
    },
    "tokens": {"input": {"vocab": 7, "length": "L"}, "layers": [{"embedding": 4}, {"attention": 2}, {"linear": 3}]},
}

ONE_ON_THE_WAY = {"volume": {1}, "lines": {4, 5, 6}, "attention": {3, 4, 5}}


@pytest.mark.parametrize("name", OPEN)
def test_takes_every_size_that_the_network_takes_or_names_it(name: str, folder: Path) -> None:
    graph = archspec.compile({"archspec": 1, "name": name, **OPEN[name]})
    model = archspec.build(graph, seed=0)
    manifest = export(graph, model, folder, ["pt2"])
    refused = manifest.files[0].refused
    conditions = manifest.files[0].conditions
    assert len(manifest.warnings) == (len(refused) + 1 if refused else 0)
    for sizes, text in zip(refused, manifest.warnings, strict=False):
        assert all(f"{key} = {size}" in text for key, size in sizes.items())
    assert all(text in manifest.warnings[-1] for text in conditions)
    module = torch.export.load(folder / f"{name}.pt2").module()
    model.eval()
    names = size_names(graph)
    for times in (1, 2, 3, 5, 8, 13):
        sizes = {key: times * graph.constraints.get(key, 1) for key in names}
        (x,) = random_inputs(graph, 1, sizes)
        try:
            expected = model(x)
        except RuntimeError:
            continue
        try:
            found = module(x)
        except (AssertionError, RuntimeError) as error:
            said = str(error).partition("\n")[0]
        else:
            said = ""
            assert torch.equal(found, expected), sizes
        assert not said or sizes in refused or said in conditions, sizes
    # where a size on the way is 1, torch's views and convolutions may be others
    assert {size for sizes in refused for size in sizes.values()} <= ONE_ON_THE_WAY.get(name, set())


@pytest.mark.parametrize("format", ["pt2", "onnx"])
def test_what_cannot_be_traced_is_named_with_its_line(
    format: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An op of a plugin that looks at values."""
    layers = "blocks: {b: {layers: [act: relu, conv: {name: k}]}}\nlayers: [b: {name: q}]\n"
    graph = archspec.compile(f"archspec: 1\nname: a\ninput: [4, 8, H]\n{layers}")
    model = archspec.build(graph, seed=0)
    monkeypatch.setattr(model.get_submodule("q.k"), "forward", lambda x: x if x.sum() > 0 else -x)
    with pytest.raises(ExportError) as raised:
        export(graph, model, folder, [format])
    first, *report = str(raised.value).splitlines()
    what = "torch.export cannot trace `q.k` (<text>:4:34, called at <text>:5:10)"
    assert first == f"cannot export `a` as {format}: {what}; take another op or other arguments there"
    assert "data-dependent" in report[0]
    assert capfd.readouterr() == ("", "")


HIDDEN = "archspec: 1\nname: t\ninput: [4]\nlayers: [linear: {name: NAME, features: 4}]\n"


def test_names_that_modules_of_torch_have_themselves(folder: Path) -> None:
    """All public attributes that a traced module has and a module has not: weights below them are refused by name."""
    graph = archspec.compile(HIDDEN.replace("NAME", "plain"))
    export(graph, archspec.build(graph, seed=0), folder, ["pt2"])
    module = torch.export.load(folder / "t.pt2").module()
    own = {name for name in {*dir(module), "shape_env"} - {*dir(torch.nn.Module())} if not name.startswith("_")}
    assert own - {"plain"} <= HIDING
    for name in HIDING:
        text = HIDDEN.replace("NAME", name)
        (found,) = archspec.validate(text, exports=["pt2"])
        assert (found.code, found.span and found.span.line) == ("A311", 4)
        assert not archspec.validate(text, exports=["safetensors", "python"])


@pytest.mark.parametrize("node", ["linear: {name: code}", "linear: {name: meta.x}", "scale: {name: graph}"])
def test_weights_that_are_hidden_are_refused_with_their_node(node: str, folder: Path) -> None:
    graph = archspec.compile(f"archspec: 1\nname: t\ninput: [4]\nlayers:\n  - {node}\n")
    with pytest.raises(ExportError, match=r"the weights of `\S+` \(<text>:5:5\).*choose another name"):
        export(graph, archspec.build(graph, seed=0), folder, ["pt2"])


def test_names_of_nodes_without_weights_are_free(folder: Path) -> None:
    text = "archspec: 1\nname: t\ninput: [4]\nlayers: [linear: {name: a.code}, act: {type: relu, name: graph}]\n"
    graph = archspec.compile(text)
    export(graph, archspec.build(graph, seed=0), folder, ["pt2"])
