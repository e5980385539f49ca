"""Text that anybody may have written, as people see it: it steers no terminal, and commands nothing that reads a log.

Whatever writes for people ends with `lines`; other forms of output escape what they hold after `escaped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_FIRST = re.compile(r"^( *):(?=:(?!:))")
"""`::error::` where a line begins, a command on GitHub."""
_ANYWHERE = re.compile(r"#(?=#[A-Za-z]*\[)")
"""`##[error]`, `##vso[…]` and `##teamcity[…]`: commands on GitHub, Azure and TeamCity anywhere in a line."""


def escaped(text: str) -> str:
    """A text on one line, in which whatever is invisible or would steer a terminal is written as an escape sequence."""
    return text if text.isprintable() else "".join(map(shown, text))


def shown(character: str) -> str:
    """What stands for one character."""
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def inline(text: str) -> str:
    """A part of a line for people: `escaped`, and no CI server takes anything in it for a command."""
    return _ANYWHERE.sub(r"\\x23", escaped(text))


def line(text: str) -> str:
    """A line for people, or what one begins with: `inline`, and no command for a CI server itself."""
    return _FIRST.sub(r"\1\\x3a", inline(text))


def lines(texts: Iterable[str]) -> str:
    """A text of so many lines for people."""
    return "\n".join(map(line, texts))


def json_text(value: Any, ascii: bool = False) -> str:
    """JSON for programs that a terminal or a log may show, too; in ASCII, no encoding of the output can harm it."""
    import json

    text = _ANYWHERE.sub(r"\\u0023", json.dumps(value, indent=2, ensure_ascii=ascii))
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c == "\n" or c.isprintable() else _unit(c) for c in text)


def _unit(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
