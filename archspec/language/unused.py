"""A712, A713, A714, A715: what a file has and nothing uses, as when a name is changed in one place and not another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archspec.diagnostics import Collector, Diagnostic, did_you_mean
from archspec.language.expressions.template import template
from archspec.language.nodes import Nodes
from archspec.language.spec import BlockSpec, ParameterSpec, Spec
from archspec.source import Mapping, Scalar, Sequence, Tree, plain

_TEXT = ("blocks", "name", "description", "reference")
"""The sections in which nothing is used."""


def unused(spec: Spec, taken: Collection[str]) -> Iterator[Diagnostic]:
    """All of a spec that has no effect; `taken` are the inputs that some node takes or that are outputs."""
    yield from unused_blocks(spec)
    yield from unused_parameters(spec)
    yield from unused_codes(spec)
    for name, argument in spec.inputs.items():
        if name not in taken:
            help = f"take it by `from: {name}` or in a join, or remove it"
            yield Diagnostic("A714", f"nothing takes the input `{name}`", argument.key, "", help, (), "warning")


def unused_blocks(spec: Spec) -> Iterator[Diagnostic]:
    """Blocks of the file itself that neither its network nor a block in use calls; a name in any text counts as a call.

    Included blocks are a library: not all of it needs to be used.
    """
    words = {word for tree in _sections(spec) for word in _words(tree)}
    waiting = [name for name in spec.blocks if name in words]
    used = set(waiting)
    while waiting:
        words = {word for tree in _trees(spec.blocks[waiting.pop()]) for word in _words(tree)}
        found = [word for word in words if word in spec.blocks and word not in used]
        used.update(found)
        waiting += found
    for name, block in spec.blocks.items():
        if name not in used and block.span.source is spec.source:
            message = f"the block `{name}` is never called"
            help = "call it, or remove it; a file of blocks alone, to `include`, needs no calls"
            yield Diagnostic("A712", message, block.span, "", help, (), "warning")


def unused_parameters(spec: Spec) -> Iterator[Diagnostic]:
    """Parameters of the file itself, and of its own blocks, that no expression asks for."""
    names = {name for tree in _sections(spec) for name in _names(tree)} if spec.params else set()
    yield from _unused(spec, spec.params.values(), names, "the spec")
    for block in spec.blocks.values():
        if not block.broken:
            trees = list(_trees(block))
            names = {name for tree in trees for name in _names(tree)}
            # the nodes of a parameter stand where a slot names it
            names |= {word for tree in trees for word in _words(tree) if _takes_nodes(block, word)}
            yield from _unused(spec, block.parameters.values(), names, f"the block `{block.name}`")


def unused_codes(spec: Spec) -> Iterator[Diagnostic]:
    """Codes in `lint` that no advice has: an error cannot be ignored."""
    if not spec.lint.ignore or not isinstance(spec.tree, Mapping):
        return
    from archspec.diagnostics.catalogue import codes

    section = spec.tree.get("lint")
    listed = section.get("ignore") if isinstance(section, Mapping) else None
    advice = [code for code in codes() if code.startswith("A7")]
    for item in listed.items if isinstance(listed, Sequence) else ():
        code = plain(item)
        if code not in advice and item.span.source is spec.source:
            message = (
                f"`{code}` is an error, which cannot be ignored" if code in codes() else f"there is no advice `{code}`"
            )
            help = "`archspec explain` lists the codes; those of advice begin with `A7`"
            yield Diagnostic("A715", message, item.span, "", help, (), "warning")


def _takes_nodes(block: BlockSpec, name: str) -> bool:
    return name in block.parameters and block.parameters[name].type == "layers"


def _unused(spec: Spec, parameters: Iterable[ParameterSpec], names: set[str], what: str) -> Iterator[Diagnostic]:
    known = list(parameters)
    for parameter in known:
        if parameter.name not in names and parameter.span.source is spec.source:
            message = f"nothing in {what} uses the parameter `{parameter.name}`"
            # one that overrides nothing may be mistyped
            near = did_you_mean(parameter.name, [p.name for p in known if p.span.source is not spec.source])
            help = near or f"write `${parameter.name}` where its value belongs, or remove it"
            yield Diagnostic("A713", message, parameter.span, "", help, (), "warning")


def _sections(spec: Spec) -> Iterator[Tree]:
    """The sections of the file, laid over what it extends, in which blocks and parameters may be used."""
    if isinstance(spec.tree, Mapping):
        yield from (tree for key, tree in spec.tree.entries.items() if key not in _TEXT)


def _trees(block: BlockSpec) -> Iterator[Tree]:
    """All that stands in a block: the names and arguments of its nodes, and the defaults of its parameters."""
    yield from _of_nodes(block.layers)
    for parameter in block.parameters.values():
        if parameter.default is not None:
            yield parameter.default.tree
        if parameter.nodes is not None:
            yield from _of_nodes(parameter.nodes)


def _of_nodes(nodes: Nodes) -> Iterator[Tree]:
    for node in nodes.items:
        yield Scalar(node.op, node.span)
        yield from (argument.tree for argument in node.arguments.values())
        if node.principal is not None:
            yield node.principal.tree


def _names(tree: Tree) -> Iterator[str]:
    """All names that expressions in a tree ask for."""
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str) and "$" in tree.value:
            yield from template(tree, Collector()).names
        return
    for inner in tree.items if isinstance(tree, Sequence) else tree.entries.values():
        yield from _names(inner)


def _words(tree: Tree) -> Iterator[str]:
    """All keys and texts in a tree."""
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str):
            yield tree.value
        return
    if isinstance(tree, Mapping):
        yield from tree.entries
    for inner in tree.items if isinstance(tree, Sequence) else tree.entries.values():
        yield from _words(inner)
