"""The type of what an op gives, computed once for all that are alike; what does not fit is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import lcm

from archspec.compiler.context import SYMBOLIC_STEPS, Context, Skip
from archspec.compiler.defaults import source
from archspec.compiler.here import Here
from archspec.compiler.kept import ALIKE, INFERRED, keep
from archspec.compiler.mismatch import Told
from archspec.compiler.origin import makers
from archspec.compiler.references import with_fitting
from archspec.diagnostics import Span
from archspec.graph.nodes import Value
from archspec.language import Argument
from archspec.ops import Op, ShapeError
from archspec.ops.base import sized
from archspec.types.sizes import Dim
from archspec.types.tensor import TensorType, windows
from archspec.types.terms import TooDeep


def infer(
    op: Op,
    inputs: tuple[Value, ...],
    span: Span,
    here: Here,
    arguments: Mapping[str, Argument] | None = None,
    told: Told | None = None,
) -> TensorType:
    """The type of the output. Raises `Skip` after a report, or where the type of an input is unknown; what is `told` of
    a join is in words of its own."""
    context = here.context
    types = tuple([value.type for value in inputs])
    framed = here.frame is not None
    for kind in types:
        if kind is None:
            raise Skip
        framed = framed or kind.frame is not None
    if framed and not op.inserted:
        _check_frames(op, types, span, here)
    key = (id(op), *map(id, types))
    known = context.types.get(key)
    if known is not None:
        found = known[0]
    else:
        context.steps += 1
        try:
            found = alike(_known(op, types), context)  # type: ignore[arg-type]
        except ShapeError as error:
            found = error
        # what an identity is of must outlive the key
        context.types[key] = found, op, types
        symbolic = [n for kind in types if kind is not None for n in kind.size if isinstance(n, Dim)]
        if symbolic:
            here.spend(SYMBOLIC_STEPS + sum(len(size.terms) for size in symbolic), span)
            if not isinstance(found, ShapeError):
                _constrain(context, op, types)
    if isinstance(found, ShapeError):
        _report(found, op, inputs, span, here, arguments or {}, told)
        raise Skip
    return found


def _report(
    error: ShapeError,
    op: Op,
    inputs: tuple[Value, ...],
    span: Span,
    here: Here,
    arguments: Mapping[str, Argument],
    told: Told | None,
) -> None:
    if error.code == "A402" and any(value.type is not None and value.type.vocab is not None for value in inputs):
        # an embedding is missing before it, which may bear any name
        here.lookup.miss()
    argument = arguments.get(error.argument or "")
    at = argument.at if argument is not None else span
    if argument is not None and argument.template.constant and error.argument in op.referred:
        error = with_fitting(error, op, inputs, partial(_inferred, op), here)
    error, causes = (error, makers(inputs, span, here)) if told is None else told(error)
    if "type" not in arguments:
        causes = (*causes, *source(op, here))
    uses = [given.template for given in arguments.values()]
    here.report(error.code, error.message, at, error.help, causes, argument=argument, uses=uses)


def _known(op: Op, types: tuple[TensorType, ...]) -> TensorType:
    """The type of the output, which this or another compilation may have inferred before."""
    key = (id(op), *map(id, types))
    known = INFERRED.get(key)
    if known is not None:
        return known[0]
    return keep(INFERRED, key, (_inferred(op, types), op, types))[0]


def alike(kind: TensorType, context: Context) -> TensorType:
    """Of equal types there is one, so that its identity tells it from all others: in a compilation, whatever is kept
    meanwhile."""
    found = context.alike.get(kind)
    if found is None:
        found = context.alike[kind] = ALIKE.get(kind) or keep(ALIKE, kind, kind)
    return found


def _check_frames(op: Op, types: tuple[TensorType | None, ...], span: Span, here: Here) -> None:
    """Report values from inside of a `within` used outside, and the other way round. Raises `Skip`."""
    for kind in types:
        if kind is not None and kind.batch and windows(kind.frame) is not windows(here.frame):
            message = f"`{op.name}` takes a value from outside of a `within`, where the batch is that of the windows"
            if windows(here.frame) is None:
                message = f"`{op.name}` takes a value from inside of a `within`, whose batch is that of its windows"
            here.report("A419", message, span, "take it through the value that `within` receives or gives")
            raise Skip


def _inferred(op: Op, types: tuple[TensorType, ...]) -> TensorType:
    """The type of the output, where it and all weights are tensors that can be."""
    try:
        found = op.infer(*types)
        found = placed(found, op, types)
        sized(f"the output of `{op.name}`", found.shape)
    except TooDeep as error:
        help = "give the input a number for that dimension"
        raise ShapeError("A407", f"`{op.name}` needs a fixed size: {error}", help) from None
    for weight in op.weights(*types):
        sized(f"`{weight.name}` of `{op.name}`" if weight.name else f"the weight of `{op.name}`", weight.shape)
    return found


def placed(found: TensorType, op: Op, types: tuple[TensorType, ...]) -> TensorType:
    """The type of what an op gives, with the batch and in the `within` that its inputs lead to."""
    if not op.beside and not all(kind.batch for kind in types):
        found = replace(found, batch=op.has_batch(*types))
    if found.batch and not op.inserted and any(kind.frame for kind in types):
        inside = [kind for kind in types if kind.batch]
        kept = op.keeps_positions and all(kind.positions for kind in inside)
        frames = [kind.frame for kind in inside if kind.frame is not None]
        frame = max(frames, key=lambda frame: frame.depth, default=None)
        found = replace(found, frame=frame, positions=kept)
    return found


def _constrain(context: Context, op: Op, types: tuple[TensorType | None, ...]) -> None:
    """Record what symbolic sizes must be multiples of."""
    found = op.constraints(*(kind for kind in types if kind is not None))
    if found:
        context.conditions[id(op), types] = tuple(found.items())
    for name, divisor in found.items():
        context.constraints[name] = lcm(context.constraints.get(name, 1), divisor)
