"""Spec to graph: parameters bound, inputs typed, the network walked, outputs looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from archspec.compiler.aside import check_aside, check_parameters
from archspec.compiler.budget import limits
from archspec.compiler.context import Abort, Context, Skip
from archspec.compiler.defaults import in_force
from archspec.compiler.features import Features, features
from archspec.compiler.here import Here, outside
from archspec.compiler.infer import alike
from archspec.compiler.initializers import initializers
from archspec.compiler.inputs import InChannels, InputSize, input_type
from archspec.compiler.names import Entry, Lookup, Names
from archspec.compiler.parameters import bind, chosen_params
from archspec.compiler.recolor import check_in_channels, recolored
from archspec.compiler.references import source_of
from archspec.compiler.resize import Axis, Kinds, chosen, resized
from archspec.compiler.walk import walk
from archspec.diagnostics import Collector, correction, did_you_mean
from archspec.errors import REPORT, InternalError, SpecError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Scope, Value
from archspec.language import UNKNOWN, Spec, TemplateError, Unknown
from archspec.language.calls import no_node, node_names
from archspec.limits import STEPS
from archspec.ops import OPS, ShapeError, find_op
from archspec.ops.base import sized
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType, windows

if TYPE_CHECKING:
    from archspec.compiler.blame import Outcome
    from archspec.compiler.trace import Trace

_Resize: TypeAlias = Callable[[Kinds], dict[str, TensorType]]
"""From the types that inputs declare to those that they have."""

_WALKS = 4
"""Walks until the number of blocks is what expressions were told; a spec that asks for it seldom needs the second."""


def compile_spec(
    spec: Spec,
    params: Mapping[str, Any] | None = None,
    input_size: InputSize = None,
    chosen: Features = False,
    in_channels: InChannels = None,
) -> Graph:
    """The graph of a spec, or of its feature levels alone, where some are chosen.

    Raises `SpecError` with every finding, `UsageError` for a parameter or level that it does not have.
    """
    graph, collector = analyze(spec, params, input_size, in_channels)
    if graph is None or collector.errors:
        errors = collector.errors
        given = errors and all(error.span is None for error in errors)
        what = "is valid, but not with what it was given" if given else "is not a valid spec"
        raise SpecError(f"`{spec.name}` {what}", errors)
    return graph if chosen is False else features(graph, chosen)


def analyze(
    spec: Spec,
    params: Mapping[str, Any] | None = None,
    input_size: InputSize = None,
    in_channels: InChannels = None,
    trace: Trace | None = None,
) -> tuple[Graph | None, Collector]:
    """The graph, where there is one, and all findings: those of the reading and those of the compilation. Raises
    `InternalError` where there is neither.

    `input_size` takes the place of the sizes of the inputs: a number for every dimension, one for each, or a mapping
    from the names of symbolic dimensions and inputs. `in_channels` takes the place of their channels: a number, or a
    mapping from the names of inputs. Where one of them is to blame for an error, or a parameter is, the error says so
    and has no place in the file. What the walk sees goes into `trace`.
    """
    if in_channels is not None:
        check_in_channels(spec.inputs, in_channels)
    given = chosen_params(spec, {} if params is None else params)
    kinds: dict[str, TensorType] = {}
    sizes: dict[Axis, int] = {}

    def resize(declared: Kinds) -> dict[str, TensorType]:
        kinds.update(recolored(declared, in_channels))
        sizes.update(chosen(kinds, input_size))
        return resized(kinds, sizes)

    graph, context = _settled(spec, given, resize, trace)
    collector = context.collector
    for diagnostic in spec.lacks:
        collector.add(diagnostic)
    if collector.errors:
        from archspec.compiler.blame import TooLong, Trials, blamed, with_fitting_sizes
        from archspec.compiler.channels import channels_blamed

        trials = Trials(partial(_attempt, spec), in_channels, STEPS - context.steps, context.steps)
        if not sizes:
            collector = Collector(with_fitting_sizes(collector.diagnostics, given, kinds, trials))
        if (given or sizes or in_channels is not None) and not spec.lacks:
            with suppress(TooLong):
                found = in_channels is not None and channels_blamed(spec, collector.errors, given, sizes, trials)
                found = found or blamed(spec, collector.errors, given, input_size, sizes, kinds, trials)
                collector = Collector(found)
        return None, collector
    if graph is None or context.gives_up:
        what = "it has no graph" if graph is None else "a part of it is unknown"
        raise InternalError(f"no error was found in `{spec.name}`, but {what}; {REPORT}")
    return graph, collector


def check(spec: Spec) -> Collector:
    """All findings in a spec, whose parameters without a default may have any value, or in a file of blocks."""
    required = {name: UNKNOWN for name, parameter in spec.params.items() if parameter.default is None}
    return _settled(spec, required, dict)[1].collector


def _attempt(spec: Spec, params: Mapping[str, Any], sizes: Mapping[Axis, Size], in_channels: InChannels) -> Outcome:
    from archspec.compiler.blame import Outcome

    context = _settled(spec, params, lambda declared: resized(recolored(declared, in_channels), sizes))[1]
    return Outcome(context.collector.errors, context.constraints, context.steps)


def _settled(
    spec: Spec, given: Mapping[str, Any], resize: _Resize, trace: Trace | None = None
) -> tuple[Graph | None, Context]:
    """The graph, as far as there is one, and what the compilation found."""
    count, steps = _guess(spec, given), 0
    for _ in range(_WALKS):
        collector = spec.collector.copy()
        context = Context(spec, collector, {}, walk, block_count=count, steps=steps, trace=trace)
        if trace is not None:
            trace.clear()
        graph = _network(context, given, resize)
        # `block_count` is asked for before all blocks are seen: where the guess was wrong, the walk begins again
        if context.blocks == count or context.counted is None:
            break
        count, steps = context.blocks, context.steps
    else:
        _unsettled(context)
    # parameters in the place of defaults leave these as wrong as they are
    check_parameters(spec.params.values(), outside(context).at(dynamic={}, value=Value(None, None)))
    check_aside(context)
    # what is first read while compiling reports to the spec
    for diagnostic in spec.collector.diagnostics:
        collector.add(diagnostic)
    return graph, context


def _unsettled(context: Context) -> None:
    """Report that there is no number of blocks with which the network has as many, unless that hides behind another
    mistake."""
    if not context.collector.errors:
        message = f"`block_count` does not converge: at {context.block_count}, the network has {context.blocks} blocks"
        help = "do not use it in a `depth` or a `when`, nor in channels that decide one"
        context.collector.error("A253", message, context.counted, help)


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


def _network(context: Context, given: Mapping[str, Any], resize: _Resize) -> Graph | None:
    spec = context.spec
    nothing = Value(None, None)
    dynamic = {"index": 0, "depth": 1, "stage_index": 0, "block_index": 0, "block_count": context.block_count}
    root = Scope("", "network", (nothing,))
    here = Here(nothing, nothing, context, root, Names(False), Lookup(nothing), {}, dynamic)
    try:
        # a default sees the parameters before it, and nothing of a network that they are there to shape
        context.params = bind("the spec", spec.params, given, {}, spec.span, here.at(dynamic={}))
        here = here.at(params=context.params)
        limits(spec, context.params, context.collector)
        inputs = _inputs(resize, here)
        root.inputs = tuple(inputs.values()) or (Value(None, root),)
        context.top = Lookup(root.inputs[0])
        here = here.receiving(root.inputs[0]).at(lookup=context.top)
        _name_inputs(inputs, here)
        _check_defaults(context)
        here = _with_defaults(here)
        _initializers(here)
        if spec.layers is None:
            return None
        last = here.walk(spec.layers)
        root.output = root.receive(last)
        outputs = _outputs(here.receiving(last))
    except Abort:
        return None
    _condition(root, context)
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
        rules=spec.rules,
        declared={name: argument.at for name, argument in spec.inputs.items()},
        lint=spec.lint.model_dump(mode="json", exclude_defaults=True),
    )


def _condition(root: Scope, context: Context) -> None:
    """Let nodes know what they ask of symbolic sizes."""
    for node in root.nodes() if context.conditions else ():
        node.conditions = context.conditions.get((id(node.op), tuple(value.type for value in node.inputs)), ())


def _assume(root: Scope, constraints: Mapping[str, int]) -> None:
    """Write symbolic sizes as they are under the constraints: `H/4` for `⌊H/4⌋` where H is a multiple of 4."""
    for output in (value for node in root.nodes() for value in node.outputs) if constraints else ():
        if output.type is not None:
            size = tuple(n if isinstance(n, int) else n.assume(constraints) for n in output.type.size)
            output.type = replace(output.type, size=size)


def _inputs(resize: _Resize, here: Here) -> dict[str, Value]:
    spec = here.context.spec
    declared: dict[str, TensorType] = {}
    for name, argument in spec.inputs.items():
        with suppress(Skip):
            declared[name] = input_type(argument, here)
    kinds = resize(declared) if len(declared) == len(spec.inputs) else declared
    found: dict[str, Value] = {}
    for name, argument in spec.inputs.items():
        kind = kinds.get(name)
        try:
            if kind is not None:
                sized(f"the input `{name}`" if name != "input" else "the input", kind.shape)
        except ShapeError as error:
            here.report(error.code, error.message, argument.at, error.help)
            kind = None
        found[name] = Value(None if kind is None else alike(kind, here.context), here.scope)
    dtypes = {value.type.dtype: name for name, value in found.items() if value.type and value.type.vocab is None}
    if len(dtypes) > 1:
        at = spec.inputs[list(dtypes.values())[-1]].at
        message = f"all inputs must have the same `dtype`, found {' and '.join(dtypes)}"
        here.report("A206", message, at, "give all inputs one `dtype`; the weights get it too")
        return dict.fromkeys(found, here.unknown())
    return found


def _name_inputs(inputs: Mapping[str, Value], here: Here) -> None:
    """Several inputs are known by their names; the one input is `input`."""
    for name, value in inputs.items():
        if name != "input":
            here.lookup.entries[name] = Entry(value)


def _with_defaults(here: Here) -> Here:
    context = here.context
    given = {"norm": context.spec.norm, "act": context.spec.act}
    changes = in_force({kind: argument for kind, argument in given.items() if argument is not None}, here)
    context.usual.update(changes)
    return here.at(**changes)


def _check_defaults(context: Context) -> None:
    """Report what `defaults` names and is neither an op nor a block."""
    spec = context.spec
    known = node_names(spec)
    for op, at in spec.default_names.items():
        if context.collector.full or spec.incomplete:
            break
        if op not in known and find_op(op) is None:
            _, help = no_node(spec, op)
            message, fix = f"`defaults` names `{op}`, which is not an op or a block", correction(op, known, at, "node")
            context.collector.error("A301", message, at, help, fix=fix, mistake=("node", op))
            context.strange_defaults = True


def _initializers(here: Here) -> None:
    context = here.context
    for op, argument in context.spec.init.items():
        if context.collector.full:
            break
        cls = find_op(op)
        if cls is None or not cls.weight_names():
            known = [name for name, known in OPS.items() if known.weight_names()]
            hint = did_you_mean(op, known) or f"the ops with weights are {', '.join(known)}"
            message = f"`init` names `{op}`, which has no weights to initialize"
            fix = correction(op, OPS, argument.key) if cls is None else None
            context.collector.error("A301", message, argument.key, hint, fix=fix)
        with suppress(Skip):
            found = here.evaluate(argument.template)
            if cls is not None and cls.weight_names():
                context.init[op] = initializers(found, cls, argument, here)


def _outputs(here: Here) -> dict[str, Value]:
    if not here.context.spec.outputs:
        return {"output": here.value}
    found = {name: source_of(argument, here) for name, argument in here.context.spec.outputs.items()}
    for name, value in found.items():
        if value.type is not None and windows(value.type.frame) is not None:
            at = here.context.spec.outputs[name].at
            message = f"the output `{name}` is a value from inside of a `within`, whose batch is that of its windows"
            here.report("A419", message, at, "return the value that `within` gives")
    return found
