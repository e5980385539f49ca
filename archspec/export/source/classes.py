"""Which scopes share a class: one class for scopes that differ in constants alone, or in parts that may be left out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archspec.export.source.conditions import condition
from archspec.export.source.labels import Label, labels
from archspec.export.source.make import Made, Make
from archspec.export.source.names import class_name, free, is_attribute
from archspec.export.source.parameters import MISSING, Parameter, Solver
from archspec.export.source.skeleton import Skeleton, Step, skeleton
from archspec.graph.graph import Graph
from archspec.graph.nodes import Scope
from archspec.ops.base import MODULES

_MOST_OPTIONAL = 2
"""Parts of a class that may be left out; more of them make it harder to read than two classes."""
_MOST_STEPS = 60
"""Steps of a class in which such parts are looked for."""


@dataclass(slots=True)
class Option:
    """A step that some instances leave out: under which condition it is there, and the value that stands for it."""

    condition: str
    instead: int


@dataclass(slots=True)
class Definition:
    """A class to be written: its fullest scope, the expression of each constant in it, and its parameters.

    `local` are variables of the constructor by the expressions that they stand for.
    """

    name: str
    skeleton: Skeleton
    texts: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    options: dict[int, Option] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Variant:
    """Scopes of one class, each with the steps of the fullest one that it leaves out."""

    skeleton: Skeleton
    members: list[tuple[Skeleton, frozenset[int]]]
    instead: dict[int, int] = field(default_factory=dict)


class Classes:
    """The classes of a graph in the order in which they are written, those that others use first."""

    def __init__(self, graph: Graph, taken: set[str]) -> None:
        self.graph = graph
        self.taken = set(taken)
        self.definitions: list[Definition] = []
        self.made: dict[Scope, Made] = {}
        self._groups: dict[Label, list[Scope]] = {}
        self.root = free(class_name(graph.name), taken)
        self.taken.add(self.root)
        self._labels = labels(graph.root)
        for scope, label in self._labels.items():
            self._groups.setdefault(label, []).append(scope)
        for label in list(self._groups):
            if label:
                self._define(label)
        self._add(self.root, _Variant(found := skeleton(graph.root, self._made), [(found, frozenset())]))

    def _made(self, scope: Scope) -> Made:
        """A scope that is a class; it and its like are defined first."""
        if scope not in self.made:
            self._define(self._labels[scope])
        return self.made[scope]

    def _define(self, label: Label) -> None:
        scopes = self._groups.pop(label, [])
        if not scopes:
            return
        variants: dict[Hashable, _Variant] = {}
        for scope in scopes:
            found = skeleton(scope, self._made)
            variants.setdefault(found.key(), _Variant(found, [])).members.append((found, frozenset()))
        merged = _merged(sorted(variants.values(), key=lambda v: -len(v.skeleton.steps)))
        base = max(merged, key=lambda variant: len(variant.members))
        for variant in sorted(merged, key=lambda variant: variant is not base):
            name = class_name(scopes[0].block or _common(scopes))
            if variant is not base:
                name += _difference(variant.skeleton, base.skeleton)
            if name == self.root:
                name += "Block"
            name = free(name, self.taken)
            self.taken.add(name)
            self._add(name, variant)

    def _add(self, name: str, variant: _Variant) -> None:
        """Define the class of a variant, and the construction of each of its members."""
        solver = Solver([member.scope for member, _ in variant.members], self.taken)
        full = variant.skeleton
        definition = Definition(name, full)
        for index in sorted(variant.instead):
            present = [index not in left_out for _, left_out in variant.members]
            step = full.steps[index]
            if _probability(full, step):
                continue
            called = step.name or (step.path[-1] if step.path else "shortcut")
            definition.options[index] = Option(condition(solver, present, called), variant.instead[index])
        vectors = zip(*(_aligned(full, member, left_out) for member, left_out in variant.members), strict=True)
        for constant, values in zip(full.constants(), vectors, strict=True):
            if constant.argument == "p":
                values = tuple(0.0 if value is MISSING else value for value in values)
            definition.texts.append(solver.solve(values, constant.argument, constant.item))
        definition.parameters = solver.ordered()
        if full.chain is None:
            inner = sum(1 for _, made in full.children for _ in made.constants())
            definition.local = solver.locals(definition.texts[:inner])
        for number, (member, _) in enumerate(variant.members):
            given = tuple((p.name, p.values[number]) for p in definition.parameters)
            inputs = tuple(member.scope.takes.index(value) for value in member.received)
            self.made[member.scope] = Made(Make(name, given), inputs)
        self.definitions.append(definition)


def _common(scopes: list[Scope]) -> str:
    """What scopes that are no blocks are called: by their name, without the number where there are several."""
    name = scopes[0].name if len(scopes) == 1 else scopes[0].name.rstrip("0123456789_")
    return scopes[0].kind if not name or name.isdecimal() else name


def _merged(variants: list[_Variant]) -> list[_Variant]:
    """The variants, with those that are another one without some steps taken into it."""
    found: list[_Variant] = []
    for variant in variants:
        for full in found:
            left_out = _left_out(full.skeleton, variant.skeleton)
            if left_out is not None and all(full.instead.get(i, v) == v for i, v in left_out.items()):
                full.instead.update(left_out)
                full.members += [(member, frozenset(left_out)) for member, _ in variant.members]
                break
        else:
            found.append(variant)
    return found


def _left_out(full: Skeleton, other: Skeleton) -> dict[int, int] | None:
    """The steps without which a skeleton is like another one, each with the value in the place of its output."""
    return _removed(full, other.key(), len(full.steps) - len(other.steps), len(full.steps))


def _removed(full: Skeleton, key: Hashable, count: int, end: int) -> dict[int, int] | None:
    """The last of `count` steps before `end` to remove for this key, and those before it."""
    if full.chain is not None or not 0 < count <= _MOST_OPTIONAL or len(full.steps) > _MOST_STEPS:
        return None
    for index in reversed(range(end)):
        step = full.steps[index]
        if not _may_be_left_out(full, step):
            continue
        for instead in dict.fromkeys((*step.inputs, *range(len(full.received)))):
            rest = full.without(index, instead)
            found: dict[int, int] | None = {} if rest.key() == key else None
            before = found if count == 1 else _removed(rest, key, count - 1, index)
            if before is not None:
                return {**before, index: instead}
    return None


def _may_be_left_out(full: Skeleton, step: Step) -> bool:
    """A function without a parameter, or a child that no other step calls and that `self.name` can be."""
    if len(step.outputs) != 1 or (step.path and step.target):
        return False
    alone = sum(other.path == step.path for other in full.steps) == 1
    return not step.path or (alone and is_attribute(step.path[-1]))


def _probability(full: Skeleton, step: Step) -> bool:
    """Whether a step does nothing where its probability is zero, so that it need not be left out."""
    made = dict(full.children).get(step.path)
    return made is not None and made.target in ("torch.nn.Dropout", f"{MODULES}.DropPath")


def _aligned(full: Skeleton, member: Skeleton, left_out: frozenset[int]) -> Iterator[Any]:
    """The constants of a member, in the order of those of the fullest one."""
    values = (constant.value for constant in member.constants())
    if full.chain is not None:
        yield from values
        return
    there = {path for path, _ in member.children}
    for path, made in full.children:
        for _ in made.constants():
            yield next(values) if path in there else MISSING
    for index, step in enumerate(full.steps):
        for _ in step.constants():
            yield MISSING if index in left_out else next(values)


def _difference(variant: Skeleton, base: Skeleton) -> str:
    """What the name of a class adds to that of the usual one: a child that only this one has."""
    known = {path for path, _ in base.children}
    own = [path[-1] for path, _ in variant.children if path not in known]
    return class_name(own[0]) if own and not own[0].isdecimal() else ""
