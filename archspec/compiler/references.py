"""References: the values of nodes that ran before, by their names (docs/language.md, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Any

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.names import Entry
from archspec.compiler.passed import Reference
from archspec.diagnostics import Span, correction, did_you_mean
from archspec.graph.nodes import Scope, Value
from archspec.language import Argument, BlockSpec, find_block
from archspec.language.phrases import shown
from archspec.language.remedies import unquoted
from archspec.ops import Op, ShapeError
from archspec.types.tensor import TensorType

_SHOWN = 12
"""How many names a help line lists."""


def reference_to(text: Any, span: Span, here: Here) -> Reference:
    """The value that a computed reference names. Raises `Skip` after a report."""
    if isinstance(text, Reference):
        return Reference(text.text, here.scope.receive(text.value), text.entry)
    if isinstance(text, int) and not isinstance(text, bool):
        # the children of a numbered scope
        text = str(text)
    if not isinstance(text, str):
        help = unquoted(text, span) or "`.` is the current value"
        here.report("A302", f"a reference must be the name of a node, found {shown(text)}", span, help)
        raise Skip
    if text == ".":
        return Reference(text, here.scope.receive(here.current))
    checking = here.context.checking
    found = here.lookup.find(text, checking)
    if isinstance(found, Value):
        # what is checked and part of no graph passes nothing along
        entry = here.lookup.entry(text)
        of = entry if isinstance(entry, Entry) else None
        return Reference(text, here.unknown() if checking else here.scope.receive(found), of)
    if found == "unknown":
        raise Skip
    known, fix = here.lookup.known(text), None
    if found == "running":
        message, help = (
            f"`{text}` is not finished: a node inside it cannot use its value",
            "refer to a node inside it",
        )
    elif found == "left out":
        message, help = f"`{text}` was left out by its `when`", "give the reference a `when` of its own"
    else:
        message = f"there is no node `{text}` before this one"
        deeper = here.lookup.deeper(text)
        help = f"did you mean `{deeper}`?" if deeper else did_you_mean(text, known)
        help = help or _known(known)
        fix = None if deeper else correction(text, known, span)
    here.report("A302", message, span, help, fix=fix, mistake=_mistake(text, here))
    raise Skip


def _mistake(text: str, here: Here) -> tuple[BlockSpec | None, str]:
    """What of a path is not there, the shortest part of it that begins no name, and in which block; or which name the
    block lacks that made the module before the last."""
    *before, last = text.rsplit(".", 1)
    module = here.lookup.entry(before[0]) if before else None
    if isinstance(module, Entry) and isinstance(module.item, Scope) and module.item.block:
        return find_block(here.context.spec, module.item.block), last
    known = [f"{name}." for name in here.lookup.known()]
    begins = accumulate(text.split("."), "{}.{}".format)
    missing = (part for part in begins if not any(name.startswith(f"{part}.") for name in known))
    return here.block, next(missing, text)


def _known(names: list[str]) -> str:
    """The names that a reference finds: of many, the last."""
    more = f" and {len(names) - _SHOWN:,} more, those of all nodes above" if len(names) > _SHOWN else ""
    return f"known here: {', '.join(f'`{name}`' for name in names[-_SHOWN:])}{more}"


def with_fitting(
    error: ShapeError,
    op: Op,
    inputs: Sequence[Value],
    infer: Callable[[tuple[TensorType, ...]], TensorType],
    here: Here,
) -> ShapeError:
    """An error about a reference among arguments, whose help names the values before the node that would do."""
    place = len(inputs) - len(op.referred) + op.referred.index(error.argument or "")
    found: list[str] = []
    for name, value in here.lookup.values():
        others = [*inputs[:place], value, *inputs[place + 1 :]]
        types = tuple([other.type for other in others if other.type is not None])
        if len(types) == len(others) and types[place].frame is here.frame:
            with suppress(ShapeError):
                infer(types)
                found.append(f"`{name}`")
    if not found:
        return error
    *before, last = found[-_SHOWN:]
    words = f"{', '.join(before)} or {last}" if before else last
    return ShapeError(error.code, error.message, f"{error.help}: {words} would do", error.argument)


def source_of(argument: Argument, here: Here) -> Value:
    """The value that a `from` names, or the current one for null; an unknown one after a report, so that the node is
    still checked."""
    try:
        text = here.evaluate(argument.template)
        return here.value if text is None else reference_to(text, argument.at, here).value
    except Skip:
        return here.unknown()


def received(text: Any, span: Span, here: Here) -> Value:
    """The value that a computed reference names; an unknown one after a report, so that the node is still checked."""
    try:
        return reference_to(text, span, here).value
    except Skip:
        return here.unknown()
