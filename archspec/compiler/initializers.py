"""Initializers: those of the spec and of a node, read, given to weights, and checked against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.compiler.place import Context, Place, Skip
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Node, Value
from archspec.language import Argument, NodeSpec
from archspec.language import Mapping as MappingTree
from archspec.ops import Init, Op


def initializers(context: Context, found: Any, cls: type[Op], argument: Argument, place: Place) -> dict[str, Init]:
    """`init` of an op: weight names to initializers. Raises `Skip` after a report of all that are wrong."""
    names = cls.weight_names()
    takes = ", ".join(f"`{name}`" for name in names)
    rules: dict[str, Init] = {}
    given: dict[str, Any] = {"": found} if names == ("",) else found if isinstance(found, dict) else {}
    wrong: list[tuple[str, Span]] = []
    if given is not found and names != ("",):
        wrong.append((f"`init` of `{cls.name}` is a mapping from {takes} to initializers", argument.tree.span))
    for key, rule in given.items():
        at = _place(argument, key)
        if key not in names:
            at = argument.tree.keys.get(key, at) if isinstance(argument.tree, MappingTree) else at
            wrong.append((f"`{cls.name}` has no weight `{key}`; it has {takes}", at))
            continue
        try:
            rules[key] = Init.parse(rule)
        except ValueError as error:
            wrong.append((str(error), at))
    help = "`{weight: {kaiming_normal: {mode: fan_out}}, bias: zeros}`" if names != ("",) else "`{normal: {std: 0.02}}`"
    for problem, at in wrong:
        context.report(place, "A204", problem, at, help)
    if wrong:
        raise Skip
    return rules


def fitting(init: Mapping[str, Init], op: Op, inputs: tuple[Value, ...]) -> dict[str, Init]:
    """The initializers of the weights that this op has."""
    if not init:
        return {}
    names = {weight.name for weight in op.weights(*(v.type for v in inputs if v.type is not None))}
    return {name: rule for name, rule in init.items() if name in names}


def check_init(
    context: Context,
    made: Node,
    own: Mapping[str, Init],
    arguments: Mapping[str, Argument],
    place: Place,
    node: NodeSpec,
) -> None:
    """Report initializers that have no weight, or cannot fill it."""
    if not own and not made.init and "init" not in made.op.model_fields_set:
        return
    names = [weight.name for weight in made.weights]
    argument = arguments.get("init")
    for name in own:
        if name not in names:
            at = argument.tree.span if argument is not None else node.span
            context.report(
                place, "A204", f"this `{node.op}` has no `{name}` to initialize", at, "leave it out of `init`"
            )
    check_fit(context, made, place, node.span, argument)


def check_fit(context: Context, made: Node, place: Place, span: Span, own: Argument | None = None) -> None:
    """Report initializers, of the spec, of the node (`own`) or of the op itself, that cannot fill their weights."""
    for weight in made.weights:
        rule = made.initializer(weight)
        problem = rule.misfit(weight.shape) if rule is not None else ""
        if not problem:
            continue
        what = f"`{weight.name}` of `{made.op.name}`" if weight.name else f"`{made.op.name}`"
        message, help = f"{what}: {problem}", "choose another initializer"
        everywhere = context.spec.init.get(made.op.name)
        if everywhere is not None and rule is context.init.get(made.op.name, {}).get(weight.name):
            # mended at the line of the spec: the node may stand in another file, and others with it
            related = (Related(span, "for this node"),)
            context.collector.error("A204", message, _place(everywhere, weight.name), help, related)
        else:
            at = span if own is None else _place(own, weight.name)
            context.report(place, "A204", message, at, help)


def _place(argument: Argument, weight: str) -> Span:
    """Where an `init` says how a weight starts."""
    tree = argument.tree.get(weight) if isinstance(argument.tree, MappingTree) else None
    return argument.tree.span if tree is None else tree.span
