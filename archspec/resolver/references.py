"""References: the shortest text by which one scope finds a value, as the compiler reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from archspec.compiler.names import Entry, Lookup
from archspec.errors import UsageError
from archspec.graph import Graph, Node, Scope, Value

Path: TypeAlias = tuple[str, ...]
"""The names that lead to a node or scope from the network down."""
Role: TypeAlias = tuple[Value, ...]
"""What a module takes for one use: a value in each of its runs, the first in front. Two uses may take one value in one
run and two in another; one text stands for both only if they take the same in all."""


class Hidden(UsageError):
    """A value that no reference finds, since nodes nearer by bear its names."""


def paths_of(graph: Graph) -> dict[Value, list[Path]]:
    """All that each value is called, by the nodes and scopes that give it."""
    found: dict[Value, list[Path]] = {value: [(name,)] for name, value in graph.inputs.items()}
    stack: list[tuple[Path, Scope]] = [((), graph.root)]
    while stack:
        path, scope = stack.pop()
        for item in scope.body:
            found.setdefault(item.output, []).append((*path, item.name))
            if isinstance(item, Node):
                for value, name in zip(item.more, item.op.more, strict=True):
                    found.setdefault(value, []).append((*path, item.name, name))
            else:
                stack.append(((*path, item.name), item))
    return found


@dataclass(slots=True, eq=False)
class Names:
    """What is found from one scope, whose `path` it is; `lookup` holds the names of what ran before, `outer` is what is
    found from the scope around.

    Nothing is found out of a `block`, which stands at the depth `start`: the values that it takes from outside become
    `params`.
    """

    path: Path
    lookup: Lookup
    scope: Scope
    outer: Names | None = None
    block: Scope | None = None
    start: int = 0
    params: dict[Role | Node | Scope, str] = field(default_factory=dict)

    def inside(self, scope: Scope, is_block: bool) -> Names:
        """What is found inside a scope of this one."""
        path = (*self.path, scope.name)
        if is_block:
            return Names(path, Lookup(scope.inputs[0]), scope, None, scope, len(path))
        lookup = Lookup(self.lookup.input, self.lookup)
        return Names(path, lookup, scope, self, self.block, self.start, self.params)

    def reference(self, role: Role, current: Role, paths: Mapping[Value, Sequence[Path]]) -> str:
        """The reference to a value from where another is `current`. Raises `Hidden` where there is none."""
        if role == current:
            return "."
        home, at_home = self._home(role)
        found = self._texts(role[0], paths.get(role[0], ()), home)
        if home.outer is None and at_home == inputs_of(home.scope):
            found.append("input")
        if found:
            return min(found, key=lambda text: text.count("."))
        if home.scope is not self.block or _is_in(role[0].scope, home.scope):
            why = "no reference reaches a value used here, since nearer nodes have its names"
            raise Hidden(f"the network cannot be written out, at `{self._place}`: {why}")
        return self._given(at_home)

    def _home(self, role: Role) -> tuple[Names, Role]:
        """Of the scopes around, that in which a value is made, or out of which none is found; and the role there.

        Raises `Hidden` where other runs of a scope take another value than a name out of it finds.
        """
        names = self
        while names.outer is not None and not _is_in(role[0].scope, names.scope):
            role, names = names._outside(role), names.outer
        return names, role

    def _outside(self, role: Role) -> Role:
        """The role in the scope around of what this one takes from outside."""
        scope, around = self.scope, self.scope.parent
        if len(role) == 1 or around is None:
            return role
        at = around.body.index(scope)
        taken = dict(zip(scope.family, role, strict=True))
        # a run that stands elsewhere finds what the run does whose name it bears: that in the same run of the scope
        found = {run: taken[one] for run in around.family if isinstance(one := run.body[at], Scope)}
        for run, value in taken.items():
            home: Scope | None = run
            while home is not None and home not in found:
                home = home.parent
            if found[around if home is None else home] is not value:
                raise Hidden(f"the network cannot be written out, at `{self._place}`: its runs take several values")
        return tuple(found.values())

    def module(self, item: Node | Scope, paths: Mapping[Value, Sequence[Path]]) -> str:
        """The reference to a node or module. Raises `Hidden` where there is none."""
        for text in self._texts(item.output, paths.get(item.output, ()), self):
            entry = self.lookup.entry(text)
            if isinstance(entry, Entry) and entry.item is item:
                return text
        home = item if isinstance(item, Scope) else item.output.scope
        if self.block is not None and not _is_in(home, self.block):
            return self._given(item)
        why = f"no reference reaches the module `{item.name}`, which is used again here"
        raise Hidden(f"the network cannot be written out, at `{self._place}`: {why}")

    @property
    def _place(self) -> str:
        return ".".join(self.path) or "layers"

    def _given(self, item: Role | Node | Scope) -> str:
        """The reference to what the block takes from outside."""
        return "$" + self.params.setdefault(item, f"value_{len(self.params) + 1}")

    def _texts(self, value: Value, paths: Sequence[Path], home: Names) -> list[str]:
        """The references that find a value, by what it is called; a name that a module gives it which runs again and
        only passes it on is that of another value in the next run."""
        found: list[str] = []
        for path in paths:
            around = (at for at in range(self.start, len(self.path) + 1) if path[:at] == self.path[:at])
            for at in around:
                text = ".".join(path[at:])
                is_passed_on = at > len(home.path) and len(self.scope.family) > 1
                if not is_passed_on and self.lookup.find(text) is value:
                    found.append(text)
        return found


def inputs_of(scope: Scope) -> Role:
    """What a module works on."""
    return tuple([run.inputs[0] for run in scope.family])


def _is_in(home: Scope | None, scope: Scope) -> bool:
    """Whether a scope is another one, or inside of it."""
    while home is not None and home is not scope:
        home = home.parent
    return home is not None
