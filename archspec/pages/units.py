"""What becomes a box: ops and modules of one frame, before the values between them are nets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import Op
from archspec.pages.picture import Kind, Words
from archspec.records import record
from archspec.types.sizes import Size


@record
class Unit:
    """A box to be: what it says, what is in it, and the numbers of the values that it takes and gives; a value that it
    takes maps to whether only its size counts. `ops` are those of a box that does not open."""

    path: str
    name: str
    kind: Kind
    words: Words
    shape: str
    params: int
    macs: Size
    takes: Mapping[int, bool]
    gives: tuple[int, ...]
    ops: tuple[Op, ...] = ()
    nodes: tuple[str, ...] = ()
    times: int = 1
    frame: int = -1
    block: str = ""


def runs(
    items: Sequence[Node | Scope], contents: Mapping[Scope, object], kept: Collection[Value]
) -> list[list[Scope | Node]]:
    """The items of a module, in order, equal modules in a row together.

    They are together only where each hands what it makes to the next and to nothing else; `kept` are the values that
    leave the module.
    """
    users: dict[Value, list[Node | Scope]] = {}
    for item in items:
        for value in item.takes:
            users.setdefault(value, []).append(item)
    found: list[list[Node | Scope]] = []
    for item in items:
        last = found[-1][-1] if found else None
        if (
            isinstance(item, Scope)
            and isinstance(last, Scope)
            and contents[item] == contents[last]
            and len(item.gives) == len(last.gives)
            and all(value not in kept and users.get(value) == [item] for value in last.gives)
        ):
            found[-1].append(item)
        else:
            found.append([item])
    return found


def measured(node: Node) -> dict[Value, bool]:
    """The values that a node takes, each with whether only its size counts."""
    op = node.op
    names = [*[""] * (len(node.inputs) - len(op.referred)), *op.referred]
    found: dict[Value, bool] = {}
    for place, (value, name) in enumerate(zip(node.inputs, names, strict=True)):
        only_size = name in op.measured or (op.ends and place > 0)
        found[value] = found.get(value, True) and only_size
    return found


def drops(op: Op) -> bool:
    """Whether an op gives its input as it is, but for values or samples that it drops in training."""
    return op.traits.passes and bool(getattr(op, "p", 0))


def fused(units: Sequence[Unit], kept: Collection[int]) -> list[Unit]:
    """The units, those in one that are drawn in the box of what they follow."""
    users: dict[int, int] = {}
    for unit in units:
        for value in unit.takes:
            users[value] = users.get(value, 0) + 1
    found: list[Unit] = []
    makers: dict[int, int] = {}
    for unit in units:
        (value, *more) = unit.takes or (-1,)
        place = makers.get(value, -1)
        if place >= 0 and not more and users[value] == 1 and value not in kept and _follows(found[place], unit):
            found[place] = _together(found[place], unit)
        else:
            place = len(found)
            found.append(unit)
        makers.update(dict.fromkeys(unit.gives, place))
    return found


def _follows(one: Unit, other: Unit) -> bool:
    """Whether a unit is drawn in the box of the one before it: what only changes values, not what they say."""
    if len(one.gives) != 1 or not one.ops or len(other.ops) != 1 or one.times * other.times > 1:
        return False
    first, last = one.ops[0].traits, other.ops[0].traits
    if other.kind == "end" or last.join:
        return False
    return bool(
        last.passes
        or (last.activation and first.norm)
        or ((last.norm or last.activation) and (first.layer or first.join))
    )


def _together(one: Unit, other: Unit) -> Unit:
    said = "" if other.ops[0].traits.passes and not drops(other.ops[0]) else other.words.title
    detail = ", ".join(filter(None, (one.words.detail, said)))
    return replace(
        one,
        words=replace(one.words, detail=detail),
        shape=other.shape,
        params=one.params + other.params,
        macs=one.macs + other.macs,
        gives=other.gives,
        ops=(*one.ops, *other.ops),
        nodes=(*one.nodes, *other.nodes),
    )
