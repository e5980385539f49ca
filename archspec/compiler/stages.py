"""Stages: a block called again and again, or a list of nodes, as one module."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.compiler.calls import call_block, size_of
from archspec.compiler.claim import claim
from archspec.compiler.combinators import arguments_of, close_scope, open_scope
from archspec.compiler.context import Skip
from archspec.compiler.defaults import in_force
from archspec.compiler.here import BROKEN, Here
from archspec.compiler.values import hides_name, name_of, text_of
from archspec.diagnostics import correction
from archspec.graph.graph import Level
from archspec.graph.nodes import Value
from archspec.language import COMMON, Argument, BlockSpec, NodeSpec, block_names, find_block
from archspec.language.calls import no_block
from archspec.language.combinators import Stage
from archspec.types.tensor import windows


def stage(node: NodeSpec, here: Here) -> Value:
    """A block repeated, or a list of nodes, as one module: a feature level."""
    context = here.context
    if windows(here.frame) is not None:
        here.report("A419", "a stage stands in a `within`", node.span, "use `repeat`: a stage is a feature level")
        raise Skip
    name = claim(name_of_stage(node, here), "stage", node, here)
    found, given = arguments_of(node, Stage, here)
    defaults = in_force(given, here)
    if BROKEN in defaults.values():
        raise Skip
    outer = open_scope(name, "stage", True, node.whole, here)
    outer = outer.at(**defaults, dynamic={**here.dynamic, "index": 0, "depth": found.depth})
    context.stages += 1
    if "layers" in given:
        refuse_both(node, here)
        last = outer.walk(given["layers"].nodes)
    else:
        last = _blocks(node, found, given, outer)
    if node.name is None and outer.lookup.broken:
        # a name may stand there under a mistaken key: the default one is left to others
        here.names.taken.pop(name, None)
        here.lookup.broken |= hides_name(node)
    output = close_scope(outer, last, here)
    context.levels.append(Level(_path(outer), output))
    return output


def name_of_stage(node: NodeSpec, here: Here) -> str | None:
    """The name of a stage; None for its number. Raises `Skip` after a report."""
    name = name_of(node, here)
    here.names.stages += 1
    return f"stage{here.names.stages}" if name is None and not here.names.numbered else name


def _path(here: Here) -> str:
    names: list[str] = []
    scope = here.scope
    while scope.parent is not None:
        names.append(scope.name)
        scope = scope.parent
    return ".".join(reversed(names))


def refuse_both(node: NodeSpec, here: Here) -> None:
    """Report what a stage with `layers` says of a block, which it has not."""
    for key, argument in node.arguments.items():
        if key not in (*COMMON, "layers", "norm", "act"):
            help = "a stage with `layers` has no block, so it takes no depth or arguments"
            here.report("A201", f"a stage with `layers` cannot have `{key}`", argument.key, help)


def _blocks(node: NodeSpec, found: Stage, given: Mapping[str, Argument], here: Here) -> Value:
    """The blocks of a stage, one after the other."""
    block = block_of(node, found.block, given, here)
    here.allow(found.depth * size_of(block, here), node.span)
    here = here.at(times=here.times * max(1, found.depth))
    if not found.depth:
        here.put_aside(node)
    _check_with(node, given, block, here)
    value = here.value
    first, others = call_of(given, block, 0), call_of(given, block, 1)
    for index in range(found.depth):
        # what the first block would receive, if the stage had no `from`, is what the stage would
        turned = here if index == 0 else here.receiving(value)
        value = _turn(others if index else first, block, index, given, turned)
    return value


def block_of(node: NodeSpec, name: str | None, given: Mapping[str, Argument], here: Here) -> BlockSpec:
    """The block of a stage. Raises `Skip` after a report."""
    if name is None:
        here.report("A202", "a stage needs `block` or `layers`", node.span, _block_help(node, here))
        raise Skip
    spec = here.context.spec
    block = find_block(spec, name, here.block)
    if block is None:
        message, help = no_block(spec, name)
        at = given["block"].at
        fix = correction(name, block_names(spec), at, "node")
        here.report("A301", message, at, help, fix=fix, mistake=("node", name))
        raise Skip
    return block


def _block_help(node: NodeSpec, here: Here) -> str:
    """Where the block of a stage stands, if under another key, or what a stage is."""
    spec = here.context.spec
    for key, argument in node.arguments.items():
        if len(node.arguments) == 1 and (key == "stage" or find_block(spec, key, here.block)):
            first = "" if key == "stage" else f"block: {key}, "
            return f"a stage is a mapping, not a node: `{{{first}…}}`"
        if argument.text is not None and find_block(spec, argument.text, here.block):
            return f"write `block: {argument.text}`"
    return "`{block: basic, depth: 2, channels: 64}`"


def _check_with(node: NodeSpec, given: Mapping[str, Argument], block: BlockSpec, here: Here) -> None:
    """Report what stands in `with` and needs not, a parameter that has no name of the stage's own, and names of blocks
    that make no module."""
    overrides = given["with"].overrides if "with" in given and "with" not in block.parameters else None
    for key, argument in (overrides or {}).items():
        if key not in Stage.kinds():
            help = "`with` holds parameters that are named like a key of stages, such as `depth`"
            here.report("A201", f"`{key}` does not belong in `with`", argument.key, f"{help}: write it beside `block`")
    if block.inline and "names" in given:
        help = "its nodes are named by the scope around"
        here.report("A201", f"a stage of `{block.name}`, which is `inline`, has no `names`", given["names"].key, help)


def _turn(call: NodeSpec, block: BlockSpec, index: int, given: Mapping[str, Argument], here: Here) -> Value:
    """One block of a stage."""
    context = here.context
    here = here.at(dynamic={**here.dynamic, "index": index, "block_index": context.blocks})
    context.blocks += 1
    if context.trace is not None:
        context.trace.visit(call, here)
    try:
        name = text_of(given["names"], here, "`names`") if "names" in given else None
        return call_block(call, block, here, name, given)
    except Skip:
        here.lookup.broken = True
        return here.unknown()


def call_of(given: Mapping[str, Argument], block: BlockSpec, index: int) -> NodeSpec:
    """The call of one block of a stage. The stride goes to the first, with what `first` overrides; the others get 1."""
    own = _OWN - ({"with"} & block.parameters.keys())
    arguments = {key: value for key, value in given.items() if key not in own}
    if "with" in given and "with" in own:
        overrides = given["with"].overrides
        if overrides is None:
            raise Skip
        arguments.update(overrides)
    if "stride" in given:
        arguments["stride"] = given["stride"] if index == 0 else given["stride"].with_value(1)
    if index == 0 and "first" in given:
        overrides = given["first"].overrides
        if overrides is None:
            raise Skip
        arguments.update(overrides)
    if "names" in given:
        arguments["name"] = given["names"]
    at = given["block"]
    return NodeSpec(block.name, at.at, at.whole, arguments)


_OWN = {*COMMON, *Stage.kinds()}
