"""What parameters and variables are called."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

RESERVED = frozenset(("self", "super", "getattr", "range", "torch", "nn", "F", "i", "layer", "_"))
"""Names that constructors and forwards use themselves, apart from those that a file imports or defines."""


def variable(name: str) -> str:
    """A name of the file as a variable or parameter: it is none that Python, or what is written, uses itself."""
    found = re.sub(r"\W+", "_", name, flags=re.ASCII).lstrip("_")
    if not found.islower():
        found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", found).lower()
    if not found or found[0].isdigit():
        found = f"x{found}"
    return f"{found}_" if keyword.iskeyword(found) or found in RESERVED else found


def is_attribute(name: str) -> bool:
    """Whether a child can be reached by `self.name`."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def free(name: str, taken: Container[str]) -> str:
    """The name itself, or the next one with a number that is not taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}" if name[-1:].isalpha() else f"{name}_{number}"
    return found
