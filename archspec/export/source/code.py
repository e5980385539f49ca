"""Python expressions as trees, and their lines as `ruff format` lays them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

WIDTH = 120
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
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
