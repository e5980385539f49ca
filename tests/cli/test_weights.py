from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import types

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

    def test_weights_that_do_not(self, state, run):
        result = run("weights", "tiny.yaml", "w.safetensors", "-p", "classes=7")
        assert result.exit_code == 1
        assert result.stdout == (
            "w.safetensors does not fit tiny:\n"
            "  other shape  fc.weight  7 × 16 in the network, 3 × 16 in the file\n"
            "  other shape  fc.bias    7 in the network, 3 in the file\n"
            f"  help: `--partial` would load {len(state) - 2} tensors and initialize the other 2\n"
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

    def test_the_rules_of_the_spec_are_for_foreign_weights(self, state, folder, run):
        spec = (folder / "tiny.yaml").read_text() + r"weights: {add: {'fc\.bias$': 1.0}}" + "\n"
        (folder / "tiny.yaml").write_text(spec)
        undecided = run("weights", "tiny.yaml", "w.pth")
        assert undecided.exit_code == 1
        assert "pass `--own` to load it as it is, or `--foreign`" in undecided.stderr
        assert run("weights", "tiny.yaml", "w.pth", "--own").stdout == f"w.pth: all {len(state)} tensors fit\n"
        assert "added 1  1 tensor  `fc.bias`" in run("weights", "tiny.yaml", "w.pth", "--foreign").stdout

    @pytest.mark.usefixtures("state")
    def test_other_input_channels(self, folder, run):
        (folder / "grey.yaml").write_text("archspec: 1\nextends: ./tiny.yaml\ninput: [1, 8, 8]\n")
        assert run("weights", "grey.yaml", "w.pth").exit_code == 1
        result = run("weights", "grey.yaml", "w.pth", "--adapt-in-channels")
        assert result.exit_code == 0
        assert "adapted  conv1.weight  8 × 3 × 3 × 3 → 8 × 1 × 3 × 3, mean over 3 input channels" in result.stdout

    @pytest.mark.usefixtures("state")
    @pytest.mark.parametrize("at", [1, 2, 3])
    def test_the_option_takes_no_file_for_its_value(self, at, run):
        """Where it stands without one: before the spec, before the file, and after it."""
        arguments = ["weights", "tiny.yaml", "w.pth"]
        arguments.insert(at, "--adapt-in-channels")
        result = run(*arguments, "--in-channels", "5")
        assert "8 × 3 × 3 × 3 → 8 × 5 × 3 × 3, mean over 3 input channels" in result.stdout

    @pytest.mark.usefixtures("state")
    @pytest.mark.parametrize(
        ("options", "row"),
        [
            (["--in-channels", "5", "--adapt-in-channels", "keep"], "3 input channels kept, 2 with their mean"),
            (["--in-channels", "5", "--adapt-in-channels=mean"], "mean over 3 input channels, times 3/5"),
            (["--in-channels", "image=2"], "there is no input `image`; there is `input`"),
            (["--in-channels", "input=2", "--adapt-in-channels"], "mean over 3 input channels, times 3/2"),
            (["--in-channels", "2", "--adapt-in-channels", "keep"], "help: `--adapt-in-channels` would adapt"),
            (["--in-channels", "0"], "`--in-channels 0`: channels must be an integer of at least 1"),
            (["--in-channels", "three"], "expected 4, or rgb=4,thermal=1 by the names of inputs, found `three`"),
            (["--in-channels", "1,a=2"], "expected 4, or rgb=4"),
            (["--adapt-in-channels=most"], "'most' is not one of 'mean', 'keep'"),
        ],
    )
    def test_channels_that_are_given(self, options, row, run):
        assert row in run("weights", "tiny.yaml", "w.pth", *options).output

    def test_as_json(self, state, run):
        result = run("weights", "tiny.yaml", "ddp.pth", "-p", "classes=7", "--rename", "^module.=", "--format", "json")
        assert result.exit_code == 1
        found = json.loads(result.stdout)
        assert (found["version"], found["name"], found["file"], found["fits"]) == (2, "tiny", "ddp.pth", False)
        assert found["renamed"] == {f"module.{key}": key for key in state}
        assert found["loaded"] == [key for key in state if not key.startswith("fc.")]
        assert found["mismatched"][0] == {"key": "fc.weight", "found": [3, 16], "wanted": [7, 16], "reason": ""}
        assert found["suggestions"] == []
        found = json.loads(run("weights", "tiny.yaml", "ddp.pth", "--format", "json").stdout)
        assert found["suggestions"] == [{"pattern": r"^module\.", "replacement": ""}]

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

    @pytest.mark.parametrize(
        "options",
        [
            ["--key", "a"],
            ["--rename", "a=b"],
            ["--partial"],
            ["--adapt-in-channels"],
            ["--adapt-positions"],
            ["--own"],
            ["--foreign"],
        ],
    )
    def test_options_about_weights_need_some(self, options, run):
        result = run("build", "tiny.yaml", *options)
        assert result.exit_code == 2
        assert f"`{options[0]}` needs `--weights FILE`" in result.stderr


def halves(state):
    return {"model": {key: state[key] for key in list(state)[:2]}, "other": state}


MISFITS = {
    "a wrapper": (lambda state: {f"module.{key}": tensor for key, tensor in state.items()}, [], "--rename"),
    "two names": (
        lambda state: {key.replace("conv1", "c").replace("fc", "head"): tensor for key, tensor in state.items()},
        [],
        "--rename",
    ),
    "another head": (lambda state: state, ["-p", "classes=7"], "--partial"),
    "a part": (lambda state: dict(list(state.items())[:2]), [], "--partial"),
    "more": (lambda state: {**state, "aux.weight": torch.zeros(2)}, [], "--partial"),
    "other channels": (lambda state: state, ["--in-channels", "5"], "--adapt-in-channels"),
    "other channels in the file": (
        lambda state: {key: tensor[:, :1] if key == "conv1.weight" else tensor for key, tensor in state.items()},
        [],
        "--in-channels 1",
    ),
    "another entry": (halves, [], "--key"),
}


@pytest.mark.parametrize("kind", MISFITS)
def test_the_report_names_what_mends_it_and_what_it_names_helps(kind, state, folder, run):
    change, options, expected = MISFITS[kind]
    torch.save(change(state), folder / "theirs.pth")
    command = ["weights", "tiny.yaml", "theirs.pth", *options]
    before = run(*command)
    assert before.exit_code == 1
    helps = re.findall(r"^  help: `(--.*?)` would (\w+)", before.stdout, re.MULTILINE)
    helps += [(f"--key {name}", "take") for name in re.findall(r"`--key` takes another: `(.*?)`", before.stdout)]
    assert any(option.startswith(expected) for option, _ in helps), before.stdout
    fitting = loaded(run(*command, "--format", "json"))
    for option, does in helps:
        after = run(*command, *shlex.split(option), "--format", "json")
        more = loaded(after) - fitting
        assert (more > 0) == (does != "load"), option
        assert after.exit_code == 0 or more, option
        assert f"`{option}`" not in run(*command, *shlex.split(option)).stdout


def loaded(result):
    return len(json.loads(result.stdout)["loaded"])


@pytest.mark.parametrize("marked", [True, False])
def test_the_rules_of_the_spec_are_named_where_they_would_help(marked, state, folder, run):
    """A file that archspec wrote before names changed needs `--foreign`; one of its own with more in it, `--own`."""
    spec = (folder / "tiny.yaml").read_text()
    if marked:
        (folder / "tiny.yaml").write_text(spec.replace("name: fc", "name: head") + "weights: {rename: {'^fc': head}}\n")
        save_file(state, folder / "theirs.safetensors", metadata={"archspec": "1"})
    else:
        (folder / "tiny.yaml").write_text(spec + "weights: {rename: {'^conv1': stem}}\n")
        save_file({**state, "aux": torch.zeros(1)}, folder / "theirs.safetensors")
    option = "--foreign" if marked else "--own"
    result = run("weights", "tiny.yaml", "theirs.safetensors")
    assert re.search(rf"help: `{option}` would make \d more fit", result.stdout)
    assert f"`{option}`" not in run("weights", "tiny.yaml", "theirs.safetensors", option, "--partial").stdout
    assert run("weights", "tiny.yaml", "theirs.safetensors", option).exit_code == (0 if marked else 1)


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("option", ["--adapt-in-channels", "--adapt-positions"])
def test_an_option_for_other_weights_is_told(option, run):
    result = run("weights", "tiny.yaml", "w.pth", "-p", "classes=7", option)
    assert f"note: `{option}` changes nothing here: it is for " in result.stdout
    assert option not in run("weights", "tiny.yaml", "w.pth", option).stdout


def test_partial_that_loads_nothing_is_told(folder, run):
    torch.save({"a": torch.zeros(1)}, folder / "other.pth")
    result = run("weights", "tiny.yaml", "other.pth", "--partial")
    assert (result.exit_code, "note: `--partial` loads what fits" in result.stdout) == (1, True)


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


class TestSources:
    """Weights that are no single file, on the command line."""

    @pytest.fixture
    def index(self, folder, state):
        keys = list(state)
        parts = {"a.safetensors": keys[:3], "b.safetensors": keys[3:]}
        for name, part in parts.items():
            save_file({key: state[key] for key in part}, folder / name)
        weight_map = {key: name for name, part in parts.items() for key in part}
        (folder / "m.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))

    @pytest.mark.usefixtures("index")
    def test_shards(self, folder, state, run):
        result = run("weights", "tiny.yaml", "m.safetensors.index.json")
        assert result.stdout == f"m.safetensors.index.json: all {len(state)} tensors fit\n"
        result = run(
            "build", "tiny.yaml", "--weights", "m.safetensors.index.json", "--export", "safetensors", "-o", "o"
        )
        assert "weights: those of m.safetensors.index.json" in result.stdout
        assert load_file(folder / "o" / "tiny.safetensors").keys() == state.keys()
        (folder / "b.safetensors").unlink()
        for command in (["weights", "tiny.yaml"], ["build", "tiny.yaml", "--weights"]):
            result = run(*command, "m.safetensors.index.json")
            assert result.exit_code == 1
            assert "needs `b.safetensors`, which is not beside it" in result.stderr

    def test_a_repository(self, folder, state, run, monkeypatch):
        hub = types.ModuleType("huggingface_hub")
        hub.snapshot_download = lambda name, **_: str(folder / "cached")
        monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
        (folder / "cached").mkdir()
        save_file(state, folder / "cached" / "model.safetensors")
        assert run("weights", "tiny.yaml", "hf://o/n").stdout == f"hf://o/n: all {len(state)} tensors fit\n"
        result = run("build", "tiny.yaml", "--weights", "hf://o/n")
        assert result.stdout.splitlines()[2] == f"hf://o/n: all {len(state)} tensors fit"
        monkeypatch.setitem(sys.modules, "huggingface_hub", None)
        result = run("weights", "tiny.yaml", "hf://o/n")
        assert (result.exit_code, 'pip install "archspec-nn[hub]"' in result.stderr) == (2, True)
        result = run("weights", "tiny.yaml", "hf://o")
        assert (result.exit_code, "is not of the form hf://OWNER/NAME" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", ["weights", "build"])
def test_without_arguments_a_command_says_what_it_lacks(command, run):
    result = run(command)
    assert result.exit_code == 2
    assert "SPEC" in result.stderr
