from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import given

from archspec.diagnostics.formats import FORMATS, Findings, Style
from tests.diagnostics.formats.samples import ALL, CALL, LONG, NOTHING, NOWHERE, ODD, SHADOW, TYPO, any_findings

_COMMAND = re.compile(r"::(\w+)(?: ([^\n\r]*?))?::([^\n\r]*)")
_DATA = {"%0D": "\r", "%0A": "\n"}
_PROPERTY = {**_DATA, "%3A": ":", "%2C": ","}


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner of GitHub Actions reads it."""

    name: str
    properties: dict[str, str]
    message: str


def command(line: str) -> Command:
    """Parse a line as `ActionCommand.TryParseV2` does, and refuse what `ValidateLinesAndColumns` does."""
    match = _COMMAND.fullmatch(line)
    assert match, line
    name, properties, message = match.groups()
    pairs = [item.split("=", 1) for item in properties.split(",")]
    found = {key: unescaped(value, _PROPERTY) for key, value in pairs}
    assert len(found) == len(pairs)
    line_number, end_line = int(found.get("line", 0)), int(found.get("endLine", 0))
    column, end_column = int(found.get("col", 0)), int(found.get("endColumn", 0))
    if "line" not in found:
        assert not {"endLine", "col", "endColumn"} & found.keys()
    elif line_number != end_line:
        assert end_line > line_number
        assert not {"col", "endColumn"} & found.keys()
    else:
        assert 1 <= column <= end_column
    return Command(name, found, unescaped(message, _DATA))


def unescaped(text: str, mapping: dict[str, str]) -> str:
    for escape, character in mapping.items():
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def told(findings: Findings) -> list[Command]:
    """The commands; the last line counts."""
    *lines, last = FORMATS["github"](findings, Style()).split("\n")
    assert last == findings.totals()
    return [command(line) for line in lines]


def test_a_command() -> None:
    assert FORMATS["github"](Findings(("specs/my.yaml",), (TYPO,)), Style()) == (
        "::error file=specs/my.yaml,line=5,col=7,endLine=5,endColumn=14,title=A201::"
        "`conv` has no argument `chanels`%0Ahelp: did you mean `channels`?\n"
        "1 error in 1 file, 1 fixable with `--fix`"
    )


def test_nothing_found() -> None:
    assert FORMATS["github"](NOTHING, Style()) == "2 files: all valid"


def test_errors_come_before_warnings() -> None:
    found = told(Findings((), (SHADOW, TYPO, SHADOW, CALL)))
    assert [(c.name, c.properties["title"]) for c in found] == [
        ("error", "A201"), ("error", "A412"), ("warning", "A306"), ("warning", "A306"),
    ]  # fmt: skip


def test_more_than_one_line_has_no_columns() -> None:
    (found,) = told(Findings((), (LONG,)))
    assert found.properties == {"file": "specs/my.yaml", "line": "4", "endLine": "5", "title": "A205"}


def test_a_finding_without_a_place() -> None:
    (found,) = told(Findings(("specs/my.yaml",), (NOWHERE,)))
    assert found.properties == {"title": "A301"}


def test_what_would_end_a_command_or_steer_the_log_is_escaped() -> None:
    line, _ = FORMATS["github"](Findings((), (ODD,)), Style()).split("\n")
    assert line == (
        r"::error file=specs/100%25%2C really%3A \x1b[31mred.yaml,line=1,col=7,endLine=1,endColumn=7,title=A311::"
        r"100%25 wrong: \x1b[2J\r%0Ahelp: a%0A\x00b"
    )


def test_all() -> None:
    assert len(told(ALL)) == len(ALL.diagnostics)


@given(any_findings)
def test_whatever_is_found_is_a_command(findings: Findings) -> None:
    assert len(told(findings)) == len(findings.diagnostics)
