"""Calls of blocks: arguments bound, the definition walked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.compiler.claim import claim, claim_value, define
from archspec.compiler.combinators import close_scope, open_scope
from archspec.compiler.context import ITEMS_A_STEP, Skip
from archspec.compiler.defaults import in_force, merged
from archspec.compiler.here import BROKEN, Here, sizes
from archspec.compiler.mistyped import asks_for, is_declared_so
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.parameters import bind, passed
from archspec.compiler.passed import Call, Passed, Reference
from archspec.compiler.patterns import expanded
from archspec.compiler.site import Site
from archspec.compiler.tie import tie_weights
from archspec.compiler.values import name_of
from archspec.diagnostics import renames, replacement
from archspec.graph.nodes import Value
from archspec.language import COMMON, UNKNOWN, Argument, BlockSpec, NodeSpec, find_block
from archspec.language.calls import no_parameter
from archspec.language.combinators import Stage
from archspec.limits import BLOCK_NESTING

_OF_STAGE = Stage.kinds().keys() - {"stride", "norm", "act"}
"""The keys of a stage that no call of its block takes."""

_NONE: Mapping[str, Argument] = MappingProxyType({})


def call_block(
    node: NodeSpec, block: BlockSpec, here: Here, name: str | None = None, stage: Mapping[str, Argument] = _NONE
) -> Value:
    """Expand a block: its own module, its own names, and nothing of the caller but the arguments; `stage` are those of
    the stage that calls it."""
    note_call(node, block, here)
    here.allow(size_of(block, here), node.span)
    choices = sum([len(p.choices) for p in block.parameters.values() if p.choices])
    here.spend(2 + len(block.parameters) // 8 + choices // ITEMS_A_STEP, node.span)
    arguments, params, defaults = bound(node, block, here, stage)
    tie = arguments.get("tie") if "tie" not in block.parameters else None
    name = name if name is not None else name_of(node, here)
    if params is None:
        raise Skip
    if block.inline:
        return _inline(node, block, name, arguments, params, defaults, here)
    claimed = claim(name, block.name, node, here)
    lookup, plain = Lookup(here.value), _plain(params)
    opened = open_scope(claimed, "block", block.numbered, node.whole, here, lookup, block=block.name, arguments=plain)
    inner = _inner(node, block, arguments, params, defaults, opened, here)
    value = close_scope(inner, expanded(block, params, inner), here)
    entry = here.lookup.entries[here.names.shared.get(claimed, claimed)]
    if not entry.is_part:
        entry.call = Call(node, here, stage)
    if tie is not None:
        tie_weights(inner.scope, tie, here)
    return value


def _inner(
    node: NodeSpec,
    block: BlockSpec,
    arguments: Mapping[str, Argument],
    params: Mapping[str, Any],
    defaults: Mapping[str, Any],
    inner: Here,
    here: Here,
) -> Here:
    """The inside of a block, where its parameters are known."""
    inside = {**sizes("input", here.value), **params}
    inner = inner.at(
        params=inside,
        block=block,
        site=Site(block.name, node.whole, here.site, arguments, block.parameters, here.bundled),
        open_blocks=(*here.open_blocks, block),
        hides=False,
        **defaults,
    )
    for key, argument in params.items():
        if isinstance(argument, Passed) and argument.here is None:
            # nodes that are a parameter's default stand in the block, as whatever its definition says
            inside[key] = Passed(argument.nodes, inner)
    return inner


def _inline(
    node: NodeSpec,
    block: BlockSpec,
    name: str | None,
    arguments: Mapping[str, Argument],
    params: Mapping[str, Any],
    defaults: Mapping[str, Any],
    here: Here,
) -> Value:
    """The nodes of a block in the scope of its call; their names are seen among themselves alone."""
    if "tie" in arguments and "tie" not in block.parameters:
        help = "it makes no module: give `tie` to its nodes"
        here.report("A201", f"`{block.name}` is `inline` and cannot be tied", arguments["tie"].key, help)
    opened = here.at(lookup=Lookup(here.value), level=here.enter(node.span)).receiving(here.value)
    inner = _inner(node, block, arguments, params, defaults, opened, here)
    value = inner.walk(block.layers)
    here.lookup.broken |= inner.lookup.broken
    if name is not None:
        define(claim_value(name, node, here), Entry(value), here)
    return value


def bound(
    node: NodeSpec, block: BlockSpec, here: Here, stage: Mapping[str, Argument] = _NONE
) -> tuple[dict[str, Argument], dict[str, Any] | None, dict[str, Mapping[str, Any]]]:
    """The arguments of a call, with the defaults for those that it leaves out, the values of the parameters, and the
    `norm` and `act` that hold inside; no values where some are unknown. Raises `Skip` where they cannot be told apart.
    """
    if block.broken:
        raise Skip
    if node.principal is not None and block.principal is None:
        message = f"`{block.name}` has no parameter"
        here.report("A303", message, node.principal.at, "call it by name alone")
        raise Skip
    # what the stage says itself of `norm` or `act` holds for the call too, which does not leave it out
    arguments = merged(node, here, block.principal, said=stage.keys() & {"norm", "act"})
    values = {key: _value(block, key, arguments[key], here) for key in arguments if key in block.parameters}
    # null leaves an argument out
    values = {key: value for key, value in values.items() if value is not None}
    wrong = [key for key in arguments if key not in block.parameters and key not in ("norm", "act", "tie")]
    if wrong:
        _refuse(wrong, node, block, arguments, stage, here)
        # what is missing stands there under a wrong name
        values = {**dict.fromkeys(block.parameters, UNKNOWN), **values}
    given = {key: arguments[key] for key, value in values.items() if key in arguments and not _is_passed(value)}
    found = bind(f"the block `{block.name}`", block.parameters, values, given, node.span, here, block)
    defaults = in_force(arguments, here)
    unknown = wrong or any(value is UNKNOWN for value in found.values()) or BROKEN in defaults.values()
    return arguments, None if unknown else found, defaults


def _refuse(
    wrong: list[str],
    node: NodeSpec,
    block: BlockSpec,
    arguments: Mapping[str, Argument],
    stage: Mapping[str, Argument],
    here: Here,
) -> None:
    """Report arguments of no parameter."""
    known = list(dict.fromkeys([*block.parameters, *COMMON, *(Stage.kinds() if stage else ()), "norm", "act"]))
    defaults = here.context.spec.defaults.get(block.name, {})
    for key in wrong:
        if is_declared_so(key, block, here.context) or (asks_for(key, block, here.context) and not block.bundled):
            continue
        argument = arguments[key]
        taken = {*defaults} if defaults.get(key) is argument else {*node.arguments, *arguments, *stage}
        meant = renames([key], known, taken, "argument")
        message, help, related = no_parameter(block, key, known, taken)
        if key in _OF_STAGE and stage:
            help = f"`{key}` is one of the whole stage: write it beside `first`"
        fix = replacement(argument.key, key, meant[key]) if key in meant else None
        here.report("A303", message, argument.key, help, related, fix, mistake=(block, key))


def _value(block: BlockSpec, key: str, argument: Argument, here: Here) -> Any:
    """The value of one argument, unknown after a report."""
    context = here.context
    own = context.spec.defaults.get(block.name, {}).get(key) is argument
    kind = block.parameters[key].type
    if kind == "layers" and not _passes_on(argument, here):
        params = {**here.params, **context.params} if own else here.params
        caller = here.at(params=params)
        caller.put_aside(argument.nodes)
        return Passed(argument.nodes, caller)
    try:
        found = here.evaluate(argument.template, context.params if own else None)
        if kind not in ("ref", "refs"):
            return found
        return passed(kind, found, argument.at, here.in_defaults() if own else here)
    except Skip:
        return UNKNOWN


def _is_passed(value: Any) -> bool:
    """Whether a value is of nodes, or of several references: no number, text or list."""
    return isinstance(value, Passed) or (isinstance(value, tuple) and bool(value) and isinstance(value[0], Reference))


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a graph remembers: what else was passed, nodes, is in the graph itself."""
    found = {name: item.value if isinstance(item, Reference) else item for name, item in params.items()}
    return {name: item for name, item in found.items() if not (item is None or _is_passed(item))}


def _passes_on(argument: Argument, here: Here) -> bool:
    """Whether an argument passes on the nodes that the block around was given."""
    name = argument.template.alone if argument.text is not None else None
    parameter = here.block.parameters.get(name) if here.block is not None and name is not None else None
    return parameter is not None and parameter.type == "layers"


def note_call(node: NodeSpec, block: BlockSpec, here: Here) -> None:
    """Remember which block calls which. Raises `Skip` for one that is open, which would never end."""
    if here.block is not None and not block.bundled:
        here.context.calls.setdefault(here.block, {}).setdefault(block, node.span)
    if block in here.open_blocks:
        raise Skip


def size_of(block: BlockSpec, here: Here, level: int = 0) -> int:
    """How many nodes a call of a block makes at least, counting those of the blocks in it."""
    sizes = here.context.sizes
    if block not in sizes:
        sizes[block] = 1
        if level < BLOCK_NESTING:
            weights = (_weight(node, block, here, level + 1) for node in block.layers.items)
            sizes[block] = max(1, sum(weights))
    return sizes[block]


def _weight(node: NodeSpec, within: BlockSpec, here: Here, level: int) -> int:
    if node.when is not None:
        return 0
    block = find_block(here.context.spec, node.op, within)
    return 1 if block is None else size_of(block, here, level)
