from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from hashlib import sha256

import pytest
import torch
from safetensors.torch import load_file, save_file

import archspec
from tests.cli.conftest import ROOT

pytestmark = pytest.mark.usefixtures("folder")


def test_it_reports_what_was_built(run):
    result = run("build", "tiny.yaml")
    assert result.exit_code == 0, result.output
    graph = archspec.compile("tiny.yaml")
    first, second = result.stdout.splitlines()
    assert first == f"tiny: {graph.parameter_count:,} parameters, {graph.macs:,} MACs, 3 × 8 × 8 → 3"
    assert re.fullmatch(r"built on meta in \d+\.\d\d s, forward pass in \d+\.\d\d s", second)


@pytest.mark.parametrize("arguments", [["--seed", "0"], ["--device", "cpu"]])
def test_weights_are_made_where_they_are_asked_for(arguments, run):
    assert "built on cpu in" in run("build", "tiny.yaml", *arguments).stdout


def test_parameters_take_the_place_of_defaults(run):
    assert "3 × 8 × 8 → 7" in run("build", "tiny.yaml", "-p", "classes=7").stdout


def test_several_inputs_and_token_ids(folder, run):
    text = """
        archspec: 1
        name: two
        inputs: {image: [3, H, 16], text: {vocab: 10, length: 5}}
        layers:
          - global_pool: {from: image, name: a}
          - embedding: {from: text, features: 3}
          - select: {index: 0, name: b}
          - add: [a, b]
    """
    (folder / "two.yaml").write_text("\n".join(line[8:] for line in text.splitlines()[1:]))
    for device in ("meta", "cpu"):
        result = run("build", "two.yaml", "--device", device)
        assert result.exit_code == 0, result.output
        assert "3 × H × 16 and 5 → 3" in result.stdout


class TestWeights:
    def test_they_are_loaded(self, folder, run):
        save_file(archspec.build("tiny.yaml", seed=1).state_dict(), folder / "w.safetensors")
        result = run("build", "tiny.yaml", "--weights", "w.safetensors", "--export", "safetensors", "-o", "out")
        assert result.exit_code == 0, result.output
        assert re.search(r"^w.safetensors: all \d+ tensors fit$", result.stdout, re.MULTILINE)
        written = load_file(folder / "out" / "tiny.safetensors")
        assert all(torch.equal(value, written[key]) for key, value in load_file(folder / "w.safetensors").items())

    def test_those_that_do_not_fit_are_a_finding(self, folder, run):
        save_file({"fc.weight": torch.zeros(2, 8)}, folder / "w.safetensors")
        result = run("build", "tiny.yaml", "--weights", "w.safetensors")
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "w.safetensors does not fit the network" in result.stderr
        assert "missing      conv1.weight" in result.stderr

    @pytest.mark.parametrize(
        ("key", "entry", "other"), [(None, "model", "model_ema"), ("model_ema", "model_ema", "model")]
    )
    def test_of_a_checkpoint_the_entry_is_told(self, key, entry, other, folder, run):
        states = {
            name: archspec.build("tiny.yaml", seed=seed).state_dict() for name, seed in (("model", 1), ("model_ema", 2))
        }
        torch.save({**states, "epoch": 3}, folder / "c.pth")
        options = ["--weights", "c.pth", *(["--key", key] if key else [])]
        result = run("build", "tiny.yaml", *options, "--export", "safetensors", "-o", "out")
        assert result.exit_code == 0, result.output
        assert f"these are the weights of the entry `{entry}`; `--key` takes another: `{other}`" in result.stdout
        assert f"weights: those of c.pth, entry {entry}\n" in result.stdout
        written = load_file(folder / "out" / "tiny.safetensors")
        assert all(torch.equal(value, written[name]) for name, value in states[entry].items())
        manifest = json.loads((folder / "out" / "manifest.json").read_text())
        for weights in (manifest["weights"], manifest["files"][0]["weights"]):
            digest = sha256((folder / "c.pth").read_bytes()).hexdigest()
            assert (weights["origin"], weights["file"], weights["sha256"]) == ("file", "c.pth", digest)
            assert weights["key"] == entry

    def test_those_that_do_not_exist_are_a_mistake(self, run):
        result = run("build", "tiny.yaml", "--weights", "nowhere.safetensors")
        assert result.exit_code == 2
        assert "nowhere.safetensors" in result.stderr


class TestExport:
    def test_without_formats_it_writes_the_usual_ones(self, folder, run):
        result = run("build", "tiny.yaml", "--seed", "0", "--export")
        assert result.exit_code == 0, result.output
        out = folder / "build" / "tiny"
        assert {path.name for path in out.iterdir()} >= {"tiny.pt2", "tiny.safetensors", "manifest.json"}
        assert result.stdout.splitlines()[2] == "weights: random, drawn with seed 0"
        lines = result.stdout.splitlines()[4:]
        assert re.fullmatch(r"build/tiny/tiny\.pt2 +[\d.]+ kB  largest difference [\d.e-]+", lines[0])
        assert re.fullmatch(r"build/tiny/tiny\.safetensors +[\d.]+ kB  largest difference 0", lines[1])
        assert re.fullmatch(r"build/tiny/manifest\.json +[\d.]+ k?B", lines[2])
        assert json.loads((out / "manifest.json").read_text())["seed"] == 0

    @pytest.mark.parametrize("spelling", [["--export", "safetensors"], ["--export=safetensors,"]])
    def test_with_formats_it_writes_those(self, spelling, folder, run):
        result = run("build", "tiny.yaml", *spelling, "-o", "out")
        assert result.exit_code == 0, result.output
        assert (folder / "out" / "tiny.safetensors").is_file()
        assert not (folder / "out" / "tiny.pt2").exists()

    def test_the_same_seed_gives_the_same_file(self, folder, run):
        found = []
        for out in ("a", "b"):
            assert run("build", "tiny.yaml", "--seed", "3", "--export", "safetensors", "-o", out).exit_code == 0
            found.append((folder / out / "tiny.safetensors").read_bytes())
        assert found[0] == found[1]

    def test_a_folder_that_cannot_be_written_is_a_finding(self, folder, run):
        (folder / "file").write_text("")
        result = run("build", "tiny.yaml", "--export", "safetensors", "-o", "file/out")
        assert result.exit_code == 1
        assert "Error: " in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny.yaml", "--export", "pt3"], "unknown export format `pt3`; did you mean `pt2`?"),
        (["--export", "tiny.yaml"], "`--export` used the spec as its value; put the spec before `--export`"),
        (["--export"], "Missing argument 'SPEC'"),
        (["tiny.yaml", "-o", "out"], "`-o` needs `--export`"),
        (
            ["tiny.yaml", "--device", "meta", "--seed", "0"],
            "`--seed` needs weights, but the device `meta` holds none",
        ),
        (["tiny.yaml", "--device", "meta", "--export"], "`--export` needs weights"),
        (["tiny.yaml", "--device", "moon"], "cannot use the device `moon`: "),
        (["tiny.yaml", "--seed", "-1"], "--seed"),
        (["tny.yaml"], "there is no file `tny.yaml`; did you mean `tiny.yaml`?"),
    ],
)
def test_mistakes(arguments, message, run):
    result = run("build", *arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stdout == "", "it was built before"


def without_torch(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.modules['torch'] = None; from archspec.cli import main; main({arguments!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_a_broken_spec_is_told_before_torch_is_loaded():
    done = without_torch("build", "broken.yaml", "--export")
    assert done.returncode == 1
    assert "broken.yaml:5:25: error[A201]" in done.stderr


def test_without_torch_it_says_what_to_install():
    done = without_torch("build", "tiny.yaml")
    assert done.returncode == 2
    assert done.stderr == 'Error: `archspec build` needs the extra `torch`: pip install "archspec-nn[torch]"\n'


def test_a_network_too_large_for_the_machine_is_no_fault_of_ours(run, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: not enough memory")

    monkeypatch.setattr(archspec, "build", fail)
    result = run("build", "tiny.yaml", "--seed", "0")
    assert result.exit_code == 2
    assert "not enough memory for this network; `--device meta` needs none" in result.stderr


STAGED = """\
archspec: 1
name: staged
input: [3, 16, 16]
norm: batch
act: relu
stages:
  - {name: low, block: basic, channels: 4, stride: 2}
  - {name: high, block: basic, channels: 8, stride: 2}
head: [global_pool, linear: 3]
"""


class TestFeatures:
    def test_stages_are_the_outputs(self, folder, run):
        (folder / "staged.yaml").write_text(STAGED)
        assert "→ 4 × 8 × 8 and 8 × 4 × 4" in run("build", "staged.yaml", "--features").stdout
        result = run("build", "staged.yaml", "--features", "low", "--export", "-o", "out")
        assert result.exit_code == 0, result.output
        manifest = json.loads((folder / "out" / "manifest.json").read_text())
        assert manifest["outputs"] == [{"name": "low", "shape": ["N", 4, 8, 8], "dtype": "float32"}]
        assert all(key.startswith("low.") for key in load_file(folder / "out" / "staged.safetensors"))

    def test_a_mistyped_stage_is_corrected(self, folder, run):
        (folder / "staged.yaml").write_text(STAGED)
        result = run("build", "staged.yaml", "--features", "hihg")
        assert result.exit_code == 2
        assert "no feature level `hihg`; did you mean `high`?" in result.stderr
        assert "put the spec before `--features`" in run("build", "--features", "staged.yaml").stderr


class TestOptions:
    def test_norms_are_folded(self, folder, run):
        (folder / "staged.yaml").write_text(STAGED)
        result = run("build", "staged.yaml", "--export", "safetensors", "-o", "out", "--optimize")
        assert result.exit_code == 0, result.output
        assert "folded 6 of 6 batch normalizations: 1,152 fewer multiply-adds per sample" in result.stdout
        assert not any("running_mean" in key for key in load_file(folder / "out" / "staged.safetensors"))

    def test_the_opset_is_chosen(self, folder, run):
        pytest.importorskip("onnxscript")
        import onnx

        result = run("build", "tiny.yaml", "--export", "onnx", "-o", "out", "--opset", "19")
        assert result.exit_code == 0, result.output
        assert onnx.load(folder / "out" / "tiny.onnx").opset_import[0].version == 19
        old = run("build", "tiny.yaml", "--export", "onnx", "-o", "old", "--opset", "17")
        assert (old.exit_code, old.stdout, (folder / "old").exists()) == (2, "", False)
        assert "an opset from 18 to" in old.stderr
        assert "an opset needs the format `onnx`" in run("build", "tiny.yaml", "--export", "--opset", "19").stderr

    def test_verification_can_be_left_out(self, folder, run):
        result = run("build", "tiny.yaml", "--export", "safetensors", "-o", "out", "--no-verify")
        assert "not verified" in result.stdout
        manifest = json.loads((folder / "out" / "manifest.json").read_text())
        assert manifest["checked"] == {}
        assert manifest["files"][0]["max_difference"] is None

    @pytest.mark.parametrize("option", [["--optimize"], ["--no-verify"], ["--opset", "18"], ["-o", "out"]])
    def test_options_of_exports_need_one(self, option, run):
        result = run("build", "tiny.yaml", *option)
        assert result.exit_code == 2
        assert f"`{option[0]}` needs `--export`" in result.stderr


def test_a_budget_holds_when_building(folder, run):
    text = (folder / "tiny.yaml").read_text()
    (folder / "small.yaml").write_text(text + "budget: {params: 10}\n")
    result = run("build", "small.yaml", "--export", "safetensors", "-o", "out")
    assert result.exit_code == 1
    assert "A601" in result.stderr
    assert not (folder / "out").exists()
    (folder / "large.yaml").write_text(text + "budget: {params: 1000000}\n")
    assert run("build", "large.yaml").exit_code == 0
