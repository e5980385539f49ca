"""What classes, parameters and variables are called."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

_VOWELS = set("aeiou")
_AMBIGUOUS = ("I", "O")
"""Names that look like numbers (ruff's rule E742)."""
RESERVED = frozenset(("self", "super", "getattr", "range", "torch", "nn", "F", "i", "layer", "_"))
"""Names that constructors and forwards use themselves, apart from those that a file imports or defines."""


def class_name(name: str) -> str:
    """The name of a class: `resnet50` is `ResNet50`, `conv_bn` is `ConvBN`, `vit_b_16` is `VitB16`."""
    found = ""
    for word in re.split(r"[^A-Za-z0-9]+", name):
        for part in re.findall(r"[A-Za-z]+|[0-9]+", word):
            if found[-1:].isdigit() and part[0].isdigit():
                found += "_"
            found += _capitalized(part)
    if not found or found[0].isdigit():
        found = f"Layer{found}"
    return f"{found}_" if keyword.iskeyword(found) or found in _AMBIGUOUS else found


def _capitalized(word: str) -> str:
    if not word.islower():
        return word[0].upper() + word[1:]
    if 1 < len(word) <= 4 and not _VOWELS & set(word):
        return word.upper()
    if word.endswith("net") and word != "net":
        return f"{_capitalized(word[:-3])}Net"
    return word.capitalize()


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
