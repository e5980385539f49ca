"""A value that an extending file sets is blamed there, and what is installed is never the only place of a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics.formats import FORMATS, Findings, Style

_BASE = """\
archspec: 1
input: [4, 32, 32]
norm: batch
params: {width: 8, k: 3}
blocks:
  own: {params: {c: int, h: $(c // 1)}, layers: [conv: $h, conv: {channels: $c, groups: 4}]}
layers:
  - own: $width
  - conv: {name: a, channels: 8, kernel: $k}
  - max_pool: 2
  - max_pool: 2
  - upsample: 4
  - add: [., a]
"""

CASES = [
    # what extends, the code, and what is underlined in it
    ("extends: resnet50\nstages: {layer4: {shortcut: identity}}", "A411", "identity"),
    ("extends: resnet50\nstages: {layer2: {groups: 7}}", "A404", "7"),
    ("extends: resnext50_32x4d\nstages: {layer3: {hidden_channels: 65}}", "A404", "65"),
    ("extends: resnet50\nnorm: {type: group, groups: 7}", "A404", "{type: group, groups: 7}"),
    ("extends: resnet50\nstages: {layer1: {norm: {type: group, groups: 7}}}", "A404", "{type: group, groups: 7}"),
    ("extends: vgg16\nparams: {classes: 0}", "A203", "0"),
    ("extends: vgg16\ninput: [3, 16, 16]", "A403", "[3, 16, 16]"),
    ("extends: vgg16\ninput: [3]", "A402", "[3]"),
    ("extends: ./base.yaml\nparams: {width: 6}", "A404", "6"),
    ("extends: ./base.yaml\nparams: {width: ten}", "A204", "ten"),
    ("extends: ./base.yaml\nparams: {k: 2}", "A406", "2"),
    ("extends: ./base.yaml\ninput: [4]", "A402", "[4]"),
    ("extends: ./middle.yaml\nparams: {width: 6}", "A404", "6"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "blamed"), CASES)
def test_a_value_that_does_not_fit_the_base_is_blamed_where_it_is_set(
    text: str, code: str, blamed: str, tmp_path: Path
) -> None:
    (tmp_path / "base.yaml").write_text(_BASE)
    (tmp_path / "middle.yaml").write_text("archspec: 1\nextends: ./base.yaml\nname: middle\n")
    path = tmp_path / "main.yaml"
    path.write_text(f"archspec: 1\nname: main\n{text}\n")
    found = [d for d in archspec.validate(path) if d.severity == "error"]
    assert {d.code for d in found} == {code}
    for error in found:
        assert error.span is not None
        assert (error.span.source.path, error.span.text) == (path, blamed), error
        assert [r for r in error.related if r.span.source is not error.span.source], "the place in the base is shown"


def test_a_base_with_a_mistake_of_its_own_is_blamed(tmp_path: Path) -> None:
    """The file at hand is shown beside it, whatever it sets that has nothing to do with the mistake."""
    (tmp_path / "base.yaml").write_text(_BASE.replace("max_pool: 2\n  - up", "max_pool: 3\n  - up"))
    path = tmp_path / "main.yaml"
    path.write_text("archspec: 1\nextends: ./base.yaml\nparams: {width: 12}\n")
    (error,) = archspec.validate(path)
    assert error.span is not None
    assert (Path(error.span.source.name).name, error.span.line) == ("base.yaml", 13)
    assert (error.related[-1].span.source.path, error.related[-1].label) == (path, "extended here")


def test_who_includes_a_mistake_is_shown(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text("archspec: 1\nblocks: {own: {layers: [covn: 8]}}\n")
    (tmp_path / "blocks.yaml").write_text("archspec: 1\ninclude: [inner.yaml]\nblocks: {other: {layers: [own]}}\n")
    path = tmp_path / "main.yaml"
    path.write_text("archspec: 1\ninclude: [blocks.yaml]\ninput: [4]\nlayers: [linear]\n")
    (error,) = archspec.validate(path)
    places = [(Path(r.span.source.name).name, r.span.text, r.label) for r in error.related]
    assert places == [
        ("blocks.yaml", "inner.yaml", "included here"), ("main.yaml", "blocks.yaml", "included here"),
    ]  # fmt: skip


_BUNDLED = ["resnet50", "resnext50_32x4d", "vgg16", "vit_b_16", "unet", "densenet121", "mobilenet_v2", "convnext_tiny"]
_OVERRIDES = [
    "input: [3, 5, 7]",
    "input: [3]",
    "input: {vocab: 9, length: 4}",
    "norm: {type: group, groups: 31}",
    "act: relu\nnorm: none\ninput: [1, 2]",
    "defaults: {conv: {groups: 7}}",
    "blocks: {bottleneck: {params: {channels: int}, layers: [conv: 3]}}",
]


@pytest.mark.parametrize("override", _OVERRIDES)
def test_annotations_are_in_files_that_the_repository_has(
    override: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with whatever base: no format that a platform reads points into the installed package."""
    monkeypatch.chdir(tmp_path)
    found = []
    for name in (name for name in _BUNDLED if name in archspec.language.bundled_specs()):
        path = Path(f"{name}_over.yaml")
        path.write_text(f"archspec: 1\nextends: {name}\n{override}\n")
        found += archspec.validate(path)
    assert any(d.severity == "error" for d in found)
    findings = Findings((), tuple(found))
    reports = {name: FORMATS[name](findings, Style()) for name in ("sarif", "gitlab", "github", "json", "text")}
    (run,) = json.loads(reports["sarif"])["runs"]
    files = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    files += [issue["location"]["path"] for issue in json.loads(reports["gitlab"])]
    files += [line.split("file=")[1].split(",")[0] for line in reports["github"].splitlines()[:-1]]
    files += [one["location"]["file"] for one in json.loads(reports["json"])["findings"]]
    assert {file for file in files if not Path(file).is_file()} == set()
    for result in run["results"]:
        for place in result.get("relatedLocations", []):
            artifact = place["physicalLocation"]["artifactLocation"]
            assert (artifact["uriBaseId"] == "ARCHSPEC") != Path(artifact["uri"]).is_file()


def test_every_place_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "main.yaml"
    path.write_text("archspec: 1\nextends: resnet50\nnorm: {type: group, groups: 7}\n")
    (error,) = [d for d in archspec.validate(path) if d.severity == "error"][:1]
    places = [error.span, *(r.span for r in error.related)]
    assert len(set(places)) == len(places)
