"""References: the values of nodes that ran before, by their names (docs/language.md, section 6)."""

from __future__ import annotations

from typing import Any

from archspec.compiler.place import Context, Place, Reference, Skip
from archspec.diagnostics import Span, correction, did_you_mean
from archspec.graph.nodes import Value
from archspec.language import Argument
from archspec.language.remedies import unquoted
from archspec.language.words import shown


def resolve(context: Context, argument: Argument, place: Place, value: Value) -> Reference:
    """The value that a reference names. Raises `Skip` after a report."""
    text = context.evaluate(argument.template, place, value)
    return resolve_text(context, text, argument.template.span, place)


def resolve_text(context: Context, text: Any, span: Span, place: Place) -> Reference:
    """The value that a computed reference names. Raises `Skip` after a report."""
    if isinstance(text, Reference):
        return Reference(text.text, place.scope.receive(text.value))
    if isinstance(text, int) and not isinstance(text, bool):
        # the children of a numbered scope
        text = str(text)
    if not isinstance(text, str):
        help = unquoted(text, span) or "`.` is the current value"
        context.report(place, "A302", f"a reference is the name of a node, got {shown(text)}", span, help)
        raise Skip
    if text == ".":
        return Reference(text, place.scope.receive(place.current))
    found = place.lookup.find(text)
    if isinstance(found, Value):
        return Reference(text, place.scope.receive(found))
    if found == "unknown":
        raise Skip
    known, fix = place.lookup.known(text), None
    if found == "running":
        message, help = (
            f"`{text}` has not finished: what stands inside it cannot receive its value",
            "refer to a part of it",
        )
    elif found == "left out":
        message, help = f"`{text}` was left out by its `when`", "give the reference a `when` of its own"
    else:
        message = f"there is no node `{text}` before this one"
        deeper = place.lookup.deeper(text)
        help = f"did you mean `{deeper}`?" if deeper else did_you_mean(text, known)
        help = help or f"known here: {', '.join(f'`{name}`' for name in known[-12:]) or 'nothing'}"
        fix = None if deeper else correction(text, known, span)
    context.report(place, "A302", message, span, help, fix=fix)
    raise Skip


def received(context: Context, text: Any, span: Span, place: Place) -> Value:
    """The value that a computed reference names; an unknown one after a report, so that the node is still checked."""
    try:
        return resolve_text(context, text, span, place).value
    except Skip:
        return Value(None, place.scope)
