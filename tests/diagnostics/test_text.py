from __future__ import annotations

import re
from unicodedata import category, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic, Related, Source, Span
from archspec.diagnostics.text import DEFAULT_WIDTH, concise, render
from archspec.escape import escaped

SPEC = Source(
    "specs/my.yaml",
    """\
archspec: 1
name: my
blocks:
  wide:
    params: {channels: int, stride: 1}
    layers:
        - conv: {channels: $channels, kernel: 3, stride: $stride}
        - residual:
            body: [act]
            shortcut: identity


stages:
  - {block: wide, depth: 4, channels: 128, stride: 2}
""",
)


def span(source: Source, line: int, part: str) -> Span:
    """The span of a text in a line."""
    column = source.lines[line - 1].index(part) + 1
    return Span(source, line, column, line, column + len(part))


def one(line: str, part: str, label: str = "") -> Diagnostic:
    """A finding about a part of the only line of a file."""
    return Diagnostic("A000", "wrong", span(Source("x.yaml", line), 1, part), label)


FULL = Diagnostic(
    "A412",
    "residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56",
    span(SPEC, 14, "block: wide"),
    "in block `wide`, called here",
    "`shortcut: identity` cannot change the stride; use `shortcut: auto`",
    (Related(span(SPEC, 7, "conv"), "stride 2 here"),),
)


def test_the_whole() -> None:
    assert "\n" + render([FULL]) + "\n" == (
        """
specs/my.yaml:14:6: error[A412]: residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56
   |
14 |   - {block: wide, depth: 4, channels: 128, stride: 2}
   |      ^^^^^^^^^^^ in block `wide`, called here
   ::: specs/my.yaml:7:11
 7 |         - conv: {channels: $channels, kernel: 3, stride: $stride}
   |           ---- stride 2 here
   = help: `shortcut: identity` cannot change the stride; use `shortcut: auto`
"""
    )


def test_concise() -> None:
    warning = Diagnostic("A601", "odd", None, severity="warning")
    assert concise([FULL, warning]) == (
        "specs/my.yaml:14:6: error[A412]: residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56\n"
        "warning[A601]: odd"
    )
    assert concise([]) == ""


def test_without_a_place() -> None:
    diagnostic = Diagnostic("A001", "nothing to see", help="look\nelsewhere", severity="warning")
    assert render([diagnostic]) == "warning[A001]: nothing to see\n  = help: look\n          elsewhere"
    assert render([Diagnostic("A001", "nothing")]) == "error[A001]: nothing"


def test_several_are_parted_by_an_empty_line() -> None:
    assert render([Diagnostic("A001", "one"), Diagnostic("A002", "two")]) == "error[A001]: one\n\nerror[A002]: two"
    assert render([]) == ""


def test_a_diagnostic_prints_itself() -> None:
    assert str(FULL) == render([FULL])


def test_a_file_without_text_has_no_lines() -> None:
    nowhere = Span(Source("gone.yaml", ""), 1, 1, 1, 1)
    diagnostic = Diagnostic("A112", "cannot read it", nowhere, "label", "check", (Related(nowhere, "named here"),))
    assert render([diagnostic]).splitlines() == [
        "gone.yaml:1:1: error[A112]: cannot read it",
        "  ::: gone.yaml:1:1: named here",
        "  = help: check",
    ]


def test_a_span_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    diagnostic = Diagnostic("A000", "wrong", Span(SPEC, 8, 11, 10, 31), "this node")
    assert render([diagnostic]).splitlines()[2:] == ["8 |         - residual:", "  |           ^^^^^^^^^ this node"]


def test_an_empty_span_has_one_caret() -> None:
    assert render([Diagnostic("A000", "wrong", Span(SPEC, 2, 9, 2, 9))]).splitlines()[-1] == "  |         ^"


def test_a_span_behind_the_text_does_not_matter() -> None:
    for place in (Span(SPEC, 99, 5, 99, 9), Span(SPEC, 2, 500, 2, 600), Span(SPEC, 2, 1, 2, 900)):
        assert "^" in render([Diagnostic("A000", "wrong", place)])


def test_related_places_in_the_same_line_share_it() -> None:
    line = Source("x.yaml", "{a: 1, a: 2}")
    related = (Related(Span(line, 1, 2, 1, 3), "first here"),)
    assert render([Diagnostic("A103", "twice", Span(line, 1, 8, 1, 9), "", "", related)]).splitlines()[1:] == [
        "  |",
        "1 | {a: 1, a: 2}",
        "  |        ^",
        "  |  - first here",
    ]


def test_related_places_in_other_files() -> None:
    other = Source("other.yaml", "\n" * 999 + "block: wide")
    related = (Related(span(other, 1000, "wide"), "defined here"), Related(span(SPEC, 2, "my"), "used here"))
    assert render([Diagnostic("A000", "wrong", span(SPEC, 1, "1"), "", "", related)]).splitlines()[1:] == [
        "     |",
        "   1 | archspec: 1",
        "     |           ^",
        "     ::: other.yaml:1000:8",
        "1000 | block: wide",
        "     |        ---- defined here",
        "     ::: specs/my.yaml:2:7",
        "   2 | name: my",
        "     |       -- used here",
    ]


def test_color() -> None:
    colored = render([FULL], color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([FULL])
    assert "\x1b[1;31merror[A412]\x1b[0m" in colored
    assert "\x1b[1;31m^^^^^^^^^^^ in block `wide`, called here\x1b[0m" in colored
    assert "\x1b[1;33mwarning[A001]\x1b[0m" in render([Diagnostic("A001", "odd", severity="warning")], color=True)
    assert "\x1b" not in render([FULL])


# --------------------------------------------------------------------------------------------------------- columns


def columns(text: str) -> int:
    """What a terminal needs for a text."""
    return sum(0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def underlined(diagnostic: Diagnostic, width: int | None = None) -> tuple[str, int, int]:
    """The line shown, and the columns before and below the carets."""
    _, _, line, carets = render([diagnostic], width=width).splitlines()
    line, carets = line[len("1 | ") :], carets[len("  | ") :]
    return line, len(carets) - len(carets.lstrip()), carets.count("^")


@pytest.mark.parametrize(
    ("line", "part", "before", "below"),
    [
        ("a: [x, y]", "y", 7, 1),
        ("a: [日本, 語]", "語", 10, 2),
        ("a: [日本, 語]", "日本", 4, 4),
        ("a: [e\u0301e\u0301, y]", "y", 8, 1),
        ("a: [e\u0301, y]", "e\u0301", 4, 1),
        ("a:\t[\tx]", "x", 2 + 4 + 1 + 4, 1),
        ("a:\tx", "\t", 2, 4),
        ("a: 😀 [y]", "y", 7, 1),
        ("ａ: y", "y", 4, 1),
    ],
)
def test_carets_stand_below_the_span(line: str, part: str, before: int, below: int) -> None:
    shown, *found = underlined(one(line, part))
    assert shown == line.replace("\t", "    ")
    assert found == [before, below]


@pytest.mark.parametrize(
    ("line", "part", "shown", "below"),
    [
        ("a: \x1b[31mb", "\x1b", r"a: \x1b[31mb", 4),
        ("a: \u202eb", "\u202e", r"a: \u202eb", 6),
        ("a:\xa0b", "\xa0", r"a:\xa0b", 4),
        ("a: \ud800", "\ud800", r"a: \ud800", 6),
        ("a: \0b", "\0b", r"a: \x00b", 5),
        ("a: \u2028b", "b", r"a: \u2028b", 1),
    ],
)
def test_invisible_characters_are_shown(line: str, part: str, shown: str, below: int) -> None:
    assert underlined(one(line, part)) == (shown, shown.rindex("b") if part == "b" else shown.index("\\"), below)


def test_nothing_steers_the_terminal() -> None:
    source = Source("x\x1b[2J.yaml", "a: \x1b[2J")
    place = Span(source, 1, 4, 1, 5)
    diagnostic = Diagnostic("A000", "bad \x1b[2J\nvalue", place, "\x07", "\r\x08", (Related(place, "\u202e"),))
    for text in (render([diagnostic]), concise([diagnostic])):
        assert all(line.isprintable() for line in text.split("\n"))
        assert text.startswith(r"x\x1b[2J.yaml:1:4: error[A000]: bad \x1b[2J\nvalue")


def test_escaped() -> None:
    assert escaped("äöü 日本 × 😀") == "äöü 日本 × 😀"
    assert escaped("\t\n\x7f\u200b\ufeff") == r"\t\n\x7f\u200b\ufeff"


# ------------------------------------------------------------------------------------------------------ long lines


def test_long_lines_are_cut_around_the_span() -> None:
    line = "a" * 500 + " here " + "b" * 500
    shown, before, below = underlined(one(line, "here"), width=60)
    assert len("1 | " + shown) == 60
    assert shown.startswith("…a")
    assert shown.endswith("b…")
    assert shown[before : before + below] == "here"
    assert abs(before - (60 - before - below)) < 10, "the span is in the middle"


def test_lines_are_cut_on_one_side_only_if_they_need_it() -> None:
    shown, *_ = underlined(one("here " + "b" * 500, "here"), width=60)
    assert shown.startswith("here b")
    assert shown.endswith("b…")
    shown, *_ = underlined(one("a" * 500 + " here", "here"), width=60)
    assert shown.startswith("…a")
    assert shown.endswith("a here")
    line = "x" * (DEFAULT_WIDTH - len("1 | "))
    assert underlined(one(line, line))[0] == line


def test_of_a_span_too_long_the_beginning_is_shown() -> None:
    part = "start" + "x" * 1000
    shown, before, below = underlined(one("key: " + part + " end", part), width=60)
    assert shown[before:].startswith("start")
    assert shown.startswith("key: ")
    assert before + below <= len(shown)
    assert len("1 | " + shown) <= 60


def test_a_line_of_a_megabyte_costs_nothing() -> None:
    line = "日" * 500_000 + "here" + "本" * 500_000
    shown, before, below = underlined(one(line, "here"))
    assert columns("1 | " + shown) <= DEFAULT_WIDTH
    assert below == 4
    assert columns(shown[: shown.index("here")]) == before


@given(
    st.text(st.sampled_from("ab :-[]日本e\u0301\u202e\t\x1b😀\xa0"), max_size=300),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 200),
)
def test_whatever_is_underlined_is_what_the_span_covers(line: str, start: int, length: int, width: int) -> None:
    start = min(start, len(line))
    end = min(start + length, len(line))
    diagnostic = Diagnostic("A000", "wrong", Span(Source("x", line or "\n"), 1, start + 1, 1, end + 1))
    shown, before, below = underlined(diagnostic, width)
    assert all(character.isprintable() for character in shown)
    assert columns(shown) <= max(width - len("1 | "), 20)
    assert before + below <= max(width - len("1 | "), 20) + 1
    cells = "".join("    " if c == "\t" else escaped(c) for c in line[start:end])
    if "…" not in shown:
        assert columns(cells) == below or (below == 1 and columns(cells) == 0)
        assert columns("".join("    " if c == "\t" else escaped(c) for c in line[:start])) == before
    elif below > 1:
        # What stands above the carets is how the span begins.
        seen, position = "", 0
        for character in shown + " " * width:
            # a mark without width of its own belongs to the character before it
            leads = not seen and columns(character) == 0
            if before <= position < before + below and character != "…" and not leads:
                seen += character
            position += columns(character)
        assert cells.startswith(seen.rstrip()) or seen.rstrip() in cells
