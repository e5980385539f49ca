"""Op nodes: arguments computed, defaults filled in, validated, and the output inferred."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archspec.compiler import kept
from archspec.compiler.claim import check_shared, define, named
from archspec.compiler.context import ITEMS_A_STEP, Context, Skip
from archspec.compiler.defaults import merged
from archspec.compiler.here import BROKEN, Here
from archspec.compiler.infer import infer, placed
from archspec.compiler.initializers import check_fit, check_init, fitting, initializers
from archspec.compiler.mismatch import Told
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.passed import Reference
from archspec.compiler.references import reference_to
from archspec.compiler.tie import tie_weights
from archspec.diagnostics import Span
from archspec.graph.nodes import Node, Value
from archspec.language import Argument, NodeSpec
from archspec.language.phrases import expected, keys, shown
from archspec.language.reading import Problem, boolean, problems
from archspec.language.remedies import BOOLEANS, truth_help
from archspec.ops import Init, Op, Typed

M = TypeVar("M", bound=BaseModel)


def op_node(node: NodeSpec, cls: type[Op], here: Here) -> Value:
    """Compile one op. What is wrong with its name and its arguments is told at once, before any `Skip`."""
    context = here.context
    context.nodes += 1
    here.allow(1, node.span)
    name = named(node, cls.name, here)
    arguments = _arguments(node, cls, here)
    tie = arguments.pop("tie") if "tie" in arguments and "tie" not in cls.model_fields else None
    if cls.beside and node.name is None and not here.partial:
        # it may stand there under a wrong key, and any reference may mean it
        here.lookup.broken = True
        if not any(_is_strange(key, cls, here.context) for key in arguments):
            here.report("A202", f"`{node.op}` needs a name", node.span, "nodes take it by its name: `{name: …}`")
        name = None
    values, references, init, complete = _values(cls, arguments, here)
    if not complete or here.partial:
        validate_known(cls, values, arguments, node, here)
        raise Skip
    if issubclass(cls, Typed):
        values = _with_default(node, cls, values, arguments, here)
    op = _instance(cls, values, arguments, node, here)
    if here.seam is not None and (seamed := op.in_seam()) is not None:
        op = context.instances.setdefault(("seam", op), seamed)
        references.append(Reference("seam", here.scope.receive(here.seam)))
    inputs = ((here.value,) if op.takes_value else ()) + tuple([reference.value for reference in references])
    type = infer(op, inputs, node.span, here, arguments)
    if name is None:
        raise Skip
    # an op with a parameter of its own name has `init` among its arguments
    around = {} if "init" in op.model_fields_set else context.init.get(cls.name, {})
    weights = {**around, **init}
    made = Node(name, op, inputs, Value(type, here.scope), fitting(weights, op, inputs), node.span, "", here.site)
    if op.more:
        made.more = tuple(Value(placed(kind, op, made.types), here.scope) for kind in op.infer_more(*made.types))
    check_init(made, init, arguments, node, here)
    if tie is not None:
        tie_weights(made, tie, here, init)
    value = put(made, here)
    return here.current if op.beside else value


def _arguments(node: NodeSpec, cls: type[Op], here: Here) -> dict[str, Argument]:
    if node.principal is not None and cls.principal is None:
        help = "put its arguments in braces" if cls.model_fields else "write it alone: `- flatten`"
        here.report("A201", f"`{node.op}` does not take a bare value", node.principal.at, help)
        raise Skip
    return merged(node, here, cls.principal)


def _is_strange(key: str, cls: type[Op], context: Context) -> bool:
    """Whether an op takes no argument of that name."""
    taken = context.taken.get(cls)
    if taken is None:
        taken = context.taken[cls] = frozenset(("init", *cls.model_fields, *keys(cls)))
    return key not in taken and cls.model_config["extra"] == "forbid"


def _values(
    cls: type[Op], arguments: Mapping[str, Argument], here: Here
) -> tuple[dict[str, Any], list[Reference], dict[str, Init], bool]:
    """The computed arguments, the values that references name, the initializers of weights, and whether all of them
    are known."""
    values: dict[str, Any] = {}
    references: dict[str, Reference] = {}
    init: dict[str, Init] = {}
    complete = True
    context = here.context
    defaults = context.spec.defaults.get(cls.name, {})
    for key, argument in arguments.items():
        if _is_strange(key, cls, context):
            # a mistake, whatever stands there
            values[key] = None
            continue
        try:
            # an expression in `defaults` sees the spec's parameters, whatever the block around calls its own
            is_default = defaults.get(key) is argument
            found = here.evaluate(argument.template, context.params if is_default else None)
            if found is None and here.own and key in defaults:
                # null leaves an argument out: what is set for all nodes of the op holds
                found = here.evaluate(defaults[key].template, context.params)
            if found is None:
                continue
            is_word = key in cls.or_values and isinstance(found, str) and found in BOOLEANS
            if is_word and not here.lookup.knows(found):
                # a word that was a truth value in YAML 1.1
                message = f"`{key}` of `{cls.name}` must be {expected(cls, key)}, found {shown(found)}"
                here.report("A203", message, argument.at, truth_help(found), fix=boolean(found, argument.at))
                raise Skip
            if key in cls.references and not (key in cls.or_values and isinstance(found, (bool, int, tuple))):
                references[key] = reference_to(found, argument.at, here.in_defaults() if is_default else here)
                found = references[key].text
            elif isinstance(found, Reference):
                message = f"`{key}` of `{cls.name}` takes a number or a string, not a reference"
                help = "only `from`, joins, `like`, `kv` and parameters of type `ref` take references"
                here.report("A203", message, argument.at, help)
                raise Skip
            if key == "init" and "init" not in cls.model_fields and cls.weight_names():
                init = initializers(found, cls, argument, here)
            else:
                values[key] = found
        except Skip:
            complete = False
    # in the order of the op, not in that of the keys in the file
    return values, [references[key] for key in cls.references if key in references], init, complete


def _with_default(
    node: NodeSpec, cls: type[Typed], values: dict[str, Any], arguments: Mapping[str, Argument], here: Here
) -> dict[str, Any]:
    """Arguments merge with those of the default in force if the type is the same; otherwise they stand alone."""
    kind = cls.name
    default = here.default(kind)
    if default is BROKEN:
        validate_known(cls, values, arguments, node, here)
        raise Skip
    if "type" not in values and default is None:
        help = f"set `{kind}: {cls.usual}` at the top of the file, or give it a type"
        message = f"this `{kind}` has no type, and there is no default `{kind}`"
        # it may stand there under a wrong key
        if not any(_is_strange(key, cls, here.context) for key in arguments):
            here.miss(kind, "A310", message, node.span, help)
        validate_known(cls, values, arguments, node, here)
        raise Skip
    if default is not None and values.get("type", default["type"]) == default["type"]:
        values = {**default, **values}
    if values["type"] == here.context.usual.get(kind, {}).get("type"):
        return values
    # `defaults` is written for the type that the spec has: of what it says, another takes what belongs to it
    own = {"type", "init", *node.arguments, *cls.takes(str(values["type"]))}
    return {key: value for key, value in values.items() if key in own}


def _instance(
    cls: type[Op], values: dict[str, Any], arguments: Mapping[str, Argument], node: NodeSpec, here: Here
) -> Op:
    """The op with these arguments; the same arguments give the same instance."""
    context = here.context
    # as texts: to Python, `true` equals 1
    text = repr(values)
    key = (cls, text)
    context.steps += len(text) // (4 * ITEMS_A_STEP)
    found = context.instances.get(key)
    if found is None:
        context.steps += 1
        left_out = {"missing"} if context.strange_defaults and here.own else ()
        whole = (node.span, node.span)
        found = kept.OPS.get(key)
        if found is None:
            found = validated(cls, values, arguments, whole, f"`{node.op}`", here, left_out)
            if len(text) <= kept.TEXT:
                kept.keep(kept.OPS, key, found)
        context.instances[key] = found
    return found


def op_of(context: Context, cls: type[Op], **arguments: Any) -> Op:
    """An op that the file does not write, whose arguments are sound; the same arguments give the same instance."""
    key = (cls, repr(arguments))
    found = context.instances.get(key)
    if found is None:
        found = kept.OPS.get(key) or kept.keep(kept.OPS, key, cls.model_validate(arguments))
        context.instances[key] = found
    return found


def validate_known(
    model: type[BaseModel], values: Mapping[str, Any], arguments: Mapping[str, Argument], node: NodeSpec, here: Here
) -> None:
    """Report what is wrong with those arguments that are known, where others are not."""
    key = (model, repr(values))
    if key not in here.context.sound:
        try:
            model.model_validate(values)
        except ValidationError as error:
            whole, left_out = (node.span, node.span), ("missing", "value_error")
            found = problems(model, error, values, arguments, whole, f"`{node.op}`", left_out)
            _blame(found, values, arguments, here)
            if found:
                return
        here.context.sound.add(key)


def validated(
    model: type[M],
    values: Mapping[str, Any],
    arguments: Mapping[str, Argument],
    whole: tuple[Span, Span],
    what: str,
    here: Here,
    left_out: Collection[str] = (),
) -> M:
    """The model with these values; `whole` is the place of its key and value. Raises `Skip` after a report of all that
    is wrong, each at the argument that gave it."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        _blame(problems(model, error, values, arguments, whole, what, left_out), values, arguments, here)
        raise Skip from None


def _blame(found: list[Problem], values: Mapping[str, Any], arguments: Mapping[str, Argument], here: Here) -> None:
    """Report what is wrong with values at the arguments that gave them."""
    for wrong in found:
        argument, value = arguments.get(wrong.key), values.get(wrong.key)
        help = wrong.help
        is_written = wrong.code == "A203" and argument is not None and argument.template.constant
        if is_written and isinstance(value, str) and value in here.environment():
            help = f"`{value}` is a string; for the value of that name, write `${value}`"
        here.report(wrong.code, wrong.message, wrong.span, help, fix=wrong.fix, argument=argument, value=value)


def put(node: Node, here: Here) -> Value:
    """Add a node to its scope, where references find it."""
    here.scope.body.append(node)
    inner = None
    if node.more:
        inner = Lookup(node.output)
        inner.entries = {name: Entry(value) for name, value in zip(node.op.more, node.more, strict=True)}
    check_shared(node, here)
    define(node.name, Entry(node.output, inner, node), here)
    return node.output


def insert(
    op: Op,
    inputs: tuple[Value, ...],
    span: Span,
    base: str,
    here: Here,
    note: str = "",
    arguments: Mapping[str, Argument] | None = None,
    is_private: bool = False,
    told: Told | None = None,
    name: str | None = None,
) -> Value:
    """Add an op that the file does not write: a join, or a part of a projection; one `is_private` takes no number, and
    no reference finds it. A `name` is claimed already."""
    context = here.context
    type = infer(op, inputs, span, here, arguments, told=told)
    context.nodes += 1
    init = {} if op.weight_names() == () else fitting(context.init.get(op.name, {}), op, inputs)
    made = Node("", op, inputs, Value(type, here.scope), init, span, note, here.site)
    if is_private:
        here.names.insert(made, base)
        here.scope.body.append(made)
        return made.output
    if name is not None:
        made.name = name
    elif here.names.numbered:
        made.name = here.names.claim(None, base)
    else:
        here.names.insert(made, base)
    if init:
        check_fit(made, span, here)
    return put(made, here)
