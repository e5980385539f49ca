"""Plain scalars to values, by the core schema of YAML 1.2, made stricter where YAML has surprised its users."""

from __future__ import annotations

import math
import re

from archspec.limits import NUMBER_LENGTH
from archspec.records import record
from archspec.source.tree import Plain


@record
class BadNumber:
    """A scalar that is meant as a number but cannot be one, why, and what to write: `fix` is beyond doubt."""

    message: str
    help: str
    instead: int = 1
    fix: str | None = None


_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "false": False,
}

# Whatever is not a constant and starts otherwise is a string: most scalars are told by this alone.
_NUMBER_START = frozenset("+-.0123456789")

_NUMBER = re.compile(
    r"""(?P<integer> [-+]?[0-9]+ )
      | (?P<float>   [-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)? )
      | 0o(?P<octal> [0-7]+ )
      | 0x(?P<hex>   [0-9a-fA-F]+ )
      | (?P<special> [-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN) )
    """,
    re.VERBOSE,
)
_TUPLE = re.compile(r"\(\s*[-+.\d]")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9])")


def plain_value(text: str) -> Plain | BadNumber:
    """The value of a plain (unquoted) scalar.

    Only `true` and `false` are booleans; `null`, `Null`, `NULL`, `~` and nothing are null; integers are decimal, `0o17`
    or `0x1F`. Everything that is neither these nor a float is a string: `yes`, `True`, `12:30`, `1_000`, dates.
    Numbers that other readers understand differently (`010`) or that cannot be computed with (`.nan`, `1e400`) are
    a `BadNumber`.
    """
    if text and text[0] in _NUMBER_START:
        return _number(text)
    return _CONSTANTS.get(text, text)


def _number(text: str) -> Plain | BadNumber:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    kind = match.lastgroup
    if kind == "special":
        return BadNumber(f"`{text}` is not a finite number", f'write a finite number, or "{text}" if you mean a string')
    if len(text) > NUMBER_LENGTH:
        return BadNumber(
            f"the number `{text[:12]}…` has {len(text):,} characters; at most {NUMBER_LENGTH} are allowed",
            "round it, or quote it if you mean a string",
        )
    if kind == "octal":
        return int(match["octal"], 8)
    if kind == "hex":
        return int(match["hex"], 16)
    if _LEADING_ZERO.match(text):
        return _leading_zero(text, is_integer=kind == "integer")
    if kind == "integer":
        return int(text)
    value = float(text)
    if math.isinf(value):
        return BadNumber(f"the number `{text}` is too large for a float", "floats end at about 1.8e308")
    return value


def _leading_zero(text: str, is_integer: bool) -> BadNumber:
    """The remedy for `010`, which is ten in YAML 1.2, eight in YAML 1.1 and forbidden in JSON."""
    decimal = _LEADING_ZERO.sub(r"\1\2", text)
    octal = text.lstrip("+-").lstrip("0")
    help = f"write `{decimal}`"
    if is_integer and text[0] not in "+-" and octal and not set(octal) & set("89"):
        help += f", or `0o{octal}` if it is octal"
    help += f', or "{text}" if you mean a string'
    digits = decimal.lstrip("+-")
    is_plain = not is_integer or bool(set(digits) & set("89")) or int(digits, 8) == int(digits)
    message = f"the number `{text}` has a leading zero"
    return BadNumber(message, help, int(decimal) if is_integer else 1, decimal if is_plain else None)


def unclosed(value: Plain) -> int:
    """The number of parentheses that an expression in a text leaves open, or a tuple as Python has it.

    Without quotes, `{kernel: $(max(3, 4))}` reads as the text `$(max(3` and the key `4))`, `(3, 4)` as `(3` and `4)`.
    """
    is_open = isinstance(value, str) and ("$(" in value or _TUPLE.match(value))
    return max(0, value.count("(") - value.count(")")) if isinstance(value, str) and is_open else 0


def closes(value: Plain) -> bool:
    """Whether a text may be the rest of an expression that a text before it opens."""
    return isinstance(value, str) and value.count(")") > value.count("(")
