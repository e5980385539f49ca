"""What may be wrong with a node or a call, in words."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Related, did_you_mean
from archspec.language.combinators import COMBINATORS
from archspec.language.library import block_names
from archspec.language.remedies import key_help, node_help
from archspec.language.spec import BlockSpec, Spec
from archspec.ops import OPS


def node_names(spec: Spec) -> list[str]:
    """The names of all that a node may be: an op, a combinator or a block."""
    return [*OPS, *COMBINATORS, *block_names(spec)]


def no_node(spec: Spec, name: str) -> tuple[str, str]:
    """What is wrong with a node that is nothing of these, and the remedy."""
    return f"unknown op or block `{name}`", node_help(name, node_names(spec))


def no_block(spec: Spec, name: str) -> tuple[str, str]:
    """What is wrong with a stage of no block, and the remedy."""
    help = did_you_mean(name, block_names(spec), "node") or "`archspec list` shows the bundled blocks"
    return f"unknown block `{name}`", help


def no_parameter(
    block: BlockSpec, name: str, known: Collection[str], given: Collection[str]
) -> tuple[str, str, tuple[Related, ...]]:
    """What is wrong with an argument of no parameter, the remedy, and the definition.

    `known` is what a call takes, and `given` what it has been given.
    """
    help = key_help(name, known, given) or f"its parameters are {', '.join(block.parameters) or 'none'}"
    related = (Related(block.span, f"`{block.name}` is defined here"),)
    return f"the block `{block.name}` has no parameter `{name}`", help, related


def no_slot(name: str, block: BlockSpec | None) -> tuple[str, str]:
    """What is wrong with a slot of no parameter, inside a block or outside of any, and the remedy."""
    if block is not None:
        message = f"the block has no parameter `{name}` of type `layers`"
        slots = [other.name for other in block.parameters.values() if other.type == "layers"]
        return message, did_you_mean(name, slots) or f"declare it: `params: {{{name}: layers}}`"
    message = f"`slot: {name}` is outside a block"
    return message, "it marks where a block puts the nodes that a call passes"
