"""Calls of blocks, and stages that call one again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from archspec.compiler.combinators import arguments_of, close_scope, hides_name, open_scope
from archspec.compiler.defaults import given, in_force
from archspec.compiler.names import Lookup
from archspec.compiler.opnode import claim
from archspec.compiler.parameters import bind
from archspec.compiler.place import (
    DEEPEST,
    Context,
    Passed,
    Place,
    Reference,
    Skip,
    name_of,
    sizes,
    text_of,
)
from archspec.compiler.references import resolve_text
from archspec.compiler.site import Site
from archspec.graph.graph import Level
from archspec.graph.nodes import Value
from archspec.language import COMMON, UNKNOWN, Argument, BlockSpec, NodeSpec, Scalar, find_block
from archspec.language import Mapping as MappingTree
from archspec.language.calls import CIRCLE_HELP, circle_message, no_block, no_parameter
from archspec.language.models import Stage
from archspec.language.words import keys


def call_block(
    context: Context,
    node: NodeSpec,
    block: BlockSpec,
    place: Place,
    value: Value,
    name: str | None = None,
    said: Collection[str] = (),
) -> Value:
    """Expand a block: its own module, its own names, and nothing of the caller but the arguments. What its stage has
    `said`, `norm` or `act`, holds for the call too, which does not leave it out."""
    _refuse_recursion(context, node, block, place)
    context.count(place, _size(context, block), node.span)
    arguments = _arguments(context, node, block, place, said)
    name = name if name is not None else name_of(context, node, place, value)
    params = _bound(context, node, block, arguments, place, value)
    defaults = in_force(context, arguments, place, value)
    claimed = claim(context, place, name, block.name, node)
    inner = open_scope(
        context, place, value, claimed, "block", block.numbered, node.whole, block=block.name, arguments=_plain(params)
    )
    lookup = Lookup(value)
    place.lookup.entries[claimed].inner = lookup
    inside = {**params, **sizes("input", value)}
    inner = inner.at(
        lookup=lookup,
        params=inside,
        block=block,
        site=Site(block.name, node.whole, place.site, arguments, block.parameters, _is_bundled(place), block.span),
        **defaults,
    )
    for key, argument in params.items():
        if isinstance(argument, Passed) and argument.place is None:
            # nodes that are a parameter's default stand in the block, as whatever its definition says
            inside[key] = Passed(argument.nodes, inner)
    return close_scope(place, inner, context.walk(context, block.layers, inner, value))


def _is_bundled(place: Place) -> bool:
    return place.block is not None and place.block.bundled


def _arguments(
    context: Context, node: NodeSpec, block: BlockSpec, place: Place, said: Collection[str]
) -> dict[str, Argument]:
    """The arguments of a call: its own, and the defaults for those it leaves out."""
    if block.broken:
        raise Skip
    if node.principal is not None and block.principal is None:
        message = f"`{block.name}` has no parameter"
        context.report(place, "A303", message, node.principal.tree.span, "call it by its name alone")
        raise Skip
    return given(context, node, place, block.principal, said=said)


def _bound(
    context: Context, node: NodeSpec, block: BlockSpec, arguments: Mapping[str, Argument], place: Place, value: Value
) -> dict[str, Any]:
    """The values of the parameters. Raises `Skip` after a report of all that are wrong."""
    values: dict[str, Any] = {}
    for key, argument in arguments.items():
        if key in block.parameters:
            values[key] = _value(context, block, key, argument, place, value)
    wrong = [key for key in arguments if key not in block.parameters and key not in ("norm", "act")]
    for key in wrong:
        message, help, related = no_parameter(block, key, block.parameters, arguments)
        context.report(place, "A303", message, arguments[key].key, help, related)
    if wrong:
        # what is missing stands there under a wrong name
        values = {**dict.fromkeys(block.parameters, UNKNOWN), **values}
    spans = {
        key: argument.template.span
        for key, argument in arguments.items()
        if key in values and not isinstance(values[key], Passed)
    }
    what = f"the block `{block.name}`"
    found = bind(context, what, block.parameters, values, spans, node.span, place, value, block.span)
    if wrong:
        raise Skip
    return found


def _value(context: Context, block: BlockSpec, key: str, argument: Argument, place: Place, value: Value) -> Any:
    """The value of one argument, unknown after a report."""
    own = context.spec.defaults.get(block.name, {}).get(key) is argument
    kind = block.parameters[key].type
    if kind == "layers" and not _forwarded(argument, place):
        scope = {**place.params, **context.params} if own else place.params
        return Passed(argument.nodes, place.at(params=scope))
    try:
        found = context.evaluate(argument.template, place, value, context.params if own else None)
        return resolve_text(context, found, argument.template.span, place, value) if kind == "ref" else found
    except Skip:
        return UNKNOWN


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a graph remembers: what else was passed, nodes, is in the graph itself."""
    found = {name: item.value if isinstance(item, Reference) else item for name, item in params.items()}
    return {name: item for name, item in found.items() if not isinstance(item, Passed)}


def _forwarded(argument: Argument, place: Place) -> bool:
    """Whether an argument passes on the nodes that the block around was given."""
    tree = argument.tree
    if not isinstance(tree, Scalar) or not isinstance(tree.value, str) or not tree.value.startswith("$"):
        return False
    return isinstance(place.params.get(tree.value[1:]), Passed)


def _refuse_recursion(context: Context, node: NodeSpec, block: BlockSpec, place: Place) -> None:
    chain = place.site.chain() if place.site else []
    again = next((i for i, site in enumerate(chain) if site.defined is block.span), None)
    if again is not None:
        if block not in context.spec.circular:
            names = [*(site.block for site in chain[again:]), block.name]
            context.collector.error("A308", circle_message(names), node.span, CIRCLE_HELP)
        raise Skip


def _size(context: Context, block: BlockSpec, level: int = 0) -> int:
    """How many nodes a call of a block makes at least, counting those of the blocks in it."""
    if block not in context.sizes:
        context.sizes[block] = 1
        if level < DEEPEST:
            weights = (_weight(context, node, block, level + 1) for node in block.layers.items)
            context.sizes[block] = max(1, sum(weights))
    return context.sizes[block]


def _weight(context: Context, node: NodeSpec, within: BlockSpec, level: int) -> int:
    if node.when is not None:
        return 0
    block = find_block(context.spec, node.op, within)
    return 1 if block is None else _size(context, block, level)


def stage(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """A block repeated, or a list of nodes, as one module: a feature level."""
    name = name_of(context, node, place, value)
    place.names.stages += 1
    if name is None and not place.names.numbered:
        name = f"stage{place.names.stages}"
    name = claim(context, place, name, "stage", node)
    found = arguments_of(context, node, Stage, place, value)
    defaults = in_force(context, node.arguments, place, value)
    outer = open_scope(context, place, value, name, "stage", True, node.whole)
    outer = outer.at(**defaults, dynamic={**place.dynamic, "index": 0, "depth": found.depth})
    context.stages += 1
    if found.layers is not None:
        _refuse_both(context, node, place)
        last = context.walk(context, found.layers, outer, value)
    else:
        last = _blocks(context, node, found, outer, value)
    if node.name is None and outer.lookup.broken:
        # a name may stand there under a mistaken key: the default one is left to others
        place.names.taken.pop(name, None)
        place.lookup.broken |= hides_name(node)
    output = close_scope(place, outer, last)
    context.levels.append(Level(_path(outer), output))
    return output


def _path(place: Place) -> str:
    names: list[str] = []
    scope = place.scope
    while scope.parent is not None:
        names.append(scope.name)
        scope = scope.parent
    return ".".join(reversed(names))


def _refuse_both(context: Context, node: NodeSpec, place: Place) -> None:
    for key in node.arguments:
        if key not in (*COMMON, "layers", "norm", "act"):
            help = "a stage with `layers` has no block, and so no depth and no arguments"
            context.report(place, "A201", f"a stage with `layers` cannot have `{key}`", node.arguments[key].key, help)


def _blocks(context: Context, node: NodeSpec, found: Stage, place: Place, value: Value) -> Value:
    """The blocks of a stage, one after the other."""
    if found.block is None:
        context.report(place, "A202", "a stage needs `block` or `layers`", node.span, _block_help(context, node, place))
        raise Skip
    block = find_block(context.spec, found.block, place.block)
    at = node.arguments["block"].tree.span
    if block is None:
        message, help = no_block(context.spec, found.block)
        context.report(place, "A301", message, at, help)
        raise Skip
    context.count(place, found.depth * _size(context, block), node.span)
    own = {*COMMON, *keys(Stage)}
    shared = {key: argument for key, argument in node.arguments.items() if key not in own}
    place = place.at(times=place.times * max(1, found.depth))
    for index in range(found.depth):
        value = _turn(context, node, found, block, shared, index, place, value)
    return value


def _block_help(context: Context, node: NodeSpec, place: Place) -> str:
    """Where the block of a stage stands, if under another key, or what a stage is."""
    for key, argument in node.arguments.items():
        if len(node.arguments) == 1 and (key == "stage" or find_block(context.spec, key, place.block)):
            first = "" if key == "stage" else f"block: {key}, "
            return f"a stage is a mapping, not a node: `{{{first}…}}`"
        value = argument.tree.value if isinstance(argument.tree, Scalar) else None
        if isinstance(value, str) and find_block(context.spec, value, place.block):
            return f"write `block: {value}`"
    return "`{block: basic, depth: 2, channels: 64}`"


def _turn(
    context: Context,
    node: NodeSpec,
    found: Stage,
    block: BlockSpec,
    shared: Mapping[str, Argument],
    index: int,
    place: Place,
    value: Value,
) -> Value:
    """One block of a stage. The stride goes to the first; the others get 1."""
    dynamic = {**place.dynamic, "index": index, "block_index": context.blocks}
    context.blocks += 1
    place = place.at(dynamic=dynamic)
    arguments = dict(shared)
    if "stride" in node.arguments:
        arguments["stride"] = node.arguments["stride"] if index == 0 else _one(context, node.arguments["stride"])
    if index == 0 and found.first is not None:
        arguments.update(_first(context, found.first, place))
    try:
        name = None
        if "names" in node.arguments:
            arguments["name"] = node.arguments["names"]
            name = text_of(context, node.arguments["names"], place, value, "`names`")
        name_of_block = node.arguments["block"]
        call = NodeSpec(block.name, name_of_block.tree.span, name_of_block.span, arguments)
        return call_block(context, call, block, place, value, name, node.arguments.keys() & {"norm", "act"})
    except Skip:
        place.lookup.broken = True
        return Value(None, place.scope)


def _one(context: Context, stride: Argument) -> Argument:
    return Argument(stride.key, Scalar(1, stride.tree.span), context.collector)


def _first(context: Context, argument: Argument, place: Place) -> dict[str, Argument]:
    if not isinstance(argument.tree, MappingTree):
        context.report(place, "A203", "`first` must be a mapping", argument.tree.span, "`first: {stride: 2}`")
        raise Skip
    return argument.arguments
