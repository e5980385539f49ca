"""Shapes and keys in messages."""

from __future__ import annotations

from archspec.escape import escaped
from archspec.types.tensor import shape_text

_KEY_WIDTH = 100
"""How many characters of a key are shown."""


class Unsound(ValueError):
    """What is wrong with a file, in words for its user."""


def size(shape: tuple[int, ...]) -> str:
    """`64 × 3 × 7 × 7`."""
    return shape_text(shape) or "a single number"


def printable(key: str) -> str:
    """A text of a file for a terminal: short, and nothing in it that would command the terminal."""
    return escaped(key if len(key) <= _KEY_WIDTH else f"{key[:_KEY_WIDTH]}…")
