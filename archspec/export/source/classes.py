"""Which scopes share a class: one class for scopes that differ in constants alone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from archspec.export.source.labels import Label, labels
from archspec.export.source.make import Made, Make
from archspec.export.source.names import free
from archspec.export.source.parameters import Parameter, Solver
from archspec.export.source.skeleton import Skeleton, skeleton
from archspec.graph.graph import Graph
from archspec.graph.needed import Roles
from archspec.graph.nodes import Node, Scope
from archspec.identifiers import class_name


@dataclass(slots=True)
class Definition:
    """A class to be written: one of its scopes, the expression of each constant in it, and its parameters."""

    name: str
    skeleton: Skeleton
    texts: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)


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
        self._add(self.root, [skeleton(graph.root, self._made)])

    def _made(self, scope: Scope) -> Made:
        """A scope that is a class; it and its like are defined first."""
        if scope not in self.made:
            self._define(self._labels[scope])
        return self.made[scope]

    def _define(self, label: Label) -> None:
        scopes = self._groups.pop(label, [])
        if not scopes:
            return
        variants: dict[Hashable, list[Skeleton]] = {}
        for scope in scopes:
            found = skeleton(scope, self._made)
            variants.setdefault(found.key(), []).append(found)
        base = max(variants.values(), key=len)
        for variant in sorted(variants.values(), key=lambda variant: variant is not base):
            name = class_name(scopes[0].block or _common(scopes))
            if variant is not base:
                name += _difference(variant[0], base[0])
            if name == self.root:
                name += "Block"
            name = free(name, self.taken)
            self.taken.add(name)
            self._add(name, variant)

    def _add(self, name: str, members: list[Skeleton]) -> None:
        """Define a class, and the construction of each scope that it serves."""
        first = members[0]
        solver = Solver([member.scope for member in members], self.taken)
        definition = Definition(name, first)
        vectors = zip(*([value for _, _, value in member.constants()] for member in members), strict=True)
        for constant, values in zip(first.constants(), vectors, strict=True):
            definition.texts.append(solver.solve(values, constant.argument, constant.item))
        definition.parameters = solver.ordered()
        for number, member in enumerate(members):
            given = tuple((p.name, p.values[number]) for p in definition.parameters)
            takes = Roles(member.scope).takes
            modules = tuple(value for value in member.received if isinstance(value, (Node, Scope)))
            inputs = tuple(takes.index(value) for value in member.received if value not in modules)
            self.made[member.scope] = Made(Make(name, given), inputs, modules)
        self.definitions.append(definition)


def _common(scopes: list[Scope]) -> str:
    """What scopes that are no blocks are called: by their name, without the number where there are several."""
    name = scopes[0].name if len(scopes) == 1 else scopes[0].name.rstrip("0123456789_")
    return scopes[0].kind if not name or name.isdecimal() else name


def _difference(variant: Skeleton, base: Skeleton) -> str:
    """What the name of a class adds to that of the usual one: a child that only this one has."""
    known = {path for path, _ in base.children}
    own = [path[-1] for path, _ in variant.children if path not in known]
    return class_name(own[0]) if own and not own[0].isdecimal() else ""
