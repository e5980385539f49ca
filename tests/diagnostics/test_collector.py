"""What a collector keeps, and how much of it it tells."""

from __future__ import annotations

import pytest

from archspec.diagnostics import Collector, Diagnostic, Source, Span
from archspec.limits import FINDINGS

SOURCE = Source("a.yaml", "")


def warnings(code: str, count: int) -> list[Diagnostic]:
    return [Diagnostic(code, "odd", Span(SOURCE, n + 1, 1, n + 1, 2), severity="warning") for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, FINDINGS - 1, FINDINGS, FINDINGS + 1, 90 * FINDINGS])
def test_of_the_warnings_of_a_code_the_first_are_told_and_the_others_counted(count: int) -> None:
    found = Collector([*warnings("A712", count), *warnings("A713", 3)]).diagnostics
    told = [diagnostic for diagnostic in found if diagnostic.code == "A712"]
    assert [d.span.line for d in told if d.span] == list(range(1, min(count, FINDINGS) + 1))
    more = [d.message for d in told if d.message != "odd"]
    assert more == ([f"odd (and {count - FINDINGS:,} more of A712)"] if count > FINDINGS else [])
    assert [d.message for d in found if d.code == "A713"] == ["odd"] * 3


def test_errors_are_all_told() -> None:
    errors = [Diagnostic("A301", "wrong", Span(SOURCE, n + 1, 1, n + 1, 2)) for n in range(3 * FINDINGS)]
    assert Collector([*errors, *warnings("A712", 3 * FINDINGS)]).errors == errors
