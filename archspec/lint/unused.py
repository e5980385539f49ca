"""A712, A713, A714, A715: what a file has and nothing uses, as when a name is changed in one place and not another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archspec.diagnostics import Diagnostic, did_you_mean
from archspec.language import BlockSpec, ParameterSpec, Spec
from archspec.language.mentions import Mentions, ignored_codes, in_block, in_network
from archspec.limits import FINDINGS


def unused(spec: Spec, taken: Collection[str]) -> Iterator[Diagnostic]:
    """All of a spec that has no effect; `taken` are the inputs that some node takes or that are outputs."""
    network = in_network(spec)
    blocks = {name: in_block(block) for name, block in spec.blocks.items()}
    yield from _unused_blocks(spec, network, blocks)
    yield from _unused(spec, spec.params.values(), network.names, "the spec")
    yield from unused_in_blocks(spec, blocks)
    yield from _unused_codes(spec)
    for name, argument in spec.inputs.items():
        if name not in taken:
            help = f"use it by `from: {name}` or in a join, or remove it"
            yield Diagnostic("A714", f"the input `{name}` is never used", argument.key, "", help, (), "warning")


def unused_in_blocks(spec: Spec, blocks: dict[str, Mentions] | None = None) -> Iterator[Diagnostic]:
    """Parameters of the blocks of the file itself that no expression in them asks for."""
    for name, block in spec.blocks.items():
        if not block.broken:
            mentions = in_block(block) if blocks is None else blocks[name]
            # the nodes of a parameter stand where a slot names it
            names = mentions.names | {word for word in mentions.words if _takes_nodes(block, word)}
            yield from _unused(spec, block.parameters.values(), names, f"the block `{name}`")


def _unused_blocks(spec: Spec, network: Mentions, blocks: dict[str, Mentions]) -> Iterator[Diagnostic]:
    """Blocks of the file itself that neither its network nor a block in use calls; a name in any text counts as a call.

    Included blocks are a library: not all of it needs to be used.
    """
    waiting = [name for name in spec.blocks if name in network.words]
    used = set(waiting)
    while waiting:
        words = blocks[waiting.pop()].words
        found = [word for word in words if word in spec.blocks and word not in used]
        used.update(found)
        waiting += found
    for name, block in spec.blocks.items():
        if name not in used and block.span.source is spec.source:
            message = f"the block `{name}` is never called"
            help = "call it, or remove it; a file of blocks alone, to `include`, needs no calls"
            yield Diagnostic("A712", message, block.span, "", help, (), "warning")


def _unused_codes(spec: Spec) -> Iterator[Diagnostic]:
    """Codes in `lint` that no advice has: an error cannot be ignored."""
    if not spec.lint.ignore:
        return
    from archspec.diagnostics.catalogue import codes

    advice = [code for code in codes() if code.startswith("A7")]
    for code, span in ignored_codes(spec):
        if code not in advice:
            is_error = code in codes()
            message = f"`{code}` is an error and cannot be ignored" if is_error else f"unknown advice `{code}`"
            help = "`archspec explain` lists the codes; advice codes begin with `A7`"
            yield Diagnostic("A715", message, span, "", help, (), "warning")


def _takes_nodes(block: BlockSpec, name: str) -> bool:
    return name in block.parameters and block.parameters[name].type == "layers"


def _unused(spec: Spec, parameters: Iterable[ParameterSpec], names: Collection[str], what: str) -> Iterator[Diagnostic]:
    known = list(parameters)
    others = [parameter.name for parameter in known if parameter.span.source is not spec.source]
    unused = [one for one in known if one.name not in names and one.span.source is spec.source]
    for number, parameter in enumerate(unused):
        message = f"the parameter `{parameter.name}` of {what} is never used"
        # one that overrides nothing may be mistyped; more than so many are not shown
        near = did_you_mean(parameter.name, others) if number < FINDINGS else ""
        help = near or f"write `${parameter.name}` where its value belongs, or remove it"
        yield Diagnostic("A713", message, parameter.span, "", help, (), "warning")
