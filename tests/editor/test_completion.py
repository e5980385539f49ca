"""What is offered fits: a law over bundled specs, and a table of situations."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archspec.editor import Workspace
from archspec.editor.completion import Completion, completions
from archspec.editor.scan import scan
from archspec.editor.text import Text
from archspec.language.bundled_files import bundled_specs

HEAD = "archspec: 1\ninput: [3, 8, 8]\nnorm: batch\nact: relu\n"
AMISS = {"A201", "A301", "A302", "A303"}


def offered(text: str) -> dict[str, Completion]:
    """What is offered at the `|` in a text, whose lines before were there already."""
    workspace, path, offset = Workspace(), Path("/nowhere/spec.yaml"), text.index("|")
    workspace.put(path, text[: text.rfind("\n", 0, offset) + 1] + "\n")
    workspace.analysis(path)
    workspace.put(path, text.replace("|", "", 1))
    return {one.label: one for one in completions(workspace, path, offset)}


SITUATIONS = {
    "|": {"archspec", "input", "layers"},
    HEAD + "|\n": {"layers", "stages", "budget"},
    HEAD.replace("batch", "|"): {"batch", "group"},
    HEAD + "layers:\n  - |": {"conv", "residual", "bottleneck"},
    HEAD + "layers:\n  |": {"conv", "residual"},
    HEAD + "layers: [act, |]": {"conv", "residual"},
    HEAD + "layers:\r\n  - conv: {channels: 8, ker|": {"kernel", "stride"},
    HEAD + "layers:\n  - conv:\n      name: 😀\n      |": {"kernel", "channels"},
    "\ufeff" + HEAD + "stages:\n  - {block: basic, |}": {"channels", "depth", "attention"},
    HEAD + "stages:\n  - block: |": {"basic", "bottleneck"},
    HEAD + "params: {wide: 8}\nlayers:\n  - conv: {channels: $|}": {"wide", "in_channels"},
    HEAD + "params: {wide: 8}\nlayers:\n  - conv: {channels: $(ma|": {"wide", "max"},
    HEAD + "layers:\n  - conv: {name: c1}\n  - add: [., |]": {"c1", "input"},
    HEAD + "layers:\n  - conv: {bias: |}": {"true", "false"},
    HEAD + "layers:\n  - residual: {merge: |": {"add", "mul", "concat"},
    HEAD + "layers:\n  - linear: {init: {weight: |": {"zeros", "kaiming_normal"},
    "archspec: 1\nextends: |": {"resnet50"},
    HEAD + "lint: {ignore: [|]}": {"A701"},
    HEAD + "blocks:\n  own: {params: {deep: 3}, layers: [act]}\nlayers: [own: {|}]": {"deep", "name"},
}


@pytest.mark.parametrize("text", SITUATIONS)
def test_what_fits_is_offered(text: str) -> None:
    assert offered(text).keys() >= SITUATIONS[text]


@pytest.mark.parametrize(
    "text", ["a: 1 # |", "name: a |", HEAD + "layers:\n  - conv: {a: 1} |", HEAD + "layers:\n  - conv: 8\n      |", "{"]
)
def test_where_nothing_fits_nothing_is_offered(text: str) -> None:
    assert "|" not in text or not offered(text)


def test_arguments_that_are_given_are_not_offered() -> None:
    assert not {"kernel", "channels"} & offered(HEAD + "layers:\n  - conv: {channels: 8, |, kernel: 3}").keys()
    assert not {"input", "inputs", "norm"} & offered(HEAD + "|\n").keys()


NAMES = random.Random(1).sample(sorted(bundled_specs()), 12)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_offered_fits(name: str, tmp_path: Path) -> None:
    """Put in the place of what stands there, it is no key, op, block or name that is unknown."""
    draw, text = random.Random(name), bundled_specs()[name].read_text("utf-8")
    workspace, path = Workspace(), tmp_path / "spec.yaml"
    workspace.put(path, text)
    for _ in range(6):
        offset = draw.randrange(len(text))
        found = completions(workspace, path, offset)
        for one in draw.sample(found, min(4, len(found))):
            changed = text[: one.range.start] + one.text + text[one.range.end :]
            other = Workspace()
            other.put(path, changed)
            analysis = other.analysis(path)
            after = range(one.range.start, one.range.start + len(one.text) + 1)
            amiss = [
                finding
                for finding in analysis.findings
                if finding.code in AMISS
                and finding.span is not None
                and finding.span.source is analysis.source
                and analysis.text.range(finding.span).start in after
            ]
            assert not amiss, (one, amiss, changed[max(one.range.start - 80, 0) : one.range.end + 80])


def test_no_text_is_too_strange() -> None:
    draw = random.Random(2)
    workspace, path = Workspace(), Path("/nowhere/spec.yaml")
    specs = [bundled_specs()[name].read_text("utf-8") for name in NAMES[:4]]
    for _ in range(60):
        text = draw.choice(specs)
        start = draw.randrange(len(text))
        text = (
            text[:start]
            + draw.choice(["{", "]", '"', "'", "\t", "😀", "\r\n", "- ", ": ", "$(", "#", "|\n"])
            + text[start + draw.randrange(9) :]
        )
        workspace.put(path, text)
        for _ in range(3):
            offset = draw.randrange(len(text) + 1)
            spot = scan(Text(text), offset)
            assert spot is None or (spot.range.has(offset) and len(spot.around) == len(spot.path) + 1)
            completions(workspace, path, offset)
