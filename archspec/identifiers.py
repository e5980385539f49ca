"""What names look like, wherever they are read, and what classes are called after them."""

import keyword
import re

NAME = r"[a-z][a-z0-9_]*"
"""Of an op, a block or a stage."""
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
"""Of a parameter, an input, a symbolic size: what an expression can mention."""
PART = r"[A-Za-z0-9_-]+"
"""The name of a part of a value, or one part of a dotted name."""

_VOWELS = set("aeiou")
_AMBIGUOUS = ("I", "O")
"""Names that look like numbers (ruff's rule E742)."""


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
