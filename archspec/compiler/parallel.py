"""`parallel`: branches that each receive the value, or their part of its channels, and are joined."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.compiler.combinators import JOIN_OPS, arguments_of, close_scope, open_scope, within
from archspec.compiler.opnode import claim, insert
from archspec.compiler.origin import makers
from archspec.compiler.place import Context, Place, Skip, truth
from archspec.diagnostics import Span
from archspec.graph.nodes import Value
from archspec.language import Argument, Mapping, Nodes, NodeSpec, Sequence, Tree
from archspec.language.models import Parallel
from archspec.language.nodes import BRANCH_HELP, arguments_in, branch_mistakes, nodes
from archspec.ops import Chunk


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Branch:
    """The nodes of one branch; without a name, the scope around names them. `key` is where the name stands."""

    name: str | None
    key: Span | None
    layers: Nodes
    span: Span


def parallel(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """The join of all branches that stand."""
    found = arguments_of(context, node, Parallel, place, value)
    branches = _branches(context, found.branches, place, value)
    if not branches:
        context.report(
            place, "A415", "`parallel` has no branch", node.span, "give it at least one: `branches: [[…], […]]`"
        )
        raise Skip
    inner, is_module = within(context, node, place, value, "parallel", False)
    parts = _parts(context, node, found, inner, value, len(branches))
    outputs = [_branch(context, node, branch, inner, part) for branch, part in zip(branches, parts, strict=True)]
    joined = outputs[0]
    if len(outputs) > 1:
        if any(output.type is None for output in outputs):
            joined = Value(None, inner.scope)
        else:
            values = tuple(inner.scope.receive(output) for output in outputs)
            joined = insert(context, inner, JOIN_OPS[found.merge], values, node.span, found.merge)
    return close_scope(place, inner, joined) if is_module else joined


def _branches(context: Context, argument: Argument, place: Place, value: Value) -> list[_Branch]:
    """The branches that stand, in order."""
    tree = argument.tree
    named: list[tuple[str | None, Span | None, Tree]]
    if isinstance(tree, Mapping):
        named = [(name, tree.keys[name], item) for name, item in tree.entries.items()]
    elif isinstance(tree, Sequence):
        named = [(None, None, item) for item in tree.items]
    else:
        help = "a mapping from names to lists of nodes, or a list of lists of nodes"
        context.report(place, "A203", "`branches` must be a mapping or a list", tree.span, help)
        raise Skip
    found = []
    for name, key, branch in named:
        layers: Tree | None = branch
        if isinstance(branch, Mapping):
            mistakes = branch_mistakes(branch)
            for code, message, span in mistakes:
                context.report(place, code, message, span, BRANCH_HELP)
            if mistakes or "layers" not in branch.entries:
                raise Skip
            layers, when = branch.get("layers"), arguments_in(branch, context.collector).get("when")
            if when is not None and not truth(context, when, place, value):
                continue
        assert layers is not None
        found.append(_Branch(name, key, nodes(layers, context.collector), branch.span))
    return found


def _parts(context: Context, node: NodeSpec, found: Parallel, place: Place, value: Value, branches: int) -> list[Value]:
    """What each branch receives: the whole value, or its part of the channels."""
    if found.split is False:
        return [value] * branches
    if value.type is None:
        return [Value(None, place.scope)] * branches
    if value.type.vocab is not None:
        context.report(place, "A402", "`split` cannot divide token ids", node.span, "put `embedding` before it")
        raise Skip
    at = node.arguments["split"].tree.span if "split" in node.arguments else node.span
    channels = value.type.channels
    lengths = list(found.split) if isinstance(found.split, tuple) else [channels // branches] * branches
    if len(lengths) != branches:
        message = f"`split` lists {len(lengths)} parts for {branches} branches"
        context.report(place, "A416", message, at, "list one number of channels for each branch")
        raise Skip
    if sum(lengths) != channels:
        message = f"`split` cannot divide {channels} channels into {' + '.join(map(str, lengths))}"
        even = [channels // branches + (i < channels % branches) for i in range(branches)]
        help = f"the parts must add up to the channels, as in `split: {even}`"
        context.report(place, "A416", message, at, help, makers((value,), node.span, context.spec.inputs))
        raise Skip
    starts = [sum(lengths[:i]) for i in range(branches)]
    return [
        insert(context, place, Chunk(start=start, length=length), (value,), node.span, "chunk")
        for start, length in zip(starts, lengths, strict=True)
    ]


def _branch(context: Context, node: NodeSpec, branch: _Branch, place: Place, value: Value) -> Value:
    if branch.name is None:
        return context.walk(context, branch.layers, place, value)
    name = claim(context, place, branch.name, "branch", node, branch.key)
    inner = open_scope(context, place, value, name, "branch", True, branch.span)
    return close_scope(place, inner, context.walk(context, branch.layers, inner, value))
