"""Sums and products, with values, numbers, weights and noise."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Item, Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry
from archspec.importer.trace import Step
from archspec.importer.views import View


@entry("dropout.default", "dropout_.default")
def _dropout(to: Mapper, step: Step) -> Seen:
    _, p, training = step.args
    if not training and p:
        raise Unsayable("it drops values in no mode of the module that is known here")
    to.random |= p > 0
    return to.pointwise(step, "dropout", {"p": p})


@entry("add.Tensor", "add_.Tensor", "mul.Tensor", "mul_.Tensor", "sub.Tensor", "div.Tensor", "div_.Tensor")
def _arithmetic(to: Mapper, step: Step) -> Any:
    one, other = step.args[:2]
    name = step.base
    if to.argument(step, 2, "alpha", 1) != 1:
        raise Unsayable("one of its terms has a factor")
    if to.is_weight(one) and one.key.endswith("num_batches_tracked"):
        return None
    if _noise(to, one) is not None and name == "div":
        return to.found[one]
    if to.is_weight(one) and name in ("add", "mul") and not to.is_weight(other):
        one, other = other, one
    if to.is_weight(one):
        raise Unsayable("it computes with weights alone")
    if isinstance(other, (int, float)):
        amount = {"add": other, "sub": -other, "mul": other, "div": 1 / other if other else None}[name]
        if amount is None:
            raise Unsayable("it divides by zero")
        if name in ("mul", "div"):
            return to.pointwise(step, "multiply", {"factor": amount})
        return to.pointwise(step, "offset", {"amount": amount})
    if to.is_weight(other):
        return _with_weight(to, step, name, to.item(one), other)
    noise = _noise(to, other)
    if noise is not None and name == "mul":
        to.random = True
        item = to.item(one)
        return to.add(step, "drop_path", {"p": noise}, item, channel=item.channel)
    first = to.item(one)
    second = to.item(other, first.channel)
    if len(first.shape) == len(second.shape) == 1:
        raise Unsayable("it joins what has no batch")
    return to.add(step, name, {}, first, second, channel=first.channel, joins=True)


def _with_weight(to: Mapper, step: Step, name: str, item: Item, weight: Step) -> Seen:
    """A value and a parameter: a `scale`, a `position`, or in general a `parameter` and a join."""
    shape, key = weight.shape, weight.key
    flat = [size for size in shape if size != 1]
    if name == "mul" and flat in ([item.shape[item.channel]], []):
        first = len(item.shape) - 1 - item.channel
        if shape in ((flat[0] if flat else 1,), (*flat, *([1] * first))):
            how = {"shape": "flat"} if len(shape) == 1 and first else {}
            scale = Item("scale", how, (item,), step.name, item.shape, item.channel, key)
            return Seen(to.flat.add(scale), View.of(item.shape))
    last = len(item.shape) - 1
    if name == "add" and item.channel == last and shape == (1, *item.shape[1:]) and last == 2:
        position = Item("position", {}, (item,), step.name, item.shape, last, key)
        return Seen(to.flat.add(position), View.of(item.shape))
    layout = {} if item.channel == last or len(shape) < 3 else {"layout": "channels_first"}
    leading = ["n", *shape[1:]] if len(shape) == len(item.shape) and shape[0] == 1 else [*shape]
    made = Item("parameter", {"shape": leading, **layout}, (), "parameter", shape, item.channel, key, beside=True)
    to.flat.add(made)
    return to.add(step, name, {}, item, made, channel=item.channel, joins=True)


def _noise(to: Mapper, value: Any) -> float | None:
    """The probability with which samples are dropped, where a value is the noise of stochastic depth."""
    found = to.found.get(value) if isinstance(value, Step) else None
    return found[1] if isinstance(found, tuple) and found[:1] == ("noise",) else None


@entry("empty.memory_format", "new_empty.default")
def _empty(to: Mapper, step: Step) -> Any:
    return ("empty",)


@entry("bernoulli_.float")
def _bernoulli(to: Mapper, step: Step) -> Any:
    shape = step.shape
    if any(size != 1 for size in shape[1:]):
        raise Unsayable("it drops other parts than whole samples")
    return ("noise", round(1 - step.args[1], 12))
