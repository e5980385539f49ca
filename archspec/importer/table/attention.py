"""Attention."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Item, Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry, given
from archspec.importer.trace import Step
from archspec.importer.views import View

PROJECTED = "in_proj"
"""Queries, keys and values of `torch.nn.MultiheadAttention`, whose weights no `linear` has."""


def attention_of(item: Item, weight: Step, bias: Step | None) -> Item | None:
    """The attention whose result a linear layer projects back, where all weights are those of one module."""
    projected = item.takes[0] if item.op == "sdpa" else item
    prefix = projected.name.removesuffix(".in_proj_weight")
    if projected.op != PROJECTED or weight.key != f"{prefix}.out_proj.weight" or item.references:
        return None
    found = {"heads": item.arguments.get("heads", 1)} | given(bias=(bias is not None, True))
    if item.arguments.keys() - {"heads", "dropout"}:
        return None
    found |= given(dropout=(item.arguments.get("dropout", 0.0), 0.0))
    return Item("attention", found, projected.takes, prefix, item.shape, item.channel, prefix)


@entry("scaled_dot_product_attention.default")
def _sdpa(to: Mapper, step: Step) -> Seen:
    q, k, v = (to.seen(value) for value in step.args[:3])
    if to.argument(step, 3, "attn_mask") is not None:
        raise Unsayable("its mask is computed")
    if len(q.view.axes) != 4 or any(len(one.view.base) != 3 for one in (q, k, v)):
        raise Unsayable("its heads are no part of a sequence's channels")
    for seen in (q, k, v):
        batch, heads, length, width = (seen.view.leaves(axis) for axis in seen.view.axes)
        base = [[leaf for leaf in factor.leaves if leaf.size != 1] for factor in seen.view.base]
        if [[leaf for leaf in axis if leaf.size != 1] for axis in (batch, length, heads + width)] != base:
            raise Unsayable("its heads are no part of a sequence's channels")
    count, wide = q.view.shape[1], v.view.shape[3]
    found: dict[str, Any] = given(
        heads=(count, 1), kv_heads=(k.view.shape[1], count), causal=(to.argument(step, 5, "is_causal", False), False)
    )
    dropout = to.argument(step, 4, "dropout_p", 0.0)
    found |= given(scale=(to.argument(step, 6, "scale"), None), dropout=(dropout, 0.0))
    to.random |= dropout > 0
    shape = (*q.item.shape[:2], count * wide)
    items = [seen.item for seen in (q, k, v)]
    packed = _packed(items)
    if packed is not None:
        made = Item("sdpa", found, (packed,), step.name, shape, 2)
    else:
        made = Item("sdpa", found, (items[0],), step.name, shape, 2, references={"key": items[1], "value": items[2]})
    view = View.of(shape).reshaped((*shape[:2], count, wide))
    assert view is not None
    return Seen(to.flat.add(made), view.permuted((0, 2, 1, 3)))


def _packed(items: list[Item]) -> Item | None:
    """The item whose channels are queries, keys and values, one after the other, and nothing else."""
    if any(item.op != "chunk" or item.takes != items[0].takes for item in items):
        return None
    source, at = items[0].takes[0], 0
    for item in items:
        if item.arguments["start"] != at:
            return None
        at += item.arguments["length"]
    return source if at == source.shape[source.channel] else None
