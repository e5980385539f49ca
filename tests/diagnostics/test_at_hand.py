"""Where findings are told that lie in files which others bring in."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic, Fix, Related, Source, Span
from archspec.diagnostics.at_hand import at_hand


def chain(*bundled: bool) -> list[Source]:
    """Texts of which each brings the next one in; the first is the file at hand."""
    sources: list[Source] = []
    for number, installed in enumerate((False, *bundled)):
        source = Source(f"{number}.yaml", "a: 1\n" * 9, None if installed else Path(f"{number}.yaml"))
        source.bundled = installed
        if sources:
            source.via, source.verb = place(sources[-1], 5), "included" if number % 2 else "extended"
        sources.append(source)
    return sources


def place(source: Source, line: int = 1) -> Span:
    return Span(source, line, 1, line, 2)


def finding(span: Span | None, *related: Related) -> Diagnostic:
    fix = None if span is None else Fix(span, "b")
    return Diagnostic("A301", "wrong", span, "this", "help", related, fix=fix)


def told(found: Diagnostic) -> list[tuple[str, int, str]]:
    """The places of a finding, with what is said of each."""
    places = [] if found.span is None else [(found.span, found.label)]
    places += [(other.span, other.label) for other in found.related]
    return [(span.source.name, span.line, label) for span, label in places]


@pytest.mark.parametrize("bundled", [x for n in range(4) for x in product((False, True), repeat=n)], ids=str)
def test_it_stands_in_the_nearest_file_that_can_be_mended(bundled: tuple[bool, ...]) -> None:
    """And every file on the way to the one at hand is told, each once, from the inside out."""
    sources = chain(*bundled)
    found = at_hand(finding(place(sources[-1], 3)))
    way = [(f"{n}.yaml", 5, "included here" if n % 2 == 0 else "extended here") for n in reversed(range(len(bundled)))]
    first = next(n for n in reversed(range(len(sources))) if not sources[n].bundled)
    assert found.span is not None
    assert found.span.source is sources[first]
    if first == len(bundled):
        assert told(found) == [(f"{first}.yaml", 3, "this"), *way]
        assert found.fix is not None
    else:
        moved_to = way.pop(len(way) - 1 - first)
        inner, outer = way[: len(way) - first], way[len(way) - first :]
        assert told(found) == [moved_to, (f"{len(bundled)}.yaml", 3, "this"), *inner, *outer]
        assert found.fix is None, "what is installed is not mended"


def test_a_related_place_comes_before_the_way() -> None:
    home, installed = chain(True)
    found = at_hand(
        finding(place(installed, 3), Related(place(installed, 4), "there"), Related(place(home, 7), "called"))
    )
    assert told(found) == [("0.yaml", 7, "called"), ("1.yaml", 3, "this"), ("1.yaml", 4, "there")]


def test_what_has_a_place_in_the_file_at_hand_needs_no_way() -> None:
    home, other = chain(False)
    found = at_hand(finding(place(other, 3), Related(place(home, 7), "called")))
    assert told(found) == [("1.yaml", 3, "this"), ("0.yaml", 7, "called")]


def test_each_place_is_told_once_with_all_that_is_said_of_it() -> None:
    (home,) = chain()
    twice = [Related(place(home, 7), "first"), Related(place(home, 8), "other"), Related(place(home, 7), "second")]
    found = at_hand(finding(place(home), *twice, twice[0]))
    assert told(found) == [("0.yaml", 1, "this"), ("0.yaml", 7, "first, second"), ("0.yaml", 8, "other")]


def test_what_lies_in_the_file_at_hand_stays_as_it_is() -> None:
    (home,) = chain()
    for found in (finding(place(home)), finding(None)):
        assert at_hand(found) is found


def test_what_nobody_brings_in_stays_where_it_is_installed() -> None:
    source = Source("block.yaml", "a: 1\n")
    source.bundled = True
    found = finding(place(source), Related(place(source, 2), "there"))
    assert told(at_hand(found)) == [("block.yaml", 1, "this"), ("block.yaml", 2, "there")]
