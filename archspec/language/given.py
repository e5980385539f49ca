"""Values from outside as people type them: those of parameters, and the sizes of inputs."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from archspec.diagnostics import Collector
from archspec.identifiers import VARIABLE
from archspec.source import Mapping, plain, read_text

Sizes: TypeAlias = "int | list[int] | dict[str, int | list[int]]"

_VARIABLE = re.compile(VARIABLE)
_SIZE = re.compile(r"[0-9]{1,18}")


def parameter_value(name: str, text: str) -> Any:
    """The value of a parameter, in YAML as a spec would have it. Raises `ValueError` for what is none."""
    if not text.strip():
        raise ValueError(f"`{name}` has no value; for an empty string, write {name}='\"\"'")
    collector = Collector()
    _, tree = read_text(text, name, collector)
    if tree is None or collector.errors:
        first = collector.errors[0]
        raise ValueError(f"the value of `{name}`: {first.message}" + (f"; {first.help}" if first.help else ""))
    if isinstance(tree, Mapping):
        raise ValueError(f"the value of `{name}` is a mapping; expected a number, a string, true, false or a list")
    return plain(tree)


def input_sizes(text: str) -> Sizes:
    """`256`, `256,320`, or by names `H=256,W=320`, `rgb=256,320,depth=128`. Raises `ValueError` for anything else."""
    found: dict[str, list[int]] = {}
    last = ""
    for part in text.split(","):
        name, sign, number = part.strip().rpartition("=")
        last = name.strip() if sign else last
        if not _SIZE.fullmatch(number) or (sign and not _VARIABLE.fullmatch(name)):
            raise ValueError(f"expected 256, or 256,320, or H=256,W=320, found `{text}`{_hint(text)}")
        if sign and last in found:
            raise ValueError(f"`{text}` gives `{last}` twice")
        found.setdefault(last, []).append(int(number))
    if "" in found and len(found) > 1:
        raise ValueError(f"`{text}` names only some of the sizes; name all or none")
    if any(0 in numbers for numbers in found.values()):
        raise ValueError(f"a size is at least 1, found `{text}`")
    sizes = {name: numbers[0] if len(numbers) == 1 else numbers for name, numbers in found.items()}
    return sizes.get("") or sizes


def _hint(text: str) -> str:
    """What `3x224x224` was meant to be."""
    numbers = text.lower().split("x")
    if len(numbers) == 1 or not all(map(_SIZE.fullmatch, numbers)):
        return ""
    return f"; separate sizes by commas, without the channels: {','.join(numbers[-2:])}"
