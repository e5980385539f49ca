"""What is said of a text that is no YAML: the same, whichever parser reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.diagnostics import Collector
from archspec.source import read_text
from archspec.source.document import Parser
from tests.source.test_reader import PARSERS

TEXTS = [
    # what is open
    "a: [1, 2", "a: {b: 1\n\n\n", "a: [1\nb: 2\n", "a: 'b\nc: d", "a: 'b\n---\n", 'a: "b\n...\n',
    "a: [b]]", "a: [,]", "a: {b: c d: e}", "{a:}",
    # brackets, and expressions in them
    "a: [$(b[0]), 1]", "a: {b: $(max(b[0], 2))}", "a: {b: ${c}}", "a: [conv {channels: 8}]",
    "- a: {b: 1} c",
    # colons and columns
    "a: b: c", "a\nb: 1", "a: 1\nb\nc: 2", "a 1\n  b: 2\n", "- conv\n    channels: 8\n", "a: b\n  c: 1\n",
    "- a: b\n    c: 1\n", "a: 1\nconv {b: 1}: 2\n", "a:\n  - b{c: 1}: 2\n",
    ": a", "{a: 1, : 2}", "a: - b", "a: ? b",
    "a:\n  b: 1\n c: 2", "- a\nb: 1", "a:\n  - b\n  c: 1\n", "a:\n  - b\n - c\n", "a: 1\n- b\n",
    "a:\n    - b\n  - c\n", "a:\n  b: 1\n  - c\n", "- a:\n    b: 1\n    - c\n",
    # characters
    "a: 1\n\tb: 2", "a: |\n  b\n\tc", "\ta: 1", "a: @b", "a: %b", "a: `b`", "a: *.b", "a: & b", 'a: "\\d"',
    'a: "\\xZZ"', "a: | b", "a: > b", "a: |9x\n",
    # documents
    "{a: 1} b", "%TAG ! x\n---\na: 1", "%YAML 2.0\n---\na: 1", "a: 1\n%YAML 1.2\nb: 2", "a: 1\n---\nb: 2\n",
    "a: 1\n...\n# c\nb: 2\n", "",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS)
def test_the_words(parser: Parser, golden: Callable[[Path, str], None]) -> None:
    found = []
    for text in TEXTS:
        collector = Collector()
        read_text(text, "spec.yaml", collector, parser=parser)
        assert collector.errors, text
        found += [f"{diagnostic}\n" for diagnostic in collector.diagnostics]
    golden(Path(__file__).with_name("syntax.txt"), "\n".join(found))
