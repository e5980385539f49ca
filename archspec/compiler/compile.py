"""Spec to graph: parameters bound, inputs typed, the network walked, outputs resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from numbers import Integral, Real
from typing import Any

from archspec.compiler.budget import limits
from archspec.compiler.defaults import BROKEN, default
from archspec.compiler.features import Features, features
from archspec.compiler.initializers import initializers
from archspec.compiler.inputs import InputSize, check_size_names, input_type, resized
from archspec.compiler.names import Entry, Lookup, Names
from archspec.compiler.parameters import bind
from archspec.compiler.place import Abort, Context, Place, Skip
from archspec.compiler.references import resolve
from archspec.compiler.walk import walk
from archspec.diagnostics import Collector, correction, did_you_mean
from archspec.errors import REPORT, InternalError, SpecError, UsageError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Scope, Value
from archspec.language import Mapping as MappingTree
from archspec.language import Scalar, Spec, TemplateError, Unknown
from archspec.language.calls import no_node, node_names
from archspec.ops import OPS, ShapeError, find_op
from archspec.ops.base import sized
from archspec.types.tensor import TensorType

_WALKS = 4
"""Walks until the number of blocks is what expressions were told; a spec that asks for it seldom needs the second."""


def compile_spec(
    spec: Spec, params: Mapping[str, Any] | None = None, input_size: InputSize = None, chosen: Features = False
) -> Graph:
    """The graph of a spec, or of its feature levels alone, where some are chosen.

    Raises `SpecError` with every finding, `UsageError` for a parameter or level that it does not have.
    """
    graph, collector = analyze(spec, params, input_size)
    if graph is None or collector.errors:
        raise SpecError(f"`{spec.name}` is not a valid spec", collector.errors)
    return graph if chosen is False else features(graph, chosen)


def analyze(
    spec: Spec, params: Mapping[str, Any] | None = None, input_size: InputSize = None
) -> tuple[Graph | None, Collector]:
    """The graph, where there is one, and all findings: those of the reading and those of the compilation.

    `input_size` takes the place of the sizes of the one input: a number for every dimension, one for each, or a mapping
    from the names of symbolic dimensions.
    """
    given = _given(spec, params or {})
    count = _guess(spec, given)
    for _ in range(_WALKS):
        collector = Collector(spec.collector.diagnostics)
        context = Context(spec, collector, {}, walk, block_count=count)
        graph = _network(context, given, input_size)
        # `block_count` is asked for before all blocks are seen: where the guess was wrong, the walk begins again
        if context.blocks == count or context.counted is None:
            break
        count = context.blocks
    else:
        _unsettled(context)
    # what is first read while compiling reports to the spec
    for diagnostic in spec.collector.diagnostics:
        collector.add(diagnostic)
    if collector.errors:
        return None, collector
    return _typed(spec, graph), collector


def _typed(spec: Spec, graph: Graph | None) -> Graph:
    """The graph of a spec in which no mistake was found: there is one, and all in it is known."""
    unknown = None if graph is None else next((path for path, node in graph.nodes() if node.output.type is None), "")
    if graph is None or unknown:
        what = f"what `{unknown}` gives is not known" if unknown else "it has no graph"
        raise InternalError(f"no mistake was found in `{spec.name}`, yet {what}; {REPORT}")
    return graph


def _unsettled(context: Context) -> None:
    """Report that there is no number of blocks with which the network has as many, unless that hides behind another
    mistake."""
    if not context.collector.errors:
        message = f"`block_count` does not settle: at {context.block_count}, the network has {context.blocks} blocks"
        help = (
            "how many blocks there are cannot depend on it: no `depth` or `when`, nor channels that decide about them"
        )
        context.collector.error("A253", message, context.counted, help)


def _given(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(params, Mapping):
        raise UsageError(f"`params` is a mapping from names to values, not {type(params).__name__}")
    for name in params:
        if name not in spec.params:
            hint = did_you_mean(str(name), spec.params) or f"it has {', '.join(spec.params) or 'none'}"
            raise UsageError(f"`{spec.name}` has no parameter `{name}`; {hint}")
    return {name: _given_value(name, value) for name, value in params.items()}


def _given_value(name: str, value: Any) -> Any:
    """A value as expressions know it: lists are tuples, and numbers those of Python."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_given_value(name, item) for item in value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and isfinite(value):
        return float(value)
    raise UsageError(f"the parameter `{name}` is a finite number, a text, true or false, or a list; got {value!r}")


def _guess(spec: Spec, given: Mapping[str, Any]) -> int:
    """The number of blocks in the stages of the network, by their depths as far as parameters alone give them."""
    constants = {
        p.name: p.default.run({}) for p in spec.params.values() if p.default is not None and p.default.constant
    }
    params = {**constants, **given}
    count = 0
    for node in spec.layers.items if spec.layers else ():
        if node.op == "stage" and "block" in node.arguments:
            depth: Any = 1
            if "depth" in node.arguments:
                try:
                    depth = node.arguments["depth"].template.evaluate(params)
                except (TemplateError, Unknown):
                    depth = 0
            count += depth if isinstance(depth, int) else 0
    return count


def _network(context: Context, given: Mapping[str, Any], input_size: InputSize) -> Graph | None:
    spec = context.spec
    nothing = Value(None, None)
    dynamic = {"index": 0, "depth": 1, "stage_index": 0, "block_index": 0, "block_count": context.block_count}
    root = Scope("", "network", (nothing,))
    place = Place(root, Names(False), Lookup(nothing), {}, dynamic)
    span = spec.tree.span
    try:
        # a default sees the parameters before it, and nothing of a network that they are there to shape
        context.params = bind(context, "the spec", spec.params, given, {}, span, place.at(dynamic={}), nothing)
        place = place.at(params=context.params)
        limits(spec, context.params, context.collector)
        inputs = _inputs(context, place, nothing, input_size)
        root.inputs = tuple(inputs.values()) or (Value(None, root),)
        first = root.inputs[0]
        place = place.at(lookup=Lookup(first))
        _name_inputs(place, inputs)
        _check_defaults(context)
        place = _with_defaults(context, place, first)
        _initializers(context, place, first)
        if spec.layers is None:
            return None
        last = walk(context, spec.layers, place, first)
        root.output = root.receive(last)
        outputs = _outputs(context, place, last)
    except (Skip, Abort):
        return None
    _assume(root, context.constraints)
    return Graph(
        name=spec.name,
        root=root,
        inputs=inputs,
        outputs=outputs,
        single=not spec.outputs,
        params=dict(context.params),
        levels=tuple(context.levels),
        reference=spec.reference,
        constraints=context.constraints,
        renames=spec.renames,
    )


def _assume(root: Scope, constraints: Mapping[str, int]) -> None:
    """Write symbolic sizes as they are under the constraints: `H/4` for `⌊H/4⌋` where H is a multiple of 4."""
    for output in (node.output for node in root.nodes()) if constraints else ():
        if output.type is not None:
            size = tuple(n if isinstance(n, int) else n.assume(constraints) for n in output.type.size)
            output.type = replace(output.type, size=size)


def _inputs(context: Context, place: Place, nothing: Value, input_size: InputSize) -> dict[str, Value]:
    found: dict[str, Value] = {}
    declared: list[TensorType] = []
    for name, argument in context.spec.inputs.items():
        try:
            declared.append(input_type(context, argument, place, nothing))
            type = resized(declared[-1], input_size, len(context.spec.inputs))
            sized(f"the input `{name}`" if name != "input" else "the input", type.shape)
        except ShapeError as error:
            context.report(place, error.code, error.message, argument.tree.span, error.help)
            type = None
        except Skip:
            type = None
        found[name] = Value(type, place.scope)
    if isinstance(input_size, Mapping) and len(declared) == len(found):
        check_size_names(declared, input_size)
    dtypes = {value.type.dtype: name for name, value in found.items() if value.type and value.type.vocab is None}
    if len(dtypes) > 1:
        at = context.spec.inputs[list(dtypes.values())[-1]].tree.span
        message = f"inputs of {' and '.join(dtypes)} cannot meet in one network"
        context.report(place, "A206", message, at, "give all of them one `dtype`; weights have it too")
        raise Skip
    return found


def _name_inputs(place: Place, inputs: Mapping[str, Value]) -> None:
    """Several inputs are known by their names; the one input is `input`."""
    for name, value in inputs.items():
        if name != "input":
            place.lookup.entries[name] = Entry(value)


def _with_defaults(context: Context, place: Place, value: Value) -> Place:
    changes: dict[str, Any] = {}
    for key, argument in (("norm", context.spec.norm), ("act", context.spec.act)):
        if argument is not None:
            try:
                changes[key] = default(context, key, argument, place, value)
            except Skip:
                changes[key] = BROKEN
    context.usual.update(changes)
    return place.at(**changes)


def _check_defaults(context: Context) -> None:
    """Report what `defaults` names and is neither an op nor a block."""
    known = node_names(context.spec)
    tree = context.spec.tree.get("defaults") if isinstance(context.spec.tree, MappingTree) else None
    if not isinstance(tree, MappingTree) or context.spec.incomplete:
        return
    for op, at in tree.keys.items():
        if context.collector.full:
            break
        arguments = tree.entries.get(op)
        readable = isinstance(arguments, MappingTree) or (isinstance(arguments, Scalar) and arguments.value is None)
        if readable and op not in known and find_op(op) is None:
            _, help = no_node(context.spec, op)
            message, fix = f"`defaults` names `{op}`, which is no op or block", correction(op, known, at)
            context.collector.error("A301", message, at, help, fix=fix)
            context.strange_defaults = True


def _initializers(context: Context, place: Place, value: Value) -> None:
    for op, argument in context.spec.init.items():
        if context.collector.full:
            break
        cls = find_op(op)
        if cls is None or not cls.weight_names():
            known = [name for name, known in OPS.items() if known.weight_names()]
            hint = did_you_mean(op, known) or f"it takes the ops that have weights: {', '.join(known)}"
            context.collector.error(
                "A301",
                f"`init` names `{op}`, which has no weights to initialize",
                argument.key,
                hint,
                fix=correction(op, OPS, argument.key) if cls is None else None,
            )
            continue
        try:
            found = context.evaluate(argument.template, place, value)
            context.init[op] = initializers(context, found, cls, argument, place)
        except Skip:
            continue


def _outputs(context: Context, place: Place, last: Value) -> dict[str, Value]:
    if not context.spec.outputs:
        return {"output": last}
    found: dict[str, Value] = {}
    for name, argument in context.spec.outputs.items():
        try:
            found[name] = resolve(context, argument, place, last).value
        except Skip:
            found[name] = Value(None, place.scope)
    return found
