"""Which items of a scope end a residual: perhaps a shortcut, perhaps the drop of whole samples, and the join."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archspec.graph import Node, Scope, Value
from archspec.ops import JOINS, DropPath
from archspec.resolver.splits import Items, is_chunk


@dataclass(frozen=True, slots=True)
class End:
    """The end of a residual; `size` is the number of its items."""

    shortcut: Scope | None
    dropped: Node | None
    joined: Node
    size: int

    @property
    def x(self) -> Value:
        """What the residual is given."""
        return self.joined.inputs[0] if self.shortcut is None else self.shortcut.inputs[0]

    @property
    def made(self) -> Value:
        """What the body makes of it."""
        return self.joined.inputs[1] if self.dropped is None else self.dropped.inputs[0]


def end_at(body: Items, at: int, current: Value) -> End | None:
    """The end of a residual that begins at `at`, where the value is `current`; None where there is none.

    Without a drop of samples it is a matter of taste: a sum or product of the current value with one before it, under
    the name that the compiler gives to a join, is a residual, and any other join is written as it is.
    """
    items = list(body[at : at + 3])
    first = items[0]
    shortcut = first if isinstance(first, Scope) and first.kind == "shortcut" and first.body else None
    rest = items[1:] if shortcut is not None else items
    head = rest[0] if rest else None
    dropped = head if isinstance(head, Node) and isinstance(head.op, DropPath) else None
    joined = next(iter(rest[1:] if dropped is not None else rest), None)
    if not isinstance(joined, Node) or joined.op.name not in JOINS or len(joined.inputs) != 2:
        return None
    end = End(shortcut, dropped, joined, 1 + (shortcut is not None) + (dropped is not None))
    if shortcut is not None and (joined.inputs[0] is not shortcut.output or end.made is shortcut.output):
        return None
    if dropped is not None:
        return end
    usual = joined.op.name in ("add", "mul") and re.fullmatch(rf"{joined.op.name}(_\d+)?", joined.name)
    return end if usual and end.made is current else None


def has_residual(scope: Scope, joins: bool) -> bool:
    """Whether a scope must be a composite one, for the names of what a residual or a split in it inserts.

    With `joins`, only where there must be a residual: where samples are dropped.
    """
    if scope.kind in ("stage", "shortcut"):
        return False
    current = scope.inputs[0]
    taken: set[Value] = set()
    for at, item in enumerate(scope.body):
        end = end_at(scope.body, at, current)
        if is_chunk(item) or (end is not None and (end.dropped is not None or (end.x in taken and not joins))):
            return True
        if not (isinstance(item, Node) and item.op.name in JOINS):
            taken.add(item.inputs[0])
        current = item.output
    return False
