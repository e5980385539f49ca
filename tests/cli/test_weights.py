from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

import archspec
from tests.cli.conftest import ROOT

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def state(folder):
    """The weights of the sound spec, in a file of each kind."""
    found = archspec.build("tiny.yaml", seed=1).state_dict()
    save_file(found, folder / "w.safetensors")
    torch.save(found, folder / "w.pth")
    torch.save({f"module.{key}": tensor for key, tensor in found.items()}, folder / "ddp.pth")
    return found


class TestReport:
    @pytest.mark.parametrize("file", ["w.safetensors", "w.pth"])
    def test_weights_that_fit(self, file, state, run):
        result = run("weights", "tiny.yaml", file)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == f"{file}: all {len(state)} tensors fit\n"

    @pytest.mark.usefixtures("state")
    def test_weights_that_do_not(self, run):
        result = run("weights", "tiny.yaml", "w.safetensors", "-p", "classes=7")
        assert result.exit_code == 1
        assert result.stdout == (
            "w.safetensors does not fit tiny:\n"
            "  other shape  fc.weight  7 × 16 in the network, 3 × 16 in the file\n"
            "  other shape  fc.bias    7 in the network, 3 in the file\n"
        )

    def test_a_new_head(self, state, run):
        result = run("weights", "tiny.yaml", "w.safetensors", "-p", "classes=7", "--partial")
        assert result.exit_code == 0
        assert result.stdout == (
            f"w.safetensors: {len(state) - 2} of {len(state)} tensors fit\n"
            "  other shape  fc.weight  3 × 16 → 7 × 16, initialized\n"
            "  other shape  fc.bias    3 → 7, initialized\n"
        )

    def test_the_rename_that_helps_is_the_one_that_is_told(self, state, run):
        result = run("weights", "tiny.yaml", "ddp.pth")
        assert result.exit_code == 1
        assert rf"help: `--rename '^module\.='` would make {len(state)} more fit" in result.stdout
        result = run("weights", "tiny.yaml", "ddp.pth", "--rename", r"^module\.=")
        assert result.exit_code == 0
        assert result.stdout == f"ddp.pth: all {len(state)} tensors fit, {len(state)} of them renamed\n"

    @pytest.mark.usefixtures("state")
    def test_the_spec_renames_before_the_command_line(self, folder, run):
        spec = (folder / "tiny.yaml").read_text() + "weights: {rename: {'^module': x}}\n"
        (folder / "tiny.yaml").write_text(spec)
        assert run("weights", "tiny.yaml", "ddp.pth", "--rename", r"^x\.=").exit_code == 0
        assert run("weights", "tiny.yaml", "ddp.pth", "--rename", r"^module\.=").exit_code == 1
        assert run("weights", "tiny.yaml", "w.pth").exit_code == 0

    @pytest.mark.usefixtures("state")
    def test_other_input_channels(self, folder, run):
        (folder / "grey.yaml").write_text("archspec: 1\nextends: ./tiny.yaml\ninput: [1, 8, 8]\n")
        assert run("weights", "grey.yaml", "w.pth").exit_code == 1
        result = run("weights", "grey.yaml", "w.pth", "--adapt-in-channels")
        assert result.exit_code == 0
        assert "adapted  conv1.weight  8 × 3 × 3 × 3 → 8 × 1 × 3 × 3, mean over 3 input channels" in result.stdout

    def test_as_json(self, state, run):
        result = run("weights", "tiny.yaml", "ddp.pth", "-p", "classes=7", "--rename", "^module.=", "--format", "json")
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        assert (found["version"], found["name"], found["file"], found["fits"]) == (1, "tiny", "ddp.pth", False)
        assert found["renamed"] == {f"module.{key}": key for key in state}
        assert found["loaded"] == [key for key in state if not key.startswith("fc.")]
        assert found["mismatched"][0] == {"key": "fc.weight", "found": [3, 16], "wanted": [7, 16], "reason": ""}
        assert found["suggestion"] is None
        found = json.loads(run("weights", "tiny.yaml", "ddp.pth", "--format", "json").stdout)
        assert found["suggestion"] == {"pattern": r"^module\.", "replacement": ""}

    def test_it_needs_no_torch(self, state):
        code = (
            "import sys; sys.modules['torch'] = None; from archspec.cli import main; "
            "main(['weights', 'tiny.yaml', sys.argv[1]])"
        )
        done = [
            subprocess.run(
                [sys.executable, "-c", code, file], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
            )
            for file in ("w.safetensors", "w.pth")
        ]
        assert done[0].stdout == f"w.safetensors: all {len(state)} tensors fit\n"
        assert done[1].stdout == f"w.pth: all {len(state)} tensors fit\n"


@pytest.mark.usefixtures("state")
class TestBuild:
    def test_what_was_left_out_is_as_without_weights(self, folder, run):
        arguments = ["build", "tiny.yaml", "-p", "classes=7", "--seed", "5", "--export", "safetensors"]
        assert run(*arguments, "-o", "fresh").exit_code == 0
        result = run(*arguments, "-o", "out", "--weights", "ddp.pth", "--rename", r"^module\.=", "--partial")
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert lines[2].startswith("ddp.pth: ")
        assert "  other shape  fc.weight  3 × 16 → 7 × 16, initialized" in lines
        written, fresh = (load_file(folder / out / "tiny.safetensors") for out in ("out", "fresh"))
        loaded = load_file(folder / "w.safetensors")
        for key, tensor in written.items():
            assert torch.equal(tensor, (fresh if key.startswith("fc.") else loaded)[key]), key

    def test_adapted_weights_are_exported(self, folder, run):
        (folder / "grey.yaml").write_text("archspec: 1\nname: grey\nextends: ./tiny.yaml\ninput: [1, 8, 8]\n")
        options = ["--weights", "w.pth", "--adapt-in-channels", "--export", "safetensors", "-o", "out"]
        result = run("build", "grey.yaml", *options)
        assert result.exit_code == 0, result.output
        written, loaded = load_file(folder / "out" / "grey.safetensors"), load_file(folder / "w.safetensors")
        torch.testing.assert_close(written["conv1.weight"], loaded["conv1.weight"].sum(1, keepdim=True))

    @pytest.mark.parametrize("options", [[], ["--partial"]])
    def test_what_cannot_be_loaded_leaves_nothing(self, options, folder, run):
        torch.save({"a": torch.zeros(1)}, folder / "other.pth")
        result = run("build", "tiny.yaml", "--weights", "other.pth", "--export", "-o", "out", *options)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert not (folder / "out").exists()

    @pytest.mark.parametrize("options", [["--partial"], ["--rename", "a=b"], ["--adapt-in-channels"]])
    def test_options_about_weights_need_some(self, options, run):
        result = run("build", "tiny.yaml", *options)
        assert result.exit_code == 2
        assert f"`{options[0]}` needs `--weights FILE`" in result.stderr


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["w.pth", "--rename", "(=x"], 2, "`(` is not a regular expression"),
        (["w.pth", "--rename", "x"], 2, "`x` is not of the form PATTERN=REPLACEMENT"),
        (["w.pth", "--rename", ".*="], 1, "are both renamed to ``"),
        (["nowhere.pth"], 2, "nowhere.pth"),
        (["."], 2, "is a directory"),
        (
            ["tiny.yaml"],
            1,
            "tiny.yaml cannot be read as weights: it is a spec: the spec stands first, then the file of weights",
        ),
    ],
)
def test_mistakes(arguments, code, message, run):
    for command in (["weights", "tiny.yaml", *arguments], ["build", "tiny.yaml", "--weights", *arguments]):
        result = run(*command)
        assert result.exit_code == code, result.output
        assert message in result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.stderr.splitlines()) <= 4
