from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from archspec import resources
from archspec.diagnostics import Span
from archspec.editor import Range, Workspace
from archspec.editor.hints import Hint, hints
from archspec.editor.shapes import runs
from archspec.editor.values import computed, nodes_in
from archspec.graph import Node
from archspec.types.tensor import shape_text

SPECS = sorted(resources.specs_folder().rglob("*.yaml"))


def told(text: str, path: Path = Path("/nowhere/spec.yaml")) -> list[str]:
    """Each line of a text with its hints."""
    workspace = Workspace()
    workspace.put(path, text)
    return beside(text, hints(workspace, path, Range(0, len(text))))


def beside(text: str, found: tuple[Hint, ...]) -> list[str]:
    """The hints where they stand in the text, by line."""
    for hint in reversed(found):
        text = f"{text[: hint.offset]}‹{hint.text}›{text[hint.offset :]}"
    return text.splitlines()


HEAD = "archspec: 1\ninput: [3, 32, 32]\nnorm: batch\nact: relu\n"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        # a shape at the end of the line, behind what else stands there
        ("layers:\n  - conv: {channels: 8}\n", "  - conv: {channels: 8}‹8 × 32 × 32›"),
        ("layers:\n  - conv: 8  # wide\n", "  - conv: 8  # wide‹8 × 32 × 32›"),
        ("layers:\n  - conv:\n      channels: 8\n", "  - conv:‹8 × 32 × 32›"),
        # several nodes in one line
        ("layers: [conv: 8, act]\n", "layers: [conv: 8‹8×32×32›, act‹8×32×32›]"),
        # a sequence ends with its last node
        (
            "layers:\n  - repeat: {times: 2, layers: [conv: 8, act]}\n",
            "  - repeat: {times: 2, layers: [conv: 8‹8×32×32›, act‹8×32×32›]}",
        ),
        # values
        ("params: {width: 4}\nlayers:\n  - conv: $(width * 2)\n", "  - conv: $(width * 2)‹= 8›‹8 × 32 × 32›"),
        (
            "params: {width: 4, more: $(width * 2)}\nlayers: [conv: $more]\n",
            "params: {width: 4, more: $(width * 2)‹= 8›}",
        ),
        ("params: {price: 8$$}\nlayers: [act]\n", "params: {price: 8$$}"),
        (
            "layers:\n  - repeat:\n      times: 2\n      layers:\n        - conv: {channels: $(4 * index + 4)}\n",
            "        - conv: {channels: $(4 * index + 4)‹= 4, 8›}‹4 × 32 × 32, 8 × 32 × 32›",
        ),
        (
            "layers:\n  - repeat:\n      times: 5\n      layers:\n"
            "        - conv: {channels: $(4 * index + 4), stride: 2}\n",
            "        - conv: {channels: $(4 * index + 4)‹= 4…20›, stride: 2}‹4…20 × 1…16 × 1…16›",
        ),
        # what a node with `from` receives is what that names
        (
            "layers:\n  - conv: {channels: 8, name: a}\n  - conv: 16\n"
            "  - conv: {from: a, channels: $(2 * in_channels)}\n",
            "  - conv: {from: a, channels: $(2 * in_channels)‹= 16›}‹16 × 32 × 32›",
        ),
        # what is left out has no values
        (
            "layers:\n  - repeat:\n      times: 3\n      layers:\n"
            "        - conv: {channels: $(8 * index), when: $(index > 0)}\n",
            "        - conv: {channels: $(8 * index)‹= 8, 16›, when: $(index > 0)‹= false, true›}"
            "‹8 × 32 × 32, 16 × 32 × 32›",
        ),
        # stages: each block has its own values, its first one another stride
        (
            "stages:\n  - {block: basic, depth: 2, channels: $(8 * (index + 1)), stride: $(1 + 1)}\n",
            "  - {block: basic, depth: 2, channels: $(8 * (index + 1))‹= 8, 16›, stride: $(1 + 1)‹= 2›}"
            "‹16 × 16 × 16›‹projection in 2 blocks›",
        ),
        # projections
        (
            "layers:\n  - residual: [conv: {channels: 8, kernel: 3, stride: 2}]\n",
            "  - residual: [conv: {channels: 8, kernel: 3, stride: 2}‹8×16×16›]"
            "‹8×16×16›‹projection: stride 2, 3 → 8 channels›",
        ),
        (
            "layers:\n  - residual:\n      body: [act]\n",
            "  - residual:‹3 × 32 × 32›",
        ),
        (
            "layers:\n  - residual:\n      body: [conv: 8]\n      shortcut: {norm: none, single: true}\n",
            "  - residual:‹8 × 32 × 32›‹projection: 3 → 8 channels›",
        ),
        (
            "layers:\n  - basic: 8\n",
            "  - basic: 8‹8 × 32 × 32›‹projection: 3 → 8 channels›",
        ),
        (
            "blocks:\n  own:\n    params: {channels: int}\n    layers:\n      - residual:\n"
            "          body: [conv: $channels]\n"
            "layers: [own: 8, own: 8, own: 8]\n",
            "      - residual:‹8 × 32 × 32›‹projection in 1 of 3 calls: 3 → 8 channels›",
        ),
        # the default of a parameter, where it is used
        (
            "blocks:\n  own:\n    params: {channels: int, hidden: $(2 * channels)}\n    layers: [conv: $hidden]\n"
            "layers: [own: 8, own: {channels: 4, hidden: 5}]\n",
            "    params: {channels: int, hidden: $(2 * channels)‹= 16›}",
        ),
        # what an alias stands for is one node
        ("layers:\n  - seq: &a\n      - act\n  - seq: *a\n", "      - act‹3 × 32 × 32›"),
        # wide characters, tabs, open sizes
        ("layers:\n  - conv: {channels: 8}  # 😀😀\t\n", "  - conv: {channels: 8}  # 😀😀\t‹8 × 32 × 32›"),
    ],
)
def test_hints_stand_where_they_belong(body: str, line: str) -> None:
    assert line in told(HEAD + body)


def test_line_breaks_and_marks_count() -> None:
    text = "\ufeff" + (HEAD + "layers:\n  - conv: 8\n  - act\n").replace("\n", "\r\n")
    assert told(text)[-2:] == ["  - conv: 8‹8 × 32 × 32›", "  - act‹8 × 32 × 32›"]


def test_open_sizes_stay() -> None:
    text = "archspec: 1\ninput: [3, H, W]\nlayers:\n  - conv: {channels: 8, stride: 4, kernel: 4, padding: 0}\n"
    assert told(text)[-1].endswith("‹8 × ⌊H/4⌋ × ⌊W/4⌋›")


def test_what_was_known_stays_while_a_text_is_broken() -> None:
    path, workspace = Path("/nowhere/spec.yaml"), Workspace()
    text = HEAD + "layers:\n  - conv: 8\n  - act\n  - conv: 16\n"
    workspace.put(path, text)
    hints(workspace, path, Range(0, len(text)))
    broken = text.replace("  - act\n", "  - act\n  - {conv: [\n\n")
    workspace.put(path, broken)
    found = beside(broken, hints(workspace, path, Range(0, len(broken))))
    assert "  - conv: 8‹8 × 32 × 32›" in found
    assert "  - conv: 16‹16 × 32 × 32›" in found
    assert "  - {conv: [" in found


def test_only_what_is_asked_for() -> None:
    path, workspace = Path("/nowhere/spec.yaml"), Workspace()
    text = HEAD + "layers:\n  - conv: 8\n  - act\n"
    workspace.put(path, text)
    at = text.index("  - act")
    assert [hint.offset for hint in hints(workspace, path, Range(at, len(text)))] == [len(text) - 1]


def test_a_base_that_is_open_has_unsaved_text(tmp_path: Path) -> None:
    base, spec, workspace = tmp_path / "base.yaml", tmp_path / "spec.yaml", Workspace()
    base.write_text(HEAD + "params: {width: 8}\nlayers: [conv: $width]\n")
    workspace.put(base, HEAD + "params: {width: 16}\nlayers: [conv: $width]\n")
    text = "archspec: 1\nextends: ./base.yaml\nlayers:\n  - linear: $width\n  - conv: $(2 * width)\n"
    text = text.replace("  - linear: $width\n", "")
    workspace.put(spec, text)
    assert beside(text, hints(workspace, spec, Range(0, len(text))))[-1] == "  - conv: $(2 * width)‹= 32›‹32 × 32 × 32›"


def test_stages_of_a_base_have_their_hints_where_they_are_changed() -> None:
    text = "archspec: 1\nextends: resnet18\nstages:\n  layer1: {depth: 1}\n  layer4:\n    stride: 1\n"
    assert told(text)[3:] == [
        "  layer1: {depth: 1}‹64 × 56 × 56›",
        "  layer4:",
        "    stride: 1‹512 × 14 × 14›‹projection: 256 → 512 channels›",
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shapes_are_those_of_the_graph(path: Path) -> None:
    """What nodes of the file's ops and its modules give, over all runs, is what stands beside them."""
    path = path.resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    workspace.put(path, text)
    analysis = workspace.analysis(path)
    found = hints(workspace, path, Range(0, len(text)))
    assert len({(hint.offset, hint.kind) for hint in found}) == len(found)
    given: dict[int, list[str]] = {}
    for hint in found:
        assert 0 <= hint.offset <= len(text)
        if hint.kind == "shape":
            given.setdefault(analysis.text.position(hint.offset)[0], []).append(hint.text)
    for span, items in analysis.items.items():
        if span.source is not analysis.source or not _is_alone(span, text.splitlines()):
            continue
        ops = [item for item in items if isinstance(item, Node) and item.label == span.text]
        types = [item.output.type for item in ops if item.output.type is not None]
        shapes = dict.fromkeys(shape_text(kind.shape) or "a number" for kind in types)
        # what stands at a `within` is how it begins
        if ops and len(shapes) <= 3 and span.text != "within":
            assert given[span.line] == [", ".join(shapes)]

    for node in nodes_in(analysis):
        made = [item.op for item in runs(analysis, node) if isinstance(item, Node)]
        for key in {"channels", "features", "kernel", "heads"} & node.arguments.keys():
            expression = computed(analysis).get(node.arguments[key].at)
            if made and expression is not None and not expression.more:
                assert set(expression.values) == {getattr(op, key) for op in made}


def _is_alone(span: Span, lines: list[str]) -> bool:
    """Whether a node is the only one of its line, as far as a glance tells."""
    return lines[span.line - 1].lstrip().startswith("- ") and "[" not in lines[span.line - 1]


@pytest.mark.parametrize("seed", range(12))
def test_no_edit_harms(seed: int) -> None:
    draw = random.Random(seed)
    path = draw.choice(SPECS).resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    for _ in range(12):
        workspace.put(path, text)
        found = hints(workspace, path, Range(0, len(text)))
        assert all(0 <= hint.offset <= len(text) for hint in found)
        at = draw.randrange(len(text) + 1)
        text = (
            text[:at] + draw.choice(["", "\n", "[", "$(", "😀", "- act\n", ": ", "\t"]) + text[at + draw.randrange(3) :]
        )


@pytest.mark.parametrize("path", SPECS[::25], ids=lambda path: path.stem)
def test_the_hints_of_parts_are_those_of_the_whole(path: Path) -> None:
    path = path.resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    # so long a text that its hints are made at once
    long = text + "\n" * 400
    workspace.put(path, long)
    whole = hints(workspace, path, Range(0, len(long)))
    starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n")]
    parts = [hints(workspace, path, Range(start, end - 1)) for start, end in pairwise(starts)]
    assert tuple(hint for part in parts for hint in part) == whole


@pytest.mark.parametrize("path", random.Random(4).sample(SPECS, 16), ids=lambda path: path.stem)
def test_the_hints_of_a_part_are_those_of_the_whole_that_stand_in_it(path: Path) -> None:
    text, workspace, draw = path.read_text("utf-8"), Workspace(), random.Random(path.stem)
    workspace.put(path, text)
    every = hints(workspace, path, Range(0, len(text)))
    for _ in range(6):
        start = draw.randrange(len(text))
        part = Range(start, min(len(text), start + draw.choice((0, 30, 300, 2000))))
        assert hints(workspace, path, part) == tuple(one for one in every if part.has(one.offset))
