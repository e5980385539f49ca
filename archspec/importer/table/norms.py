"""Normalization."""

from __future__ import annotations

from typing import Any

from archspec.importer.flat import Seen
from archspec.importer.mapper import Mapper, Unsayable
from archspec.importer.table.entry import entry, given
from archspec.importer.trace import Step


@entry("batch_norm.default")
def _batch_norm(to: Mapper, step: Step) -> Seen:
    x, weight, bias, mean, var, _, momentum, eps, *_ = step.args
    if mean is None:
        raise Unsayable("it keeps no statistics")
    found = {"type": "batch"} | given(eps=(eps, 1e-5), momentum=(momentum, 0.1), affine=(weight is not None, True))
    weights = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var}
    return to.add(step, "norm", found, to.item(x, 1), channel=1, weights=weights)


@entry("layer_norm.default")
def _layer_norm(to: Mapper, step: Step) -> Seen:
    _refuse_several(step)
    weight, bias = to.argument(step, 2, "weight"), to.argument(step, 3, "bias")
    found = given(eps=(to.argument(step, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True))
    found |= {"bias": False} if weight is not None and bias is None else {}
    return _normed(to, step, {"type": "layer"} | found, -1, weight, bias)


@entry("rms_norm.default")
def _rms_norm(to: Mapper, step: Step) -> Seen:
    _refuse_several(step)
    weight, eps = to.argument(step, 2, "weight"), to.argument(step, 3, "eps")
    return _normed(to, step, {"type": "rms"} | given(eps=(eps, None), affine=(weight is not None, True)), -1, weight)


@entry("group_norm.default")
def _group_norm(to: Mapper, step: Step) -> Seen:
    weight, bias = to.argument(step, 2, "weight"), to.argument(step, 3, "bias")
    found = given(eps=(to.argument(step, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True))
    return _normed(to, step, {"type": "group", "groups": step.args[1]} | found, 1, weight, bias)


@entry("instance_norm.default")
def _instance_norm(to: Mapper, step: Step) -> Seen:
    _, weight, bias, mean, _, _, _, eps, *_ = step.args
    if mean is not None:
        raise Unsayable("`norm: instance` keeps no statistics")
    found = {"type": "instance"} | given(eps=(eps, 1e-5), affine=(weight is not None, False))
    return _normed(to, step, found, 1, weight, bias)


def _refuse_several(step: Step) -> None:
    if len(step.args[1]) != 1:
        raise Unsayable("it normalizes over several axes")


def _normed(
    to: Mapper, step: Step, found: dict[str, Any], channel: int, weight: Step | None, bias: Step | None = None
) -> Seen:
    """A norm without statistics, over a value whose channels are at an axis, with the weights that it may have."""
    weights = None if weight is None else {"weight": weight, "bias": bias}
    at = channel % len(step.shape)
    return to.add(step, "norm", found, to.item(step.args[0], channel), channel=at, weights=weights)
