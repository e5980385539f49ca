"""Views of axes, and parts of them."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Item, Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry, given
from archspec.importer.trace import Step
from archspec.importer.views import View


@entry("detach_.default", "contiguous.default", "clone.default", "alias.default", "_assert_tensor_metadata.default")
def _same(to: Mapper, step: Step) -> Any:
    return to.found.get(step.args[0])


@entry("cat.default")
def _concat(to: Mapper, step: Step) -> Seen:
    values, dim = step.args[0], to.argument(step, 1, "dim", 0)
    rank = len(step.shape)
    at = dim % rank
    if at == 0:
        raise Unsayable("it joins along the batch")
    first = next((value for value in values if not _is_token(to, value)), None)
    if first is None:
        raise Unsayable("it joins weights alone")
    item = to.item(first)
    if _is_token(to, values[0]) and len(values) == 2 and rank == 3 and at == 1 and item.channel == 2:
        weight = to.found[values[0]][1]
        found = given(count=(weight.shape[1], 1))
        token = Item("class_token", found, (item,), step.name, step.shape, 2, weight.key)
        return Seen(to.flat.add(token), View.of(token.shape))
    items = [to.item(value, item.channel) for value in values]
    found = {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(step, "concat", found, *items, channel=item.channel, joins=True)


def _is_token(to: Mapper, value: Step) -> bool:
    found = to.found.get(value)
    return isinstance(found, tuple) and found[:1] == ("token",)


@entry("expand.default")
def _expand(to: Mapper, step: Step) -> Any:
    weight = step.args[0]
    if to.is_weight(weight) and weight.shape[0] == 1 and step.shape[1:] == weight.shape[1:]:
        return ("token", weight)
    seen = to.seen(weight)
    if step.shape == seen.view.shape:
        return seen
    raise Unsayable("it repeats a value along an axis")


@entry("flatten.using_ints", "view.default", "reshape.default", "_unsafe_view.default", "unflatten.int")
def _reshape(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    view = seen.view.reshaped(step.shape)
    if view is None:
        raise Unsayable("it cuts across axes")
    return Seen(seen.item, view)


@entry("permute.default")
def _permute(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    return Seen(seen.item, seen.view.permuted([dim % len(seen.view.axes) for dim in step.args[1]]))


@entry("transpose.int")
def _transpose(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    order = [*range(len(seen.view.axes))]
    a, b = (dim % len(order) for dim in step.args[1:3])
    order[a], order[b] = order[b], order[a]
    return Seen(seen.item, seen.view.permuted(order))


@entry("unsqueeze.default")
def _unsqueeze(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    return Seen(seen.item, seen.view.unsqueezed(step.args[1] % (len(seen.view.axes) + 1)))


@entry("squeeze.dim", "squeeze.dims")
def _squeeze(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    dims = step.args[1] if isinstance(step.args[1], (list, tuple)) else [step.args[1]]
    rank = len(seen.view.axes)
    ones = [dim % rank for dim in dims if seen.view.shape[dim % rank] == 1]
    return Seen(seen.item, seen.view.squeezed(ones))


@entry("chunk.default", "split.Tensor", "split_with_sizes.default", "unbind.int")
def _split(to: Mapper, step: Step) -> Any:
    if step.base == "unbind":
        return ("unbound", step.args[0], to.argument(step, 1, "dim", 0))
    item = to.item(step.args[0])
    at = to.argument(step, 2, "dim", 0) % len(item.shape)
    if at == 0:
        raise Unsayable("it takes the batch apart")
    sizes = [shape[at] for shape in step.shapes]
    return ("parts", item, at, sizes)


@entry("<built-in function getitem>")
def _part(to: Mapper, step: Step) -> Any:
    found = to.found.get(step.args[0])
    if isinstance(found, tuple) and found[:1] == ("unbound",):
        return _selected(to, step, found[1], found[2], step.args[1])
    if not (isinstance(found, tuple) and found[:1] == ("parts",)):
        raise Unsayable("it takes a part of what has none")
    _, item, at, sizes = found
    return _range(to, step, item, at, sum(sizes[: step.args[1]]), sizes[step.args[1]])


def _range(to: Mapper, step: Step, item: Item, at: int, start: int, length: int, by: int = 1) -> Seen:
    stop = start + length
    if at == item.channel and by == 1:
        return to.add(step, "chunk", {"start": start, "length": length}, item, channel=item.channel)
    found = given(start=(start, 0), stop=(stop, item.shape[at]), step=(by, 1))
    found |= {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(step, "slice", found, item, channel=item.channel)


@entry("slice.Tensor")
def _slice(to: Mapper, step: Step) -> Seen:
    seen = to.seen(step.args[0])
    dim = to.argument(step, 1, "dim", 0) % len(seen.view.axes)
    size = seen.view.shape[dim]
    start, stop, by = slice(
        to.argument(step, 2, "start"), to.argument(step, 3, "end"), to.argument(step, 4, "step", 1)
    ).indices(size)
    if (start, stop, by) == (0, size, 1):
        return seen
    if dim == 0:
        raise Unsayable("it takes a part of the batch")
    item = to.item(step.args[0])
    return _range(to, step, item, dim, start, stop - start, by)


@entry("select.int")
def _select(to: Mapper, step: Step) -> Seen:
    x, dim, index = step.args
    return _selected(to, step, x, dim, index)


def _selected(to: Mapper, step: Step, x: Step, dim: int, index: int) -> Seen:
    """One position of an axis; of one that is a part of the channels, those channels."""
    picked = to.picked(step, x, dim % len(to.seen(x).view.axes), index)
    if picked is not None:
        return picked
    item = to.item(x)
    at = dim % len(item.shape)
    if at in (0, item.channel):
        raise Unsayable("it selects of the batch, or of the channels")
    found = {"index": index} | given(dim=(at - 1 - (at > item.channel), 0))
    return to.add(step, "select", found, item, channel=item.channel - (at < item.channel))
