"""What is read by its pieces is what is read as a whole, whatever is edited."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archspec import limits
from archspec.diagnostics import Collector, Source
from archspec.source.document import Parser, default_parser, pure_parser, read_document
from archspec.source.pieces import Pieces
from archspec.source.taken import Taken
from archspec.source.tree import Tree

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "archspec" / "blocks").glob("*.yaml")])
TYPED = [*"'\"{}[],%x1é#\t\u2028\0", ": ", "- ", "- - ", "? ", " #", "  ", "&a ", "*a", "!t "]
TYPED += ["\n", "\n\n", "\r\n", "|\n", ">+\n", "---\n", "...\n"]


def whole(source: Source, parser: Parser) -> tuple[Tree | None, Collector, int]:
    collector, taken = Collector(), Taken()
    return read_document(source, collector, parser, taken), collector, taken.values


def agrees(text: str, pieces: Pieces, parser: Parser) -> bool:
    """Whether a text is read by its pieces; where it is, all is as when it is read as a whole."""
    source, taken = Source("net.yaml", text), Taken()
    tree = pieces.tree(source, parser, taken)
    if tree is None:
        assert taken.values == 0
        return False
    expected, collector, values = whole(source, parser)
    assert collector.diagnostics == []
    assert tree == expected
    assert repr(tree) == repr(expected)
    assert taken.values == values
    return True


def changed(text: str, chance: random.Random) -> str:
    """The text after one edit: of lines, or of what a keystroke writes."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    kind = chance.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, chance.choice(lines))
    elif kind == 2:
        lines[at] = " " * chance.randrange(5) + lines[at].lstrip()
    else:
        place = chance.randrange(len(text) + 1)
        return text[:place] + chance.choice(TYPED) + text[place + kind - 3 :]
    return "\n".join(lines) or "x"


@pytest.mark.parametrize("parser", [default_parser(), pure_parser], ids=["libyaml", "python"])
def test_any_text_is_read_as_a_whole_one_is(parser: Parser) -> None:
    chance, pieces = random.Random(5), Pieces()
    read = 0
    files = FILES if parser is not pure_parser else FILES[::6]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert agrees(text, pieces, parser), f"{file} can be read by its pieces"
        for _ in range(6):
            text = changed(text, chance)
            read += agrees(text, pieces, parser)
    assert read > len(files) / 2


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x\n",
        "a: 1\n...\nb: 2\n",
        "a: 1\n---\nb: 2\n",
        "a: 1\na: 2\n",
        "a:\n  b: 1\n  b: 2\n",
        'a: "x\nb: 2\n"\n',
        "a: {\nb: 2\n}\n",
        "  a: 1\nb: 2\n",
        "- a\n- b\n",
        "a: !x 1\n",
        "a:\n  - 1\n - 2\n",
        "a:\n    - 1\n  - 2\n",
        "<<: {}\n",
        "null: 1\n",
        "? a\n: 1\n",
        "",
        "# nothing\n",
        "a: \0\n",
    ],
)
def test_what_only_the_whole_can_tell_is_left_to_it(text: str) -> None:
    assert not agrees(text, Pieces(), default_parser())


@pytest.mark.parametrize(
    "text",
    [
        "a:\n- 1\n- 2\nb: 3",
        "a: |+\n  x\n\n\nb: >-\n  y\n# end\n",
        "# first\n\na:  # here\n\n  # there\n  b: 1\n  c:\n    d: 2\n",
        "a:\r\n  - {b: [1,\r\n 2]}\r\n  - c\r\n",
        "a:\nb:\n",
        "a: x\n  y\n  z\nb:\n  - x\n    y\n  -\n    - z\n",
        'a:\n  - "x\n    y"\n  - $(2 * x ** 2)\n  - $(a != b)\n',
    ],
)
def test_sound_texts_are_read_by_their_pieces(text: str) -> None:
    assert agrees(text, Pieces(), default_parser())


def test_only_what_changed_is_parsed_anew() -> None:
    parsed: list[str] = []

    def parser(text: str) -> object:
        parsed.append(text)
        return default_parser()(text)

    items = [f"  - conv: {number}\n" for number in range(50)]
    pieces = Pieces()
    assert agrees("archspec: 1\nlayers:\n" + "".join(items), pieces, parser)
    parsed.clear()
    items[20] = "  - conv: {channels: 7}\n"
    items.insert(3, "  - conv: 3\n")
    assert pieces.tree(Source("net.yaml", "archspec: 1\nlayers:\n" + "".join(items)), parser, Taken()) is not None
    assert parsed == ["  - conv: {channels: 7}\n"]


def test_what_is_kept_is_what_was_read_last() -> None:
    pieces = Pieces()
    for number in range(100):
        assert agrees(f"a: 1\nb:\n  - {number}\n  - x\n", pieces, default_parser())
    assert [len(known) for known in pieces._known.values()] == [3]


def test_limits_hold_for_pieces_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "VALUES", 7)
    assert agrees("a:\n  - 1\n  - 2\n  - 3\n", Pieces(), default_parser())
    assert not agrees("a:\n  - 1\n  - 2\n  - 3\n  - 4\n  - 5\n", Pieces(), default_parser())
    monkeypatch.undo()
    for depth in range(limits.NESTING - 4, limits.NESTING + 2):
        nested = "[" * depth + "]" * depth
        for text in (f"a: {nested}\n", f"a:\n  - {nested}\n  - 1\n", f"a:\n  b: {nested}\n  c: 1\n"):
            source = Source("net.yaml", text)
            _, collector, _ = whole(source, default_parser())
            assert agrees(text, Pieces(), default_parser()) == (not collector.errors)
