"""`split`: names for parts of the channels. It makes no module, and the current value stays."""

from __future__ import annotations

import re

from archspec.compiler.combinators import arguments_of
from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.infer import infer
from archspec.compiler.names import Entry
from archspec.compiler.opnode import op_of
from archspec.compiler.origin import makers
from archspec.diagnostics import Span
from archspec.graph.nodes import Node, Value
from archspec.identifiers import PART
from archspec.language import Argument, NodeSpec
from archspec.language.combinators import Split
from archspec.language.models import OF_PARTS
from archspec.ops import Chunk


def split(node: NodeSpec, here: Here) -> Value:
    """Name parts of the channels as values; after a mistake they are known as unknown."""
    try:
        found, given = arguments_of(node, Split, here)
    except Skip:
        here.lookup.broken = True
        return here.current
    if node.name is not None:
        here.report("A201", "a `split` takes no `name`", node.name.key, "it names its parts")
    # a part may be missing
    here.lookup.broken |= node in here.context.torn
    parts = given["parts"]
    names = _names(list(found.parts), parts, here)
    lengths = _lengths(node, found, parts, here)
    start = 0
    for name, length in zip(found.parts, lengths, strict=True):
        value = here.unknown() if length is None else _part(name, start, length, node.span, here)
        start += length or 0
        if name in names:
            here.lookup.has_parts = True
            here.lookup.entries[name] = Entry(value, is_part=True)
    return here.current


def _part(name: str, start: int, length: int, span: Span, here: Here) -> Value:
    """One part of the channels; all of them are the value itself."""
    value = here.value
    if value.type is not None and length == value.type.channels:
        return here.scope.receive(value)
    op = op_of(here.context, Chunk, start=start, length=length)
    value = here.scope.receive(value)
    type = infer(op, (value,), span, here)
    here.context.nodes += 1
    made = Node("", op, (value,), Value(type, here.scope), {}, span, "", here.site)
    here.names.insert(made, name)
    here.scope.body.append(made)
    return made.output


def _names(parts: list[str], argument: Argument, here: Here) -> set[str]:
    """The names that can be given."""
    found = set()
    for number, name in enumerate(parts):
        at = argument.arguments[name].key if name in argument.arguments else argument.part(number)
        if not re.fullmatch(PART, name) or name == "input":
            here.report("A311", f"`{name}` is not a valid name for a part", at, OF_PARTS)
        elif parts.index(name) != number or name in here.lookup.written:
            what = "two parts are" if parts.index(name) != number else "a node is also"
            here.report("A312", f"{what} named `{name}`", at, "rename one of them")
        else:
            found.add(name)
    # another name was meant
    here.lookup.broken |= len(found) < len(parts)
    return found


def _lengths(node: NodeSpec, found: Split, argument: Argument, here: Here) -> list[int | None]:
    """The channels of each part, unknown after a report."""
    kind, parts = here.value.type, found.parts
    unknown: list[int | None] = [None] * len(parts)
    if kind is None:
        return unknown
    channels, count = kind.channels, len(parts)
    lengths = [channels // count] * count if isinstance(parts, tuple) else list(parts.values())
    if kind.vocab is not None or kind.is_number:
        what = "token ids" if kind.vocab is not None else "a number"
        here.report("A402", f"`split` cannot divide {what}", node.span, "it divides channels")
        return unknown
    if sum(lengths) != channels:
        here.context.torn.add(node)
        here.lookup.broken = True
        sizes = " + ".join(map(str, lengths)) if isinstance(parts, dict) else f"{count} equal parts"
        message = f"`split` cannot divide {channels} channels into {sizes}"
        even = ", ".join(f"{name}: {channels // count + (i < channels % count)}" for i, name in enumerate(parts))
        help = f"the parts must add up to the channels, as in `parts: {{{even}}}`"
        here.report("A416", message, argument.at, help, makers((here.value,), node.span, here))
        return unknown
    return list(lengths)
