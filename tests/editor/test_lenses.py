from __future__ import annotations

from pathlib import Path

import pytest

from archspec import resources
from archspec.editor import Workspace
from archspec.editor.facts import readable
from archspec.editor.lenses import lenses
from archspec.language import bundled
from archspec.types.sizes import Dim, Size

SPEC = Path("/nowhere/spec.yaml")


def told(text: str, path: Path = SPEC) -> dict[str, str]:
    """The lines of a text that have something above them."""
    workspace = Workspace()
    workspace.put(path, text)
    analysis = workspace.analysis(path)
    found = lenses(workspace, path)
    return {analysis.text.line(analysis.text.position(lens.range.start)[0]).strip(): lens.text for lens in found}


def test_a_network_and_its_stages_have_their_costs() -> None:
    found = told(bundled("resnet50").read_text(encoding="utf-8"))
    assert [*found.values()] == [
        "25.6 M parameters, 4.1 G MACs",
        "215.8 k parameters (0.8 %), 667.9 M MACs (16.3 %)",
        "1.2 M parameters (4.8 %), 1.0 G MACs (25.1 %)",
        "7.1 M parameters (27.8 %), 1.5 G MACs (35.8 %)",
        "15.0 M parameters (58.6 %), 809.2 M MACs (19.8 %)",
    ]


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        ("[act]", "not called"),
        ("[own]", "called once"),
        ("[own, own, own, own]", "called 4 times"),
        ("[twice]", "called 2 times"),
    ],
)
def test_blocks_say_how_often_they_are_called(calls: str, words: str) -> None:
    blocks = "blocks:\n  own: {layers: [act]}\n  twice: {layers: [own, own]}\n"
    found = told(f"archspec: 1\ninput: [3, 8, 8]\nact: relu\n{blocks}layers: {calls}\n")
    assert found["own: {layers: [act]}"] == words
    assert found["archspec: 1"] == "0 parameters, 0 MACs"


def test_a_block_that_hides_a_bundled_one_counts_its_own_calls() -> None:
    head = "archspec: 1\ninput: [8]\nact: relu\nnorm: batch\n"
    text = f"{head}blocks:\n  mlp: {{layers: [act]}}\nlayers: [mlp, mlp_residual: 8]\n"
    assert told(text)["mlp: {layers: [act]}"] == "called once"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0 k"),
        (4_089_000_000, "4.1 G"),
        (Dim.symbol("L") * 3000, "3.0 k × L"),
        (Dim.symbol("L"), "L"),
        (Dim.symbol("L") * Dim.symbol("L") * 18_432 + Dim.symbol("L") * 5_000_000 + 7, "18.4 k × L² + 5.0 M × L + 7"),
        (Dim.symbol("L") * 5000 - 20, "5.0 k × L - 20"),
        (Dim.symbol("H") // 4 * (Dim.symbol("W") // 4) * 16_000, "≈ 1.0 k × H × W"),
        (sum(Dim.symbol(name) for name in "ABCD"), "by A, B, C and D"),
    ],
)
def test_costs_read_well(size: Size, words: str) -> None:
    assert readable(size) == words


def test_what_was_known_stays_while_a_text_is_broken() -> None:
    workspace = Workspace()
    text = "archspec: 1\nname: net\ninput: [3, 8, 8]\nlayers: [conv: 8]\n"
    workspace.put(SPEC, text)
    before = lenses(workspace, SPEC)
    workspace.put(SPEC, f"# {{\n{text}  - [\n")
    assert [(lens.range.start - 4, lens.text) for lens in lenses(workspace, SPEC)] == [
        (lens.range.start, lens.text) for lens in before
    ]


SPECS = sorted(resources.specs_folder().rglob("*.yaml"))


@pytest.mark.parametrize("path", SPECS[::7], ids=lambda path: path.stem)
def test_lenses_lie_in_the_text(path: Path) -> None:
    path = path.resolve()
    text, workspace = path.read_bytes().decode(), Workspace()
    workspace.put(path, text)
    graph, found = workspace.analysis(path).graph, lenses(workspace, path)
    assert bool(found) == (graph is not None)
    assert all(0 <= lens.range.start <= lens.range.end <= len(text) and lens.text for lens in found)
