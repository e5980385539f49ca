"""`norm` and `act` of a spec, a stage or a call: the defaults that nodes without a type take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from archspec.compiler.place import Context, Place, Skip
from archspec.graph.graph import Value
from archspec.ops import OPS, Op
from archspec.spec import Argument
from archspec.spec.reading import problems

BROKEN: Mapping[str, Any] = {"type": "none", "broken": True}
"""A default that could not be read and was reported: what needs it is unknown."""


def default_norm(context: Context, argument: Argument, place: Place, value: Value) -> Mapping[str, Any]:
    """The arguments of the default normalization. Raises `Skip` after a report."""
    return _default(context, OPS["norm"], argument, place, value)


def shortcut_norm(context: Context, argument: Argument, place: Place, value: Value) -> Mapping[str, Any]:
    """The arguments of a projection's normalization, which merge with the default's. Raises `Skip` after a report."""
    return _default(context, OPS["norm"], argument, place, value, merge=True)


def default_act(context: Context, argument: Argument, place: Place, value: Value) -> Mapping[str, Any]:
    """The arguments of the default activation. Raises `Skip` after a report."""
    return _default(context, OPS["act"], argument, place, value)


def _default(
    context: Context, op: type[Op], argument: Argument, place: Place, value: Value, merge: bool = False
) -> Mapping[str, Any]:
    found = context.evaluate(argument.template, place, value)
    values: dict[str, Any] = dict(found) if isinstance(found, dict) else {"type": found}
    around = place.norm if op.name == "norm" else place.act
    if merge and around is not None and values.get("type", around["type"]) == around["type"]:
        values = {**around, **values}
    try:
        op.model_validate(values)
    except ValidationError as error:
        whole = (argument.key, argument.tree.span)
        for wrong in problems(op, error, values, argument.arguments, whole, f"`{op.name}`"):
            context.report(place, wrong.code, wrong.message, wrong.span, wrong.help, fix=wrong.fix)
        raise Skip from None
    return values
