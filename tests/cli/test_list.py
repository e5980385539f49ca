from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

import archspec
from archspec.cli.list import command
from archspec.language import bundled_blocks, bundled_specs
from archspec.ops import OPS
from tests.cli.conftest import BLOCKS


def test_a_pattern_chooses_among_names_and_families(run):
    result = run("list", "resnet1*")
    assert result.exit_code == 0
    header, *rows = result.stdout.splitlines()
    assert header.split() == ["family", "spec", "params", "MACs", "equal", "reference"]
    assert [row.split()[1] for row in rows] == sorted(name for name in bundled_specs() if name.startswith("resnet1"))
    (row,) = (row for row in rows if " resnet18 " in row)
    assert row.split(None, 5) == [
        "resnet",
        "resnet18",
        "11,689,512",
        "1,814,073,344",
        "bit-equal",
        archspec.load("resnet18").reference,
    ]
    family = run("list", "mlp").stdout
    assert "mlp_residual" in family
    assert "\nmlp " in family, "the block"


def test_blocks_have_their_parameters(run):
    result = run("list", "bas*c")
    header, row = result.stdout.splitlines()
    assert header.split() == ["block", "parameters", "description"]
    assert row.startswith("basic  channels: int, hidden_channels=$channels, stride=1, groups=1, ")
    assert "shortcut=auto, drop_path=0.0, attention: layers  Two 3×3 convolutions" in row


@pytest.mark.parametrize("name", ["wav2vec2_base", "llama3_tiny"])
def test_a_formula_is_whole_or_says_what_it_depends_on(run, name):
    row = run("list", name).stdout.splitlines()[1]
    (entry,) = listed(run, name)
    macs = archspec.compile(name).macs
    assert entry["macs"] == str(macs)
    shown = f"{macs:,}" if len(f"{macs:,}") <= 40 else "depends on samples"
    assert f"  {shown}  " in row


def test_what_matches_nothing_is_a_mistake(run):
    result = run("list", "botleneck")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: no bundled spec or block, and no op, matches `botleneck`; did you mean `bottleneck`?\n"
    )
    assert run("list", "qqqq").stderr == "Error: no bundled spec or block, and no op, matches `qqqq`\n"


@pytest.mark.slow
def test_everything_bundled_is_listed(run):
    result = run("list")
    assert result.exit_code == 0
    specs, blocks, ops = result.stdout.split("\n\n")
    families = [line.split()[0] for line in specs.splitlines()[1:]]
    assert families == sorted(families)
    assert {line.split()[1] for line in specs.splitlines()[1:]} == set(bundled_specs())
    assert {line.split()[0] for line in blocks.splitlines()[1:]} == set(bundled_blocks())
    assert {line.split()[0] for line in ops.splitlines()[1:]} == set(OPS)


def listed(run, *arguments):
    result = run("list", *arguments, "--format", "json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["version"] == 1
    return found["entries"]


def names(run, *arguments):
    return [entry["name"] for entry in listed(run, *arguments)]


@pytest.mark.parametrize("pattern", ["resnet18", "ResNet18", "RESNET1[8]", "resNET/*18", "*NET18"])
def test_letters_may_be_large_or_small(pattern, run):
    assert names(run, pattern) == ["resnet18"]


def test_ops_are_found(run):
    (op,) = listed(run, "Conv")
    assert (op["kind"], op["name"]) == ("op", "conv")
    assert op["arguments"] == [
        *("channels", "kernel=1", "stride=1", "padding", "padding_mode=zeros", "dilation=1", "groups=1", "bias=true"),
        *("weight", "standardize", "weight_norm"),
    ]
    assert run("list", "conv").stdout.splitlines()[0].split() == ["op", "arguments", "description"]
    assert {entry["kind"] for entry in listed(run, "*conv*")} == {"spec", "block", "op"}
    assert {entry["kind"] for entry in listed(run, "*conv*", "--kind", "op", "--kind", "block")} == {"block", "op"}


def test_limits_and_sorting(run):
    found = listed(run, "resnet", "--max-params", "26M", "--sort", "params")
    params = [entry["params"] for entry in found]
    assert params == sorted(params)
    assert max(params) <= 26_000_000
    assert {entry["name"] for entry in found} >= {"resnet18", "resnet50"}
    assert "resnet101" not in names(run, "resnet", "--max-params", "26_000_000")
    assert names(run, "resnet", "--max-params", "26M", "--sort", "params", "--reverse") == [
        entry["name"] for entry in reversed(found)
    ]
    assert names(run, "resnet18", "--max-depth", "18") == ["resnet18"]
    assert names(run, "resnet18", "--max-depth", "17") == []
    graph = archspec.compile("resnet18")
    for key, number in (("macs", graph.macs), ("activations", graph.activations), ("params", graph.parameter_count)):
        assert names(run, "resnet18", f"--max-{key}", str(number)) == ["resnet18"]
        assert names(run, "resnet18", f"--max-{key}", f"{number - 1:,}") == []
    assert names(run, "basic", "--max-params", "1T") == [], "blocks have no parameters of their own"
    assert "nothing is of this kind and within these limits" in run("list", "rope", "--kind", "block").stderr
    assert "nothing is within these limits" in run("list", "resnet18", "--max-params", "1").stderr


@pytest.mark.parametrize(
    ("text", "number"), [("5", 5), ("5k", 5000), ("1.5M", 1_500_000), ("7B", 7 * 10**9), ("2 G", 2 * 10**9), ("0", 0)]
)
def test_amounts_have_units(text, number):
    (option,) = (option for option in command.params if option.name == "params")
    assert option.callback(None, option, text) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "5X", "1e", "5MB", "M", "½", "٣", "nan", "9" * 400])
def test_other_amounts_are_mistakes(text, run):
    assert run("list", "resnet18", "--max-params", text).exit_code == 2


def test_amounts_of_bytes():
    (option,) = (option for option in command.params if option.name == "activations")
    for text, number in (("5", 5), ("5B", 5), ("5MB", 5_000_000), ("1.5 kb", 1500), ("2G", 2 * 10**9)):
        assert option.callback(None, option, text) == number


def test_all_forms_tell_the_same(run):
    entries = listed(run, "resnet1*", "basic", "conv")
    rows = [*csv.DictReader(StringIO(run("list", "resnet1*", "basic", "conv", "--format", "csv").stdout))]
    assert [*rows[0]] == [*entries[0]]
    assert [row["name"] for row in rows] == [entry["name"] for entry in entries]
    assert [row["params"] for row in rows] == ["" if e["params"] is None else str(e["params"]) for e in entries]
    text = run("list", "resnet1*", "basic", "conv").stdout
    assert all(f"{entry['name']}  " in text for entry in entries)


class TestOwn:
    @pytest.fixture(autouse=True)
    def files(self, folder):
        (folder / "parts").mkdir()
        (folder / "parts" / "blocks.yaml").write_text(BLOCKS)
        (folder / "parts" / "open.yaml").write_text(
            (folder / "tiny.yaml").read_text().replace("[3, 8, 8]", "[3, H, W]")
        )
        (folder / "é ü.yaml").write_text((folder / "tiny.yaml").read_text())

    def test_a_folder_has_specs_and_blocks(self, run):
        found = {entry["name"]: entry for entry in listed(run, ".")}
        assert found.keys() == {"tiny.yaml", "broken.yaml", "é ü.yaml", "parts/open.yaml", "twice"}
        assert found["tiny.yaml"]["params"] == archspec.compile("tiny.yaml").parameter_count
        assert found["broken.yaml"]["params"] is None
        assert found["broken.yaml"]["error"] == "`conv` has no argument `kernal` and 1 more"
        assert isinstance(found["parts/open.yaml"]["macs"], str)
        assert (found["twice"]["kind"], found["twice"]["source"]) == ("block", "parts/blocks.yaml")
        text = run("list", ".").stdout
        assert "  error: `conv` has no argument `kernal`" in text
        assert "\nfile               block  parameters     description\n" in text

    def test_patterns_and_sorting_hold_there_too(self, run):
        assert names(run, ".", "TINY*") == ["tiny.yaml", "é ü.yaml", "parts/open.yaml"], "the name in the file"
        assert names(run, "parts", "twice") == ["twice"]
        assert names(run, "tiny.yaml", "parts/open.yaml", "--sort", "macs") == ["tiny.yaml", "parts/open.yaml"]
        assert names(run, ".", "--max-macs", "1G") == ["tiny.yaml", "é ü.yaml"]
        result = run("list", ".", "resnet*")
        assert (result.exit_code, result.stderr) == (2, "Error: no spec or block in `.` matches `resnet*`\n")

    @pytest.mark.parametrize("text", ["nowhere/", "nowhere.yaml", "git:HEAD"])
    def test_a_path_that_is_not_there_is_a_mistake(self, text, run):
        assert run("list", text).exit_code == 2

    @pytest.mark.parametrize("text", ["\x1b[31m", "", "[", "a\nb", "x" * 10_000])
    def test_a_hostile_pattern_finds_nothing(self, text, run):
        result = run("list", text)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "\x1b" not in result.stderr
