"""Characters that no text of a spec holds: they are invisible, or change what is seen around them."""

from __future__ import annotations

import re

from yaml.scanner import Scanner

_CONTROLS = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
# Some readers of YAML take these for line breaks and others do not; U+0085 is among the controls.
_BREAKS = "\u2028\u2029"
# Text after these is shown in another order than it is read in: what a reviewer sees is not what a program gets.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_CHARACTERS = "\ufeff\ufffe\uffff\ud800-\udfff"

FORBIDDEN = re.compile(f"[{_CONTROLS}{_BREAKS}{_DIRECTIONS}{_NO_CHARACTERS}]")
"""A character that is not allowed anywhere in a file, comments included. Carriage returns end lines there."""

_IN_TEXTS = re.compile(f"[\r{FORBIDDEN.pattern[1:]}")
_ESCAPE = re.compile(r"\\(?:x(\w{2})|u(\w{4})|U(\w{8})|(.))", re.DOTALL)


def forbidden(value: str) -> str | None:
    """The first character of a text that is not allowed, as `U+001B`: what no file may hold, no escape makes either."""
    match = _IN_TEXTS.search(value)
    return f"U+{ord(match.group()):04X}" if match else None


def forbidden_escape(written: str) -> tuple[int, int]:
    """The place of the first escape that stands for such a character, in what is written between double quotes."""
    for match in _ESCAPE.finditer(written):
        *digits, letter = match.groups()
        code = next((number for number in digits if number), None)
        if forbidden(chr(int(code, 16)) if code else Scanner.ESCAPE_REPLACEMENTS.get(letter, "")):
            return match.span()
    return 0, len(written)
