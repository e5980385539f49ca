"""Pooling and reduction."""

from __future__ import annotations

from archspec.importer.flat import Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry, given, one
from archspec.importer.trace import Step


@entry("max_pool1d.default", "max_pool2d.default", "max_pool3d.default")
def _max_pool(to: Mapper, step: Step) -> Seen:
    kernel = one(step.args[1])
    found = {"kernel": kernel} | given(
        stride=(one(to.argument(step, 2, "stride", kernel)) or kernel, kernel),
        padding=(one(to.argument(step, 3, "padding", 0)), 0),
        dilation=(one(to.argument(step, 4, "dilation", 1)), 1),
        ceil_mode=(to.argument(step, 5, "ceil_mode", False), False),
    )
    return to.add(step, "max_pool", found, to.item(step.args[0], 1), channel=1)


@entry("avg_pool1d.default", "avg_pool2d.default", "avg_pool3d.default")
def _avg_pool(to: Mapper, step: Step) -> Seen:
    kernel = one(step.args[1])
    if to.argument(step, 6, "divisor_override") is not None:
        raise Unsayable("`avg_pool` has no divisor of its own")
    found = {"kernel": kernel} | given(
        stride=(one(to.argument(step, 2, "stride", kernel)) or kernel, kernel),
        padding=(one(to.argument(step, 3, "padding", 0)), 0),
        ceil_mode=(to.argument(step, 4, "ceil_mode", False), False),
        count_include_pad=(to.argument(step, 5, "count_include_pad", True), True),
    )
    return to.add(step, "avg_pool", found, to.item(step.args[0], 1), channel=1)


@entry("adaptive_avg_pool1d.default", "adaptive_avg_pool2d.default", "adaptive_avg_pool3d.default")
def _adaptive_pool(to: Mapper, step: Step) -> Seen:
    size = [*step.args[1]]
    x = to.item(step.args[0], 1)
    if {*size} == {1}:
        return to.add(step, "global_pool", {"keepdim": True}, x, channel=1)
    if None in size:
        raise Unsayable("a size of its result is that of its input")
    return to.add(step, "adaptive_pool", {"size": one(size)}, x, channel=1)


@entry("mean.dim", "sum.dim_IntList", "amax.default")
def _mean(to: Mapper, step: Step) -> Seen:
    x, dims = to.item(step.args[0]), to.argument(step, 1, "dim")
    keep = to.argument(step, 2, "keepdim", False)
    kind = {"mean": "mean", "sum": "sum", "amax": "max"}[step.base]
    rank = len(x.shape)
    over = {dim % rank for dim in (dims if isinstance(dims, (list, tuple)) else [dims])}
    if 0 in over:
        raise Unsayable("it runs over the batch")
    sizes = {*range(1, rank)} - {x.channel}
    if over == sizes and kind == "mean":
        at = 1 if not keep else x.channel
        return to.add(step, "global_pool", given(keepdim=(keep, False)), x, channel=at)
    letters = ["n", *(("c" if at == x.channel else f"x{at}") for at in range(1, rank))]
    right = [("1" if keep else "") if at in over else name for at, name in enumerate(letters)]
    pattern = f"{' '.join(letters)} -> {' '.join(name for name in right if name)}"
    channel = x.channel if keep else x.channel - sum(at < x.channel for at in over)
    if not keep and x.channel in over:
        raise Unsayable("it drops the channel axis")
    return to.add(step, "reduce", {"pattern": pattern} | given(type=(kind, "mean")), x, channel=channel)
