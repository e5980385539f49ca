from __future__ import annotations

from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.diagnostics.text import render
from tests.diagnostics.formats.samples import NOTHING, SHADOW, TYPO


def test_the_findings_then_the_totals() -> None:
    assert FORMATS["text"](Findings(("specs/my.yaml",), (TYPO,)), Style()) == (
        """\
specs/my.yaml:5:7: error[A201]: `conv` has no argument `chanels`
  |
5 |       chanels: 64
  |       ^^^^^^^
  = help: did you mean `channels`?

1 error in 1 file, 1 fixable with `--fix`"""
    )


def test_nothing_found() -> None:
    assert FORMATS["text"](NOTHING, Style(color=True, width=40)) == "2 files: all valid"


def test_colour_and_width_are_passed_on() -> None:
    shown = FORMATS["text"](Findings(("specs/my.yaml",), (TYPO, SHADOW)), Style(color=True, width=20))
    assert shown == render([TYPO, SHADOW], True, 20) + "\n\n1 error, 1 warning in 1 file, 1 fixable with `--fix`"
