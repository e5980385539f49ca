"""Initializers: those of the spec and of a node, read, given to weights, and checked against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.diagnostics import Related, Span, did_you_mean
from archspec.graph.nodes import Node, Value
from archspec.language import Argument, NodeSpec
from archspec.ops import Init, Op
from archspec.ops.initializers import Unknown

_TOLD = 8
"""Names of weights in a message: each layer of an `lstm` has some of its own."""


def initializers(found: Any, cls: type[Op], argument: Argument, here: Here) -> dict[str, Init]:
    """`init` of an op: weight names to initializers. Raises `Skip` after a report of all that are wrong."""
    names = cls.weight_names()
    takes = ", ".join(f"`{name}`" for name in names[:_TOLD]) + ", …" * (len(names) > _TOLD)
    rules: dict[str, Init] = {}
    given: dict[str, Any] = {"": found} if names == ("",) else found if isinstance(found, dict) else {}
    usual = (
        "`{weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}`" if names != ("",) else "`{normal: {std: 0.02}}`"
    )
    wrong: list[tuple[str, Span, str]] = []
    if given is not found and names != ("",):
        wrong.append((f"`init` of `{cls.name}` must be a mapping from {takes} to initializers", argument.at, usual))
    for key, rule in given.items():
        at = argument.part(key)
        if key not in names:
            at = argument.arguments[key].key if key in argument.arguments else at
            wrong.append((f"`{cls.name}` has no weight `{key}`; it has {takes}", at, did_you_mean(key, names) or usual))
            continue
        try:
            rules[key] = Init.parse(rule)
        except ValueError as error:
            meant = ""
            if isinstance(error, Unknown):
                meant = did_you_mean(error.path[-1], error.among)
                at = argument.key_of(*[key][: bool(key)], *error.path)
            wrong.append((str(error), at, meant or usual))
    for problem, at, help in wrong:
        here.report("A204", problem, at, help)
    if wrong:
        raise Skip
    return rules


def fitting(init: Mapping[str, Init], op: Op, inputs: tuple[Value, ...]) -> dict[str, Init]:
    """The initializers of the weights that this op has."""
    if not init:
        return {}
    names = {weight.initialized_as for weight in op.weights(*(v.type for v in inputs if v.type is not None))}
    return {name: rule for name, rule in init.items() if name in names}


def check_init(
    made: Node, own: Mapping[str, Init], arguments: Mapping[str, Argument], node: NodeSpec, here: Here
) -> None:
    """Report initializers that have no weight, or cannot fill it."""
    if not own and not made.init and "init" not in made.op.model_fields_set:
        return
    names = [weight.initialized_as for weight in made.weights]
    argument = arguments.get("init")
    for name in own:
        if name not in names:
            at = argument.at if argument is not None else node.span
            message = f"this `{node.op}` has no `{name}` to initialize"
            here.report("A204", message, at, "remove it from `init`")
    check_fit(made, node.span, here, argument)


def check_fit(made: Node, span: Span, here: Here, own: Argument | None = None) -> None:
    """Report initializers, of the spec, of the node (`own`) or of the op itself, that cannot fill their weights."""
    context = here.context
    for weight in made.weights:
        rule = made.initializer(weight)
        problem = rule.misfit(weight.shape) if rule is not None else ""
        if not problem:
            continue
        what = f"`{weight.name}` of `{made.op.name}`" if weight.name else f"`{made.op.name}`"
        message, help = f"{what}: {problem}", "choose another initializer"
        everywhere = context.spec.init.get(made.op.name)
        if everywhere is not None and rule is context.init.get(made.op.name, {}).get(weight.initialized_as):
            # mended at the line of the spec: the node may stand in another file, and others with it
            related = (Related(span, "for this node"),)
            context.collector.error("A204", message, everywhere.part(weight.initialized_as), help, related)
        else:
            at = span if own is None else own.part(weight.initialized_as)
            here.report("A204", message, at, help)
