"""Python expressions as trees, and their lines as `ruff format` lays them out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from archspec.records import record

WIDTH = 120
"""Characters of a line."""

_WORD_LENGTH = WIDTH // 2
"""Characters of a word beyond which it may be parted."""
_TEXT = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_BRACES = {ord("{"): "{{", ord("}"): "}}"}


class Text(str):
    """An expression of the code, where a constant may stand too."""

    __slots__ = ()


@record
class Group:
    """Items between brackets: a call, a list, a tuple, or a comprehension, whose items are its clauses."""

    open: str
    items: tuple[Code, ...]
    close: str
    kind: str = "call"


Code: TypeAlias = str | Group


def call(function: str, arguments: Iterable[Code]) -> Code:
    """The call of a function."""
    return Group(f"{function}(", tuple(arguments), ")")


def keyword(name: str, code: Code) -> Code:
    """An argument by keyword."""
    return f"{name}={code}" if isinstance(code, str) else replace(code, open=f"{name}={code.open}")


def literal(value: object) -> str:
    """A constant: a number, a text, a tuple of them, with double quotes."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        quoted = repr(value)
        # as the formatter does: double quotes unless that takes more escapes
        return '"' + quoted[1:-1] + '"' if quoted[0] == "'" and '"' not in quoted else quoted
    return repr(value)


def breakable(text: str) -> Code:
    """A constant whose tuples may go over several lines; what is short, or none, as it is."""
    if not text.startswith("(") or len(text) < WIDTH // 2:
        return text
    try:
        return _unfolded(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return text


def _unfolded(value: object) -> Code:
    if isinstance(value, tuple) and len(value) > 1:
        return Group("(", tuple(map(_unfolded, value)), ")", "tuple")
    return literal(value)


def numbered(stem: str) -> str:
    """The f-string of a text and the number `i` after it."""
    text = literal(stem.translate(_BRACES))
    return f"f{text[:-1]}{{i}}{text[-1]}"


def docstring(text: str, indent: int = 0) -> list[str]:
    """The lines of a docstring of this text, whatever it holds: evaluated, it is the same to the last character.

    A text of several lines is followed by a line break, and its lines but the first by the indentation. A line that is
    too long goes on after a backslash.
    """
    margin = " " * indent
    first, *others = text.split("\n")
    lines = [*_continued(first, f'{margin}"""')]
    for line in others:
        lines += _continued(line, margin if line else "")
    return [*lines, f'{margin}"""'] if others else [*lines[:-1], f'{lines[-1]}"""']


def _continued(line: str, start: str) -> Iterator[str]:
    """One line of a docstring as lines of source. Each character is escaped on its own, before any line is laid out."""
    row, width = start, WIDTH - 4
    for word in _words(line):
        if len(row) + len(word) > width and row not in (start, ""):
            yield f"{row}\\"
            row = ""
        row += word
    yield row


def _words(line: str) -> Iterator[str]:
    """Pieces of a line, escaped: words with the blanks after them, long ones in parts."""
    word = ""
    for at, letter in enumerate(line):
        is_last = at == len(line) - 1
        if letter == '"':
            # never two in a row, nor one before the closing ones
            letter = r"\"" if is_last or line[at - 1 : at] == '"' else '"'
        elif letter == " " and is_last:
            letter = r"\x20"
        elif letter == "\\" or not letter.isprintable():
            letter = repr(letter)[1:-1]
        word += letter
        if (letter == " " and line[at + 1 : at + 2] != " ") or len(word) > _WORD_LENGTH:
            yield word
            word = ""
    yield word


def parted(line: str) -> list[str]:
    """A line of code in parts: what is code and what is a text, in turn."""
    return _TEXT.split(line)


def flat(code: Code) -> str:
    """The code in one line."""
    if isinstance(code, str):
        return code
    separator = " " if code.kind == "comprehension" else ", "
    return code.open + separator.join(map(flat, code.items)) + code.close


def lay_out(code: Code, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """The lines of a code between a prefix and a suffix, broken at the outermost brackets where it is too long."""
    line = " " * indent + prefix + flat(code) + suffix
    if isinstance(code, str) or len(line) <= WIDTH or not code.items:
        return [line]
    inner = indent + 4
    first, last = " " * indent + prefix + code.open, " " * indent + code.close + suffix
    content = " " * inner + flat(replace(code, open="", close=""))
    if code.kind != "tuple" and not code.open.endswith(("[", "{")) and len(content) <= WIDTH:
        return [first, content, last]
    end = "" if code.kind == "comprehension" else ","
    return [first, *(row for item in code.items for row in lay_out(item, inner, suffix=end)), last]
