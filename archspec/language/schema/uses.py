"""What the parameters of a block are for: the arguments to which it passes them on as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel

from archspec.language.combinators import COMBINATORS, Shortcut
from archspec.language.nodes import Argument, Nodes
from archspec.language.spec import BlockSpec
from archspec.ops.base import Op

_DEPTH = 8
"""Blocks inside of each other that are looked through."""

_WHOLE = ("seq", "residual")
"""Combinators whose nodes are there in whatever way their block is called."""


class Use(NamedTuple):
    """An argument of an op or a combinator."""

    model: type[BaseModel]
    key: str


def uses(
    block: BlockSpec, blocks: Mapping[str, BlockSpec], ops: Mapping[str, type[Op]], depth: int = 0
) -> dict[str, Use]:
    """The first use of each parameter that is put to one in whatever way the block is called.

    What stands under a condition, in a repeat, a branch or a shortcut may be left out, and says nothing of values.
    """
    found: dict[str, Use] = {}
    for node, arguments in _always(block.layers, blocks, ops):
        inner = uses(blocks[node], blocks, ops, depth + 1) if node in blocks and depth < _DEPTH else {}
        for key, (argument, model) in arguments.items():
            name = argument.template.alone or ""
            use = inner.get(key) if model is None else Use(model, key)
            if name in block.parameters and use is not None:
                found.setdefault(name, use)
    return found


_Arguments = dict[str, tuple[Argument, type[BaseModel] | None]]


def _always(
    nodes: Nodes, blocks: Mapping[str, BlockSpec], ops: Mapping[str, type[Op]]
) -> Iterator[tuple[str, _Arguments]]:
    """The nodes that are never left out, each with its arguments and the models of these; a block's has none."""
    for node in nodes.items:
        if node.when is not None:
            continue
        if node.op in COMBINATORS:
            model = COMBINATORS[node.op]
            kinds, given = model.kinds(), node.arguments_for(model.principal)
            found: _Arguments = {key: (value, model) for key, value in given.items() if kinds.get(key) == "value"}
            if "shortcut" in given and node.op in _WHOLE:
                policy = given["shortcut"].shortcut.arguments.get("policy")
                found |= {} if policy is None else {"policy": (policy, Shortcut)}
            yield node.op, found
            for key in given if node.op in _WHOLE else ():
                if kinds.get(key) == "nodes":
                    yield from _always(given[key].nodes, blocks, ops)
        elif node.op in blocks:
            given = node.arguments_for(blocks[node.op].principal)
            yield node.op, {key: (value, None) for key, value in given.items()}
        elif node.op in ops:
            cls = ops[node.op]
            given = node.arguments_for(cls.principal)
            yield node.op, {key: (value, cls) for key, value in given.items() if key in cls.model_fields}
