"""What nodes leave out: `defaults` of a spec, and `norm` and `act` of a spec, a stage or a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from archspec.compiler.context import Skip
from archspec.compiler.here import BROKEN, Here
from archspec.diagnostics import Related, Span
from archspec.language import Argument, NodeSpec
from archspec.language.reading import problems
from archspec.ops import OPS, Op, Typed


class Default(dict[str, Any]):
    """The arguments of a default norm or activation, and where they stand."""

    def __init__(self, values: Mapping[str, Any], span: Span) -> None:
        super().__init__(values)
        self.span = span


def source(op: Op, here: Here) -> tuple[Related, ...]:
    """Where the default stands that an op is made of, if it is."""
    default = here.default(op.name) if isinstance(op, Typed) else None
    if not isinstance(default, Default) or any(getattr(op, key) != value for key, value in default.items()):
        return ()
    return (Related(default.span, f"the default `{op.name}` is set here"),)


def merged(
    node: NodeSpec,
    here: Here,
    principal: str | None,
    own: Collection[str] = (),
    said: Collection[str] = (),
) -> dict[str, Argument]:
    """The arguments of a node, and the defaults for those it leaves out; see `NodeSpec.given`. What is `said` for it
    elsewhere is not left out."""
    found = node.arguments_for(principal, own)
    if here.own:
        for key, argument in here.context.spec.defaults.get(node.op, {}).items():
            if key not in said:
                found.setdefault(key, argument)
    return found


def in_force(arguments: Mapping[str, Argument], here: Here) -> dict[str, Mapping[str, Any]]:
    """The `norm` and `act` that a stage or a call sets for all inside it; broken after a report."""
    found: dict[str, Mapping[str, Any]] = {}
    for kind in ("norm", "act"):
        if kind in arguments:
            try:
                found[kind] = default(kind, arguments[kind], here)
            except Skip:
                found[kind] = BROKEN
    return found


def default(kind: str, argument: Argument, here: Here, merge: bool = False) -> Mapping[str, Any]:
    """The arguments of a default norm or activation. Raises `Skip` after a report.

    With `merge`, as for the norm of a projection, they merge with those of the default around.
    """
    op = OPS[kind]
    found = here.evaluate(argument.template)
    values: dict[str, Any] = dict(found) if isinstance(found, dict) else {"type": found}
    around = here.default(kind)
    if merge and around is BROKEN and "type" not in values:
        return BROKEN
    if merge and around and values.get("type", around["type"]) == around["type"]:
        values = {**around, **values}
    try:
        op.model_validate(values)
    except ValidationError as error:
        whole = (argument.key, argument.at)
        for wrong in problems(op, error, values, argument.arguments, whole, f"`{op.name}`"):
            here.report(wrong.code, wrong.message, wrong.span, wrong.help, fix=wrong.fix)
        raise Skip from None
    return Default(values, argument.at)
