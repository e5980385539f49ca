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
    found: dict[str, Any] = {"type": "batch"}
    found |= given(eps=(eps, 1e-5), momentum=(momentum, 0.1), affine=(weight is not None, True))
    weights = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var}
    return to.add(step, "norm", found, to.item(x, 1), channel=1, weights=weights)


@entry("layer_norm.default")
def _layer_norm(to: Mapper, step: Step) -> Seen:
    x, shape = step.args[:2]
    weight, bias = to.argument(step, 2, "weight"), to.argument(step, 3, "bias")
    if len(shape) != 1:
        raise Unsayable("it normalizes over several axes")
    found: dict[str, Any] = {"type": "layer"} | given(
        eps=(to.argument(step, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True)
    )
    if weight is not None and bias is None:
        found["bias"] = False
    last = len(step.shape) - 1
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(step, "norm", found, to.item(x, -1), channel=last, weights=weights)


@entry("rms_norm.default")
def _rms_norm(to: Mapper, step: Step) -> Seen:
    x, shape = step.args[:2]
    weight, eps = to.argument(step, 2, "weight"), to.argument(step, 3, "eps")
    if len(shape) != 1:
        raise Unsayable("it normalizes over several axes")
    found: dict[str, Any] = {"type": "rms"} | given(eps=(eps, None), affine=(weight is not None, True))
    last = len(step.shape) - 1
    return to.add(step, "norm", found, to.item(x, -1), channel=last, weights=weight and {"weight": weight})


@entry("group_norm.default")
def _group_norm(to: Mapper, step: Step) -> Seen:
    x, groups = step.args[:2]
    weight, bias = to.argument(step, 2, "weight"), to.argument(step, 3, "bias")
    found: dict[str, Any] = {"type": "group", "groups": groups} | given(
        eps=(to.argument(step, 4, "eps", 1e-5), 1e-5), affine=(weight is not None, True)
    )
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(step, "norm", found, to.item(x, 1), channel=1, weights=weights)


@entry("instance_norm.default")
def _instance_norm(to: Mapper, step: Step) -> Seen:
    x, weight, bias, mean, _, _, _, eps, *_ = step.args
    if mean is not None:
        raise Unsayable("`norm: instance` keeps no statistics")
    found: dict[str, Any] = {"type": "instance"} | given(eps=(eps, 1e-5), affine=(weight is not None, False))
    weights = None if weight is None else {"weight": weight, "bias": bias}
    return to.add(step, "norm", found, to.item(x, 1), channel=1, weights=weights)
