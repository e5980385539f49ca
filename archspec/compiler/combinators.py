"""`seq`, `repeat`, joins and `slot`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from archspec.compiler.claim import check_shared, claim, define, named
from archspec.compiler.context import ITEMS_A_STEP, Context, Skip
from archspec.compiler.defaults import merged
from archspec.compiler.here import Here
from archspec.compiler.infer import infer
from archspec.compiler.mismatch import Operand, of_references, told
from archspec.compiler.mistyped import is_declared_so
from archspec.compiler.names import Entry, Lookup, Names
from archspec.compiler.opnode import op_of, put, validate_known, validated
from archspec.compiler.passed import Passed, Reference
from archspec.compiler.references import received
from archspec.compiler.values import name_of
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Kind, Node, Scope, Value
from archspec.language import TAKEN, Argument, BlockSpec, Nodes, NodeSpec
from archspec.language.calls import no_slot
from archspec.language.combinators import COMBINATORS, Combinator, Join, Parallel, Repeat, Residual, Seq, Slot
from archspec.ops import JOINS, Op, ShapeError

C = TypeVar("C", bound=Combinator)

_JOIN_MODELS = {name: model for name, model in COMBINATORS.items() if issubclass(model, Join)}


def join_of(found: Residual | Parallel, context: Context) -> Op:
    """The op that joins what a combinator makes."""
    return op_of(context, JOINS[found.merge], **({} if found.dim == "channels" else {"dim": found.dim}))


@cache
def plain_join(name: str) -> Op | None:
    """An instance of a join that needs no arguments but its values; None for any other."""
    cls = JOINS[name]
    return None if any(field.is_required() for field in cls.model_fields.values()) else cls.model_construct()


def arguments_of(node: NodeSpec, model: type[C], here: Here) -> tuple[C, dict[str, Argument]]:
    """The validated arguments of a combinator, and what it was given. Raises `Skip` after a report of all mistakes.

    What holds nodes is not in the model: it has records of its own.
    """
    kinds = model.kinds()
    if node.principal is not None and model.principal is None:
        here.report("A201", f"`{node.op}` does not take a bare value", node.principal.at, "put its arguments in braces")
        raise Skip
    arguments = merged(node, here, model.principal, kinds.keys())
    values: dict[str, Any] = {}
    complete = True
    for key, argument in arguments.items():
        if key in model.later or (model.later and key not in kinds):
            continue
        if kinds.get(key, "value" if model.model_config["extra"] == "allow" else "") != "value":
            # a record of its own; or a mistake, whatever stands there
            values[key] = None
            continue
        try:
            found = here.evaluate(argument.template)
            # null leaves an argument out
            values |= {} if found is None else {key: found}
        except Skip:
            complete = False
    if not complete or here.partial:
        validate_known(model, values, arguments, node, here)
        raise Skip
    return validated(model, values, arguments, (node.span, node.span), f"`{node.op}`", here), arguments


def open_scope(
    name: str, kind: Kind, numbered: bool, span: Span, here: Here, lookup: Lookup | None = None, **more: Any
) -> Here:
    """The inside of a new module that receives the value; without a `lookup`, its nodes find the names around."""
    scope = Scope(name, kind, (here.scope.receive(here.value),), here.scope, numbered, span=span, **more)
    here.scope.body.append(scope)
    lookup = lookup or Lookup(here.lookup.input, here.lookup)
    define(name, Entry(None, lookup, scope), here)
    return here.at(scope=scope, names=Names(numbered), lookup=lookup, level=here.enter(span))


def close_scope(inner: Here, value: Value, here: Here) -> Value:
    """End a module: its last value is what it returns."""
    inner.scope.output = inner.scope.receive(value)
    output = inner.scope.output
    if output.type is None:
        # what went wrong inside is reported; out here the value is simply unknown
        output = inner.scope.output = Value(None, inner.scope)
    check_shared(inner.scope, here)
    define(inner.scope.name, Entry(output, inner.lookup, inner.scope), here)
    return output


def is_transparent(node: NodeSpec, here: Here) -> bool:
    """Whether a node is no module: what stands in it is named or numbered by the scope around."""
    if node.op in ("seq", "residual", "parallel", "within"):
        return node.name is None and not here.names.numbered
    return node.op == "slot" or (node.op == "repeat" and node.name is None)


def inside_of(node: NodeSpec, kind: Kind, numbered: bool, here: Here) -> tuple[Here, bool]:
    """The inside of a combinator, and whether it is a module."""
    if is_transparent(node, here):
        return here.at(level=here.enter(node.span)), False
    name = claim(name_of(node, here), node.op, node, here)
    return open_scope(name, kind, numbered, node.whole, here), True


def seq(node: NodeSpec, here: Here) -> Value:
    """Nodes one after the other."""
    _, given = arguments_of(node, Seq, here)
    inner, is_module = inside_of(node, "seq", True, here)
    last = inner.walk(given["layers"].nodes)
    return close_scope(inner, last, here) if is_module else last


def repeat(node: NodeSpec, here: Here) -> Value:
    """Nodes several times over; transparent unless named."""
    found, given = arguments_of(node, Repeat, here)
    layers = given["layers"].nodes
    name = found.as_
    if not is_counter(name, given, here):
        raise Skip
    here.allow(found.times * max(1, len(layers.items)), node.span)
    inner, is_module = inside_of(node, "repeat", True, here)
    inner = inner.at(times=here.times * max(1, found.times))
    value, start = here.value, len(inner.scope.body)
    sharing = None
    for turn in range(found.times):
        here.context.steps += len(inner.params) // ITEMS_A_STEP
        inside = turned(name, turn, inner.at(value=value))
        if sharing is not None:
            value = sharing.turn(inside, lambda here: here.walk(layers))
        else:
            value = inside.walk(layers)
            if found.share:
                from archspec.compiler.again import Sharing

                sharing = Sharing(node, inner.scope.body[start:])
    return close_scope(inner, value, here) if is_module else value


def turned(name: str, turn: int, here: Here) -> Here:
    """The surroundings of one turn, whose number expressions see."""
    if name == "index":
        return here.at(dynamic={**here.dynamic, "index": turn})
    return here.at(params={**here.params, name: turn})


def is_counter(name: str, given: Mapping[str, Argument], here: Here) -> bool:
    """Whether expressions may see the turn of a `repeat` under a name; not after a report."""
    if name == "index" or name not in TAKEN:
        return True
    message = f"the counter of a `repeat` cannot be named `{name}`"
    here.report("A208", message, given["as"].at, "choose another name: this one is reserved in expressions")
    return False


def join(node: NodeSpec, here: Here) -> Value:
    """`add`, `mul`, `concat` and so on of referenced values."""
    here.context.nodes += 1
    name = named(node, node.op, here)
    found, given = arguments_of(node, _JOIN_MODELS[node.op], here)
    here.spend(len(found.from_) // 4, node.span)
    # every reference is looked up, so that all that are wrong are told
    texts = listed(found.from_, given["from"])
    values = tuple([received(text, at, here) for text, at in texts])
    if not values:
        here.report("A202", f"`{node.op}` has nothing to join", given["from"].at, "name at least one value")
        raise Skip
    more = {key: value for key, value in found if key in found.model_fields_set and key != "from_"}
    plain = plain_join(node.op)
    op = JOINS[node.op].model_validate(more) if more or plain is None else plain
    alike = op == plain

    def tell(error: ShapeError) -> tuple[ShapeError, tuple[Related, ...]]:
        operands = _operands(texts, values, given["from"])
        return told(op.name, operands, here, lambda: of_references(op.name, operands, here))(error)

    type = infer(op, values, node.span, here, None if alike else given, tell if alike else None)
    if name is None:
        raise Skip
    return put(Node(name, op, values, Value(type, here.scope), {}, node.span, "", here.site), here)


def listed(texts: tuple[Any, ...], argument: Argument) -> list[tuple[Any, Span]]:
    """The references of a list, each with its place: lists in it are taken apart, and null is left out."""
    found: list[tuple[Any, Span]] = []
    for number, text in enumerate(texts):
        at = argument.part(number)
        found += [(one, at) for one in (text if isinstance(text, tuple) else (text,)) if one is not None]
    return found


def _operands(texts: Iterable[tuple[Any, Span]], values: Iterable[Value], argument: Argument) -> list[Operand]:
    """The values of a join, with their names."""
    found = []
    for (text, at), value in zip(texts, values, strict=True):
        name = text.text if isinstance(text, Reference) else str(text)
        found.append(Operand(f"`{name}`", value, at.text if at != argument.at and at.text else name))
    return found


def slot(node: NodeSpec, here: Here) -> Value:
    """The nodes passed as a parameter: the caller's names, the block's module."""
    found, given = arguments_of(node, Slot, here)
    if node.name is not None:
        message, help = "a `slot` takes no `name`", "its nodes get their names from the enclosing scope"
        here.report("A201", message, node.name.key, help)
        raise Skip
    passed = here.params.get(found.parameter)
    if not isinstance(passed, Passed):
        if here.block is None or not has_slot(here.block, found.parameter):
            message, help = no_slot(found.parameter, here.block)
            if here.block is None or not is_declared_so(found.parameter, here.block, here.context):
                here.report("A308", message, given["parameter"].at, help)
        raise Skip
    caller = passed.here or here
    inner = caller.at(
        scope=here.scope,
        names=here.names,
        lookup=Lookup(caller.lookup.input, caller.lookup),
        value=here.value,
        norm=here.norm,
        act=here.act,
        level=here.enter(node.span),
        times=here.times,
    )
    last = inner.walk(passed.nodes)
    for name, entry in inner.lookup.entries.items():
        define(name, entry, here)
    here.lookup.broken |= inner.lookup.broken
    return last


def has_slot(block: BlockSpec, name: str) -> bool:
    """Whether a block has a parameter of that name which takes nodes; a broken one may have it."""
    return block.broken or (name in block.parameters and block.parameters[name].type == "layers")


def empty(nodes: Nodes | None) -> bool:
    """Whether a list of nodes was left out or has nothing in it."""
    return nodes is None or (not nodes.items and not nodes.broken)
