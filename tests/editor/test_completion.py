"""What is offered fits: a law over bundled specs, and a table of situations."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.diagnostics import Span
from archspec.editor import Workspace
from archspec.editor.analysis import Analysis
from archspec.editor.completion import Completion, completions
from archspec.editor.expressions import words
from archspec.editor.scan import scan
from archspec.editor.text import Text
from archspec.language.bundled_files import bundled_specs
from archspec.source import Mapping, Sequence, Tree

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
    HEAD + "blocks:\n  own: {params: {body: layers}, layers: [|]}": {"slot", "stage"},
    HEAD + "blocks:\n  own: {params: {body: layers, c: 8}, layers: [slot: |]}": {"body"},
    HEAD + "layers:\n  - conv: {name: c1}\n  - |": {"reuse", "stage"},
    HEAD + "layers:\n  - conv: {name: c1}\n  - reuse: |": {"c1"},
    HEAD + "layers:\n  - conv: {name: c1}\n  - reuse: {of: |}": {"c1"},
    HEAD + "layers:\n  - stage: {block: |": {"basic"},
    HEAD + "layers:\n  - stage: {block: basic, |": {"channels", "depth"},
    HEAD + "layers:\n  - stage:\n      block: basic\n      first: {|}": {"channels", "attention"},
    HEAD + "layers:\n  - seq: {name: a, layers: [conv: {name: b}]}\n  - add: [., a.|]": {"a.b"},
    HEAD + "params: {wide: 8, deep: $|}": {"wide"},
    HEAD + "params: {wide: 8, deep: true}\nlayers:\n  - conv: |": {"$wide", "$in_channels"},
    HEAD + "blocks:\n  own: {params: {to: ref}, layers: [add: [., |]]}": {"$to", "input", "."},
    "archspec: 1\nextends: resnet50\nstages:\n  layer3: {|}": {"depth", "hidden_channels"},
    "archspec: 1\nextends: resnet50\nstages: {|}": {"layer1", "layer4"},
    "archspec: 1\nextends: resnet50\nhead: {|}": {"fc"},
    "archspec: 1\nextends: resnet50\nhead:\n  fc:\n    |": {"features", "bias"},
    "archspec: 1\nextends: resnet50\nhead: {fc: [|]}": {"dropout", "linear"},
    "archspec: 1\nextends: resnet50\nparams: {|}": {"classes"},
    HEAD + "layers:\n  - conv: {|: 3, kernel: 1}": {"channels", "stride"},
    HEAD + "layers:\n  - |: 3": {"conv", "linear"},
    HEAD.replace("norm:", "|:"): {"norm"},
}

UNFIT = {
    HEAD + "params: {wide: 8, deep: true, s: abc}\nlayers:\n  - conv: |": {"$deep", "$s"},
    HEAD + "params: {wide: 8, deep: true}\nlayers:\n  - conv: {bias: $|": {"wide"},
    HEAD + "blocks:\n  own: {params: {to: ref, body: layers, n: 8}, layers: [conv: |]}": {"$to", "$body"},
    HEAD + "blocks:\n  own: {params: {to: ref, n: 8}, layers: [add: [., |]]}": {"$n"},
    HEAD + "params: {wide: 8, deep: $|, more: 3}": {"more", "deep", "in_channels"},
    HEAD + "inputs: {a: [$|]}": {"index", "in_channels"},
    HEAD + "layers:\n  - |": {"reuse", "slot"},
    HEAD + "layers:\n  - conv: {name: c1}\n  - act: {name: a1}\n  - linear: {tie: |}": {"a1", "."},
    HEAD + "layers:\n  - conv: {name: c1}\n  - reuse: |": {"input", "."},
}


@pytest.mark.parametrize("text", UNFIT)
def test_what_does_not_fit_is_not_offered(text: str) -> None:
    assert not UNFIT[text] & offered(text).keys()


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


OWN = ("description", "reference", "name", "archspec", "weights", "$schema")


def reason(path: tuple[str | int, ...], is_key: bool, text: str) -> str | None:
    """Why what stands at a path cannot be offered: it is new there."""
    if path[0] in OWN or path[-1] == "description":
        return "of one's own"
    if is_key:
        around = path[:-1]
        defines = around in (("params",), ("blocks",), ("outputs",), ("inputs",))
        defines |= around[-1:] in (("params",), ("parts",), ("split",))
        return "a new name" if defines or "rearrange" in around or "einsum" in around else None
    key = next(step for step in reversed(path) if isinstance(step, str))
    if key in ("name", "names", "as", "split", "parts") or path[0] in ("inputs", "input"):
        return "a new name"
    if key == "channels" and ("rearrange" in path or "einsum" in path):
        return "an axis of a pattern"
    if " " in text or key in ("rearrange", "einsum", "pattern", "equation") or "einsum" in path:
        return "a pattern"
    if path[0] in ("params",) or "params" in path:
        return "a value of one's own"
    return "a number" if re.fullmatch(r"[-+\d.e_]+|null", text) and text != "." else None


def parts(tree: Tree, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Span, bool]]:
    """Every key and scalar, with the path to it."""
    if isinstance(tree, Mapping):
        for key, value in tree.entries.items():
            yield (*path, key), tree.keys[key], True
            yield from parts(value, (*path, key))
    elif isinstance(tree, Sequence):
        for number, item in enumerate(tree.items):
            yield from parts(item, (*path, number))
    else:
        yield path, tree.span, False


def holes(analysis: Analysis) -> Iterator[tuple[int, int]]:
    """From where to where each word stands that can be offered: keys, values, names in expressions."""
    text = analysis.text.text
    assert analysis.tree is not None
    for path, span, is_key in parts(analysis.tree):
        start, end = analysis.text.range(span)
        quoted = text[start : start + 1] in ("'", '"')
        start, end = start + quoted, end - quoted
        if span.source is not analysis.source or span.line != span.end_line:
            continue
        if not is_key and "$" in text[start:end] and path[0] not in ("description", "reference"):
            for one in words(text[start:end]):
                # what a list or a file counts with is named in the expression alone
                if one.kind in ("variable", "function") and f" for {one.text} in" not in text[start:end]:
                    yield start + one.start, start + one.end
        elif reason(path, is_key, text[start:end]) is None:
            yield start, end


@pytest.mark.parametrize("name", random.Random(3).sample(sorted(bundled_specs()), 60))
def test_what_stands_somewhere_would_be_offered_there(name: str) -> None:
    """All but what is new at its place: names that are given, numbers, patterns, texts."""
    path = bundled_specs()[name]
    text, workspace = path.read_text("utf-8"), Workspace()
    workspace.put(path, text)
    found = [*holes(workspace.analysis(path))]
    for start, end in random.Random(name).sample(found, min(6, len(found))):
        assert any(is_offered(workspace, path, text, start, end, sign) for sign in "./"), text[start - 40 : end + 20]


def is_offered(workspace: Workspace, path: Path, text: str, start: int, end: int, sign: str) -> bool:
    """Whether what stands there is offered where it is taken out; of a path of files or modules, each step after the
    one before."""
    typed = ""
    while True:
        workspace.put(path, text)
        workspace.analysis(path)
        workspace.put(path, text[:start] + typed + text[end:])
        labels = {one.label.removeprefix("./") for one in completions(workspace, path, start + len(typed))}
        whole = text[start:end].removeprefix("./")
        if whole in labels:
            return True
        steps = [label for label in labels if whole.startswith(label.rstrip("/") + sign) and len(label) > len(typed)]
        if not steps:
            return False
        typed = max(steps, key=len).rstrip("/") + sign


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
