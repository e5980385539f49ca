from __future__ import annotations

import copy
import errno
import hashlib
import json
import pickle
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import archspec
from archspec.errors import ExportError, UsageError
from archspec.export import Format, export
from archspec.export.format import Artifact
from archspec.export.subject import Subject
from archspec.torch_backend.origin import state_digest
from tests.export.networks import SPECS, entries, graph_of, network

DEFAULT = ["manifest.json", "tiny.pt2", "tiny.safetensors"]


class Custom(Format):
    """A format whose artifact does what a test wants."""

    name = "custom"
    suffix = ".custom"
    tolerance = 1e-5

    def __init__(self, artifact: Any = None, error: Exception | None = None) -> None:
        self.artifact, self.error = artifact, error

    def write(self, subject: Subject, path: Path) -> None:
        path.write_text("half")
        if self.error is not None:
            raise self.error

    def read(self, subject: Subject, path: Path) -> Artifact:
        return lambda inputs: self.artifact(subject.run(inputs))


def test_writes_the_artifacts_and_a_manifest(folder: Path) -> None:
    graph, model = network("image")
    manifest = export(graph, model, folder, seed=0)
    assert entries(folder) == DEFAULT
    assert entries(folder.parent) == ["out"], "something was left behind"
    found = json.loads((folder / "manifest.json").read_text())
    files = {file.pop("name"): file for file in found.pop("files")}
    versions = found.pop("versions")
    weights = {"origin": "random", "seed": 0, "state": state_digest(model.state_dict())}
    assert found == {
        "archspec_manifest": 2,
        "name": "tiny",
        "reference": "nobody, 2024",
        "params": {"classes": 5},
        "fingerprint": graph.fingerprint,
        "seed": 0,
        "weights": weights,
        "parameters": sum(p.numel() for p in model.parameters()),
        "macs": graph.macs,
        "inputs": [{"name": "input", "shape": ["N", 3, 16, 16], "dtype": "float32"}],
        "outputs": [{"name": "output", "shape": ["N", 5], "dtype": "float32"}],
        "checked": {"N": [1, 2, 3]},
        "warnings": [],
    }
    assert versions["torch"] == version("torch")
    assert versions["archspec"] == archspec.__version__
    assert {"python", "safetensors"} <= set(versions)
    for name, file in files.items():
        content = (folder / name).read_bytes()
        assert file["size"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["max_difference"] == file["max_relative_difference"] == 0
        assert (file["fingerprint"], file["weights"]) == (graph.fingerprint, weights)
        assert (file["checked"], file["refused"], file["conditions"]) == (found["checked"], [], [])
        assert file["versions"]["torch"] == version("torch")
    assert [file.name for file in manifest.files] == list(files)


def test_writes_the_same_bytes_again(tmp_path: Path) -> None:
    for run in ("first", "second"):
        torch.randn(3)  # the state of the global generator must not matter
        export(*network("image", seed=3), tmp_path / run, ["pt2", "safetensors"], seed=3)
    for name in DEFAULT:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_says_nothing_and_changes_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    graph, model = network("image")
    frozen = next(module for module in model.modules() if isinstance(module, nn.BatchNorm2d)).eval()
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    generator = torch.get_rng_state()
    export(graph, model, folder, ["pt2", "safetensors"])
    assert capfd.readouterr() == ("", "")
    assert [module for module in model.modules() if not module.training] == [frozen]
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), generator)


def test_tells_its_progress(folder: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    export(*network("vector"), folder, ["safetensors"], progress=lambda *step: steps.append(step))
    assert steps == [("writing vector.safetensors", 0, 2), ("verifying vector.safetensors", 1, 2)]


@pytest.mark.parametrize("name", SPECS)
def test_exports_all_kinds_of_networks(name: str, folder: Path) -> None:
    graph, model = network(name)
    manifest = export(graph, model, folder)
    assert [i.name for i in manifest.inputs] == list(graph.inputs)
    assert [o.name for o in manifest.outputs] == list(graph.outputs)


def test_says_what_tokens_and_symbolic_sizes_are(tmp_path: Path) -> None:
    manifest = export(*network("tokens"), tmp_path / "a", ["safetensors"])
    assert (manifest.inputs[0].shape, manifest.inputs[0].dtype, manifest.inputs[0].vocab) == (("N", 7), "int64", 11)
    manifest = export(*network("symbolic"), tmp_path / "b", ["safetensors"])
    assert manifest.inputs[0].shape == ("N", 3, "H", "W")
    assert isinstance(manifest.macs, str)
    assert {1, 2, 3, 64, 96} < set(manifest.checked["H"])
    json.loads((tmp_path / "b" / "manifest.json").read_text())


def test_a_size_called_as_the_batch_is_another_dimension(folder: Path) -> None:
    graph = archspec.compile("archspec: 1\nname: n\ninput: [3, N]\nlayers: [conv: {channels: 2, kernel: 3}]\n")
    manifest = export(graph, archspec.build(graph, seed=0), folder, ["pt2", "onnx"])
    assert manifest.inputs[0].shape == ("batch", 3, "N")
    assert manifest.checked == {"batch": [1, 2, 3], "N": [1, 2, 3, 64, 96, 129]}


class TestRefuses:
    """And leaves nothing behind, not even the folders around the export."""

    @pytest.fixture(autouse=True)
    def nothing_is_left(self, tmp_path: Path) -> Any:
        yield
        assert entries(tmp_path) == []

    def test_a_module_without_values(self, folder: Path) -> None:
        graph = graph_of("image")
        with pytest.raises(ExportError, match="device `meta` has no weights"):
            export(graph, archspec.build(graph, device="meta"), folder)

    def test_the_module_of_another_network(self, folder: Path) -> None:
        model = archspec.build(SPECS["image"], params={"classes": 7})
        with pytest.raises(ExportError, match=r"the module does not match `tiny`:\n.*linear\.weight"):
            export(graph_of("image"), model, folder)

    def test_a_module_that_does_not_run(self, folder: Path) -> None:
        graph, model = network("vector")
        model.register_forward_pre_hook(lambda module, inputs: tuple(x.double() for x in inputs))
        with pytest.raises(ExportError, match=r"`vector` does not run on the inputs that it declares: .*ouble"):
            export(graph, model, folder)

    @pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
    def test_a_module_of_another_dtype(self, dtype: str, folder: Path) -> None:
        graph, model = network("vector")
        with pytest.raises(
            ExportError, match=rf"is {dtype}, but `vector` has float32: every format .* `dtype: {dtype}`"
        ):
            export(graph, model.to(getattr(torch, dtype)), folder, ["all"])

    @pytest.mark.parametrize(
        ("artifact", "reason"),
        [
            (
                lambda outputs: tuple(1.001 * output for output in outputs),
                r"`output` \(float32 of 1 × 2\) differs from",
            ),
            (
                lambda outputs: tuple(output.double() for output in outputs),
                "is float64 of 1 × 2, but the module's is float32",
            ),
            (
                lambda outputs: tuple(output[:, :1] for output in outputs),
                "is float32 of 1 × 1, but the module's is .* 1 × 2",
            ),
            (
                lambda outputs: tuple(output * torch.nan for output in outputs),
                "relatively inf, more than the allowed 1e-05",
            ),
            (lambda outputs: outputs * 2, "longer"),
        ],
    )
    def test_an_artifact_that_computes_something_else(self, artifact: Any, reason: str, folder: Path) -> None:
        with pytest.raises(ExportError, match=f"cannot export `vector` as custom: .*{reason}"):
            export(*network("vector"), folder, ["safetensors", Custom(artifact)])

    def test_a_format_that_does_not_exist(self, folder: Path) -> None:
        with pytest.raises(UsageError, match=r"unknown export format `onx`; did you mean `onnx`\?"):
            export(*network("vector"), folder, ["pt2", "onx"])

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("\nno such operator\n  and \x1b[96mwhy\x1b[0m\n\n- so\n", "no such operator\n  and why\n\n- so"),
            ("a\n::error::\x07\x1b]0;title", "a\n\\x3a:error::\\x07\\x1b]0;title"),
            ("", "RuntimeError"),
        ],
    )
    def test_what_an_exporter_cannot_do(self, said: str, told: str, folder: Path) -> None:
        """With all that it says, which steers no terminal."""
        with pytest.raises(ExportError) as caught:
            export(*network("vector"), folder, [Custom(error=RuntimeError(said))])
        assert str(caught.value) == f"cannot export `vector` as custom: {told}"

    def test_a_full_disk(self, folder: Path) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        with pytest.raises(ExportError, match=r"cannot write the export into .*out: No space left on device"):
            export(*network("vector"), folder, [Custom(error=full)])

    def test_what_is_interrupted_by_the_user(self, folder: Path) -> None:
        def interrupt(step: str, *_: int) -> None:
            if "verifying" in step:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export(*network("vector"), folder, ["safetensors"], progress=interrupt)


def test_a_failure_leaves_the_former_export(folder: Path) -> None:
    export(*network("vector"), folder, ["safetensors"])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ExportError):
        export(*network("vector", seed=1), folder, ["safetensors", Custom(lambda outputs: outputs[:0])])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert entries(folder.parent) == ["out"]


def test_earlier_artifacts_stay_and_are_told_apart(folder: Path) -> None:
    graph, model = network("image")
    assert export(graph, model, folder, ["safetensors", "python"]).warnings == ()
    weights = (folder / "tiny.safetensors").read_bytes()
    assert export(graph, model, folder, ["resolved"]).warnings == ()
    _, other = network("image", seed=1)
    manifest = export(graph, other, folder, ["onnx"])
    assert manifest.warnings == ("`tiny.safetensors` is left from an earlier export and has other weights",)
    assert (folder / "tiny.safetensors").read_bytes() == weights
    assert [file.format for file in manifest.files] == ["onnx", "resolved", "safetensors", "python"]
    seeds = {file.format: (file.weights or {}).get("seed") for file in manifest.files}
    assert seeds == {"onnx": 1, "safetensors": 0, "python": None, "resolved": None}
    wider = archspec.compile(SPECS["image"], {"classes": 7})
    found = export(wider, archspec.build(wider, seed=0), folder, ["pt2"]).warnings
    assert len(found) == 4
    assert all(warning.endswith("and has another architecture") for warning in found)
    for file in json.loads((folder / "manifest.json").read_text())["files"]:
        assert file["sha256"] == hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest()


def test_a_manifest_of_version_0_1_is_read(folder: Path) -> None:
    graph, model = network("vector")
    export(graph, model, folder, ["safetensors", "python"])
    path = folder / "manifest.json"
    old = json.loads(path.read_text()) | {"archspec_manifest": 1, "seed": 5}
    kept = ("name", "format", "size", "sha256", "max_difference", "max_relative_difference")
    old["files"] = [{key: file[key] for key in kept} for file in old["files"]]
    del old["weights"], old["warnings"]
    path.write_text(json.dumps(old))
    manifest = export(graph, model, folder, ["resolved"])
    shown = "`vector.safetensors` is left from an earlier export and does not say which weights it has"
    assert manifest.warnings == (shown,)
    files = {file.format: file for file in manifest.files}
    assert files["safetensors"].fingerprint == graph.fingerprint
    assert files["safetensors"].weights == {"origin": "unknown"}
    assert files["python"].weights is None


def _trained(model: nn.Module) -> nn.Module:
    with torch.no_grad():
        next(model.parameters()).mul_(1.0001)
    return model


def _data(model: nn.Module) -> nn.Module:
    next(model.parameters()).data.mul_(1.0001)
    return model


def _statistics(model: nn.Module) -> nn.Module:
    model.train()(torch.randn(4, 3, 16, 16))
    return model


UNCHANGED = [lambda model: model, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), nn.Module.eval]


@pytest.mark.parametrize("changed", [_trained, _data, _statistics])
@pytest.mark.parametrize("seed", [0, None])
def test_weights_are_random_until_they_are_trained(changed: Any, seed: int | None, tmp_path: Path) -> None:
    graph, model = graph_of("image"), archspec.build(SPECS["image"], seed=seed)
    for number, same in enumerate(UNCHANGED):
        found = export(graph, same(model), tmp_path / str(number), ["safetensors"], verify=False)
        assert found.weights.kind == "random"
        assert found.seed is not None
        again = archspec.build(graph, seed=found.seed)
        assert state_digest(again.state_dict()) == state_digest(model.state_dict()) == found.weights.state
    found = export(graph, changed(model), tmp_path / "changed", ["safetensors"], seed=0, verify=False)
    assert (found.weights.kind, found.seed) == ("module", None)


def test_weights_of_a_file_are_told_by_its_digest(tmp_path: Path) -> None:
    graph, source = network("image", seed=3)
    file = tmp_path / "source.safetensors"
    save_file(source.state_dict(), file)
    model = archspec.build(graph, weights=file)
    found = export(graph, model, tmp_path / "a", ["safetensors"]).weights
    assert (found.kind, found.file, found.seed) == ("file", file.name, None)
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    found = export(graph, _trained(model), tmp_path / "b", ["safetensors"]).weights
    assert (found.kind, found.file) == ("module", "")
    wider = archspec.compile(SPECS["image"], {"classes": 7})
    model = archspec.build(wider, seed=4)
    archspec.load_weights(model, file, partial=True)
    manifest = export(wider, model, tmp_path / "c", ["safetensors"])
    assert (manifest.weights.kind, manifest.seed) == ("file", 4)
    assert manifest.weights.drawn == ("linear.weight", "linear.bias")
    assert "2 tensors random, drawn with seed 4" in str(manifest.weights)


def _tied(model: Any) -> None:
    model.norm.bias = model.norm.weight


def _buffers(model: Any) -> None:
    model.norm.running_mean = model.norm.running_var


def _view(model: Any) -> None:
    model.linear.weight = nn.Parameter(torch.randn(8, 20)[1:6, 3:11])


def _slices(model: Any) -> None:
    memory = torch.randn(60)
    model.linear.weight, model.linear.bias = nn.Parameter(memory[:40].view(5, 8)), nn.Parameter(memory[8:13])


def _expanded(model: Any) -> None:
    model.linear.weight = nn.Parameter(torch.randn(1, 8).expand(5, 8))


def _turned(model: Any) -> None:
    model.linear.weight = nn.Parameter(torch.randn(8, 5).t())


def _channels_last(model: Any) -> None:
    model.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("lay", [_tied, _buffers, _view, _slices, _expanded, _turned, _channels_last])
def test_weights_are_exported_however_they_lie_in_memory(lay: Any, folder: Path) -> None:
    graph, model = network("image")
    lay(model)
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    places = [tensor.data_ptr() for tensor in model.state_dict().values()]
    export(graph, model, folder, ["all"])
    assert [tensor.data_ptr() for tensor in model.state_dict().values()] == places
    loaded = load_file(folder / "tiny.safetensors")
    assert all(torch.equal(loaded[key], tensor) for key, tensor in state.items())
    for fresh in (archspec.from_pretrained(folder), archspec.build(graph, weights=folder / "tiny.safetensors")):
        assert state_digest(fresh.state_dict()) == state_digest(state)
    archspec.load_weights(copy.deepcopy(model), folder / "tiny.safetensors")
    archspec.load_weights(model, folder / "tiny.safetensors")
    assert state_digest(model.state_dict()) == state_digest(state)


@pytest.mark.parametrize("format", ["pt2", "safetensors", "onnx"])
def test_a_disk_that_fills_up_is_an_error_in_every_format(format: str, tmp_path: Path) -> None:
    # A limit on the size of files stands for the full disk. Some writers end the process where a write fails.
    code = f"""
        import resource
        import archspec
        from archspec.export import export
        graph = archspec.compile("archspec: 1\\nname: big\\ninput: [512]\\nlayers: [linear: 512]\\n")
        model = archspec.build(graph, seed=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, 2**19))
        try:
            export(graph, model, {str(tmp_path / "out")!r}, [{format!r}])
        except archspec.ExportError as error:
            assert "File too large" in str(error), error
        else:
            raise AssertionError
    """
    root = Path(archspec.__file__).parent.parent
    lines = [line[8:] for line in code.splitlines()]
    run = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert entries(tmp_path) == []


@pytest.mark.slow
def test_resnet18(folder: Path) -> None:
    graph = archspec.compile("resnet18")
    manifest = export(graph, archspec.build(graph, seed=0), folder, ["all"], seed=0)
    assert manifest.parameters == 11_689_512
    assert {file.format for file in manifest.files} >= {"pt2", "safetensors", "onnx"}
    assert all(file.max_relative_difference < 1e-5 for file in manifest.files)
