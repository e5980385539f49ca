"""What a parser could not read, in words of our own: PyYAML and libyaml word the same mistakes differently."""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.error import MarkedYAMLError

from archspec.source import places
from archspec.source.places import Mark, shown


class Mistake(NamedTuple):
    """A finding about the text from `start` to `end`; `opened` is where the unfinished value starts, if that helps."""

    code: str
    message: str
    help: str
    start: Mark
    end: Mark
    opened: Mark | None = None


class _Rule(NamedTuple):
    """How to tell a mistake (in either parser's words) and what to say; `{found}` is what stands at the place."""

    problem: str
    message: str
    help: str
    at_start: bool = False  # of the value that is being read, not where reading it failed
    shows_start: bool = False


_NEAR = 2000  # characters before a mistake in which its cause is looked for

# The scanners give up looking for the `:` of a key at this distance.
_SIMPLE_KEY_LENGTH = 1024

_QUOTE = "if it is part of a string, put the string in quotes"

_BRACKETS = f"put a `,` between two entries, or close the bracket; {_QUOTE}"

_OPEN_EXPRESSION = re.compile(r"\$\([^)]*\Z")
_EXPRESSION = 'in brackets, quote an expression that has a comma or brackets: `"$(widths[0])"`'
_BRACES = "write a parameter as `$name`, an expression as `$( … )`"

_INDENTED = f"{_QUOTE}; otherwise check the indentation of this line and the line before"
_COLUMN = "put a `-` before each entry of a list, all in one column"

_NO_SPACE = re.compile(r"\s*(?:- +)*(\w+) *:?\{")
_BEFORE = re.compile(r"( *)((?:- +)?\w+)(:?)( \S.*)?\n+( *)[^\n]*\Z")

_RULES = (
    _Rule("tab character", "tab found where YAML allows only spaces", "indent with spaces"),
    _Rule("cannot start any token", "a value cannot start with {found}", _QUOTE),
    _Rule(
        "values are not allowed",
        "unexpected `:`",
        _INDENTED,
    ),
    _Rule("keys are not allowed", "unexpected `?`", _QUOTE),
    _Rule("entries are not allowed", "a list entry cannot start here", f"start the list on a new line; {_QUOTE}"),
    _Rule("end of stream", "the quote is never closed", "close it", at_start=True),
    _Rule("document (separator|indicator)", "the quote is not closed before {found}", "close it", at_start=True),
    _Rule(
        "escape|hexdecimal",
        "this is not an escape sequence",
        r"in double quotes write a backslash as `\\`; in single quotes it is literal",
        shows_start=True,
    ),
    _Rule("unexpected ':'", "a `:` must be followed by a space", f"add the space; {_QUOTE}"),
    _Rule(
        "scanning a block scalar",
        "{found} cannot follow a `|` or `>`",
        f"start the text on the next line; {_QUOTE}",
        shows_start=True,
    ),
    _Rule(
        "scanning an? (anchor|alias)",
        "a name must follow the `{first}`",
        f"a name consists of letters a to z, digits, `-` and `_`; {_QUOTE}",
        at_start=True,
    ),
    _Rule(r"',' or '[]}]'", "expected `,` or the closing bracket, found {found}", _BRACKETS, shows_start=True),
    _Rule("\n[]}]", "unmatched {found}", "remove it, or open the bracket before"),
    _Rule("node content", "expected a value, found {found}", "write the value, or `null`"),
    _Rule(
        r"parsing a block mapping.*\n-",
        "expected a key of this mapping, found {found}",
        _COLUMN,
        shows_start=True,
    ),
    _Rule(
        "parsing a block mapping",
        "expected a key of this mapping, found {found}",
        "write `key: value`, indented like the keys above it",
        shows_start=True,
    ),
    _Rule(
        r"parsing a block collection.*\n-",
        "this `-` is not aligned with the other entries of the list",
        "indent it like the entries above it",
        shows_start=True,
    ),
    _Rule(
        "parsing a block collection",
        "expected a `-` of this list, found {found}",
        "write `- value`, indented like the entries above it; align a further key of an entry with its first key",
        shows_start=True,
    ),
    _Rule("", "this is not valid YAML", "check the indentation and the brackets around it"),
)

_TOKEN = re.compile(r"[-.]{3}(?![^ \t\n])|[\w$.-]{1,40}|.", re.ASCII)
_BETWEEN_DOCUMENTS = re.compile(r"(?:[ \t\n]|#[^\n]*\n|^\.\.\.(?=[ \t\n]))*", re.MULTILINE)
_JOINED = re.compile(r"(\w*)([:-])(?=\w)(\S{1,40})", re.ASCII)
_MARKER = re.compile(r"^\.\.\.", re.MULTILINE)


def explain(error: MarkedYAMLError, text: str) -> Mistake:
    """What a parser's error means."""
    mark: Mark = error.problem_mark or places.START
    start: Mark = error.context_mark or mark
    context, problem = error.context or "", error.problem or ""
    if "directive" in context:
        return directive(text, start)
    if text.startswith("%", mark.index) and mark.column == 0:
        return directive(text, mark)
    if context.endswith(" a tag") or "undefined tag handle" in problem:
        return bad_tag(text, start)
    problem = f"{context}: {problem}"
    if "find expected ':'" in problem:
        return _no_colon(text, start)
    if "cannot start any token" in problem and text.startswith("\t", mark.index):
        problem = "tab character"
    if "',' or '" in problem and mark.index >= len(text):
        bracket = text[start.index]
        help = f"add the `{']' if bracket == '[' else '}'}`"
        return Mistake("A102", f"the `{bracket}` is never closed", help, start, places.moved(start, bracket))
    problem += f"\n{text[mark.index : mark.index + 1]}"
    rule = next(rule for rule in _RULES if re.search(rule.problem, problem))
    place = start if rule.at_start else mark
    message = rule.message.format(found=_found(text, mark), first=text[start.index : start.index + 1])
    end = places.moved(place, _token(text, place))
    opened = start if rule.shows_start and start.index < place.index else None
    return Mistake("A102", message, _remedy(rule.help, text, place), place, end, opened)


def _remedy(help: str, text: str, place: Mark) -> str:
    """The remedy of a rule, or a better one where the lines before a place tell what is meant."""
    before = text[: place.index]
    line = before.rpartition("\n")[2]
    if help is _BRACKETS and text.startswith("{", place.index) and (word := re.search(r"(\w+) +\Z", line)):
        return f"put a `:` after `{word[1]}`: `{word[1]}: {{`"
    if help is _BRACKETS:
        return _EXPRESSION if _OPEN_EXPRESSION.search(line) else _BRACES if line.endswith("$") else help
    if help is _INDENTED and (word := _NO_SPACE.match(line)):
        return f"put a `:` and a space after `{word[1]}`: `{word[1]}: {{…}}`"
    above = _BEFORE.search(before[-_NEAR:])
    if help is _INDENTED and above is not None and len(above[1]) < len(above[5]):
        if not above[3] and not above[4]:
            return f"end the line before with a `:`: `{above[2]}:`"
        return f"indent this line like the one before; {_QUOTE}" if above[4] else help
    if help is _COLUMN and re.search(rf"^ {{0,{max(place.column - 1, 0)}}}- ", before[-_NEAR:], re.MULTILINE):
        return "indent it less: put each `-` of a list in the column of the `-` above"
    return help


def after_document(text: str, end: Mark) -> Mistake:
    """Something stands after the end of the document, and is neither blank nor a comment."""
    match = _BETWEEN_DOCUMENTS.match(text, end.index)
    between = match.group() if match else ""
    place = places.moved(end, between)
    token = _token(text, place)
    after = places.moved(place, token)
    if (token == "---" and place.column == 0) or _MARKER.search(between):
        message = "a second document starts here, but a file can contain only one"
        return Mistake("A109", message, "write each spec to a file of its own", place, after)
    if token == "%" and place.column == 0:
        return directive(text, place)
    if token == ":":
        help = f"a key must be on one line, quoted or not, and end within {_SIMPLE_KEY_LENGTH:,} characters"
        return Mistake("A102", "missing key before this `:`", help, place, after)
    message = f"unexpected {_found(text, place)} after the end of the document"
    return Mistake("A102", message, "remove it, or check the brackets and the indentation above", place, after)


def directive(text: str, start: Mark) -> Mistake:
    """A `%` at the start of a line, other than `%YAML 1.2` before the document."""
    line = text[start.index :].partition("\n")[0].rstrip()
    message = "directives (lines that start with `%`) are not allowed"
    help = "remove the line; if it is part of a string, indent it"
    return Mistake("A102", message, help, start, places.moved(start, line))


def bad_tag(text: str, start: Mark) -> Mistake:
    """A tag that cannot even be read, somewhere behind a mark."""
    found, first, last = places.tag(text[start.index :].partition("\n")[0], start)
    return Mistake("A104", f"tags are not allowed: `{shown(found)}`", f"remove it; {_QUOTE}", first, last)


def _no_colon(text: str, start: Mark) -> Mistake:
    line = text[start.index :].partition("\n")[0].rstrip()
    end = places.moved(start, line)
    if len(line) > _SIMPLE_KEY_LENGTH:
        message = f"no `:` within {_SIMPLE_KEY_LENGTH:,} characters, the most a key can have"
        return Mistake("A108", message, "shorten the key", start, end)
    message = f"expected a key, found `{shown(line)}` without a `:`"
    return Mistake("A102", message, _spaced(line), start, end)


def _spaced(line: str) -> str:
    """The remedy for a line without a `:` that ends a key: perhaps the space is missing."""
    match = _JOINED.match(line)
    return f"put a space after the `{match[2]}`: `{match[1]}{match[2]} {match[3]}`" if match else "write `key: value`"


def _token(text: str, place: Mark) -> str:
    match = _TOKEN.match(text, place.index)
    return match.group() if match else ""


def _found(text: str, place: Mark) -> str:
    """What stands at a place, for a message."""
    if place.index >= len(text):
        return "the end of the file"
    token = _token(text, place)
    return f"`{token}`" if token.strip() else "the end of the line" if not token else "a space"
