from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.language import bundled_specs

pytestmark = pytest.mark.usefixtures("folder")

HERE = Path(__file__).parent


@pytest.fixture
def wider(folder):
    """A second spec: another norm, a wider second stage, a block more in the first."""
    text = (folder / "tiny.yaml").read_text()
    for old, new in (("norm: batch", "norm: layer"), ("[8, 16]", "[8, 24]"), ("depth: 2", "depth: 3")):
        assert old in text
        text = text.replace(old, new)
    (folder / "wider.yaml").write_text(text)
    return folder / "wider.yaml"


def test_the_text_is_the_plain_one_under_the_names_that_were_typed(wider, run):
    result = run("diff", "tiny.yaml", "wider.yaml")
    assert result.exit_code == 0
    first, rest = result.stdout.split("\n", 1)
    plain = str(archspec.diff(archspec.compile("tiny.yaml"), archspec.compile("wider.yaml")))
    assert first == "tiny.yaml → wider.yaml"
    assert f"tiny → tiny\n{rest}" == f"{plain}\n"
    assert "+  basic     layer1.2" in rest
    assert "norm × 8  everywhere" in rest


def test_colours_tell_what_is_new_and_what_is_gone(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = run("diff", "resnet18", "resnet34").stdout.splitlines()
    assert any(line.startswith("\x1b[32m+  basic") for line in lines)
    assert any(line.startswith("\x1b[33m~  layer1") for line in lines)


@pytest.mark.parametrize("form", ["text", "md", "json"])
def test_one_architecture_written_in_two_ways(form, folder, run):
    text = (folder / "tiny.yaml").read_text()
    same = text.replace("name: tiny", "name: other").replace(
        "kernel: 3, bias: false", "bias: false, padding: 1, kernel: 3"
    )
    assert same != text
    (folder / "same.yaml").write_text(f"# a comment\n{same}")
    result = run("diff", "tiny.yaml", "same.yaml", "--format", form, "--exit-code")
    assert result.exit_code == 0
    if form == "json":
        found = json.loads(result.stdout)
        assert found["same"]
        assert found["changes"] == found["parts"] == []
    else:
        assert "the same architecture" in result.stdout.lower()


def test_json_tells_everything_one_by_one(wider, run):
    found = json.loads(run("diff", "tiny.yaml", "wider.yaml", "--format", "json").stdout)
    before, after = archspec.compile("tiny.yaml"), archspec.compile("wider.yaml")
    assert found["version"] == 1
    assert not found["same"]
    for side, spec, graph in (("before", "tiny.yaml", before), ("after", "wider.yaml", after)):
        assert (found[side]["spec"], found[side]["name"]) == (spec, "tiny")
        assert found[side]["fingerprint"] == graph.fingerprint
        assert found[side]["params"] == graph.parameter_count
        assert found[side]["macs"] == graph.macs
        assert found[side]["inputs"] == {"input": [3, 8, 8]}
        assert found[side]["outputs"] == {"output": [3]}
    assert found["parts"][0] == {
        "before": {"path": "layer1", "op": "stage", "shape": [8, 8, 8], "params": 2368, "macs": 147456, "times": 1},
        "after": {"path": "layer1", "op": "stage", "shape": [8, 8, 8], "params": 3552, "macs": 221184, "times": 1},
    }
    norms, block, *_ = found["changes"]
    assert (norms["kind"], norms["what"], norms["everywhere"]) == ("changed", "norm", True)
    assert len(norms["before"]) == len(norms["after"]) == 8
    assert norms["fields"] == {"type": {"before": "batch", "after": "layer"}}
    assert (block["kind"], block["what"], block["before"], block["after"]) == ("added", "basic", [], ["layer1.2"])
    assert block["params"] == {"before": 0, "after": 1184}
    keys = found["keys"]
    assert keys["loads"] == "partially"
    one, two = (dict(graph.weights()) for graph in (before, after))
    assert sorted([*keys["survive"], *keys["reshaped"], *keys["vanish"]]) == sorted(one)
    assert sorted([*keys["survive"], *keys["reshaped"], *keys["appear"]]) == sorted(two)
    assert keys["reshaped"]["fc.weight"] == {"before": [3, 16], "after": [3, 24]}


def test_symbolic_sizes_are_texts_in_json(folder, run):
    text = (folder / "tiny.yaml").read_text()
    (folder / "symbolic.yaml").write_text(text.replace("[3, 8, 8]", "[3, H, W]"))
    found = json.loads(run("diff", "tiny.yaml", "symbolic.yaml", "--format", "json").stdout)
    assert found["after"]["inputs"] == {"input": [3, "H", "W"]}
    assert found["keys"]["loads"] == "strictly"
    assert found["changes"][0]["fields"] == {"shape": {"before": [3, 8, 8], "after": [3, "H", "W"]}}


def test_markdown(wider, run, golden):
    golden(HERE / "diff.md", run("diff", "tiny.yaml", "wider.yaml", "--format", "md").stdout)


def test_markdown_is_short_enough_for_a_comment(folder, run):
    convs = ({"channels": n % 7 + 1, "kernel": 3, "name": f"a_rather_long_name_{n}"} for n in range(900))
    nodes = "\n".join(f"  - conv: {json.dumps(conv)}" for conv in convs)
    head = "archspec: 1\nname: long\ninput: [3, 8, 8]\nlayers:\n"
    (folder / "long.yaml").write_text(head + nodes)
    (folder / "other.yaml").write_text(head + nodes.replace('"kernel": 3', '"kernel": 1').replace("a_rather", "no_so"))
    text = run("diff", "long.yaml", "other.yaml", "--format", "md").stdout
    assert len(text) < 65_536
    assert "more |" in text


def test_markdown_keeps_what_a_spec_says_from_being_markup(folder, run):
    layers = "layers:\n  - rearrange: {pattern: 'PATTERN'}\n"
    head = "archspec: 1\nname: x\ninput: {channels: 4, size: [4], layout: channels_last}\n"
    (folder / "a.yaml").write_text(head + layers.replace("PATTERN", "n l c -> n c l"))
    (folder / "b.yaml").write_text(head + layers.replace("PATTERN", "n l c  ->  n (l  c)"))
    lines = run("diff", "a.yaml", "b.yaml", "--format", "md").stdout.splitlines()
    (row,) = (line for line in lines if "pattern:" in line)
    assert "`pattern: n l c -> n c l → n l c  ->  n (l  c)`" in row


@pytest.mark.parametrize(("specs", "code"), [(("tiny.yaml", "wider.yaml"), 1), (("tiny.yaml", "tiny.yaml"), 0)])
def test_the_exit_code_says_whether_they_differ_if_it_is_asked_to(specs, code, wider, run):
    assert run("diff", *specs, "--exit-code").exit_code == code
    assert run("diff", *specs).exit_code == 0


class TestParameters:
    def test_of_both(self, run):
        assert "the same architecture" in run("diff", "tiny.yaml", "tiny.yaml", "-p", "classes=7").stdout

    def test_of_one(self, run):
        result = run("diff", "tiny.yaml", "tiny.yaml", "-p", "classes=7", "--param-b", "classes=8")
        assert result.stdout.startswith("tiny.yaml (classes=7) → tiny.yaml (classes=8)\n")
        assert "~  linear  fc  features: 7 → 8" in result.stdout
        result = run("diff", "tiny.yaml", "tiny.yaml", "--param-a", "classes=8")
        assert "features: 8 → 3" in result.stdout

    def test_that_one_of_both_lacks(self, run):
        result = run("diff", "tiny.yaml", "resnet18", "-p", "widths=[8, 8]")
        assert result.exit_code == 2
        assert result.stderr == (
            "Error: `resnet18` has no parameter `widths`; its parameters are `classes`; "
            "use `--param-a` or `--param-b` to set a parameter of one spec\n"
        )
        assert run("diff", "tiny.yaml", "resnet18", "--param-a", "widths=[8, 8]").exit_code == 0


def test_an_input_size_is_that_of_both(run):
    found = json.loads(run("diff", "tiny.yaml", "resnet18", "--input-size", "64", "--format", "json").stdout)
    assert found["before"]["inputs"] == found["after"]["inputs"] == {"input": [3, 64, 64]}


def test_a_plugin(folder, run, monkeypatch):
    (folder / "some_plugin.py").write_text("raise RuntimeError('loaded')\n")
    monkeypatch.syspath_prepend(folder)
    assert "loaded" in run("diff", "tiny.yaml", "tiny.yaml", "--plugin", "some_plugin").stderr


@pytest.mark.parametrize(
    ("specs", "code", "message"),
    [
        (("tiny.yaml", "tny.yaml"), 2, "there is no file `tny.yaml`; did you mean `tiny.yaml`?"),
        (("resnet81", "tiny.yaml"), 2, "there is no file or bundled spec `resnet81`; did you mean `resnet18`?"),
        (("tiny.yaml", "broken.yaml"), 1, "broken.yaml:5:25: error[A201]: `conv` has no argument `kernal`"),
        (("tiny.yaml",), 2, "Missing argument 'B'"),
    ],
)
def test_what_cannot_be_compared_is_a_mistake(specs, code, message, run):
    result = run("diff", *specs)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


def test_all_names_of_the_bundled_specs_will_do(run):
    first, *_, last = sorted(bundled_specs())
    assert run("diff", first, last).exit_code == 0


@pytest.mark.parametrize("form", ["svg", "html"])
def test_both_networks_as_one_picture(run, form):
    result = run("diff", "resnet18", "resnet34", "--format", form, "--exit-code")
    assert result.exit_code == 1
    assert "resnet18 → resnet34" in result.stdout
    assert result.stdout.count("</svg>") == 1


def test_a_picture_of_folders_is_refused(run, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "net.yaml").write_text("archspec: 1\ninput: [3]\nlayers: [linear: 2]\n", encoding="utf-8")
    result = run("diff", str(tmp_path / "a"), str(tmp_path / "b"), "--format", "svg")
    assert result.exit_code == 2
    assert "two networks" in result.stderr
