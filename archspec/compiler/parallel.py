"""`parallel`: branches that each receive the value, or their part of its channels, and are joined."""

from __future__ import annotations

from itertools import accumulate

from archspec.compiler.claim import claim
from archspec.compiler.combinators import (
    arguments_of,
    close_scope,
    inside_of,
    is_counter,
    join_of,
    open_scope,
    turned,
)
from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.mismatch import Operand, of_branches, told
from archspec.compiler.opnode import insert, op_of
from archspec.compiler.origin import makers
from archspec.compiler.values import truth
from archspec.graph.nodes import Value
from archspec.language import Argument, BranchSpec, NodeSpec
from archspec.language.combinators import Parallel
from archspec.ops import Chunk


def parallel(node: NodeSpec, here: Here) -> Value:
    """The join of all branches that stand."""
    found, given = arguments_of(node, Parallel, here)
    branches = _standing(given["branches"], here) if found.times is None else []
    count = found.times or len(branches)
    if not count:
        help = "give it at least one: `branches: [[…], […]]`"
        here.report("A415", "`parallel` has no branches", node.span, help)
        raise Skip
    inner, is_module = inside_of(node, "parallel", False, here)
    parts = _parts(node, found, count, given.get("split"), inner)
    if found.times is None:
        outputs = [_branch(node, branch, inner.at(value=part)) for branch, part in zip(branches, parts, strict=True)]
    else:
        outputs = _turns(node, found, given, parts, inner)
    joined = outputs[0]
    if len(outputs) > 1:
        if any(output.type is None for output in outputs):
            joined = inner.unknown()
        else:
            values = tuple(inner.scope.receive(output) for output in outputs)
            words = [_called(branch, i) for i, branch in enumerate(branches, 1)]
            words = words or [f"turn {i}" for i in range(count)]
            operands = [Operand(name, value) for name, value in zip(words, values, strict=True)]
            tell = told(found.merge, operands, inner, lambda: of_branches(found.merge, operands, inner))
            joined = insert(join_of(found, here.context), values, node.span, found.merge, inner, told=tell)
    return close_scope(inner, joined, here) if is_module else joined


def _turns(node: NodeSpec, found: Parallel, given: dict[str, Argument], parts: list[Value], here: Here) -> list[Value]:
    """The layers several times over, each time on a part of the value."""
    name, layers = found.as_, given["layers"].nodes
    if not is_counter(name, given, here):
        raise Skip
    here.allow(len(parts) * max(1, len(layers.items)), node.span)
    here = here.at(times=here.times * len(parts))
    return [turned(name, turn, here).receiving(part).walk(layers) for turn, part in enumerate(parts)]


def _standing(argument: Argument, here: Here) -> list[BranchSpec]:
    """The branches that stand, in order. Raises `Skip` where some could not be read, or their conditions have a
    mistake."""
    found: list[BranchSpec] = []
    complete = not argument.branches.broken
    for branch in argument.branches.items:
        try:
            if branch.when is None or truth(branch.when, here):
                found.append(branch)
        except Skip:
            complete = False
    if not complete:
        raise Skip
    return found


def _parts(node: NodeSpec, found: Parallel, branches: int, split: Argument | None, here: Here) -> list[Value]:
    """What each branch receives: the whole value, or its part of the channels; unknown after a report."""
    value = here.value
    if found.split is False:
        return [value] * branches
    if value.type is None:
        return [here.unknown()] * branches
    at = split.at if split is not None else node.span
    channels = value.type.channels
    lengths = list(found.split) if isinstance(found.split, tuple) else [channels // branches] * branches
    if value.type.vocab is not None:
        here.report("A402", "`split` cannot divide token ids", node.span, "put `embedding` before it")
    elif len(lengths) != branches:
        message = f"`split` lists {len(lengths)} parts for {branches} branches"
        here.report("A416", message, at, "list one number of channels for each branch")
    elif sum(lengths) != channels:
        message = f"`split` cannot divide {channels} channels into {' + '.join(map(str, lengths))}"
        even = [channels // branches + (i < channels % branches) for i in range(branches)]
        help = f"the parts must add up to the channels, as in `split: {even}`"
        here.report("A416", message, at, help, makers((value,), node.span, here))
    else:
        starts = accumulate(lengths[:-1], initial=0)
        given = zip(starts, lengths, strict=True)
        chunks = (op_of(here.context, Chunk, start=start, length=length) for start, length in given)
        return [insert(chunk, (value,), node.span, "chunk", here) for chunk in chunks]
    return [here.unknown()] * branches


def _called(branch: BranchSpec, number: int) -> str:
    return f"branch {number}" if branch.name is None else f"branch `{branch.name}`"


def _branch(node: NodeSpec, branch: BranchSpec, here: Here) -> Value:
    if branch.name is None:
        return here.walk(branch.layers)
    name = claim(branch.name, "branch", node, here, branch.key)
    inner = open_scope(name, "branch", True, branch.at, here)
    return close_scope(inner, inner.walk(branch.layers), here)
