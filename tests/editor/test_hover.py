from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from archspec import resources
from archspec.editor import Workspace
from archspec.editor.hover import Hover, hover

SPECS = sorted(resources.specs_folder().rglob("*.yaml"))
SPEC = Path("/nowhere/spec.yaml")
TEXT = """\
archspec: 1
name: net
params: {width: {default: 8, type: int, min: 1, description: Channels of all.}}
input: [3, 32, 32]
norm: batch
act: {type: relu}
init: {conv: {weight: {kaiming_normal: {mode: fan_out}}}}
lint: {ignore: [A701]}
blocks:
  own:
    description: Mine.
    params: {channels: int, scale: $(2 * channels)}
    layers: [conv: {channels: $scale, name: c}, norm, act]
stem:
  - conv: {channels: '$(max(width, 4))', kernel: 3, name: first}
  - own: $width
  - own: {channels: $(2 * width)}
stages:
  - {name: deep, block: basic, depth: 2, channels: 16, stride: 2}
defaults: {own: {channels: 4}}
head:
  - residual: [act]
  - identity: {from: input}
  - identity: {from: deep}
  - add: [., deep]
  - global_pool
  - linear: 10
outputs: {logits: linear}
budget: {params: 1000000}
"""


def at(text: str, needle: str, skip: int = 0) -> Hover | None:
    """What is told where `needle` stands in a text."""
    workspace = Workspace()
    workspace.put(SPEC, text)
    return hover(workspace, SPEC, text.index(needle) + skip)


@pytest.mark.parametrize(
    ("needle", "skip", "name", "told"),
    [
        ("conv: {channels: '$(max", 0, "conv", ["Convolution over", "`kernel`", "- Input: 3 × 32 × 32", "8 × 32 × 32"]),
        ("conv: {channels: '$(max", 0, "conv", ["- Parameters: 224", "- Keys: `first.weight`, `first.bias`"]),
        (
            "conv: {channels: $scale",
            0,
            "conv",
            ["- 2 calls, from `own.c` to `own_2.c`", "Output: 16 × 32 × 32, 32"],
        ),
        ("kernel: 3", 0, "kernel", ["Kernel size", "default `1`"]),
        ("channels: '$(max", 0, "channels", ["Output channels", "Here: `8`"]),
        ("max(", 0, "max", ["function of expressions"]),
        ("width, 4", 0, "width", ["Channels of all", "Default: `8`", "At least 1", "Here: `8`"]),
        ("width: {default", 0, "width", ["parameter of the spec", "Values: `8`"]),
        ("scale: $(", 0, "scale", ["parameter of the block `own`", "`$(2 * channels)`", "Values: `16, 32`"]),
        ("$scale", 1, "scale", ["parameter of the block `own`", "Here: `16, 32`"]),
        ("own:\n", 0, "own", ["Mine", "Called 2 times", "```yaml\nown:\n  description: Mine.\n  params"]),
        ("own: $width", 0, "own", ["Mine", "At `own`", "Output: 16 × 32 × 32"]),
        ("channels: $(2 * width)", 0, "channels", ["parameter of the block `own`", "Here: `16`"]),
        ("basic", 0, "basic", ["bundled block", "attention", "```yaml\nbasic:", "At `deep`", "% of the network"]),
        ("deep", 0, "deep", ["At `deep`", "% of the network", "Output: 16 × 16 × 16"]),
        ("deep]", 0, "deep", ["Refers to `deep`: `stage`", "Shape: 16 × 16 × 16"]),
        ("linear}", 0, "linear", ["Refers to `linear`", "Shape: 10"]),
        ("logits", 0, "logits", ["output", "Shape: 10"]),
        ("first}", 0, "first", ["At `first`"]),
        ("batch", 0, "batch", ["type of `norm`"]),
        ("relu", 0, "relu", ["type of `act`"]),
        ("kaiming_normal", 0, "kaiming_normal", ["initializer", "`fan_in`"]),
        ("A701", 0, "A701", ["**A701**"]),
        ("channels: 4}", 0, "channels", ["parameter of the block `own`"]),
        ("residual:", 0, "residual", ["Join the output", "Input: 16 × 16 × 16", "Output: 16 × 16 × 16"]),
        ("input}", 0, "input", ["Refers to `input`", "Shape: 3 × 32 × 32"]),
        ("stem", 0, "stem", ["Nodes before the stages"]),
        ("budget", 0, "budget", ["Limits that validation enforces"]),
        ("params: 1000000", 0, "params", ["Trainable values"]),
        ("default: 8", 0, "default", ["Default value"]),
        ("depth", 0, "depth", ["Number of blocks"]),
    ],
)
def test_what_is_told_of_words(needle: str, skip: int, name: str, told: list[str]) -> None:
    found = at(TEXT, needle, skip)
    assert found is not None
    assert TEXT[found.range.start : found.range.end] == name
    assert [text for text in told if text not in found.text] == []


@pytest.mark.parametrize("needle", ["32, 32]", "[A701]", ", depth"])
def test_of_much_there_is_nothing_to_tell(needle: str) -> None:
    assert at(TEXT, needle, 1 if needle.startswith(",") else 0) is None


def test_bases_and_included_files_are_described(tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text("archspec: 1\nblocks:\n  b: {layers: [act]}\n")
    text = "archspec: 1\nextends: resnet18\ninclude: [./blocks.yaml]\n"
    workspace, path = Workspace(), tmp_path / "spec.yaml"
    workspace.put(path, text)
    base, included = (hover(workspace, path, text.index(name)) for name in ("resnet18", "./blocks"))
    assert base is not None
    assert "He et al" in base.text
    assert included is not None
    assert "Blocks: `b`" in included.text


HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert)",
    "![x](http://evil.example/x.png)",
    "``` </code> `x` ~~~",
    "# head",
    "- item",
    "1. item",
    "---",
    "=====",
    "    code",
    "a\n\n<b>b</b>\n\n# c",
    "&lt;&#60; **bold** _it_ | x | http://evil.example a@evil.example",
    "> quote",
    "\u202etext \x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_wrote_stays_text(text: str) -> None:
    import json

    quoted = json.dumps(text)
    spec = (
        f"archspec: 1\ninput: [3, 8, 8]\nact: relu\n"
        f"params: {{p: {{default: {quoted}, type: str, description: {quoted}, choices: [{quoted}]}}}}\n"
        f"blocks:\n  own:\n    description: {quoted}\n"
        f"    params: {{q: {{default: {quoted}, description: {quoted}}}}}\n    layers: [act]\nlayers: [own: $p]\n"
    )
    workspace = Workspace()
    workspace.put(SPEC, spec)
    for needle in ("p: {default", "own:\n", "q: {default", "own: $p", "$p"):
        found = hover(workspace, SPEC, spec.index(needle) + needle.startswith("$"))
        if found is None:
            # control characters make no spec
            assert "\x1b" in text
            continue
        html = MarkdownIt("js-default", {"html": True, "linkify": False}).render(found.text)
        tags = set(re.findall(r"</?([a-z0-9]+)", re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)))
        assert tags <= {"p", "strong", "ul", "li", "pre", "code"}
        assert "\u202e" not in found.text


def test_what_was_known_stays_while_a_text_is_broken() -> None:
    workspace = Workspace()
    workspace.put(SPEC, TEXT)
    workspace.analysis(SPEC)
    broken = TEXT.replace("stages:\n", "  - {conv: [\nstages:\n")
    workspace.put(SPEC, broken)
    found = hover(workspace, SPEC, broken.index("deep"))
    assert found is not None
    assert broken[found.range.start : found.range.end] == "deep"
    assert "Output: 16 × 16 × 16" in found.text


def test_what_is_wrong_has_its_page_nevertheless() -> None:
    workspace = Workspace()
    text = TEXT.replace("- linear: 10", "- linear: 10\n  - conv: {channels: $none, kernel: 3}")
    workspace.put(SPEC, text)
    found = hover(workspace, SPEC, text.index("conv: {channels: $none"))
    assert found is not None
    assert "Convolution over" in found.text


ANY = ["", "\ufeff", "x", ": ", "archspec: 1", "- a\n- b", "layers: [conv: ", "\t", "😀: 😀", "extends: '\\0'\n"]


@pytest.mark.parametrize("text", ANY)
def test_any_text_is_answered(text: str) -> None:
    workspace = Workspace()
    workspace.put(SPEC, text)
    for offset in range(len(text) + 1):
        hover(workspace, SPEC, offset)


def test_columns_of_wide_characters_and_line_breaks() -> None:
    text = "\ufeff" + TEXT.replace("Mine.", "😀😀 Mine.").replace("\n", "\r\n")
    found = at(text, "deep")
    assert found is not None
    assert text[found.range.start : found.range.end] == "deep"


@pytest.mark.parametrize("path", SPECS[::9], ids=lambda path: path.stem)
def test_no_place_harms(path: Path) -> None:
    """Each answer lies around the place that was asked about, and holds something."""
    path = path.resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    workspace.put(path, text)
    for offset in range(0, len(text) + 1, 3):
        found = hover(workspace, path, offset)
        if found is not None:
            assert 0 <= found.range.start <= offset <= found.range.end <= len(text)
            assert found.text


@pytest.mark.parametrize("seed", range(12))
def test_no_edit_harms(seed: int) -> None:
    draw = random.Random(seed)
    path = draw.choice(SPECS).resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    for _ in range(12):
        workspace.put(path, text)
        for offset in [draw.randrange(len(text) + 1) for _ in range(30)] + [len(text)]:
            found = hover(workspace, path, offset)
            assert found is None or 0 <= found.range.start <= offset <= found.range.end <= len(text)
        at = draw.randrange(len(text) + 1)
        text = (
            text[:at] + draw.choice(["", "\n", "[", "$(", "😀", "- act\n", ": ", "\t"]) + text[at + draw.randrange(3) :]
        )
