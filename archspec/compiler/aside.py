"""What the walk came to and did not enter, and what nothing calls: checked without values, and no part of the graph.

So a mistake is found wherever it stands: in a node that its `when` leaves out, in a branch or a shortcut that this
network does not have, in a stage of no blocks, in a block that nothing calls. Everything that is computed is unknown
here, as other parameters may give it another value; what is written, and which names it uses, is known all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from types import MappingProxyType

from archspec.compiler.calls import bound, note_call
from archspec.compiler.circles import refuse_circles
from archspec.compiler.claim import claim, named
from archspec.compiler.combinators import arguments_of, close_scope, is_counter, is_transparent, join, open_scope, slot
from archspec.compiler.context import Abort, Context, Skip
from archspec.compiler.defaults import merged
from archspec.compiler.here import Here, outside
from archspec.compiler.names import Lookup, Names
from archspec.compiler.opnode import op_node
from archspec.compiler.parameters import bind
from archspec.compiler.references import source_of
from archspec.compiler.residual import shortcut_of
from archspec.compiler.stages import block_of, call_of, name_of_stage, refuse_both
from archspec.compiler.unknown import refuse, unknown
from archspec.compiler.values import name_of, truth
from archspec.language import UNKNOWN, Argument, BlockSpec, BranchSpec, Nodes, NodeSpec, ParameterSpec, Spec, find_block
from archspec.language.combinators import COMBINATORS
from archspec.language.expressions.expression import BLOCK_SCOPE
from archspec.ops import JOINS, LATER, find_op


def check_aside(context: Context) -> None:
    """Report what is wrong with all that no walk has entered."""
    spec = context.spec
    with suppress(Abort):
        _put_aside(context)
        if spec.layers is not None and spec.layers not in context.walked:
            # the walk has ended before, and what it has not come to may bear any name
            here = outside(context, spec.params)
            here.lookup.open = True
            here.walk(spec.layers)
        for op, arguments in spec.defaults.items():
            if op in spec.default_names and not context.collector.full:
                _check_defaults(op, arguments, context)
        for block in _definitions(spec):
            if context.collector.full:
                break
            if block.layers in context.walked:
                check_parameters(block.parameters.values(), outside(context).at(block=block))
            else:
                _check_block(block, context)
            _check_passed(block, context)
            _put_aside(context)
    refuse_circles(context)


def _definitions(spec: Spec) -> Iterator[BlockSpec]:
    """Every definition once; a block that another file hides is still what its own file means."""
    files = {id(block.siblings): block.siblings for block in spec.blocks.values()}
    yield from dict.fromkeys(chain(spec.blocks.values(), *(siblings.values() for siblings in files.values())))


def _put_aside(context: Context) -> None:
    """Check what was put aside, which may put aside more."""
    while context.aside and not context.collector.full:
        item = next(iter(context.aside))
        here = context.aside.pop(item)
        if isinstance(item, NodeSpec):
            _check_node(item, here.aside())
        elif item not in context.walked:
            here.aside().walk(item)


def check_parameters(parameters: Iterable[ParameterSpec], here: Here) -> None:
    """Report names in defaults that are not there, also of those that need not be computed."""
    known: dict[str, object] = {}
    around = dict.fromkeys(BLOCK_SCOPE, UNKNOWN) if here.dynamic else None
    for parameter in parameters:
        if parameter.default is not None:
            with suppress(Skip):
                here.at(params=known).evaluate(parameter.default, around)
        known[parameter.name] = UNKNOWN


def _check_defaults(op: str, arguments: Mapping[str, Argument], context: Context) -> None:
    """The `defaults` of an op or a block: they see the parameters of the spec, and of the block around the node."""
    spec = context.spec
    anywhere = [name for block in spec.blocks.values() for name in block.parameters]
    here = outside(context, [*spec.params, *anywhere, *BLOCK_SCOPE]).at(partial=True)
    span = spec.default_names[op]
    if op in COMBINATORS or find_block(spec, op) is not None or find_op(op) is not None:
        _check_node(NodeSpec(op, span, span, arguments), here)


def _check_block(block: BlockSpec, context: Context) -> None:
    """A definition that no walk has entered."""
    around = outside(context).at(block=block)
    given = {p.name: UNKNOWN for p in block.parameters.values() if p.default is None and p.type != "layers"}
    bind(f"the block `{block.name}`", block.parameters, given, {}, block.span, around, block)
    _inside_block(block, context).walk(block.layers)


def _check_passed(block: BlockSpec, context: Context) -> None:
    """The nodes that parameters have by default, where no slot has placed them."""
    for parameter in block.parameters.values():
        if parameter.nodes is not None and parameter.nodes not in context.walked:
            _inside_block(block, context).walk(parameter.nodes)


def _inside_block(block: BlockSpec, context: Context) -> Here:
    here = outside(context, [*block.parameters, *BLOCK_SCOPE])
    return here.at(block=block, names=Names(block.numbered))


def check_nodes(nodes: Nodes, here: Here) -> None:
    """Check a list of nodes."""
    for node in nodes.items:
        if here.context.collector.full:
            break
        _check_node(node, here.receiving(here.unknown()))


def _check_node(node: NodeSpec, here: Here) -> None:
    here.visit(node.span)
    claimed = here.names.number
    if node.when is not None:
        with suppress(Skip):
            truth(node.when, here)
    is_first = node.op in COMBINATORS and node.op not in LATER
    block = None if is_first else find_block(here.context.spec, node.op, here.block)
    cls = find_op(node.op)
    is_known = block is not None or cls is not None or node.op in COMBINATORS
    if node.source is not None and node.op not in JOINS and is_known:
        source_of(node.source, here)
    with suppress(Skip):
        if block is not None:
            _check_call(node, block, here)
        elif node.op in JOINS:
            join(node, here)
        elif node.op == "slot":
            slot(node, here)
        elif node.op == "split":
            from archspec.compiler.split import split

            split(node, here)
            return
        elif node.op == "reuse":
            _check_reuse(node, here)
        elif node.op in COMBINATORS:
            _check_combinator(node, here)
            return
        elif cls is not None:
            op_node(node, cls, here)
        else:
            refuse(node, here)
    unknown(node, here.names.number > claimed, here)


def _check_call(
    node: NodeSpec, block: BlockSpec, here: Here, stage: Mapping[str, Argument] = MappingProxyType({})
) -> None:
    """What a call gives a block; the definition is checked by itself."""
    note_call(node, block, here)
    named(node, block.name, here)
    arguments, _, _ = bound(node, block, here, stage)
    if "tie" in arguments and "tie" not in block.parameters:
        here.evaluate(arguments["tie"].template)


def _check_reuse(node: NodeSpec, here: Here) -> None:
    """The arguments of a run, whose module is unknown."""
    for argument in node.arguments_for("of").values():
        with suppress(Skip):
            here.evaluate(argument.template)


def _check_combinator(node: NodeSpec, here: Here) -> None:
    """The arguments of a combinator, and all lists of nodes in it that no walk has entered."""
    model = COMBINATORS[node.op]
    given = merged(node, here, model.principal, model.kinds().keys())
    with suppress(Skip):
        arguments_of(node, model, here)
    inner = _inside(node, here)
    if node.op == "repeat" or (node.op == "parallel" and "times" in given):
        name = given["as"].text if "as" in given and given["as"].template.constant else "index"
        is_known = name is not None and is_counter(name, given, inner) and model.kinds().keys() >= given.keys()
        inner = inner.at(params={**inner.params, name: UNKNOWN}) if is_known else inner.at(hides=True)
    for key, kind in model.kinds().items():
        if key not in given:
            continue
        if kind == "nodes":
            _check_list(given[key].nodes, inner)
        elif kind == "shortcut":
            shortcut = given[key].shortcut
            with suppress(Skip):
                shortcut_of(shortcut, inner)
            if shortcut.layers is not None:
                _check_list(shortcut.layers, inner.at(lookup=Lookup(inner.lookup.input, inner.lookup)))
        elif kind == "branches":
            for branch in given[key].branches.items:
                _check_branch(branch, node, inner)
    if node.op == "stage":
        _check_stage(node, given, inner)
    if inner.scope is not here.scope:
        close_scope(inner, inner.unknown(), here)


def _inside(node: NodeSpec, here: Here) -> Here:
    """The inside of a combinator."""
    if is_transparent(node, here):
        return here.at(level=here.enter(node.span))
    try:
        name = name_of_stage(node, here) if node.op == "stage" else name_of(node, here)
    except Skip:
        here.lookup.broken = True
        return here.at(lookup=Lookup(here.lookup.input, here.lookup), level=here.enter(node.span))
    numbered = node.op in ("seq", "repeat", "stage")
    return open_scope(claim(name, node.op, node, here), "seq", numbered, node.whole, here)


def _check_list(nodes: Nodes, here: Here) -> None:
    if nodes not in here.context.walked:
        here.walk(nodes)
    elif here.scope.parent is not None:
        # its names are those of a module, and not known here
        here.lookup.broken = True


def _check_branch(branch: BranchSpec, node: NodeSpec, here: Here) -> None:
    if branch.when is not None:
        with suppress(Skip):
            truth(branch.when, here)
    if branch.name is None:
        _check_list(branch.layers, here)
        return
    inner = open_scope(claim(branch.name, "branch", node, here, branch.key), "branch", True, branch.at, here)
    _check_list(branch.layers, inner)
    close_scope(inner, inner.unknown(), here)


def _check_stage(node: NodeSpec, given: Mapping[str, Argument], here: Here) -> None:
    """The call of a stage's block, the first and another."""
    if "layers" in given:
        refuse_both(node, here)
        return
    if not given or ("block" not in given and here.partial):
        return
    here.lookup.broken = True
    with suppress(Skip):
        name = here.evaluate(given["block"].template) if "block" in given else None
        if name == "" or not isinstance(name, (str, type(None))):
            return
        block = block_of(node, name, given, here)
        for index in (1, 0) if "first" in given or "stride" in given else (1,):
            with suppress(Skip):
                _check_call(call_of(given, block, index), block, here, given)
