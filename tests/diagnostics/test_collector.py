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


@pytest.mark.parametrize("elsewhere", [0, 1, 2])
@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((), "other files"),
        ((5,), "line 5"),
        ((9, 5), "lines 5, 9"),
        ((5, 5, 9), "lines 5, 9"),
        ((9, 7, 5), "lines 5, 7, 9"),
        ((9, 8, 7, 5), "lines 5, 7, 8, …"),
        (tuple(range(900, 4, -1)), "lines 5, 6, 7, …"),
    ],
)
def test_a_mistake_in_many_places_is_told_once_with_the_lines_of_the_others(
    lines: tuple[int, ...], text: str, elsewhere: int
) -> None:
    collector, other = Collector(), Source("b.yaml", "")
    spans = [Span(SOURCE, line, column, line, column + 2) for column, line in enumerate((2, *lines), 1)]
    for span in [*spans, *spans, *(Span(other, 3 + n, 1, 3 + n, 2) for n in range(elsewhere))]:
        collector.error("A301", "wrong", span, mistake="x")
    collector.error("A301", "wrong", Span(SOURCE, 1, 1, 1, 2), mistake="y")
    first, second = collector.diagnostics
    assert (first.label, second.span) == ("", spans[0])
    more = ", …" if lines and elsewhere and "…" not in text else ""
    assert second.label == (f"also in {text}{more}" if lines or elsewhere else "")


def test_findings_are_in_the_order_of_the_file() -> None:
    places = [(one, line, column) for one in "ab" for line in (1, 2, 10) for column in (1, 2, 10)]
    sources = {one: Source(f"{one}.yaml", "") for one in "ab"}
    spans = [Span(sources[one], line, column, line, column) for one, line, column in places]
    found = Collector(Diagnostic("A301", "wrong", span) for span in [*spans[::-2], *spans[-2::-2], None])
    assert [diagnostic.span for diagnostic in found.diagnostics] == [None, *spans]
