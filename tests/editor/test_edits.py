"""Random edits over the bundled specs: nothing fails, and what is known after them is what is known of the text read
fresh."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.editor import Range, Text, Workspace
from archspec.editor.completion import completions
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.lenses import lenses
from archspec.editor.moves import Moves
from archspec.editor.outline import Symbol, folds, symbols
from archspec.editor.places import definition
from archspec.editor.problems import problems
from archspec.editor.rename import prepare
from archspec.editor.tokens import tokens
from archspec.language import bundled_specs

SPECS = bundled_specs()
NAMES = random.Random(16).sample(sorted(SPECS), 24)
TYPED = [
    "\n",
    " ",
    "  - ",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "$",
    "$(",
    ")",
    ",",
    "#",
    "'",
    '"',
    "&a ",
    "*a",
    "|",
    "😀",
    "\t",
]
TYPED += ["\r\n", "\ufeff", "\u2028", "- conv: 8\n", "name: a", "extends: resnet18\n", "null", "<<: ", "---\n", "1e3"]


def edits(text: str, rng: random.Random, count: int) -> Iterator[str]:
    """A text after one edit after another: something typed, taken out, doubled or moved."""
    for _ in range(count):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((0, 0, 1, 3, 20)))
        what = rng.random()
        if what < 0.5:
            text = text[:at] + rng.choice(TYPED) + text[end:]
        elif what < 0.8:
            text = text[:at] + text[end:]
        else:
            other = rng.randrange(len(text) + 1)
            text = text[:other] + text[at : at + 30] + text[other:]
        yield text


def told(workspace: Workspace, path: Path) -> list[str]:
    return [str(one) for one in workspace.analysis(path).findings]


@pytest.mark.parametrize("name", NAMES)
def test_after_any_edits_the_findings_are_those_of_the_text_read_fresh(name: str, tmp_path: Path) -> None:
    rng, path = random.Random(name), (tmp_path / f"{name}.yaml").resolve()
    text = SPECS[name].read_text(encoding="utf-8").replace("extends: ./", f"extends: {SPECS[name].parent}/")
    workspace = Workspace()
    workspace.put(path, text)
    for number, edited in enumerate(edits(text, rng, 12)):
        workspace.put(path, edited)
        if number % 3 == 0:
            told(workspace, path)
    fresh = Workspace()
    fresh.put(path, edited)
    assert told(workspace, path) == told(fresh, path)


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_lies_in_the_text_and_none_fails(name: str, tmp_path: Path) -> None:
    rng, path = random.Random(name + "!"), (tmp_path / f"{name}.yaml").resolve()
    workspace = Workspace()
    text = SPECS[name].read_text(encoding="utf-8")
    workspace.put(path, text)
    workspace.analysis(path)
    for edited in edits(text, rng, 8):
        workspace.put(path, edited)
        ranges = [one.range for one in problems(workspace, path)]
        ranges += [*folds(workspace, path), *(one.range for one in tokens(workspace, path))]
        ranges += [one.range for one in lenses(workspace, path)]
        ranges += [Range(one.offset, one.offset) for one in hints(workspace, path, Range(0, len(edited)))]
        ranges += [one for symbol in symbols(workspace, path) for one in spread(symbol)]
        for offset in rng.sample(range(len(edited) + 1), min(5, len(edited))):
            page, ready = hover(workspace, path, offset), prepare(workspace, path, offset)
            ranges += [one.range for one in (page,) if one is not None] + [one for one in (ready,) if one is not None]
            ranges += [one.range for one in completions(workspace, path, offset)]
            for place in definition(workspace, path, offset):
                assert 0 <= place.range.start <= place.range.end <= max(len(place.text.text), 0)
        assert all(0 <= start <= end <= len(edited) for start, end in ranges)


def spread(symbol: Symbol) -> Iterator[Range]:
    assert symbol.range.start <= symbol.selection.start <= symbol.selection.end <= symbol.range.end
    yield symbol.range
    for child in symbol.children:
        assert symbol.range.start <= child.range.start <= child.range.end <= symbol.range.end
        yield from spread(child)


@pytest.mark.parametrize("seed", range(60))
def test_what_was_not_edited_moves_as_it_is(seed: int) -> None:
    rng = random.Random(seed)
    before = "".join(rng.choice(["a: 1\n", "b: [c, d]\n", "  - e\n", "\n", "😀\r\n"]) for _ in range(rng.randrange(30)))
    *_, after = edits(before, rng, 3)
    moves = Moves(before, after)
    for offset in range(len(before)):
        now = moves.range(Range(offset, offset + 1))
        if now is not None and now.end == now.start + 1:
            assert after[now.start] == before[offset]
    same = Moves(before, before)
    assert all(same.offset(offset) == offset for offset in range(len(before) + 1))


@pytest.mark.parametrize("seed", range(40))
def test_offsets_and_positions_are_each_others_inverse(seed: int) -> None:
    rng = random.Random(seed)
    text = Text("".join(rng.choice(["a", "😀", "\n", "\r\n", "\r", "\t", "\u2028", "é"]) for _ in range(40)))
    for line, (start, end) in enumerate(zip(text.starts, text.ends, strict=True), 1):
        for offset in range(start, end + 1):
            assert text.position(offset) == (line, offset - start + 1)
            assert text.offset(*text.position(offset)) == offset
    assert text.offset(0, 5) == 0
    assert text.offset(1000, 1) == len(text.text)


def test_what_extends_an_open_text_sees_what_is_not_saved(tmp_path: Path) -> None:
    base, over = (tmp_path / "base.yaml").resolve(), (tmp_path / "over.yaml").resolve()
    sound = "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: 8]\n"
    base.write_text(sound)
    workspace = Workspace()
    workspace.put(over, "archspec: 1\nextends: ./base.yaml\n")
    assert told(workspace, over) == []
    workspace.put(base, sound.replace("conv: 8", "convv: 8"))
    assert workspace.affected(base) == (over, base)
    assert any("convv" in one for one in told(workspace, over))
    workspace.put(base, sound)
    assert told(workspace, over) == []
    workspace.close(base)
    base.write_text("archspec: 1\n")
    workspace.changed(base)
    assert told(workspace, over) != []


def test_a_base_may_be_open_and_not_on_disk(tmp_path: Path) -> None:
    base, over = (tmp_path / "base.yaml").resolve(), (tmp_path / "over.yaml").resolve()
    workspace = Workspace()
    workspace.put(base, "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: 8]\n")
    workspace.put(over, "archspec: 1\nextends: ./base.yaml\n")
    assert told(workspace, over) == []
    workspace.close(base)
    assert [one.code for one in workspace.analysis(over).findings] == ["A304"]


def test_settings_of_the_project_hold(tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    workspace = Workspace()
    workspace.put(path, "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: 9, act: relu, conv: 8]\n")
    assert any("A708" in one for one in told(workspace, path))
    settings = tmp_path / "archspec.toml"
    settings.write_text('ignore = ["A708"]\n')
    workspace.changed(settings.resolve())
    assert not any("A708" in one for one in told(workspace, path))


@pytest.mark.slow
def test_memory_after_many_edits_is_that_after_few(tmp_path: Path) -> None:
    import gc
    import tracemalloc

    path = (tmp_path / "net.yaml").resolve()
    text = SPECS["resnet18"].read_text(encoding="utf-8")
    workspace, rng = Workspace(), random.Random(0)

    def session(count: int) -> None:
        for number, edited in enumerate(edits(text, rng, count)):
            workspace.put(path, edited if number % 20 else text)
            problems(workspace, path)
            hints(workspace, path, Range(0, len(edited)))
        workspace.put(path, text)
        problems(workspace, path)
        gc.collect()

    session(100)
    tracemalloc.start()
    session(100)
    before = tracemalloc.get_traced_memory()[0]
    session(1000)
    assert tracemalloc.get_traced_memory()[0] < before + 2 * 2**20
    tracemalloc.stop()
