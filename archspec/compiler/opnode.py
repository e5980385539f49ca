"""Op nodes: arguments computed, defaults filled in, validated, and the output inferred."""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm
from typing import Any

from pydantic import ValidationError

from archspec.compiler.defaults import BROKEN, given, source
from archspec.compiler.initializers import check_fit, check_init, fitting, initializers
from archspec.compiler.names import Entry, NameTaken
from archspec.compiler.origin import makers
from archspec.compiler.place import Context, Place, Reference, Skip, name_of
from archspec.compiler.references import resolve_text
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Node, Value
from archspec.language import Argument, NodeSpec
from archspec.language.reading import Problem, problems
from archspec.language.words import keys
from archspec.ops import Act, Init, Norm, Op, ShapeError
from archspec.ops.base import sized
from archspec.types.tensor import TensorType
from archspec.types.terms import TooDeep


def op_node(context: Context, node: NodeSpec, cls: type[Op], place: Place, value: Value) -> Value:
    """Compile one op."""
    context.nodes += 1
    context.count(place, 1, node.span)
    name = claim(context, place, name_of(context, node, place, value), cls.name, node)
    arguments = _arguments(context, node, cls, place)
    values, references, init = _values(context, cls, arguments, place, value)
    if cls.name in ("norm", "act"):
        values = _with_default(context, node, cls.name, values, place)
    op = _instance(context, cls, values, arguments, node, place)
    inputs = (value, *(reference.value for reference in references))
    type = infer(context, op, inputs, place, node.span, arguments)
    # an op with a parameter of its own name has `init` among its arguments
    around = {} if "init" in op.model_fields_set else context.init.get(cls.name, {})
    weights = {**around, **init}
    made = Node(name, op, inputs, Value(type, place.scope), fitting(weights, op, inputs), node.span, "", place.site)
    check_init(context, made, init, arguments, place, node)
    return put(place, made)


def _arguments(context: Context, node: NodeSpec, cls: type[Op], place: Place) -> dict[str, Argument]:
    if node.principal is not None and cls.principal is None:
        help = "write its arguments in braces" if cls.model_fields else "it stands alone: `- flatten`"
        context.report(place, "A201", f"`{node.op}` takes no bare value", node.principal.tree.span, help)
        raise Skip
    return given(context, node, place, cls.principal)


def _values(
    context: Context, cls: type[Op], arguments: Mapping[str, Argument], place: Place, value: Value
) -> tuple[dict[str, Any], list[Reference], dict[str, Init]]:
    """The computed arguments, the values that references name, and the initializers of weights."""
    values: dict[str, Any] = {}
    references: dict[str, Reference] = {}
    init: dict[str, Init] = {}
    wrong = False
    for key, argument in arguments.items():
        if key not in cls.model_fields and key not in ("init", *keys(cls)) and cls.model_config["extra"] == "forbid":
            # a mistake, whatever stands there
            values[key] = None
            continue
        try:
            found = context.evaluate(argument.template, place, value, _defaults_scope(context, cls, key, argument))
        except Skip:
            wrong = True
            continue
        if key in cls.references:
            if found is None:
                continue
            references[key] = resolve_text(context, found, argument.template.span, place, value)
            found = references[key].text
        elif isinstance(found, Reference):
            message = f"`{key}` of `{cls.name}` is a number or text, not a reference"
            help = "only `from`, joins, `like`, `kv` and parameters of type `ref` take references"
            context.report(place, "A203", message, argument.template.span, help)
            raise Skip
        if key == "init" and "init" not in cls.model_fields and cls.weight_names():
            init = initializers(context, found, cls, argument, place)
        else:
            values[key] = found
    if wrong:
        raise Skip
    # in the order of the op, not in that of the keys in the file
    return values, [references[key] for key in cls.references if key in references], init


def _defaults_scope(context: Context, cls: type[Op], key: str, argument: Argument) -> Mapping[str, Any] | None:
    """An expression in `defaults` sees the spec's parameters, whatever the block around calls its own."""
    own = context.spec.defaults.get(cls.name)
    return context.params if own is not None and own.get(key) is argument else None


def _with_default(context: Context, node: NodeSpec, kind: str, values: dict[str, Any], place: Place) -> dict[str, Any]:
    """Arguments merge with those of the default in force if the type is the same; otherwise they stand alone."""
    default = place.default(kind)
    if default is BROKEN:
        raise Skip
    if "type" not in values and default is None:
        help = f"set `{kind}: {'batch' if kind == 'norm' else 'relu'}` at the top of the file, or give it a type"
        message = f"this `{kind}` names no type, and there is no default `{kind}`"
        context.miss(kind, place, "A310", message, node.span, help)
        raise Skip
    if default is not None and values.get("type", default["type"]) == default["type"]:
        values = {**default, **values}
    if values["type"] == context.usual.get(kind, {}).get("type"):
        return values
    # `defaults` is written for the type that the spec has: of what it says, another takes what belongs to it
    takes = (Norm if kind == "norm" else Act).takes(str(values["type"]))
    own = {"type", "init", *node.arguments, *takes}
    return {key: value for key, value in values.items() if key in own}


def _instance(
    context: Context,
    cls: type[Op],
    values: dict[str, Any],
    arguments: Mapping[str, Argument],
    node: NodeSpec,
    place: Place,
) -> Op:
    """The op with these arguments; the same arguments give the same instance."""
    # as texts: to Python, `true` equals 1
    key = (cls, repr(values))
    found = context.instances.get(key)
    if found is None:
        try:
            found = cls.model_validate(values)
        except ValidationError as error:
            left_out = {"missing"} if context.strange_defaults and place.own else ()
            for wrong in problems(cls, error, values, arguments, (node.span, node.span), f"`{node.op}`", left_out):
                blame(context, place, wrong, arguments, values)
            raise Skip from None
        context.instances[key] = found
    return found


def blame(
    context: Context, place: Place, wrong: Problem, arguments: Mapping[str, Argument], values: Mapping[str, Any]
) -> None:
    """Report what is wrong with a value at the argument that gave it."""
    argument, found = arguments.get(wrong.key), values.get(wrong.key)
    context.report(
        place, wrong.code, wrong.message, wrong.span, wrong.help, fix=wrong.fix, argument=argument, value=found
    )


def infer(
    context: Context,
    op: Op,
    inputs: tuple[Value, ...],
    place: Place,
    span: Span,
    arguments: Mapping[str, Argument] | None = None,
    help: str = "",
) -> TensorType:
    """The type of the output. Raises `Skip` after a report, or where the type of an input is unknown."""
    types = tuple(value.type for value in inputs)
    if None in types:
        raise Skip
    key = (id(op), types)
    found = context.types.get(key)
    if found is None:
        try:
            found = _inferred(op, types)  # type: ignore[arg-type]
        except ShapeError as error:
            found = error
        context.types[key] = found
        if not isinstance(found, ShapeError) and any(
            not isinstance(n, int) for kind in types if kind is not None for n in kind.size
        ):
            _constrain(context, op, types)
        # the instance must outlive the key that holds its id
        context.instances.setdefault(("kept", id(op)), op)
    if isinstance(found, ShapeError):
        argument = (arguments or {}).get(found.argument or "")
        at = argument.tree.span if argument is not None else span
        causes = makers(inputs, span, context.spec.inputs)
        if "type" not in (arguments or {}):
            causes = (*causes, *source(op, place))
        context.report(place, found.code, found.message, at, help or found.help, causes, argument=argument)
        raise Skip
    return found


def _inferred(op: Op, types: tuple[TensorType, ...]) -> TensorType:
    """The type of the output, where it and all weights are tensors that can be."""
    try:
        found = op.infer(*types)
        sized(f"the output of `{op.name}`", found.shape)
    except TooDeep as error:
        help = "give the input a number for that dimension"
        raise ShapeError("A407", f"`{op.name}` needs a size that is a number: {error}", help) from None
    for weight in op.weights(*types):
        sized(f"`{weight.name}` of `{op.name}`" if weight.name else f"the weight of `{op.name}`", weight.shape)
    return found


def _constrain(context: Context, op: Op, types: tuple[TensorType | None, ...]) -> None:
    """Record what symbolic sizes must be multiples of."""
    for name, divisor in op.constraints(*(kind for kind in types if kind is not None)).items():
        context.constraints[name] = lcm(context.constraints.get(name, 1), divisor)


def claim(
    context: Context, place: Place, given: str | None, base: str, node: NodeSpec, written: Span | None = None
) -> str:
    """The name of a child. One that cannot be used is reported where it is written, and the walk goes on with it."""
    try:
        return place.names.claim(given, base)
    except NameTaken as taken:
        at = written or (node.name.tree.span if node.name is not None else node.span)
        first = next((item.span for item in place.scope.body if item.name == given), None)
        related = (Related(first, "first here"),) if taken.code == "A312" and first is not None else ()
        context.report(place, taken.code, taken.message, at, taken.help, related)
        return given or base


def put(place: Place, node: Node) -> Value:
    """Add a node to its scope, where references find it."""
    place.scope.body.append(node)
    define(place, node.name, Entry(node.output))
    return node.output


def define(place: Place, name: str, entry: Entry) -> None:
    """Make a name known to references that come after."""
    place.lookup.entries[name] = entry


def insert(
    context: Context, place: Place, op: Op, inputs: tuple[Value, ...], span: Span, base: str, note: str = ""
) -> Value:
    """Add an op that the file does not write: a join, or a part of a projection."""
    type = infer(context, op, inputs, place, span)
    context.nodes += 1
    init = {} if op.weight_names() == () else fitting(context.init.get(op.name, {}), op, inputs)
    made = Node("", op, inputs, Value(type, place.scope), init, span, note, place.site)
    if place.names.numbered:
        made.name = place.names.claim(None, base)
    else:
        place.names.insert(made, base)
    if init:
        check_fit(context, made, place, span)
    return put(place, made)
