"""Activations."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry, given
from archspec.importer.trace import Step

_ACTS = "relu relu6 silu mish sigmoid hardsigmoid hardswish tanh exp log abs sign square sqrt rsqrt reciprocal sin cos"


@entry(*(f"{name}{mark}.default" for name in _ACTS.split() for mark in ("", "_")))
def _act_(to: Mapper, step: Step) -> Seen:
    name = step.base
    return _act(to, step, {"type": name})


def _act(to: Mapper, step: Step, arguments: dict[str, Any]) -> Seen:
    return to.pointwise(step, "act", arguments)


@entry("gelu.default")
def _gelu(to: Mapper, step: Step) -> Seen:
    how = to.argument(step, 1, "approximate", "none")
    return _act(to, step, {"type": "gelu"} | given(approximate=(how, "none")))


@entry("leaky_relu.default", "leaky_relu_.default")
def _leaky_relu(to: Mapper, step: Step) -> Seen:
    return _act(to, step, {"type": "leaky_relu"} | given(negative_slope=(to.argument(step, 1, "", 0.01), 0.01)))


@entry("elu.default", "elu_.default")
def _elu(to: Mapper, step: Step) -> Seen:
    if to.argument(step, 2, "scale", 1) != 1 or to.argument(step, 3, "input_scale", 1) != 1:
        raise Unsayable("`act: elu` has no scale")
    return _act(to, step, {"type": "elu"} | given(alpha=(to.argument(step, 1, "alpha", 1.0), 1.0)))


@entry("softplus.default")
def _softplus(to: Mapper, step: Step) -> Seen:
    beta, threshold = to.argument(step, 1, "beta", 1), to.argument(step, 2, "threshold", 20)
    return _act(to, step, {"type": "softplus"} | given(beta=(beta, 1), threshold=(threshold, 20)))


@entry("hardtanh.default", "hardtanh_.default")
def _hardtanh(to: Mapper, step: Step) -> Seen:
    low, high = to.argument(step, 1, "min_val", -1), to.argument(step, 2, "max_val", 1)
    return _act(to, step, {"type": "relu6"} if (low, high) == (0, 6) else {"type": "clamp", "min": low, "max": high})


@entry("clamp.default", "clamp_.default")
def _clamp(to: Mapper, step: Step) -> Seen:
    low, high = to.argument(step, 1, "min"), to.argument(step, 2, "max")
    return _act(to, step, {"type": "clamp"} | given(min=(low, None), max=(high, None)))


@entry("prelu.default")
def _prelu(to: Mapper, step: Step) -> Seen:
    weight = step.args[1]
    arguments = {"type": "prelu"} | given(num_parameters=(weight.shape[0], 1))
    return to.add(step, "act", arguments, to.item(step.args[0], 1), channel=1, weights={"weight": weight})


@entry("softmax.int", "log_softmax.int")
def _softmax(to: Mapper, step: Step) -> Seen:
    x, dim = step.args[:2]
    item = to.item(x)
    at = dim % len(item.shape)
    if at == 0:
        raise Unsayable("it runs over the batch")
    if step.base == "log_softmax":
        item = to.item(x, at)
        return to.add(step, "act", {"type": "log_softmax"}, item, channel=item.channel)
    found = {} if at == item.channel else {"dim": at - 1 - (at > item.channel)}
    return to.add(step, "softmax", found, item, channel=item.channel)
