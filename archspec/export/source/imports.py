"""What a file imports, and what it holds itself because torch lacks it."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module

from archspec.export.source.code import docstring, flat
from archspec.export.source.expressions import Term, expression, is_written
from archspec.export.source.make import Make
from archspec.export.source.names import RESERVED, free
from archspec.graph.graph import Graph
from archspec.graph.nodes import Scope
from archspec.ops.base import FUNCTIONS, MODULES
from archspec.torch_backend.build import imported

_LINES = {
    "OrderedDict": "from collections import OrderedDict",
    "Any": "from typing import Any",
    "Iterable": "from collections.abc import Iterable",
    "math": "import math",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor, nn",
    "nn": "from torch import Tensor, nn",
    "has_torch_function": "from torch.overrides import has_torch_function",
}
"""Every name that is at hand, with the line that imports it."""

_EXCEPTIONS = [name for name in dir(builtins) if name[0].isupper()]
"""Names that Python has for classes and constants."""
_NOQA = re.compile(r"  # noqa: \w+$", re.MULTILINE)
"""What a comment tells the linter of this project alone."""
_HOMES = {"torch": "torch.", "torch.nn": "nn.", "torch.nn.functional": "F."}


class Imports:
    """The names of classes and functions from elsewhere: those of torch, ours, and those of plugins."""

    def __init__(self, graph: Graph) -> None:
        self.foreign: dict[str, str] = {}
        self.taken = {*_LINES, *_EXCEPTIONS}
        scopes = (item for _, item in graph.items() if isinstance(item, Scope))
        self.arguments = {name for scope in scopes for name in scope.arguments}
        self.held: dict[str, str] = {}
        targets = dict.fromkeys(node.call.target for _, node in graph.nodes())
        for target in targets:
            home, name = target.rsplit(".", 1)
            if home in (MODULES, FUNCTIONS) and not is_written(target):
                self.taken |= sources(target).keys()
            elif home not in (*_HOMES, MODULES, FUNCTIONS):
                self.foreign[target] = free(name, {*self.taken, *RESERVED, "x", "y"})
                self.taken.add(self.foreign[target])

    def name(self, target: str) -> str:
        """What the file calls a class or function; one of ours is held by the file from then on."""
        if target in self.foreign:
            return self.foreign[target]
        home, name = target.rsplit(".", 1)
        if home in (MODULES, FUNCTIONS):
            self.held |= sources(target)
            return name
        return _HOMES[home] + name

    def rearrangement(self, made: Make) -> str:
        """What the file calls a class that moves axes, which it holds from then on: `NCHWToNHWC`."""
        given = dict(made.arguments)
        split = tuple(tuple("" if size is None else str(size) for size in group) for group in given["split"])
        sizes = {size: size for group in split for size in group if size}
        moved = expression(made.target, [Term("x")], "", {**given, **sizes, "split": split}, self.name)
        name = "To".join(re.sub(r"[^A-Za-z0-9]", "", side).upper() for side in given["pattern"].split("->"))
        about = docstring(f"`{given['pattern']}`.", 4)
        forward = ["    def forward(self, x: Tensor) -> Tensor:", f"        return {flat(moved.code)}"]
        text = "\n".join([*about, "", *forward])
        known = (taken for taken, held in self.held.items() if held == f"class {taken}(nn.Module):\n{text}")
        # a constructor that makes one may have any argument of a block
        name = next(known, "") or free(name, {*self.taken, *self.held, *self.arguments})
        self.held[name] = f"class {name}(nn.Module):\n{text}"
        return name

    def path(self, target: str) -> str:
        """What the file calls the target of a lowering, where torch or a plugin has it."""
        home, name = target.rsplit(".", 1)
        return self.foreign.get(target) or _HOMES.get(home, "") + name

    def own(self, targets: Iterable[str]) -> Iterator[ast.stmt]:
        """Those classes and functions of ours that a file of these targets may hold, as they stand in archspec."""
        for target in (*targets, f"{MODULES}.contiguous"):
            if target.rpartition(".")[0] in (MODULES, FUNCTIONS):
                for text in sources(target).values():
                    yield from ast.parse(text).body

    def allowed(self) -> set[str]:
        """All lines with which a file may import."""
        others = (_foreign(target, name) for target, name in self.foreign.items())
        return {"from __future__ import annotations", *_LINES.values(), *others}

    @property
    def plugins(self) -> list[str]:
        """The modules that plugins bring along."""
        return sorted({target.rpartition(".")[0] for target in self.foreign})

    def lines(self, body: str) -> str:
        """The imports of all names that a text uses."""
        used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
        known = sorted({line for name, line in _LINES.items() if name in used}, key=_order)
        standard = [line for line in known if "torch" not in line]
        torch = [line for line in known if "torch" in line]
        others = [_foreign(target, name) for target, name in sorted(self.foreign.items())]
        blocks = [["from __future__ import annotations"], standard, torch, others]
        return "\n\n".join("\n".join(block) for block in blocks if block)


_OURS = MODULES.rpartition(".")[0]
"""The package of all classes and functions that torch lacks."""


@cache
def sources(target: str) -> dict[str, str]:
    """The source of a class or function of ours, and of all of ours that it uses, by their names."""
    found: dict[str, str] = {}
    waiting = [imported(target)]
    while waiting:
        item = waiting.pop()
        if item.__name__ not in found:
            found[item.__name__] = _NOQA.sub("", inspect.getsource(item).strip())
            used = {node.id for node in ast.walk(ast.parse(found[item.__name__])) if isinstance(node, ast.Name)}
            ours = vars(import_module(item.__module__))
            waiting += [ours[n] for n in sorted(used) if getattr(ours.get(n), "__module__", "").startswith(_OURS)]
    return found


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _foreign(target: str, name: str) -> str:
    home, original = target.rsplit(".", 1)
    return f"from {home} import {original}" + (f" as {name}" if name != original else "")
