from __future__ import annotations

from archspec.diagnostics.formats import FORMATS, Findings, Style
from tests.diagnostics.formats.samples import NOTHING, NOWHERE, SHADOW, TYPO


def test_a_line_for_each_then_the_totals() -> None:
    assert FORMATS["concise"](Findings(("specs/my.yaml",), (SHADOW, TYPO, NOWHERE)), Style()).splitlines() == [
        "specs/blocks.yaml:3:3: warning[A306]: the block `wide` shadows the bundled one",
        "specs/my.yaml:5:7: error[A201]: `conv` has no argument `chanels`",
        "error[A301]: `defaults` names `cnv`, which is not an op or a block",
        "2 errors, 1 warning in 1 file, 1 fixable with `--fix`",
    ]


def test_nothing_found() -> None:
    assert FORMATS["concise"](NOTHING, Style()) == "2 files: all valid"
