"""Which constants of a class become parameters of its constructor, and what they are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from archspec.export.source.code import literal
from archspec.export.source.names import RESERVED, free, is_attribute, variable
from archspec.graph.nodes import Scope

Vector: TypeAlias = "tuple[Any, ...]"

MISSING: Any = object()
"""Where a parameter has no default."""

_CHANNELS = re.compile(r".*(channels|features|shape|width|sizes)|embed_dim|embedding_dim|hidden_\w+")
_WIDE = re.compile(r".*(channels|features|width|growth|dim|hidden)")
_NO_CHANNELS = re.compile(r"(kernel|stride|padding|dilation|groups|heads|depth|drop|index|window|bias)")
_USUAL = (0, 1, False, None)
"""Values that make good defaults."""


@dataclass(slots=True)
class Parameter:
    """A parameter of a constructor, with its value in each instance."""

    name: str
    values: Vector

    @property
    def default(self) -> Any:
        """The value that most instances have, where it is one that goes without saying; else MISSING."""
        (value, count), *_ = Counter(map(_typed, self.values)).most_common(1)
        found = value[1]
        return found if 2 * count >= len(self.values) and found in _USUAL else MISSING

    @property
    def annotation(self) -> str:
        """The type."""
        return " | ".join(dict.fromkeys(_type(value) for value in sorted(self.values, key=lambda v: v is None)))


def _typed(value: Any) -> tuple[type, Any]:
    return type(value), value


def _type(value: Any) -> str:
    if isinstance(value, tuple):
        kinds = list(dict.fromkeys(map(_type, value)))
        return f"tuple[{kinds[0] if len(kinds) == 1 else ' | '.join(kinds)}, ...]" if kinds else "tuple[()]"
    return "None" if value is None else type(value).__name__


@dataclass(slots=True)
class Solver:
    """Finds for each constant of several scopes of one class the expression that gives it in all of them.

    `known` are the names that scopes bring along: the channels of their input, and the arguments of their block.
    `taken` are those of what the file imports and defines.
    """

    scopes: Sequence[Scope]
    taken: Set[str] = frozenset()
    known: dict[str, Vector] = field(init=False)
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = _known(self.scopes, self.taken)

    def solve(self, values: Vector, argument: str, item: str) -> str:
        """The expression of a constant that is called `argument` and belongs to `item`."""
        alike = len(set(map(_typed, values))) == 1
        wide = _is_channels(argument) or (argument == "groups" and values[0] != 1)
        if len(self.scopes) == 1 or (alike and not wide):
            return literal(values[0])
        found = self._expression(values, argument)
        return found or (literal(values[0]) if alike else self._new(values, argument, item))

    def _expression(self, values: Vector, argument: str) -> str | None:
        named = self._named(values, argument)
        if named is not None and not _is_channels(argument):
            return self.use(named)
        if not _is_channels(argument) and argument != "groups":
            return self._padding(values) if argument == "padding" else self._any(values)
        names = self.channel_names()
        for name in names:
            if _same(values, self.known[name]):
                return self.use(name)
        for name in (*names[1:2], *names[:1]):
            derived = self._multiple(values, name)
            if derived is not None:
                return derived
        return self._any(values)

    def _named(self, values: Vector, argument: str) -> str | None:
        """The name that is like the argument's and has these values."""
        stem = argument[:4] if len(argument) > 1 else "drop"
        for name, known in self.known.items():
            if name.startswith(stem) and _same(values, known):
                return name
        return None

    def _any(self, values: Vector) -> str | None:
        """The name that has these values, if they are telling."""
        if len(set(values)) < 2:
            return None
        for name, known in self.known.items():
            if _same(values, known):
                return self.use(name)
            if all(isinstance(v, int) for v in known) and _same(values, tuple(-v for v in known)):
                return f"-{self.use(name)}"
        return None

    def _padding(self, values: Vector) -> str | None:
        for name, known in self.known.items():
            telling = name.startswith("kernel") and len(set(known)) > 1 and all(isinstance(v, int) for v in known)
            if telling and _same(values, tuple(v // 2 for v in known)):
                return f"{self.use(name)} // 2"
        return self._any(values)

    def channel_names(self) -> list[str]:
        """The known names that count channels, or may."""
        return [
            name
            for name, values in self.known.items()
            if not _NO_CHANNELS.match(name) and all(type(v) is int and v > 1 for v in values)
        ]

    def _multiple(self, values: Vector, name: str) -> str | None:
        known = self.known[name]
        if not _WIDE.match(name):
            return None
        if not all(type(v) is int for v in values):
            return None
        pairs = list(zip(values, known, strict=True))
        value, base = pairs[0]
        factor, divisor = value // base, base // max(value, 1)
        if factor > 1 and all(v == factor * k for v, k in pairs) and factor <= 8:
            return f"{factor} * {self.use(name)}"
        if 1 < divisor <= 32 and all(v == k // divisor for v, k in pairs):
            return f"{self.use(name)} // {divisor}"
        return None

    def use(self, name: str) -> str:
        """The text of a known name, whose parameter the class then has."""
        parameter = name.partition("[")[0]
        if parameter not in self.parameters:
            if "[" in name:
                values: Vector = tuple(scope.arguments[parameter] for scope in self.scopes)
            else:
                values = self.known[name]
            self.parameters[parameter] = Parameter(parameter, values)
        return name

    def _new(self, values: Vector, argument: str, item: str) -> str:
        """A parameter called after the argument, and where that is taken after the item too."""
        for parameter in self.parameters.values():
            if _same(values, parameter.values) and parameter.name not in self.known:
                return parameter.name
        of = item if not item[:1].isdecimal() else f"layer{item}"
        names = [argument, f"{of}_{argument}"]
        if argument == "p":
            names = [of, f"{of}_p"]
        elif _is_channels(argument) or argument == "groups":
            outputs = tuple(scope.output.type.channels for scope in self.scopes if scope.output.type is not None)
            own = "out_channels" if len(outputs) == len(values) and _same(values, outputs) else "hidden_channels"
            names = [
                argument if argument == "groups" else own,
                f"{of}_{'groups' if argument == 'groups' else 'channels'}",
            ]
        taken = {*self.parameters, *self.taken}
        names = [variable(name) for name in names]
        name = next((name for name in names if name not in taken), "") or free(names[-1], taken)
        # what the block calls so takes other values here
        self.known = {known: v for known, v in self.known.items() if known.partition("[")[0] != name}
        self.parameters[name] = Parameter(name, values)
        return name

    def ordered(self) -> list[Parameter]:
        """The parameters in the order of the file's, those without a default first."""
        order = ["in_channels", *dict.fromkeys(name.partition("[")[0] for name in self.known)]
        found = sorted(self.parameters.values(), key=lambda p: order.index(p.name) if p.name in order else len(order))
        return sorted(found, key=lambda p: p.default is not MISSING)


def _is_channels(argument: str) -> bool:
    return _CHANNELS.fullmatch(argument) is not None


def _same(values: Vector, known: Vector) -> bool:
    return list(map(_typed, values)) == list(map(_typed, known))


def _known(scopes: Sequence[Scope], taken: Set[str]) -> dict[str, Vector]:
    """What every scope knows by name, in the order in which names are tried."""
    found: dict[str, Vector] = {}
    arguments = scopes[0].arguments
    kinds = [scope.inputs[0].type for scope in scopes]
    if all(kind is not None and kind.vocab is None for kind in kinds):
        channels = tuple(kind.channels for kind in kinds if kind is not None)
        found["in_channels" if "channels" in arguments else "channels"] = channels
    if "in_channels" in found and tuple(scope.arguments["channels"] for scope in scopes) == found["in_channels"]:
        del found["in_channels"]
    for name in arguments:
        if not is_attribute(name) or name in RESERVED or name in taken:
            continue
        values: Vector = tuple(scope.arguments.get(name) for scope in scopes)
        if all(isinstance(v, (int, float, str)) for v in values):
            found.setdefault(name, values)
        elif all(isinstance(v, tuple) for v in values) and len(set(map(len, values))) == 1:
            for at, column in enumerate(zip(*values, strict=True)):
                found[f"{name}[{at}]"] = column
    return found
